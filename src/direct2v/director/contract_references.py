"""Finding what points out of a frame prompt: at other frames, at the text, at somebody named elsewhere."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from direct2v.director.contract_text import EXAMINED, singular
from direct2v.director.contract_words import (
    ANIMATE,
    ARTICLES,
    ATTRIBUTES,
    BEINGS,
    FUNCTION_WORDS,
    NOT_VERBS,
    PATHS,
    PLACES,
    PREPOSITIONS,
    SEVERAL,
    SHOWS_NOTHING,
    THINGS,
    VERBS,
    WEATHER,
)

__all__ = ["Reference", "references"]

_QUOTED = re.compile(r"[\"“][^\"”“\n]{0,200}[\"”]")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_NOUN = r"(?:frame|image|picture|photo|panel|shot|scene|prompt|slide|keyframe|view|illustration)"
_SPAN = r"(?:moment|second|minute|hour|day|week|month|year|while|season|bit|instant|night|morning|evening)s?"

_TELLS_ORDER: Final = "leave the order in time out and describe what is seen"
_NEEDS_OTHERS: Final = "describe in full what is seen"

Remedy = str
_PHRASES: Final[tuple[tuple[frozenset[str], re.Pattern[str], Remedy], ...]] = tuple(
    (frozenset(triggers.split()), re.compile(pattern, re.IGNORECASE), remedy)
    for triggers, pattern, remedy in (
        (
            "frame image picture photo panel shot scene prompt slide keyframe",
            rf"\b{_NOUN}\s?(?:#|no\.?\s?|number\s)?\s?(?:\d{{1,4}}(?!\s?(?:mm|%|k\b|px|degrees|°|x\s?\d|:\d))"
            r"|one|two|three|four|five|six|seven|eight|nine|ten)\b(?!\s(?:of|men|women|people|dogs|cats|birds))",
            "leave the number out and describe what is seen",
        ),
        (
            "first second third fourth last final initial opening previous prior preceding next following "
            "earlier former",
            rf"\b(?:(?:as|than|of|from|like|to|in|with)\s(?:in\s|of\s|from\s)?the\s(?:first|second|third|fourth|"
            rf"last|final|initial|opening)|(?:the|a|my|our)\s(?:previous|prior|preceding|next|following|earlier|former)|"
            rf"^previous|^next)\s{_NOUN}s?\b(?!\s(?:of\sa|on\sthe\swall))",
            _NEEDS_OTHERS,
        ),
        (
            "frame image picture photo panel shot scene prompt",
            r"\b(?:in this (?:frame|image|picture|photo|panel|shot|scene|prompt)|this (?:frame|image|picture|"
            r"photo|panel|shot|scene|prompt) (?:shows|depicts|is|has|features|captures|focuses|opens|again)|"
            r"(?:remaining|other|all|both|between|across|these|those|preceding|earlier|previous) "
            r"(?:the )?(?:frames|images|panels|shots|scenes|prompts))\b",
            "leave out the talk about the picture and describe what is seen",
        ),
        (
            "before",
            r"\b(?:(?:as|like|than|from|seen|shown|was|were|did|stood|sat) (?:just )?before\b"
            r"(?! (?:the|a|an|it|"
            r"him|her|them|dawn|sunrise|sunset|christmas|rain|nightfall|[a-z]+ing)\b)|never before\b|"
            r"before(?=\s*(?:[,.;!)]|$)))",
            _NEEDS_OTHERS,
        ),
        (
            "earlier",
            r"\bearlier\b(?! (?:century|era|period|age|times?|model|version|generation|days)\b)",
            _NEEDS_OTHERS,
        ),
        (
            "previous previously aforementioned preceding",
            r"\b(?:previously|aforementioned|the (?:previous|preceding) (?!owner|century|tenant)\w+|"
            r"previous \w+)",
            _NEEDS_OTHERS,
        ),
        (
            "above",
            r"\b(?:as|see|same as|described|mentioned|shown|like) above\b"
            r"(?! (?:the|a|an|his|her|its|their|it|them)\b)",
            _NEEDS_OTHERS,
        ),
        ("once yet", r"\b(?:once|yet) (?:more|again)\b", _NEEDS_OTHERS),
        (
            "longer anymore more",
            r"\b(?:no longer|anymore|not? \w+ any more|any more(?=\s*(?:[,.;!]|$)))\b",
            "say what is there instead of what was",
        ),
        ("time", r"\b(?:this|last|next|second|third) time\b(?! of)", _NEEDS_OTHERS),
        ("again", r"\bagain\b", _NEEDS_OTHERS),
        (
            "now",
            r"(?<!until )(?<!right )\bnow\b(?! and then\b)|\bright now\b",
            "leave it out and describe only what is seen",
        ),
        ("then", r"(?<!now and )\bthen\b", _TELLS_ORDER),
        (
            "meanwhile afterwards afterward thereafter",
            r"\b(?:meanwhile|afterwards?|thereafter)\b",
            _TELLS_ORDER,
        ),
        ("after that this", r"\bafter (?:that|this)\b(?! \w+ing\b)", _TELLS_ORDER),
        (
            "later",
            rf"\b(?:(?:a|an|one|two|three|few|some|several|many|\d+)? ?{_SPAN} later|"
            r"later (?:that|the same|in the) \w+|much later|a little later)\b|^\W*later\b|\blater(?=\s*(?:[,.;]|$))",
            _TELLS_ORDER,
        ),
        (
            "next following",
            rf"\bthe (?:next|following) (?:{_SPAN}|one|step|stage)\b|^\W*next\b(?! (?:to|door)\b)",
            _TELLS_ORDER,
        ),
        ("finally", r"\bfinally\b", _TELLS_ORDER),
        ("eventually subsequently", r"\b(?:eventually|subsequently)\b", _TELLS_ORDER),
        ("instead", r"\binstead\b(?! of\b)", "say what is seen, not what it replaces"),
        (
            "unchanged change changes",
            r"\b(?:unchanged|(?:no|without(?: any)?) (?:visible )?changes?|nothing (?:has )?changed?s?)\b",
            _NEEDS_OTHERS,
        ),
        (
            "resumes resume resuming continuation repeats repeat repeated",
            r"\b(?:resum(?:es?|ing)|a continuation|repeats? (?:of )?(?:the|from))\b",
            _NEEDS_OTHERS,
        ),
        (
            "beginning start first",
            r"\b(?:as|like|than|from) (?:it was |they were )?(?:in|at) (?:the )?(?:beginning|start|first)\b",
            _NEEDS_OTHERS,
        ),
        ("ditto idem", r"^\W*(?:ditto|idem)\b", _NEEDS_OTHERS),
        (
            "similar identical",
            r"^\W*(?:similar|identical)(?: to)?\b(?! (?:twin|house|tree|door|box)s?)",
            _NEEDS_OTHERS,
        ),
        (
            "them us",
            r"^\W*(?:both|all|one|each|some|none|two|three|the two|the three) of (?:them|these|those)\b",
            "name who is meant",
        ),
    )
)


@dataclass(frozen=True, order=True)
class Reference:
    """Words that point out of a prompt.

    Attributes:
        start: where they begin in the prompt.
        end: where they end.
        remedy: what to do about them.
    """

    start: int
    end: int
    remedy: str


class _Prompt:
    """The words of one prompt, with what stands before them for every frame."""

    def __init__(self, text: str, shared: str) -> None:
        self.text = _QUOTED.sub(lambda match: " " * len(match[0]), text[:EXAMINED])
        spans = list(_WORD.finditer(self.text))
        self.starts = [match.start() for match in spans]
        self.ends = [match.end() for match in spans]
        self.words = [match[0].lower().replace("’", "'") for match in spans]
        self.shared = [match[0].lower() for match in _WORD.finditer(shared[:EXAMINED])]
        self.present = frozenset(self.words)
        self.singulars = [singular(word) for word in self.words]

    def at(self, index: int) -> str:
        return self.words[index] if 0 <= index < len(self.words) else ""

    def reference(self, first: int, last: int, remedy: str) -> Reference:
        return Reference(self.starts[first], self.ends[min(last, len(self.words) - 1)], remedy)

    def gap(self, index: int) -> str:
        """What stands between this word and the next."""
        after = self.starts[index + 1] if index + 1 < len(self.words) else len(self.text)
        return self.text[self.ends[index] : after]


def references(text: str, shared: str = "") -> list[Reference]:
    """What in `text` points out of it, in order and without overlaps.

    Args:
        text: a frame prompt without its label.
        shared: what stands before every prompt; it can hold what a pronoun refers to.
    """
    prompt = _Prompt(text, shared)
    kept: list[Reference] = []
    for found in sorted(_found(prompt), key=lambda found: (found.start, -found.end)):
        if not kept or found.start >= kept[-1].end:
            kept.append(found)
    return kept


def _found(prompt: _Prompt) -> Iterator[Reference]:
    for triggers, pattern, remedy in _PHRASES:
        if not triggers.isdisjoint(prompt.present) and (match := pattern.search(prompt.text)):
            yield _wider(prompt, match, remedy)
    for trigger, rule in _RULES.items():
        if trigger in prompt.present:
            places = (index for index, word in enumerate(prompt.words) if word == trigger)
            yield from islice((found for index in places if (found := rule(prompt, index))), 1)
    opening = _opening_pronoun(prompt)
    person = _person_without_name(prompt) if opening is None else opening
    if person is not None:
        yield person


def _wider(prompt: _Prompt, match: re.Match[str], remedy: Remedy) -> Reference:
    """The match, with the words beside it where it is one word alone, which says little in a message."""
    start, end = match.span()
    while start < end and not prompt.text[start].isalnum():
        start += 1
    first = bisect_right(prompt.starts, start) - 1
    last = bisect_right(prompt.starts, end - 1) - 1
    if first == last:
        if prompt.gap(last) == " ":
            last = min(last + 2, len(prompt.words) - 1)
        elif first and prompt.gap(first - 1) == " ":
            first = max(first - 2, 0)
    return prompt.reference(first, last, remedy)


def _noun_after(prompt: _Prompt, index: int) -> int:
    """Where the noun phrase that begins after `index` ends: at most four words, up to a function word."""
    last = index
    for following in range(index + 1, min(index + 5, len(prompt.words))):
        word = prompt.words[following]
        if word in FUNCTION_WORDS and word != "one":
            break
        if word in SHOWS_NOTHING and following > index + 1:
            break
        if following > index + 1 and word.endswith("ing") and word not in NOT_VERBS:
            break
        last = following
        if set(prompt.gap(following)) - {" ", "-"}:
            break
    return last


def _same(prompt: _Prompt, index: int) -> Reference | None:
    last = _noun_after(prompt, index)
    noun = prompt.at(last) if last > index else ""
    before = set(prompt.words[:index]) | set(prompt.shared)
    if prompt.words[index - 2 : index + 2] == ["at", "the", "same", "time"]:
        return None
    rest = prompt.words[index + 1 : index + 8]
    if "as" in rest and rest[rest.index("as") + 1 : rest.index("as") + 2] not in (
        ["before"],
        ["in"],
        ["earlier"],
    ):
        compared = rest[rest.index("as") + 1 :]
        if (
            noun in ATTRIBUTES
            and compared
            and not {"previous", "first", "last", "earlier"} & set(compared[:3])
        ):
            return None
    several = bool(before & SEVERAL) or _names_two(prompt.words[:index])
    if several and noun and noun not in PLACES:
        return None
    if noun in ATTRIBUTES and prompt.at(index - 2) == "of" and _names_two(prompt.words[:index], plurals=True):
        return None
    first = index - 1 if prompt.at(index - 1) in ("the", "this", "that") else index
    thing = f"the {noun}" if noun and noun not in FUNCTION_WORDS else "it"
    extra = 1 if prompt.at(last + 1) == "again" else 2 if prompt.at(last + 1) == "as" else 0
    return prompt.reference(first, last + extra, f"describe {thing} in full")


def _names_two(words: list[str], *, plurals: bool = False) -> bool:
    """Whether two things, joined by "and", stand among `words`, or a plural."""
    if "and" in words:
        middle = words.index("and")
        after = words[middle + 1 : middle + 3]
        if middle and any(word in ("a", "an", "the", "another", "his", "her", "its") for word in after):
            return True
    return plurals and any(len(word) > 3 and singular(word) != word for word in words)


def _another(prompt: _Prompt, index: int) -> Reference | None:
    last = _noun_after(prompt, index)
    noun = prompt.singulars[last] if last > index else ""
    before = prompt.singulars[:index] + [singular(word) for word in prompt.shared]
    if prompt.at(index - 1) == "one" or not noun or noun in before or "one" in prompt.words[:index]:
        return None if index else prompt.reference(0, 1, _NEEDS_OTHERS)
    if noun in BEINGS and any(word in ANIMATE for word in before):
        return None
    return prompt.reference(index, last, "name all that is seen")


def _other(prompt: _Prompt, index: int) -> Reference | None:
    start = prompt.words[:2]
    if index == 1 and start[0] == "the":
        last = _noun_after(prompt, index)
        noun = prompt.at(last) if last > index else ""
        if noun not in ("side", "end", "bank", "shore", "half"):
            return prompt.reference(0, max(last, 1), "name all that is seen")
    return None


def _one(prompt: _Prompt, index: int) -> Reference | None:
    """``the second one``, with nothing that there are several of."""
    which = prompt.at(index - 1)
    if which not in ("second", "third", "first", "last", "next", "previous", "other", "this", "that", "same"):
        return None
    before = prompt.words[: index - 1]
    if (
        set(before) & SEVERAL
        or "one" in before
        or _names_two(before)
        or any(singular(w) != w for w in before)
    ):
        return None
    first = index - 2 if prompt.at(index - 2) == "the" else index - 1
    return prompt.reference(max(first, 0), index, "name what is meant")


def _continues(prompt: _Prompt, index: int) -> Reference | None:
    if any(word in PATHS for word in prompt.words[max(0, index - 4) : index]):
        return None
    return prompt.reference(index, index + 2, "describe what is seen as if it were the first picture")


def _demonstrative(prompt: _Prompt, index: int) -> Reference | None:
    """``this dog``, ``these flowers`` at the beginning."""
    if index or prompt.at(1) in FUNCTION_WORDS | {"time"} or len(prompt.words) < 3:
        return None
    return prompt.reference(0, 1, f"describe the {prompt.at(1)} in full")


_RULES: Final[dict[str, Callable[[_Prompt, int], Reference | None]]] = {
    "same": _same,
    "another": _another,
    "other": _other,
    "one": _one,
    "continues": _continues,
    "continue": _continues,
    "continuing": _continues,
    "continued": _continues,
    "this": _demonstrative,
    "that": _demonstrative,
    "these": _demonstrative,
    "those": _demonstrative,
}

_SUBJECT_PRONOUNS: Final = frozenset("it he she they it's he's she's they're".split())
_POSSESSIVES: Final = frozenset("his her its their".split())
_PERSONS: Final = frozenset("he she him himself herself his her he's she's".split())
_LEADING: Final = FUNCTION_WORDS | SHOWS_NOTHING | VERBS
_CLAUSES: Final = frozenset("as while when before after until because although if once though".split())


def _can_be_meant(prompt: _Prompt, index: int) -> bool:
    """Whether the word at `index` may be a noun that a later pronoun refers to."""
    word = prompt.words[index]
    if word in _LEADING or word.endswith("ly") or (word.endswith("ing") and word not in NOT_VERBS):
        return False
    return not word.endswith("ed") or word in ANIMATE


def _opening_pronoun(prompt: _Prompt) -> Reference | None:
    """A pronoun as the first subject, or "Its tail", before anything that it could refer to."""
    words = prompt.words
    for index in range(min(len(words), 12)):
        word = words[index]
        if word in _SUBJECT_PRONOUNS or word in _POSSESSIVES:
            break
        if _can_be_meant(prompt, index) and not _is_opening_place(prompt, index):
            return None
    else:
        return None
    if prompt.shared and any(noun not in _LEADING for noun in prompt.shared):
        return None
    if word.startswith("it") and word != "its" and WEATHER & set(words[index + 1 : index + 5]):
        return None
    follows = prompt.text[prompt.ends[index] :]
    is_early = (index and words[0] in _CLAUSES | PREPOSITIONS) or word in _POSSESSIVES
    if is_early and re.search(r",\s(?:a|an|the|two|three|one)\s", follows[:120], re.IGNORECASE):
        return None
    if words[index : index + 2] == ["it", "appears"] or not _is_english(prompt):
        return None
    return prompt.reference(index, index + 1, "name who or what is meant")


def _is_opening_place(prompt: _Prompt, index: int) -> bool:
    """Whether the word belongs to "In the forest, ", which no pronoun after it means."""
    if prompt.words[0] not in PREPOSITIONS:
        return False
    comma = next((i for i in range(min(len(prompt.words), 7)) if "," in prompt.gap(i)), None)
    return comma is not None and index <= comma and prompt.at(comma + 1) in _SUBJECT_PRONOUNS


def _person_without_name(prompt: _Prompt) -> Reference | None:
    """``he``, ``her``, ``his`` where the whole text names nobody."""
    if prompt.present.isdisjoint(_PERSONS) or not _is_english(prompt):
        return None
    for index in range(len(prompt.words)):
        word = prompt.words[index]
        if word in _PERSONS or word in THINGS or prompt.singulars[index] in THINGS:
            continue
        if _can_be_meant(prompt, index):
            return None
    if any(word not in _LEADING and word not in THINGS for word in prompt.shared):
        return None
    index = next(i for i, word in enumerate(prompt.words) if word in _PERSONS)
    return prompt.reference(index, index + 1, "name who is meant")


def _is_english(prompt: _Prompt) -> bool:
    """Whether the words that other languages also have, as "he" and "die", can be read as English."""
    others = prompt.present - _PERSONS - _SUBJECT_PRONOUNS
    return bool(others & (ARTICLES | {"the", "is", "with", "and", "of", "on", "at"})) or prompt.text.isascii()
