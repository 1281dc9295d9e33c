"""Whether every frame names whom the story is about."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, takewhile
from typing import Final, Self

from direct2v.director.contract.text import EXAMINED, WORD, base_of, singular, words_of
from direct2v.director.contract.words import (
    ANIMATE,
    ARTICLES,
    BEINGS,
    COLLECTIONS,
    FUNCTION_WORDS,
    GENERIC,
    HIDDEN,
    KINDS,
    NUMBERS,
    PLACES,
    PREPOSITIONS,
    SHOWS_NOTHING,
    VERBS,
    WEATHER,
)

__all__ = ["inferred_subject", "unnamed"]

_CUT = re.compile(r"[,;:()]|\s[-–—]\s")
_PRONOUNS: Final = frozenset("it he she they its his her their him them itself himself herself".split())
_ENGLISH: Final = frozenset("the an of with and is at on".split())
_ENDINGS: Final = frozenset(("", *"e en n er es s x i a o ne".split()))
_MIN_FRAMES: Final = 3
_MOST: Final = 0.6
_COMPOUND: Final = 4  # letters from which a word inside a longer one names it: a sailboat is a boat
_LONG: Final = 40  # letters of a word that are looked at for that
_READ: Final = 200  # characters of a subject: "a girl in a yellow coat" is one


def _heads(subject: str) -> list[list[str]]:
    """The nouns that name `subject`: one list for each of those joined by "and", any of which will do."""
    core = _CUT.split(subject[:_READ].strip(), maxsplit=1)[0]
    found: list[list[str]] = []
    for part in re.split(r"\s+(?:and|&|\+)\s+", core):
        originals = WORD.findall(part)
        words = [word.lower() for word in originals]
        ends = [i for i, word in enumerate(words) if i and (word in PREPOSITIONS or _opens_clause(word))]
        head = [word.lstrip("0123456789") or word for word in (words[: ends[0]] if ends else words)]
        alternatives = [head[-1], "".join(head[-2:])] if head else words[-1:]
        if ends and words[ends[0]] == "of" and singular(head[-1]) in COLLECTIONS:
            alternatives = [head[-1], words[-1]]
        capitals = [word.lower() for word in originals[1:] if word[0].isupper()]
        alternatives += [word for word in capitals if word not in alternatives and word not in FUNCTION_WORDS]
        if alternatives:
            found.append(alternatives)
    return found


def _opens_clause(word: str) -> bool:
    return word in ("who", "that", "which", "named", "called", "made", "dressed") or (
        word.endswith("ing") and base_of(word) in VERBS
    )


def unnamed(texts: Sequence[str], subjects: Sequence[str]) -> list[list[str]]:
    """For each text those of `subjects` that it does not name by the noun at their head, one or several."""
    wanted = [(subject, _heads(subject)) for subject in subjects]
    return [
        [subject for subject, heads in wanted if not _names(text, nouns, subject, heads)]
        for text, nouns in zip(texts, map(_Nouns.of, texts), strict=True)
    ]


def _names(text: str, nouns: "_Nouns", subject: str, heads: list[list[str]]) -> bool:
    if (not heads or not subject.isascii()) and subject.casefold() in text[:EXAMINED].casefold():
        return True
    return bool(heads) and all(any(map(nouns.hold, group)) for group in heads)


@dataclass(frozen=True)
class _Nouns:
    """What a text names.

    Attributes:
        words: in the singular, in order.
        present: these, and neighbours as one word: a sail boat is a sailboat.
        endings: what may be named by longer words: a sailboat is a boat.
        stems: by their first three letters, without accents, in a language that is not English.
    """

    words: Sequence[str]
    present: frozenset[str]
    endings: frozenset[str]
    stems: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, text: str) -> Self:
        words = [singular(word.lstrip("0123456789")) for word in words_of(text)]  # tags say 1girl
        present = frozenset(words).union(first + second for first, second in pairwise(words))
        stems: dict[str, list[str]] = {}
        if present.isdisjoint(_ENGLISH):
            for word in map(_plain, present):
                stems.setdefault(word[:3], []).append(word)
        longer = (word for word in present if not word.endswith("ing"))
        endings = (word[i:] for word in longer for i in range(3, min(len(word) - _COMPOUND, _LONG) + 1))
        return cls(words, present, frozenset(endings), stems)

    def hold(self, head: str) -> bool:
        """Whether `head` is named, in the singular or plural, alone or in a compound."""
        noun = singular(head)
        if noun in self.present:
            return True
        if len(noun) < _COMPOUND:
            return False
        plain = _plain(noun)
        return noun in self.endings or any(_inflected(plain, word) for word in self.stems.get(plain[:3], ()))


@lru_cache(maxsize=8192)
def _plain(word: str) -> str:
    return unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()


def _inflected(one: str, two: str) -> bool:
    """Whether two words of another language differ in an ending alone: raton, ratones; Vogel, Vogels."""
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, two, strict=False)))
    return common >= max(3, len(one) - 1) and one[common:] in _ENDINGS and two[common:] in _ENDINGS


def inferred_subject(prompt: str, texts: Sequence[str]) -> tuple[str, list[int]] | None:
    """The subject of the user's sentence, and the frames that speak of it without naming it.

    Only where the evidence is good: somebody alive at the head of the user's sentence, named by most frames,
    and a frame that says "it" or "the animal" instead, or leaves it out between frames that name it, with no
    sign that it is out of sight or has changed. Else None.
    """
    if len(texts) < _MIN_FRAMES:
        return None
    present = [_Nouns.of(text) for text in texts]
    told = {singular(word) for word in words_of(prompt)} - FUNCTION_WORDS - PLACES
    for noun in _candidates(prompt):
        named = [nouns.hold(noun) for nouns in present]
        if not _MOST <= sum(named) / len(texts) < 1:
            continue
        kinds = frozenset().union(*(group for group in KINDS if noun in group))
        missing = [
            index
            for index, nouns in enumerate(present)
            if not named[index] and _speaks_without_name(nouns.words, noun, kinds, told, named, index)
        ]
        if missing:
            return noun, missing
    return None


_NO_SUBJECTS: Final = (
    PLACES
    | WEATHER
    | SHOWS_NOTHING
    | frozenset(
        "front time lapse timelapse video day life close video series step steps me we phases".split()
    )
)


def _candidates(prompt: str) -> list[str]:
    """The first being or vehicle that the user's sentence names, else whatever it begins with."""
    words = words_of(prompt)[:40]
    for word in words:
        noun = singular(word)
        known = noun in ANIMATE or any(noun in group for group in KINDS)
        if known and noun not in FUNCTION_WORDS and noun not in ("old", "toy", "figure", "light"):
            return [noun]
    nouns = (singular(word) for word in words if word not in FUNCTION_WORDS and base_of(word) not in VERBS)
    return [noun for noun in nouns if noun not in _NO_SUBJECTS][:1]


def _speaks_without_name(
    words: Sequence[str], noun: str, kinds: frozenset[str], told: set[str], named: Sequence[bool], index: int
) -> bool:
    said = set(words)
    first = next((word for word in words if word not in SHOWS_NOTHING), "")
    if said & kinds or (said & HIDDEN and not said & GENERIC):
        return False
    if (said & GENERIC) - {"thing", "object", "machine"} and "the" in said:
        return True
    others = said & (ANIMATE - BEINGS) - {noun}
    pronouns = said & _PRONOUNS
    if said.isdisjoint(ANIMATE) and (pronouns - {"it", "its"} or (pronouns and not said & WEATHER)):
        return True
    if not others and not said & BEINGS and base_of(first) in VERBS:
        return True
    if said & told:  # a cut to something else that the sentence tells of
        return False
    if not (noun in ANIMATE or kinds):
        return False
    is_between = any(named[:index]) and any(named[index + 1 :])
    return (
        is_between and not others and not said & BEINGS and bool(said - FUNCTION_WORDS - ARTICLES - NUMBERS)
    )
