"""What a frame prompt says, apart from how it says it: words, labels, and a key that alike pictures share."""

import re
from functools import lru_cache
from typing import Final

from direct2v.director.answers import is_refusal
from direct2v.director.contract.words import (
    ARTICLES,
    LABELS,
    PLACEHOLDERS,
    SHOWS_NOTHING,
    UNFILLED,
    VERBS,
)

__all__ = ["EXAMINED", "WORD", "base_of", "label_of", "singular", "unfilled", "words_of"]

EXAMINED: Final = 2000
"""Characters of one prompt whose language is looked at; no encoder reads nearly so many."""


_REFUSED: Final = 80  # characters in which a refusal begins; signs in pictures say such things, too

WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
"""A word of any script, as "dog's"."""

_NUMBER = r"(?:\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[ivx]{1,4})"
_LABEL = re.compile(
    rf"[\s\W_]{{0,9}}(?:the\s)?(?:(?:{LABELS})[\s_-]{{0,2}}(?:no\.?|nr\.?|number|\#)?\s{{0,2}}(?:{_NUMBER}\b)"
    rf"(?:\s?(?:/|of)\s?\d{{1,4}})?\W{{0,4}}?(?:\s{{0,2}}[:\-–—.)\]|*]+|：|\n|$)|"
    rf"第\s?\d{{1,4}}\s?\w{{1,2}}\s?[:：]|\d{{1,4}}\s?(?:/|of)\s?\d{{1,4}}\s?[:.)\-–—]|(?:1st|2nd|3rd|"
    rf"\d{{1,3}}th)\s(?:{LABELS})\s?[:\-–—]|"
    rf"(?:frame|prompt|image|scene|panel|description|caption|start|beginning|middle|end|ending|climax|"
    rf"intro|before|after|conclusion|summary|note|result|end of (?:the )?story)\s?:|"
    rf"第[一二三四五六七八九十]{{1,3}}\w{{1,2}}\s?[:：]|(?:first|second|third|fourth|fifth|sixth|seventh|eighth|"
    rf"ninth|tenth|final|last|next|opening)"
    rf"\s(?:{LABELS})\s?[:\-–—])\W{{0,4}}",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"\W{0,4}(\d{1,4})\s?[.):\-–—]\s+(?=[^\d\s])|\W{0,4}\[(\d{1,4})\]\s*|\W{0,3}\#(\d{1,4})\s+|"
    r"\W{0,4}(?!(?:day|week|month|year|hour|stage|floor|level|room|route|gate|platform|phase|number|no)\b)"
    r"(?:[^\W\d_]{2,20}|[fsp])\s?(\d{1,4})[*_]{0,2}\s?[:：](?:[*_]{1,2}|\s)\s?",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"<([^<>\n]{1,60})>|\{\{?([^{}\n]{1,60})\}?\}|\[([^\[\]\n]{1,60})\]")
_LETTER = re.compile(r"[^\W\d_]")  # of any script
_PICTOGRAPH = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]")
_TODO = re.compile(r"\W{0,4}(?:TODO|TBD|FIXME|TBA)\b|.{0,200}\blorem ipsum\b", re.IGNORECASE | re.DOTALL)
_SORRY = re.compile(
    r"\W{0,4}(?:(?:i[’']?m|i am) (?:very |so )?sorry\b|sorry,|i (?:can[’']?t|cannot|can not)\b)",
    re.IGNORECASE,
)
"""No picture begins so, whatever comes next."""

_NOT_SEEN: Final = SHOWS_NOTHING.union(ARTICLES, ("and", "of", "with")) - {"same"}


def words_of(text: str) -> list[str]:
    """The words of the examined part of ``text``, case folded."""
    return [word.replace("’", "'") for word in WORD.findall(text[:EXAMINED].casefold())]


def label_of(text: str, number: int) -> tuple[str, str]:
    """The label that ``text`` begins with ("Frame 3: "), or "", and the rest.

    Args:
        text: a frame prompt.
        number: of the frame, from 1: a bare "3." in front is a label where it counts the frames.
    """
    end = 0
    for _ in range(3):
        part = text[end : end + 80]
        match = _LABEL.match(part)
        if match is None:
            numbered = _NUMBERED.match(part)
            counts = numbered is not None and int(numbered[numbered.lastindex or 0]) in (number, number - 1)
            match = numbered if counts else None
        if match is None:
            break
        end += match.end()
    return text[:end].strip(), text[end:]


def unfilled(text: str) -> str | None:
    """Why ``text``, without label, shows nothing at all; None where it shows something."""
    head = text[:EXAMINED]
    words = words_of(head)
    if not _LETTER.search(text):
        return "has emoji, but no words" if _PICTOGRAPH.search(head) else "has no words"
    if " ".join(words) in PLACEHOLDERS or _TODO.match(head):
        return f"holds only the placeholder {head.strip()[:40]!r}"
    if is_refusal(head[:_REFUSED]) or _SORRY.match(head):
        return "is a refusal and no picture"
    for match in _BRACKETED.finditer(head):
        inner = words_of(match[0].replace("_", " "))
        if inner and UNFILLED.issuperset(inner):
            return f"holds the placeholder {match[0]!r}, which nobody filled in"
    if words and _NOT_SEEN.issuperset(words):
        return "names nothing that can be seen"
    return None


@lru_cache(maxsize=8192)
def singular(word: str) -> str:
    """A noun without the ending of its plural, of its possessive, or of both."""
    word = word.removesuffix("'s").removesuffix("'")
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith("uses"):
        return word[:-2]
    if len(word) > 4 and word.endswith("ves"):
        return word[:-3] + "f"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes", "zes", "oes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


_IRREGULAR: Final = dict(
    pair.split(":")
    for pair in (
        "men:man women:woman children:child people:person mice:mouse geese:goose feet:foot teeth:tooth "
        "oxen:ox leaves:leaf knives:knife wives:wife lives:life fishes:fish shoes:shoe canoes:canoe "
        "horses:horse houses:house gloves:glove doves:dove waves:wave caves:cave stoves:stove "
        "fishermen:fisherman snowmen:snowman firemen:fireman axes:axe olives:olive sleeves:sleeve "
        "cookies:cookie blouses:blouse spouses:spouse causes:cause cacti:cactus octopi:octopus "
        "pixies:pixie zombies:zombie movies:movie"
    ).split()
)


@lru_cache(maxsize=8192)
def base_of(word: str) -> str:
    """One form for the forms of a verb that look the same in a still picture: walks, walking."""
    if word in VERBS:
        return word
    if word.endswith("ing") and len(word) > 5:
        endings = (word[:-3], word[:-3] + "e", word[:-4], word[:-4] + "ie")
    elif word.endswith("s"):
        endings = (word[:-1], word[:-2], word[:-3] + "y", "")
    else:
        return word
    return next((ending for ending in endings if ending in VERBS), word)
