"""The value that the whole storybook world turns around: what one frame shows.

A `Scene` is small, frozen and hashable. Everything else is a function of it: `render.render` makes the
picture, `captions` make its descriptions, `stories` make sequences of it, and the reader network tells it
back from a picture.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, Self

PLACES: Final = ("sea", "meadow", "mountains", "desert", "city", "forest")
TIMES: Final = ("dawn", "day", "sunset", "night")
WEATHERS: Final = ("clear", "cloudy", "overcast", "rain", "storm", "snow")
SUNS: Final = ("high", "low")
POSITIONS: Final = ("far left", "left", "centre", "right", "far right")
FACINGS: Final = ("left", "right")
COLOURS: Final = ("red", "orange", "yellow", "green", "blue", "purple", "white", "black", "grey", "brown")

KINDS: Final = ("dog", "cat", "bird", "person", "flower", "tree", "sailboat", "car", "balloon", "house")
COLOURS_OF: Final[dict[str, tuple[str, ...]]] = {
    "dog": ("orange", "white", "black", "brown"),
    "cat": ("orange", "white", "black", "grey"),
    "bird": ("red", "blue", "yellow", "white"),
    "person": ("red", "blue", "yellow", "green"),
    "flower": ("red", "yellow", "blue", "purple", "white"),
    "tree": ("green", "yellow", "orange", "red"),
    "sailboat": ("red", "white", "blue", "yellow"),
    "car": ("red", "blue", "yellow", "green", "white"),
    "balloon": ("red", "blue", "yellow", "green", "purple"),
    "house": ("white", "blue", "yellow", "red"),
}
STAGES_OF: Final[dict[str, tuple[str, ...]]] = {
    "flower": ("seed", "sprout", "bud", "bloom"),
    "tree": ("sapling", "grown"),
}
MOVERS: Final = frozenset({"dog", "cat", "bird", "person", "sailboat", "car"})
"""Kinds that face left or right; the others look the same from both sides."""
FLYERS: Final = frozenset({"bird", "balloon"})

SUN_WEATHERS: Final = frozenset({"clear", "cloudy"})
"""Weathers under which the sun (at night the moon) can be seen, so that its height is part of the scene."""


def kinds_at(place: str) -> tuple[str, ...]:
    """The kinds of subject that may stand at `place`: boats only at sea, what lives on land only on land."""
    if place == "sea":
        return ("sailboat", "balloon", "bird")
    return tuple(kind for kind in KINDS if kind != "sailboat")


def _check(field: str, value: object, accepted: tuple[str, ...]) -> None:
    if value not in accepted:
        raise ValueError(f"{field} is {value!r}; accepted: {', '.join(accepted)}")


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing in the picture.

    `facing` is None for kinds that look the same from both sides, `stage` for kinds that do not grow.

    Raises:
        ValueError: A field is outside the world's vocabulary, or the kind does not have it.
    """

    kind: str
    colour: str
    position: str = "centre"
    facing: str | None = None
    stage: str | None = None

    def __post_init__(self) -> None:
        _check("kind", self.kind, KINDS)
        _check(f"colour of a {self.kind}", self.colour, COLOURS_OF[self.kind])
        _check("position", self.position, POSITIONS)
        if self.kind in MOVERS:
            _check(f"facing of a {self.kind}", self.facing, FACINGS)
        elif self.facing is not None:
            raise ValueError(f"a {self.kind} has no facing, but {self.facing!r} was given")
        if self.kind in STAGES_OF:
            _check(f"stage of a {self.kind}", self.stage, STAGES_OF[self.kind])
        elif self.stage is not None:
            raise ValueError(f"a {self.kind} has no stages, but {self.stage!r} was given")

    def at(self, **changes: Any) -> Self:
        """A copy with some fields changed."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Scene:
    """What one frame shows: place, time of day, weather, height of the sun or moon, and up to two subjects.

    `sun` is "high" or "low" under a clear or cloudy sky and None under every other.

    Raises:
        ValueError: A field is outside the world's vocabulary, or does not fit the others.
    """

    place: str
    time: str = "day"
    weather: str = "clear"
    sun: str | None = "high"
    subjects: tuple[Subject, ...] = ()

    def __post_init__(self) -> None:
        _check("place", self.place, PLACES)
        _check("time", self.time, TIMES)
        _check("weather", self.weather, WEATHERS)
        if self.weather in SUN_WEATHERS:
            _check("sun", self.sun, SUNS)
        elif self.sun is not None:
            raise ValueError(f"sun is {self.sun!r}, but it cannot be seen in weather {self.weather!r}")
        if len(self.subjects) > 2:
            raise ValueError(f"{len(self.subjects)} subjects given; a scene holds at most 2")
        for subject in self.subjects:
            _check(f"kind of subject at the {self.place}", subject.kind, kinds_at(self.place))

    def at(self, **changes: Any) -> Self:
        """A copy with some fields changed; the sun follows the weather where it is not given.

        A sun that the new weather hides is dropped, and one that it uncovers stands high.
        """
        weather = changes.get("weather", self.weather)
        if "sun" not in changes:
            changes["sun"] = (self.sun or "high") if weather in SUN_WEATHERS else None
        elif weather not in SUN_WEATHERS:
            changes["sun"] = None
        return replace(self, **changes)
