"""What a frame prompt shows, apart from its wording, so that two prompts for one picture are found out."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, Self

from direct2v.director.contract.text import EXAMINED, base_of
from direct2v.director.contract.words import (
    ARTICLES,
    NOT_VERBS,
    NUMBERS,
    PREPOSITIONS,
    SHOWS_NOTHING,
    SPELLINGS,
    VERBS,
    WEATHER,
)

__all__ = ["Picture"]

Phrase = tuple[str, ...]
"""Words that belong together: a thing with its attributes, or a preposition or verb with its object."""

_PIECE = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[,.;:!?()\n—–]")


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
        if self.rest != other.rest or Counter(self.sequence) != Counter(other.sequence):
            return False
        if self.sequence == other.sequence:
            return True
        if self.attached and other.attached and self.attached != other.attached:
            return False
        return self._refines(other) or other._refines(self)

    def _refines(self, other: Self) -> bool:
        """Whether every phrase lies within one of the other's: "a street, quiet" and "a quiet street"."""
        return all(
            any(Counter(phrase) <= Counter(around) for around, _ in other.phrases)
            for phrase, _ in self.phrases
        )


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
    SHOWS_NOTHING,
    "is are was were be been being am has have had does do did there that which who remain remains stay "
    "stays keep keeps only".split(),
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
    }.items()
    for twin in twins.split("|")
}
_IDLE: Final = (
    r"in high quality|high[ -]quality|high[ -]resolution|high[ -]definition|in high detail|high detail|"
    r"(?:in )?sharp focus|trending on artstation|with (?:intricate|fine|great) details?|in great detail|"
    r"in detail|at the moment|for a while|in the meantime|as always|as ever|tiny bit|as before|like before|"
    r"once more|(?:an? |a few |some |several )?(?:moment|second|minute|hour)s? later|this time|no change|"
    r"of course|"
    r"nothing changes|in th(?:e|is) (?:picture|image|scene)|can be seen|we see|you can see"
)
"""Phrases that show nothing."""
_SAME = re.compile(rf"\b(?:{'|'.join(_TWINS)}|{_IDLE})\b|:\d(?:\.\d{{1,2}})?(?=\))", re.IGNORECASE)
