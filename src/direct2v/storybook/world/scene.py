"""The value that the whole storybook world turns around: what one frame shows.

A `Scene` is small, frozen, hashable, and valid if it exists. Everything else is a function of it: `render`
makes the picture, `captions` its descriptions, `stories` sequences of it, `attributes` the labels that a
reader tells back from a picture.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, Self

from direct2v.storybook.world import kinds as world
from direct2v.storybook.world.kinds import KINDS, POSITIONS

__all__ = ["Scene", "Subject", "apart"]

MIN_STEPS_APART: Final = 2
"""Positions between two subjects that share the ground or the sky; with sprites of at most 21 pixels and
positions 10.5 pixels apart, neither ever covers the other."""


def _check(field: str, value: object, accepted: tuple[str, ...]) -> None:
    if value not in accepted:
        raise ValueError(f"{field} is {value!r}; accepted: {', '.join(accepted)}")


def _check_optional(field: str, value: object, accepted: tuple[str, ...]) -> None:
    if accepted:
        _check(field, value, accepted)
    elif value is not None:
        raise ValueError(f"{field} is {value!r}, but this kind has none; accepted: None")


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing in the picture.

    `size`, `stage`, `pose` and `facing` are None for the kinds that do not have them.

    Raises:
        ValueError: A field is outside the world's vocabulary, or does not fit the kind.
    """

    kind: str
    colour: str
    position: str = "centre"
    size: str | None = None
    stage: str | None = None
    pose: str | None = None
    facing: str | None = None

    def __post_init__(self) -> None:
        _check("kind", self.kind, tuple(KINDS))
        kind = KINDS[self.kind]
        _check(f"colour of a {self.kind}", self.colour, kind.colours)
        _check(f"position of a {self.kind}", self.position, POSITIONS)
        _check_optional(f"size of a {self.kind}", self.size, () if kind.stages else world.SIZES)
        _check_optional(f"stage of a {self.kind}", self.stage, kind.stages)
        _check_optional(f"pose of a {self.kind}", self.pose, kind.poses)
        _check_optional(f"facing of a {self.kind}", self.facing, world.FACINGS if kind.faces else ())

    @classmethod
    def usual(cls, kind: str, **changes: Any) -> Self:
        """A subject as it is when nothing else is said: large, grown, in its usual colour, facing right.

        Raises:
            ValueError: The kind is unknown, or a change does not fit it.
        """
        _check("kind", kind, tuple(KINDS))
        known = KINDS[kind]
        fields: dict[str, Any] = {
            "colour": known.colours[0],
            "size": None if known.stages else "large",
            "stage": known.stages[-1] if known.stages else None,
            "pose": known.poses[0] if known.poses else None,
            "facing": "right" if known.faces else None,
        }
        return cls(kind, **(fields | changes))

    @property
    def flies(self) -> bool:
        """Whether it is in the sky."""
        return KINDS[self.kind].flies(self.pose)

    def at(self, **changes: Any) -> Self:
        """A copy with some fields changed."""
        return replace(self, **changes)


def apart(one: Subject, other: Subject) -> bool:
    """Whether two subjects leave each other free: one on the ground and one in the sky, or far enough."""
    steps = abs(POSITIONS.index(one.position) - POSITIONS.index(other.position))
    return one.flies != other.flies or steps >= MIN_STEPS_APART


@dataclass(frozen=True, slots=True)
class Scene:
    """What one frame shows: a place, an hour, a weather, at most two subjects, and the camera.

    `pan` says which part of the place is seen; subjects' positions are positions in the picture. `zoom` is
    "close" only for one subject in the centre with the camera panned to the centre.

    Raises:
        ValueError: A field is outside the world's vocabulary, or does not fit the others.
    """

    place: str
    time: str = "day"
    weather: str = "clear"
    subjects: tuple[Subject, ...] = ()
    pan: str = "centre"
    zoom: str = "wide"

    def __post_init__(self) -> None:
        _check("place", self.place, world.PLACES)
        _check("time", self.time, world.TIMES)
        _check("weather", self.weather, world.WEATHERS)
        _check("pan", self.pan, world.PANS)
        _check("zoom", self.zoom, world.ZOOMS)
        if not world.has_weather(self.time, self.weather):
            raise ValueError(f"weather is {self.weather!r} at {self.time!r}; accepted: by daylight only")
        if len(self.subjects) > 2:
            raise ValueError(f"{len(self.subjects)} subjects given; a scene holds at most 2")
        for subject in self.subjects:
            if not world.may_be(subject.kind, subject.pose, self.place):
                accepted = ", ".join(KINDS[subject.kind].places)
                raise ValueError(f"a {subject.kind} cannot be at place {self.place!r}; accepted: {accepted}")
        if len(self.subjects) == 2:
            self._check_pair(*self.subjects)
        if self.zoom == "close":
            alone = [subject.position for subject in self.subjects] == ["centre"]
            if not alone or self.pan != "centre":
                raise ValueError("zoom 'close' shows one subject in the centre, with pan 'centre'")

    def _check_pair(self, one: Subject, other: Subject) -> None:
        if one.kind == other.kind:
            raise ValueError(f"two subjects of kind {one.kind!r} given; a scene holds one of each kind")
        if not apart(one, other):
            raise ValueError(
                f"the {one.kind} ({one.position}) and the {other.kind} ({other.position}) overlap; accepted: "
                f"positions {MIN_STEPS_APART} steps apart"
            )

    def at(self, **changes: Any) -> Self:
        """A copy with some fields changed."""
        return replace(self, **changes)
