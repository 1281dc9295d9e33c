"""What there is in the world: places, hours, weathers, colours, and what each kind of subject can be.

A kind is data. It either comes in two sizes or grows through stages; it may have poses, and it may face left
or right. Which places it can be in follows from its table row and its pose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PLACES: Final = (
    "sea",
    "beach",
    "lake",
    "meadow",
    "farm",
    "forest",
    "mountains",
    "desert",
    "volcano",
    "arctic",
    "village",
    "city",
)
TIMES: Final = ("dawn", "day", "sunset", "dusk", "night")
WEATHERS: Final = ("clear", "cloudy", "overcast", "fog", "rain", "storm", "snow", "rainbow")
COLOURS: Final = ("red", "orange", "yellow", "green", "blue", "purple", "white", "black")
SIZES: Final = ("small", "large")
POSITIONS: Final = ("far left", "left", "centre", "right", "far right")
FACINGS: Final = ("left", "right")
PANS: Final = ("left", "centre", "right")
ZOOMS: Final = ("wide", "close")

WATERS: Final = frozenset({"sea", "lake"})
"""Places without ground: what stands there swims, sails or flies."""
DARK_TIMES: Final = frozenset({"dusk", "night"})
OPEN_SKIES: Final = frozenset({"clear", "cloudy", "rainbow"})
"""Weathers under which sun, moon and stars are seen."""

_LAND: Final = tuple(place for place in PLACES if place not in WATERS)
_GREEN: Final = ("meadow", "farm", "forest", "mountains", "village")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of subject.

    Attributes:
        group: people, animals, plants, vehicles, buildings or dragons.
        colours: What colours it comes in; the first is the usual one.
        places: Where it can be, unless it flies; the first is where a story puts it when nothing is said.
        poses: What it can do, the usual one first; empty where there is nothing to tell apart.
        stages: How it grows, in order; a kind with stages has no size.
        faces: Whether its left differs from its right.
        airborne: Whether it is always in the sky.
    """

    group: str
    colours: tuple[str, ...]
    places: tuple[str, ...]
    poses: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    faces: bool = True
    airborne: bool = False

    def flies(self, pose: str | None) -> bool:
        """Whether it is in the sky in this pose, where it can be at any place."""
        return self.airborne or pose == "flying"

    def moves(self) -> bool:
        """Whether a story can take it from one position to another."""
        return self.faces or self.airborne


def _first(home: str, places: tuple[str, ...]) -> tuple[str, ...]:
    return (home, *(place for place in places if place != home))


_PERSON: Final = ("standing", "walking", "sitting")
_PET: Final = ("walking", "sitting", "sleeping")
_COATS: Final = ("orange", "white", "black")
_CLOTHES: Final = ("red", "blue", "yellow", "green", "purple", "white", "orange")
_ROADS: Final = ("city", "village", "farm", "meadow", "mountains", "desert", "beach", "forest")

KINDS: Final[Mapping[str, Kind]] = {
    "girl": Kind("people", _CLOTHES, _first("meadow", _LAND), _PERSON),
    "man": Kind("people", _CLOTHES, _first("village", _LAND), _PERSON),
    "knight": Kind("people", (*_CLOTHES, "black"), _first("meadow", _LAND), ("standing", "walking")),
    "wizard": Kind("people", ("purple", *COLOURS[:5], *COLOURS[6:]), _first("forest", _LAND), _PERSON[:2]),
    "dog": Kind("animals", _COATS, _first("meadow", _LAND), _PET),
    "cat": Kind("animals", _COATS, _first("village", _LAND), _PET),
    "horse": Kind("animals", _COATS, _first("farm", _LAND), ("standing", "running")),
    "rabbit": Kind("animals", ("white", "orange", "black"), _first("meadow", _LAND), ("sitting", "jumping")),
    "bird": Kind("animals", COLOURS, _first("meadow", _LAND), ("flying", "sitting")),
    "duck": Kind("animals", ("yellow", "white", "green", "blue"), ("lake", "sea")),
    "whale": Kind("animals", ("blue", "white", "black", "purple"), ("sea",), ("swimming", "jumping")),
    "flower": Kind(
        "plants",
        ("red", "yellow", "blue", "purple", "white", "orange"),
        _first("meadow", (*_GREEN, "beach", "desert", "volcano", "city")),
        stages=("seed", "sprout", "bud", "bloom"),
        faces=False,
    ),
    "tree": Kind(
        "plants",
        ("green", "yellow", "orange", "red", "white", "purple"),
        ("meadow", "farm", "mountains", "village", "city", "beach"),
        stages=("sapling", "young", "grown"),
        faces=False,
    ),
    "mushroom": Kind(
        "plants",
        ("red", "orange", "yellow", "blue", "purple", "white"),
        ("forest", "meadow", "mountains", "farm"),
        faces=False,
    ),
    "car": Kind("vehicles", COLOURS, _ROADS),
    "train": Kind("vehicles", COLOURS, ("meadow", "farm", "mountains", "desert", "forest", "arctic", "city")),
    "sailboat": Kind("vehicles", COLOURS, ("sea", "lake")),
    "balloon": Kind("vehicles", COLOURS, _first("meadow", PLACES), faces=False, airborne=True),
    "airplane": Kind("vehicles", COLOURS, _first("mountains", PLACES), airborne=True),
    "house": Kind(
        "buildings",
        COLOURS,
        ("meadow", "farm", "forest", "mountains", "beach", "desert", "arctic"),
        faces=False,
    ),
    "castle": Kind(
        "buildings",
        COLOURS,
        ("mountains", "meadow", "forest", "desert", "volcano", "arctic", "beach"),
        faces=False,
    ),
    "lighthouse": Kind(
        "buildings", ("red", "blue", "green", "black", "orange"), ("beach", "sea"), faces=False
    ),
    "dragon": Kind("dragons", COLOURS, _first("volcano", _LAND), ("flying", "sitting", "sleeping")),
}

POSES: Final = tuple(dict.fromkeys(pose for kind in KINDS.values() for pose in kind.poses))
STAGES: Final = tuple(dict.fromkeys(stage for kind in KINDS.values() for stage in kind.stages))


def may_be(kind: str, pose: str | None, place: str) -> bool:
    """Whether a subject of this kind, in this pose, can be at this place."""
    known = KINDS[kind]
    return known.flies(pose) or place in known.places


def has_weather(time: str, weather: str) -> bool:
    """Whether this weather can be seen at this hour: a rainbow needs the sun."""
    return weather != "rainbow" or time not in DARK_TIMES
