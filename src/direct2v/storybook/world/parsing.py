"""Canonical caption -> scene: the exact inverse of `captions.canonical`, so that a director can be judged.

A director writes canonical captions; reading them back tells which attributes of which frame it got right.
"""

import itertools
from collections.abc import Mapping
from functools import cache
from typing import Final

from direct2v.storybook.world import kinds as world
from direct2v.storybook.world import words
from direct2v.storybook.world.captions import StatedSubject, describe_subject, tidy
from direct2v.storybook.world.kinds import KINDS
from direct2v.storybook.world.scene import Scene, Subject

__all__ = ["parse"]

_PLACES: Final = {
    phrase: place
    for place, wordings in words.PLACE.items()
    for phrase in (f"{wordings[0][0]} {wordings[0][1]}", wordings[0][1])
}
_TIMES: Final = {wordings[0]: time for time, wordings in words.TIME.items()}
_WEATHERS: Final = {wordings[0]: weather for weather, wordings in words.WEATHER.items()}
_VIEWS: Final = {wordings[0]: {"pan": pan} for pan, wordings in words.PAN.items()}
_VIEWS[words.CLOSE[0]] = {"zoom": "close"}


@cache
def _subjects() -> Mapping[str, Subject]:
    """Canonical words of every subject that there can be."""
    out = {}
    for name, kind in KINDS.items():
        sizes: tuple[str | None, ...] = (None,) if kind.stages else world.SIZES
        facings: tuple[str | None, ...] = world.FACINGS if kind.faces else (None,)
        looks = itertools.product(
            kind.colours, world.POSITIONS, sizes, kind.stages or (None,), kind.poses or (None,), facings
        )
        for look in looks:
            subject = Subject(name, *look)
            out[tidy(describe_subject(subject, StatedSubject()))] = subject
    return out


def _look_up(what: str, text: str, accepted: Mapping[str, str]) -> str:
    if text not in accepted:
        raise ValueError(f"the {what} of the caption is {text!r}; accepted: {', '.join(accepted)}")
    return accepted[text]


def parse(caption: str) -> Scene:
    """The scene of a canonical caption.

    Raises:
        ValueError: The caption is not canonical, or tells a scene that the world does not have.
    """
    parts = caption.strip().split(", ")
    view: dict[str, str] = _VIEWS.get(parts[-1], {})
    if view:
        parts.pop()
    if len(parts) not in (3, 4):
        raise ValueError(f"caption is {caption!r}; accepted: [subjects, ] place, time, weather [, camera]")
    subjects = []
    if len(parts) == 4:
        for words_of_one in parts.pop(0).split(" and "):
            if words_of_one not in _subjects():
                raise ValueError(f"the world has no {words_of_one!r}; accepted: what `canonical` writes")
            subjects.append(_subjects()[words_of_one])
    place, time, weather = parts
    return Scene(
        _look_up("place", place, _PLACES),
        _look_up("time", time, _TIMES),
        _look_up("weather", weather, _WEATHERS),
        tuple(subjects),
        **view,
    )
