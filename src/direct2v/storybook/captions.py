"""Scene -> words: one canonical caption, and endless paraphrases of it for training.

The paraphrases leave things out now and then (a dog without a colour, a scene without an hour), so that the
model also learns the short prompts that people write.
"""

import random
from dataclasses import dataclass
from typing import Final

from direct2v.storybook.scene import FLYERS, Scene, Subject

PLACE_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "sea": ("the sea", "the open sea", "the ocean", "a blue ocean", "a sea"),
    "meadow": ("a green meadow", "a meadow", "a grassy field", "green hills", "the countryside"),
    "mountains": ("the mountains", "tall mountains", "a mountain valley", "snow-capped peaks"),
    "desert": ("a desert", "the desert with a cactus", "sand dunes", "the sandy desert"),
    "city": ("a city street", "the city", "a city with tall buildings", "downtown"),
    "forest": ("a pine forest", "the forest", "the woods", "a clearing in the forest"),
}
TIME_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "dawn": ("at dawn", "at sunrise", "early in the morning"),
    "day": ("by day", "in daylight", "during the day", "at noon"),
    "sunset": ("at sunset", "at dusk", "in the evening"),
    "night": ("at night", "after dark", "in the dark of night"),
}
WEATHER_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "clear": ("clear sky", "a cloudless sky", "clear weather", "not a cloud"),
    "cloudy": ("a few white clouds", "some clouds", "scattered clouds", "a partly cloudy sky"),
    "overcast": ("an overcast sky", "dark clouds gathering", "grey clouds", "a covered sky"),
    "rain": ("rain", "falling rain", "rain pouring down", "steady rain"),
    "storm": ("a thunderstorm with lightning", "lightning and rain", "a storm", "a flash of lightning"),
    "snow": ("snow", "falling snow", "snowflakes in the air", "snowfall"),
}
SUN_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "high": ("{} high in the sky", "{} up high", "a high {}"),
    "low": ("{} low on the horizon", "a low {}", "{} near the horizon"),
}
KIND_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "dog": ("dog", "corgi", "puppy"),
    "cat": ("cat", "kitten", "tabby cat"),
    "bird": ("bird", "songbird"),
    "person": ("person", "girl", "woman", "traveller"),
    "flower": ("flower",),
    "tree": ("tree",),
    "sailboat": ("sailboat", "boat", "sailing boat"),
    "car": ("car", "automobile"),
    "balloon": ("hot air balloon", "balloon"),
    "house": ("house", "cottage"),
}
STAGE_WORDS: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("flower", "seed"): ("seed of a {} flower in the ground", "{} flower as a seed"),
    ("flower", "sprout"): ("green sprout of a {} flower", "{} flower as a sprout"),
    ("flower", "bud"): ("closed bud of a {} flower", "{} flower in bud"),
    ("flower", "bloom"): ("{} flower in full bloom", "blooming {} flower", "{} flower"),
    ("tree", "sapling"): ("small {} sapling", "{} tree as a sapling"),
    ("tree", "grown"): ("grown {} tree", "{} tree", "big {} tree"),
}
POSITION_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "far left": ("on the far left", "at the left edge"),
    "left": ("on the left", "left of centre"),
    "centre": ("in the centre", "in the middle"),
    "right": ("on the right", "right of centre"),
    "far right": ("on the far right", "at the right edge"),
}
COAT_WORDS: Final = ("in a {} coat", "wearing a {} coat", "dressed in {}")


@dataclass(frozen=True, slots=True)
class Stated:
    """Which attributes a caption tells; what it does not tell, a picture of it may show either way."""

    time: bool = True
    weather: bool = True
    sun: bool = True
    colour: bool = True
    position: bool = True
    facing: bool = True


def _article(words: str) -> str:
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def describe_subject(subject: Subject, rng: random.Random | None = None, stated: Stated = Stated()) -> str:
    """Words for one subject; the first choice of every list without `rng`."""
    pick = rng.choice if rng else _first
    colour = subject.colour if stated.colour else ""
    if subject.stage is not None:
        words = pick(STAGE_WORDS[subject.kind, subject.stage]).format(colour)
    elif subject.kind == "person":
        words = pick(KIND_WORDS["person"]) + (f" {pick(COAT_WORDS).format(colour)}" if colour else "")
    elif subject.kind == "sailboat" and colour:
        words = pick(("{1} with a {0} sail", "{0} {1}")).format(colour, pick(KIND_WORDS["sailboat"]))
    else:
        words = f"{colour} {pick(KIND_WORDS[subject.kind])}"
    words = _article(" ".join(words.split()))
    if subject.facing is not None and stated.facing:
        verb = "flying" if subject.kind in FLYERS else pick(("heading", "facing", "going"))
        words += f" {verb} {subject.facing}"
    if stated.position:
        words += f" {pick(POSITION_WORDS[subject.position])}"
    return words


def _first(choices: tuple[str, ...]) -> str:
    return choices[0]


def canonical(scene: Scene) -> str:
    """The one caption that states everything; what the storybook director writes.

    Example: `a red car heading right on the left, a city street, at night, rain`.
    """
    return _assemble(scene, None, Stated())


def paraphrase(scene: Scene, rng: random.Random) -> tuple[str, Stated]:
    """A caption in other words and another order, and what it still states."""
    full = rng.random() < 0.35
    stated = (
        Stated()
        if full
        else Stated(
            time=rng.random() > 0.10,
            weather=rng.random() > 0.10,
            sun=rng.random() > 0.35,
            colour=rng.random() > 0.15,
            position=rng.random() > 0.15,
            facing=rng.random() > 0.30,
        )
    )
    if rng.random() < 0.25:
        return canonical(scene), Stated()
    return _assemble(scene, rng, stated), stated


def _assemble(scene: Scene, rng: random.Random | None, stated: Stated) -> str:
    pick = rng.choice if rng else _first
    place = pick(PLACE_WORDS[scene.place])
    parts = []
    if stated.time:
        parts.append(pick(TIME_WORDS[scene.time]))
    if stated.weather:
        parts.append(pick(WEATHER_WORDS[scene.weather]))
    if scene.sun is not None and stated.sun:
        parts.append(pick(SUN_WORDS[scene.sun]).format("moon" if scene.time == "night" else "sun"))
    subjects = [describe_subject(subject, rng, stated) for subject in scene.subjects]
    if rng is None:
        return ", ".join([*subjects, place, *parts])
    rng.shuffle(subjects)
    rng.shuffle(parts)
    who = rng.choice((" and ", ", ")).join(subjects)
    joined = rng.choice((", ", " ")) if len(parts) < 2 else ", "
    where = joined.join([place, *parts])
    if not who:
        return rng.choice(("", "a picture of ", "a view of ")) + where
    style = rng.randrange(4)
    if style == 0:
        return f"{who}, {where}"
    if style == 1:
        return f"{who} {_preposition(scene.place, place)} {where}"
    if style == 2:
        return f"{where}, {who}"
    return f"{where} with {who}"


def _preposition(place: str, words: str) -> str:
    if place == "sea":
        return "at" if words == "the sea" else "on"
    return "on" if "street" in words or "hills" in words else "in"
