"""The world's vocabulary: for every attribute value several wordings; the first is the canonical one."""

from collections.abc import Mapping
from typing import Final

from direct2v.storybook.world.kinds import KINDS

Words = tuple[str, ...]

PLACE: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    # (preposition, noun phrase)
    "sea": (
        ("on", "the sea"),
        ("on", "the ocean"),
        ("on", "the open sea"),
        ("on", "the high seas"),
        ("at", "sea"),
    ),
    "beach": (
        ("on", "a beach"),
        ("on", "the sandy beach"),
        ("at", "the seaside"),
        ("on", "a shore with a palm tree"),
        ("on", "the coast"),
    ),
    "lake": (("on", "a lake"), ("on", "the calm lake"), ("on", "a lake among hills"), ("on", "a still lake")),
    "meadow": (
        ("in", "a meadow"),
        ("in", "a flowery meadow"),
        ("in", "a grassy field"),
        ("in", "the countryside"),
        ("in", "the rolling hills"),
    ),
    "farm": (
        ("on", "a farm"),
        ("on", "a farm with a barn"),
        ("at", "the farmyard"),
        ("by", "the fields of a farm"),
    ),
    "forest": (("in", "a forest"), ("in", "the woods"), ("in", "a pine forest"), ("in", "a forest clearing")),
    "mountains": (
        ("in", "the mountains"),
        ("in", "the high mountains"),
        ("below", "snowy peaks"),
        ("in", "a mountain valley"),
        ("in", "the alps"),
    ),
    "desert": (
        ("in", "a desert"),
        ("in", "the sandy desert"),
        ("among", "sand dunes"),
        ("in", "a desert with a cactus"),
    ),
    "volcano": (
        ("by", "a volcano"),
        ("near", "an erupting volcano"),
        ("in", "a land of lava"),
        ("below", "a smoking volcano"),
    ),
    "arctic": (
        ("in", "the arctic"),
        ("on", "the ice"),
        ("among", "icebergs"),
        ("in", "a frozen land"),
        ("at", "the north pole"),
    ),
    "village": (
        ("in", "a village"),
        ("in", "a quiet village"),
        ("in", "a village with a church"),
        ("on", "the village lane"),
    ),
    "city": (
        ("in", "a city"),
        ("on", "a city street"),
        ("in", "the busy city"),
        ("in", "a city of skyscrapers"),
        ("in", "the town"),
    ),
}
TIME: Final[Mapping[str, Words]] = {
    "dawn": ("at dawn", "at sunrise", "early in the morning", "at daybreak", "in the first light"),
    "day": ("by day", "in daylight", "at noon", "during the day", "at midday"),
    "sunset": ("at sunset", "in the evening sun", "at sundown", "in the glow of the evening"),
    "dusk": ("at dusk", "in the twilight", "after sunset", "at nightfall", "in the gloaming"),
    "night": ("at night", "at midnight", "after dark", "under the night sky", "in the dark of night"),
}
WEATHER: Final[Mapping[str, Words]] = {
    "clear": ("clear sky", "cloudless sky", "clear weather", "fine weather", "not a cloud in sight"),
    "cloudy": ("a few clouds", "scattered clouds", "some puffy clouds", "a partly cloudy sky"),
    "overcast": ("overcast sky", "grey clouds", "a heavy sky", "gloomy weather", "a covered sky"),
    "fog": ("fog", "thick fog", "mist", "misty air", "foggy weather"),
    "rain": ("rain", "falling rain", "rainy weather", "steady rain", "a rain shower"),
    "storm": ("thunderstorm", "a storm with lightning", "lightning and heavy rain", "stormy weather"),
    "snow": ("snow", "falling snow", "snowfall", "snowy weather", "snowflakes in the air"),
    "rainbow": ("a rainbow", "a rainbow in the sky", "a bright rainbow", "a colourful rainbow"),
}
KIND: Final[Mapping[str, Words]] = {
    "girl": ("girl", "woman", "lady"),
    "man": ("man", "traveller", "farmer", "man with a hat"),
    "knight": ("knight", "knight in armour", "brave knight"),
    "wizard": ("wizard", "old wizard", "magician"),
    "dog": ("dog", "corgi", "hound"),
    "cat": ("cat", "tabby cat"),
    "horse": ("horse", "stallion"),
    "rabbit": ("rabbit", "bunny", "hare"),
    "bird": ("bird", "songbird"),
    "duck": ("duck", "waterfowl"),
    "whale": ("whale", "humpback"),
    "flower": ("flower", "blossom"),
    "tree": ("tree", "leafy tree"),
    "mushroom": ("mushroom", "toadstool"),
    "car": ("car", "automobile", "motor car"),
    "train": ("train", "steam train", "locomotive"),
    "sailboat": ("sailboat", "sailing boat", "boat", "yacht"),
    "balloon": ("balloon", "hot air balloon"),
    "airplane": ("airplane", "plane", "aeroplane", "aircraft"),
    "house": ("house", "cottage", "cabin"),
    "castle": ("castle", "fortress"),
    "lighthouse": ("lighthouse", "light tower"),
    "dragon": ("dragon", "winged dragon"),
}
WORN: Final[Mapping[str, Words]] = {
    "girl": ("in a {} dress", "wearing a {} dress", "dressed in {}"),
    "man": ("in a {} coat", "wearing a {} coat", "with a {} jacket"),
    "knight": ("with a {} shield", "in a {} tunic", "dressed in {}"),
    "wizard": ("in a {} robe", "wearing a {} robe", "with a {} hat"),
    "sailboat": ("with a {} sail", "with {} sails"),
    "house": ("with a {} roof", "with {} tiles"),
    "castle": ("with {} roofs", "with {} towers"),
}
"""Kinds whose colour is said after them; the others carry it in front."""
COLOUR: Final[Mapping[str, Words]] = {
    "red": ("red", "bright red", "crimson"),
    "orange": ("orange", "ginger"),
    "yellow": ("yellow", "golden"),
    "green": ("green", "emerald green"),
    "blue": ("blue", "bright blue"),
    "purple": ("purple", "violet"),
    "white": ("white", "snow-white"),
    "black": ("black", "coal-black"),
}
SIZE: Final[Mapping[str, Words]] = {"large": ("big", "large"), "small": ("small", "little", "tiny")}
SMALL_NAMES: Final[Mapping[str, str]] = {
    "girl": "child",
    "man": "boy",
    "dog": "puppy",
    "cat": "kitten",
    "horse": "pony",
    "duck": "duckling",
    "bird": "fledgling",
    "dragon": "baby dragon",
    "whale": "whale calf",
}
"""Names that say that something is small."""
PERSON_SIZE: Final[Mapping[str, Words]] = {"large": ("tall", "big"), "small": ("small", "little", "tiny")}
STAGE: Final[Mapping[tuple[str, str], Words]] = {
    ("flower", "seed"): ("seed of a {colour} flower", "{colour} flower seed", "{colour} bulb in the soil"),
    ("flower", "sprout"): ("sprout of a {colour} flower", "young {colour} flower sprout"),
    ("flower", "bud"): ("{colour} flower bud", "closed bud of a {colour} flower", "{colour} flower in bud"),
    ("flower", "bloom"): (
        "{colour} flower in bloom",
        "blooming {colour} flower",
        "{colour} flower in full bloom",
    ),
    ("tree", "sapling"): ("{colour} tree sapling", "tiny {colour} sapling"),
    ("tree", "young"): ("young {colour} tree", "half-grown {colour} tree"),
    ("tree", "grown"): ("big {colour} tree", "grown {colour} tree", "tall old {colour} tree"),
}
UNSTAGED: Final[Mapping[str, Words]] = {"flower": ("{colour} flower",), "tree": ("{colour} tree",)}
POSE: Final[Mapping[str, Words]] = {
    "standing": ("standing", "waiting"),
    "walking": ("walking", "strolling", "going"),
    "sitting": ("sitting", "resting", "seated"),
    "sleeping": ("sleeping", "asleep", "taking a nap"),
    "running": ("running", "galloping"),
    "jumping": ("jumping", "leaping"),
    "flying": ("flying", "in flight", "soaring"),
    "swimming": ("swimming", "floating"),
}
MOTION: Final[Mapping[str, Words]] = {
    "car": ("driving", "rolling"),
    "train": ("driving", "steaming"),
    "sailboat": ("sailing", "gliding"),
    "airplane": ("flying", "soaring"),
    "duck": ("swimming", "paddling"),
}
"""What kinds without poses do when they face somewhere."""
STILL_POSES: Final = frozenset({"standing", "sitting", "sleeping"})
FACING: Final[Mapping[str, Words]] = {
    "left": ("left", "to the left", "leftwards"),
    "right": ("right", "to the right", "rightwards"),
}
POSITION: Final[Mapping[str, Words]] = {
    "far left": ("on the far left", "at the left edge", "all the way on the left"),
    "left": ("on the left", "left of the middle", "on the left side"),
    "centre": ("in the centre", "in the middle", "at the centre"),
    "right": ("on the right", "right of the middle", "on the right side"),
    "far right": ("on the far right", "at the right edge", "all the way on the right"),
}
PAN: Final[Mapping[str, Words]] = {
    "left": ("camera panned left", "camera turned to the left", "looking left"),
    "right": ("camera panned right", "camera turned to the right", "looking right"),
}
CLOSE: Final[Words] = ("close-up", "seen from close by", "camera close")

WEATHER_SETTING: Final[Mapping[str, Words]] = {
    "clear": ("under a clear sky", "in fine weather"),
    "cloudy": ("under a few clouds", "under a partly cloudy sky"),
    "overcast": ("under a grey sky", "in gloomy weather"),
    "fog": ("in the fog", "in thick mist"),
    "rain": ("in the rain", "in steady rain"),
    "storm": ("in a thunderstorm", "during a storm"),
    "snow": ("in the snow", "in falling snow"),
    "rainbow": ("under a rainbow", "with a rainbow in the sky"),
}
"""How prompts say a weather that does not change."""

HOME: Final[Mapping[str, str]] = {name: kind.places[0] for name, kind in KINDS.items()}
"""The place where a story puts a kind when the prompt names no place."""


def article(words: str) -> str:
    """`words` with the indefinite article in front."""
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"
