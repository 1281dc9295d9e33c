"""What a frame prompt says, apart from how it says it: words, labels, and a key that alike pictures share."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final, Self

from direct2v.director.contract_words import (
    ARTICLES,
    LABELS,
    NOT_VERBS,
    NUMBERS,
    PLACEHOLDERS,
    PREPOSITIONS,
    SHOWS_NOTHING,
    SPELLINGS,
    UNFILLED,
    VERBS,
    WEATHER,
)

__all__ = ["EXAMINED", "Picture", "base_of", "label_of", "singular", "unfilled", "words_of"]

EXAMINED: Final = 2000
"""Characters of one prompt whose language is looked at; no encoder reads nearly so many."""

Phrase = tuple[str, ...]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_PIECE = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[,.;:!?()\n—–]")
_NUMBER = r"(?:\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[ivx]{1,4})"
_LABEL = re.compile(
    rf"[\s\W_]{{0,9}}(?:the\s)?(?:(?:{LABELS})[\s-]{{0,2}}(?:no\.?|nr\.?|number|\#)?\s{{0,2}}(?:{_NUMBER}\b)"
    rf"(?:\s?(?:/|of)\s?\d{{1,4}})?\W{{0,4}}?(?:\s{{0,2}}[:\-–—.)\]|*]+|：|\n|$)|"
    rf"第\s?\d{{1,4}}\s?\w{{1,2}}\s?[:：]|\d{{1,4}}\s?/\s?\d{{1,4}}\s?[:.)\-–—]|"
    rf"(?:{LABELS})\s?:|(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|final|last|next|opening)"
    rf"\s(?:{LABELS})\s?[:\-–—])\W{{0,4}}",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\W{0,4}(\d{1,4})\s?[.):\-–—]\s+(?=\S)|\W{0,4}\[(\d{1,4})\]\s*")
_BRACKETED = re.compile(r"<([^<>\n]{1,60})>|\{\{?([^{}\n]{1,60})\}?\}|\[([^\[\]\n]{1,60})\]")
_VISIBLE = re.compile("[^\\W\\d_]|[\U0001f000-\U0010ffff]")  # a letter of any script, or a pictograph
_TODO = re.compile(r"\W{0,4}(?:TODO|TBD|FIXME|TBA)\b|.{0,200}\blorem ipsum\b", re.IGNORECASE | re.DOTALL)
_REFUSAL = re.compile(
    r"\W{0,4}(?:i[’']?m (?:very )?sorry|i am (?:very )?sorry|sorry, (?:but )?i|i can(?:no|[’']?)t "
    r"|i can ?not |i[’']?m (?:not able|unable)|i am (?:not able|unable)|as an ai\b)",
    re.IGNORECASE,
)


_NOT_SEEN: Final = SHOWS_NOTHING.union(ARTICLES, ("and", "of", "with")) - {"same"}


def words_of(text: str) -> list[str]:
    """The words of the examined part of ``text``, case folded."""
    return [word.replace("’", "'") for word in _WORD.findall(text[:EXAMINED].casefold())]


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
            counts = numbered is not None and int(numbered[1] or numbered[2]) in (number, number - 1)
            match = numbered if counts else None
        if match is None:
            break
        end += match.end()
    return text[:end].strip(), text[end:]


def unfilled(text: str) -> str | None:
    """Why ``text``, without label, shows nothing at all; None where it shows something."""
    head = text[:EXAMINED]
    words = words_of(head)
    if not _VISIBLE.search(text):
        return "has no words"
    if " ".join(words) in PLACEHOLDERS or _TODO.match(head):
        return f"holds only the placeholder {head.strip()[:40]!r}"
    if _REFUSAL.match(head):
        return "is a refusal and no picture"
    for match in _BRACKETED.finditer(head):
        inner = words_of(match[0].replace("_", " "))
        if inner and UNFILLED.issuperset(inner):
            return f"holds the placeholder {match[0]!r}, which nobody filled in"
    if words and _NOT_SEEN.issuperset(words):
        return "names nothing that can be seen"
    return None


@dataclass(frozen=True)
class Picture:
    """What a text shows, apart from its wording.

    Attributes:
        phrases: bags of words, in no order.
        attached: which phrases belong to which things, where there are several of both.
        sequence: the words in order, however they are cut into phrases.
        rest: what lies behind the examined part, as it is.
    """

    phrases: frozenset[tuple[Phrase, int]]
    attached: frozenset[tuple[Phrase, frozenset[Phrase]]]
    sequence: Phrase
    rest: str

    @classmethod
    def of(cls, text: str) -> Self:
        """The picture that `text` describes."""
        pieces = list(_phrases(_SAME.sub(lambda match: _TWINS.get(match[0].lower(), ""), text[:EXAMINED])))
        phrases = [phrase for phrase in pieces if phrase[0] not in ("of", ",", "and", "with") or phrase[1:]]
        return cls(
            frozenset(Counter(tuple(sorted(phrase)) for phrase in phrases).items()),
            _attached(pieces),
            tuple(chain.from_iterable(phrases)),
            text[EXAMINED:],
        )

    def is_like(self, other: Self) -> bool:
        """Whether both show the same: "a red ball on a table" and "On the table, a red ball"."""
        same = (self.phrases, self.attached) == (other.phrases, other.attached)
        return (same or self.sequence == other.sequence) and self.rest == other.rest


def _attached(pieces: Sequence[Phrase]) -> frozenset[tuple[Phrase, frozenset[Phrase]]]:
    """Who is where or does what; nothing where there is only one thing, or only one thing said of them."""
    things: frozenset[Phrase] = frozenset()
    found: set[tuple[Phrase, frozenset[Phrase]]] = set()
    all_things: set[Phrase] = set()
    joined = accompanying = False
    for phrase in pieces:
        if phrase in (("and",), (",",), ("with",)):
            joined = phrase == ("and",)
            accompanying = phrase == ("with",) or (accompanying and joined)
            continue
        if phrase[0] in PREPOSITIONS or phrase[0] in VERBS or _is_participle(phrase[0]):
            if _ALL_OVER.isdisjoint(phrase):  # "under a full moon" is said of the whole picture
                found.add((tuple(sorted(phrase)), things))
        elif not accompanying:
            things = things | {tuple(sorted(phrase))} if joined else frozenset({tuple(sorted(phrase))})
            all_things.add(tuple(sorted(phrase)))
        joined = False
    return frozenset(found) if len(all_things) > 1 and len(found) > 1 else frozenset()


def _is_participle(word: str) -> bool:
    return word.endswith("ing") and len(word) > 5 and word not in NOT_VERBS


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


def _phrases(text: str) -> Iterator[Phrase]:
    """``text`` cut before prepositions, articles and verbs, without the words that show nothing.

    A preposition or verb stays with the noun behind it, so that who chases whom is not lost. What joins
    phrases stands between them: "and", "with", or "," for any mark.
    """
    phrase: list[str] = []
    before = ""
    attributive = False
    for piece in _PIECE.findall(text.casefold()):
        word = piece.replace("’", "'")
        word = SPELLINGS.get(word, word)
        is_noun = before in ARTICLES or before in NUMBERS  # "a walk", "two walks"
        base = word if is_noun and word.endswith("s") else base_of(word)
        is_join = not word[0].isalnum() or word in _JOINS
        opens = len(phrase) == 1 and (phrase[0] in PREPOSITIONS or phrase[0] in VERBS)
        within = opens and (word in ARTICLES or before in ARTICLES)  # "above a glowing lamp" stays together
        starts = word in PREPOSITIONS or (
            not within and (base != word or word in ARTICLES or _is_participle(word))
        )
        if (is_join or starts) and phrase:
            yield from _turned(phrase, attributive)
            phrase = []
        if starts:
            attributive = base in VERBS and before in ARTICLES
        if is_join:
            yield (word,) if word in ("and", "with") else (",",)
        elif word not in _DROPPED and not (word == "of" and before in _ABOUT):
            phrase.append(base)
        before = word
    if phrase:
        yield from _turned(phrase, attributive)


def _turned(phrase: list[str], attributive: bool) -> Iterator[Phrase]:
    """``a sleeping cat`` as ``a cat sleeping``."""
    if attributive and len(phrase) > 1:
        yield tuple(phrase[1:])
        yield (phrase[0],)
    else:
        yield tuple(phrase)


_JOINS: Final = frozenset("and or but while as with plus".split())
_DROPPED: Final = ARTICLES.union(
    SHOWS_NOTHING, "is are was were be been being am has have had does do did there that which who".split()
)
_ALL_OVER: Final = WEATHER.union("moon sun sky stars clouds rain snow fog mist storm rainbow".split())
_ABOUT: Final = frozenset("image picture scene view shot photo frame".split())
_TWINS: Final = {
    twin: word
    for word, twins in {
        "beside": "next to|by the side of",
        "near": "close to",
        "closeup": "close-up|close up",
        "left": "left side|left-hand side",
        "right": "right side|right-hand side",
        ", night,": "at night|by night|at nighttime|during the night|in the night",
        ", dawn,": "at dawn|at sunrise|during sunrise",
        ", dusk,": "at dusk|at twilight",
        ", sunset,": "at sunset|during sunset",
        ", noon,": "at noon|at midday",
        "": "as before|like before|once more|a moment later|moments later|this time|no change|of course|"
        "in the picture|in the image|in the scene|in this image|in this scene|can be seen|we see|you can see",
    }.items()
    for twin in twins.split("|")
}
_SAME = re.compile(rf"\b(?:{'|'.join(_TWINS)})\b|:\d(?:\.\d{1, 2})?(?=\))", re.IGNORECASE)


@lru_cache(maxsize=8192)
def singular(word: str) -> str:
    """A noun without the ending of its plural, of its possessive, or of both."""
    word = word.removesuffix("'s").removesuffix("'")
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
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
        "cookies:cookie pixies:pixie zombies:zombie movies:movie"
    ).split()
)
