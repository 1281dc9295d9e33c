"""The words of the embedded world: for language models that write for it, and for people who go beyond it."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from direct2v.storybook.captions import (
    COAT_WORDS,
    KIND_WORDS,
    PLACE_WORDS,
    POSITION_WORDS,
    STAGE_WORDS,
    SUN_WORDS,
    TIME_WORDS,
    WEATHER_WORDS,
    canonical,
)
from direct2v.storybook.scene import COLOURS, COLOURS_OF, Scene, Subject

__all__ = ["unknown_words", "world_in_words"]

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_JOINING: Final = "a an and at facing flying going heading in moon of on picture sail sun the view with"


def world_in_words() -> str:
    """All that the embedded model was trained to draw, in its own words, with two examples."""
    things = [f"{KIND_WORDS[kind][0]} ({', '.join(colours)})" for kind, colours in COLOURS_OF.items()]
    stages = [words[0].format("red") for words in STAGE_WORDS.values()]
    car = Subject("car", "red", position="left", facing="right")
    flower = Subject("flower", "yellow", position="centre", stage="bud")
    examples = [
        canonical(Scene("city", time="night", weather="rain", sun=None, subjects=(car,))),
        canonical(Scene("meadow", subjects=(flower,))),
    ]
    parts = {
        "things, at most two in a picture, with their colours": things,
        "stages": stages,
        "positions": _firsts(POSITION_WORDS.values()),
        "places": _firsts(PLACE_WORDS.values()),
        "hours": _firsts(TIME_WORDS.values()),
        "weathers": _firsts(WEATHER_WORDS.values()),
    }
    told = "; ".join(f"{name}: {', '.join(words)}" for name, words in parts.items())
    return f"{told}. Examples: {' | '.join(examples)}"


def unknown_words(texts: Iterable[str]) -> list[str]:
    """The words of `texts` that no training caption of the model had, once each in order of appearance."""
    known = _known()
    found = (word for text in texts for word in _WORD.findall(text.lower()))
    return [word for word in dict.fromkeys(found) if word not in known]


def _known() -> frozenset[str]:
    tables: list[Iterable[Sequence[str]]] = [
        PLACE_WORDS.values(),
        TIME_WORDS.values(),
        WEATHER_WORDS.values(),
        SUN_WORDS.values(),
        KIND_WORDS.values(),
        STAGE_WORDS.values(),
        POSITION_WORDS.values(),
        [COAT_WORDS, COLOURS, [_JOINING]],
    ]
    phrases = (phrase for table in tables for phrases in table for phrase in phrases)
    return frozenset(word for phrase in phrases for word in _WORD.findall(phrase.lower()))


def _firsts(table: Iterable[Sequence[str]]) -> list[str]:
    return [words[0] for words in table]
