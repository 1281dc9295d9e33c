"""The one palette: every material of the world, its colour by plain daylight, and how the air treats it.

A picture is first drawn as material indices; `palette.table` then says which colour each material has at this
hour and in this weather. So light is data, and drawing never mixes colours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from direct2v.storybook.world.kinds import COLOURS

RGB = tuple[int, int, int]

NUM_SKY_BANDS: Final = 16


@dataclass(frozen=True, slots=True)
class Material:
    """One material.

    Attributes:
        rgb: Its colour by daylight, 0..255.
        depth: How far away it is, 0 (here) to 1 (horizon): how much of the air's colour lies over it.
        snow: How much snow it carries when it snows, 0..1.
        part: land, subject, lamp (shines in the dark), light (has its own light), or sky.
    """

    rgb: RGB
    depth: float = 0.0
    snow: float = 0.0
    part: str = "land"


COLOUR_RGB: Final[Mapping[str, RGB]] = {
    "red": (228, 44, 52),
    "orange": (248, 138, 30),
    "yellow": (255, 220, 52),
    "green": (50, 172, 74),
    "blue": (32, 112, 238),
    "purple": (180, 64, 206),
    "white": (250, 250, 252),
    "black": (66, 64, 82),
}

LETTERS: Final[Mapping[str, RGB]] = {
    "O": (40, 28, 48),
    "W": (250, 250, 254),
    "K": (26, 20, 34),
    "k": (64, 60, 78),
    "H": (112, 64, 44),
    "B": (150, 98, 60),
    "b": (108, 66, 48),
    "S": (250, 206, 168),
    "N": (62, 74, 128),
    "G": (96, 214, 84),
    "e": (120, 220, 96),
    "P": (244, 140, 150),
    "Y": (255, 226, 96),
    "F": (250, 150, 40),
    "r": (206, 62, 62),
    "T": (204, 210, 224),
    "t": (136, 142, 164),
    "C": (176, 226, 248),
    "X": (204, 200, 208),
    "x": (162, 158, 174),
    "Z": (246, 228, 194),
    "z": (220, 194, 158),
}
"""Fixed colours of sprite letters. `w` (window) and `y` (lamp) are lamps; `M`, `D`, `L` are the subject's."""

_LAND: Final[Mapping[str, tuple[RGB, float, float]]] = {
    # name: colour, depth, snow
    "sea1": ((104, 188, 232), 0.45, 0.0),
    "sea2": ((70, 158, 220), 0.2, 0.0),
    "sea3": ((50, 134, 206), 0.08, 0.0),
    "sea4": ((38, 112, 188), 0.0, 0.0),
    "sea5": ((30, 94, 170), 0.0, 0.0),
    "crest": ((186, 228, 248), 0.0, 0.0),
    "islet": ((72, 122, 108), 0.15, 0.5),
    "islet light": ((122, 178, 122), 0.15, 0.6),
    "wet sand": ((206, 176, 130), 0.0, 0.1),
    "sand1": ((244, 220, 168), 0.0, 0.6),
    "sand2": ((236, 206, 150), 0.0, 0.7),
    "sand3": ((226, 192, 134), 0.0, 0.7),
    "shell": ((255, 244, 224), 0.0, 0.0),
    "palm trunk": ((150, 108, 74), 0.05, 0.1),
    "palm trunk dark": ((116, 78, 60), 0.05, 0.0),
    "palm leaf": ((66, 164, 92), 0.05, 0.35),
    "palm leaf dark": ((40, 124, 80), 0.05, 0.1),
    "lake1": ((150, 206, 214), 0.2, 0.0),
    "lake2": ((104, 182, 198), 0.08, 0.0),
    "lake3": ((76, 160, 182), 0.0, 0.0),
    "lake4": ((56, 138, 166), 0.0, 0.0),
    "lake5": ((44, 118, 150), 0.0, 0.0),
    "lake mirror": ((84, 140, 146), 0.1, 0.0),
    "far ridge": ((126, 160, 192), 0.55, 0.2),
    "far wood": ((78, 134, 122), 0.35, 0.15),
    "reed": ((136, 178, 82), 0.0, 0.2),
    "reed dark": ((92, 130, 66), 0.0, 0.0),
    "reed head": ((132, 84, 58), 0.0, 0.0),
    "far hill": ((140, 196, 168), 0.5, 0.2),
    "hill": ((128, 200, 116), 0.28, 0.3),
    "hill light": ((160, 220, 126), 0.22, 0.55),
    "grass1": ((134, 208, 92), 0.06, 0.72),
    "grass2": ((112, 192, 78), 0.0, 0.76),
    "grass3": ((92, 172, 66), 0.0, 0.8),
    "tuft": ((64, 142, 58), 0.0, 0.3),
    "petal": ((252, 246, 196), 0.0, 0.0),
    "path": ((230, 208, 156), 0.05, 0.2),
    "bush": ((86, 160, 98), 0.25, 0.1),
    "bush light": ((116, 184, 106), 0.25, 0.5),
    "wheat": ((244, 208, 104), 0.12, 0.45),
    "wheat dark": ((222, 176, 80), 0.08, 0.5),
    "crop": ((126, 188, 84), 0.05, 0.6),
    "crop dark": ((98, 158, 74), 0.05, 0.5),
    "soil": ((188, 144, 98), 0.0, 0.6),
    "barn": ((200, 84, 72), 0.22, 0.0),
    "barn dark": ((160, 64, 62), 0.22, 0.0),
    "barn roof": ((122, 92, 104), 0.22, 0.8),
    "barn white": ((244, 236, 226), 0.2, 0.0),
    "silo": ((224, 226, 232), 0.16, 0.1),
    "silo shade": ((168, 172, 188), 0.16, 0.0),
    "pine far": ((122, 176, 164), 0.55, 0.25),
    "pine mid": ((72, 140, 108), 0.28, 0.2),
    "pine mid light": ((98, 164, 120), 0.28, 0.6),
    "pine": ((44, 104, 80), 0.08, 0.1),
    "pine light": ((66, 136, 92), 0.08, 0.7),
    "trunk": ((104, 76, 66), 0.05, 0.1),
    "moss1": ((150, 176, 104), 0.05, 0.7),
    "moss2": ((130, 156, 92), 0.0, 0.75),
    "moss3": ((112, 136, 80), 0.0, 0.78),
    "fern": ((78, 122, 66), 0.0, 0.3),
    "rock far": ((152, 166, 204), 0.5, 0.3),
    "rock light": ((158, 160, 190), 0.2, 0.35),
    "rock": ((112, 114, 154), 0.2, 0.2),
    "cap": ((250, 252, 255), 0.1, 1.0),
    "cap shade": ((206, 216, 240), 0.1, 0.8),
    "alp1": ((140, 196, 124), 0.08, 0.75),
    "alp2": ((118, 176, 106), 0.0, 0.8),
    "alp3": ((100, 156, 92), 0.0, 0.82),
    "boulder": ((168, 168, 184), 0.0, 0.5),
    "dune far": ((246, 206, 156), 0.4, 0.5),
    "dune light": ((252, 220, 156), 0.15, 0.6),
    "dune shade": ((228, 176, 114), 0.15, 0.5),
    "dune1": ((250, 214, 142), 0.0, 0.65),
    "dune2": ((240, 198, 124), 0.0, 0.7),
    "dune3": ((230, 184, 108), 0.0, 0.7),
    "mesa light": ((222, 138, 98), 0.25, 0.2),
    "mesa": ((190, 106, 82), 0.25, 0.1),
    "mesa dark": ((166, 92, 78), 0.25, 0.1),
    "cactus": ((76, 164, 98), 0.05, 0.2),
    "cactus dark": ((48, 124, 82), 0.05, 0.0),
    "ash far": ((156, 130, 150), 0.5, 0.3),
    "cone light": ((140, 98, 108), 0.15, 0.3),
    "cone": ((106, 72, 90), 0.15, 0.2),
    "ash1": ((164, 130, 126), 0.04, 0.6),
    "ash2": ((146, 112, 112), 0.0, 0.65),
    "ash3": ((128, 96, 102), 0.0, 0.7),
    "clinker": ((96, 68, 80), 0.0, 0.2),
    "smoke": ((150, 136, 150), 0.2, 0.0),
    "smoke dark": ((118, 104, 122), 0.2, 0.0),
    "icewater": ((108, 176, 214), 0.15, 0.0),
    "icewater light": ((166, 214, 236), 0.1, 0.0),
    "berg light": ((240, 250, 255), 0.08, 0.5),
    "berg": ((186, 220, 242), 0.08, 0.3),
    "berg dark": ((142, 188, 226), 0.08, 0.2),
    "snow1": ((244, 249, 255), 0.0, 0.6),
    "snow2": ((226, 237, 252), 0.0, 0.6),
    "snow3": ((206, 223, 246), 0.0, 0.5),
    "drift": ((176, 200, 234), 0.0, 0.1),
    "wall": ((246, 228, 198), 0.14, 0.0),
    "wall shade": ((218, 192, 166), 0.14, 0.0),
    "timber": ((142, 100, 80), 0.14, 0.0),
    "tiles a": ((206, 112, 90), 0.14, 0.6),
    "tiles b": ((128, 118, 160), 0.14, 0.6),
    "tiles c": ((190, 148, 94), 0.14, 0.6),
    "lane1": ((222, 204, 172), 0.0, 0.45),
    "lane2": ((206, 186, 154), 0.0, 0.5),
    "lane3": ((190, 168, 138), 0.0, 0.5),
    "cobble": ((168, 146, 120), 0.0, 0.2),
    "tower far": ((164, 178, 212), 0.5, 0.1),
    "tower a": ((134, 142, 184), 0.2, 0.0),
    "tower b": ((110, 116, 160), 0.2, 0.0),
    "tower c": ((164, 140, 160), 0.2, 0.0),
    "ledge": ((92, 98, 140), 0.15, 0.9),
    "pavement": ((206, 206, 216), 0.0, 0.75),
    "kerb": ((160, 162, 176), 0.0, 0.5),
    "road1": ((132, 134, 150), 0.0, 0.5),
    "road2": ((116, 118, 136), 0.0, 0.55),
    "dash": ((250, 232, 160), 0.0, 0.1),
}

_OWN_LIGHT: Final[Mapping[str, RGB]] = {
    "lava": (255, 120, 44),
    "lava hot": (255, 214, 96),
    "bolt": (255, 250, 190),
    "bolt glow": (206, 190, 255),
    "star": (255, 250, 226),
    "star dim": (168, 178, 226),
    "moon": (252, 248, 224),
    "moon shade": (212, 210, 206),
    "aurora": (60, 168, 138),
    "aurora light": (120, 232, 168),
}

_LAMPS: Final[Mapping[str, RGB]] = {
    "w": (150, 204, 236),
    "y": (255, 246, 190),
    "pane": (166, 198, 232),
    "pane blind": (96, 112, 158),
}
"""What shines at dusk, at night and in storms, and its colour while it does not."""

_SKY: Final = (
    "sun",
    "sun glow",
    "sun halo",
    "moon glow",
    "cloud light",
    "cloud",
    "cloud shade",
    "deck1",
    "deck2",
    "deck3",
    "glitter",
    "flake",
    *(f"bow{index}" for index in range(6)),
)


def _shade(rgb: RGB, other: RGB, amount: float) -> RGB:
    red, green, blue = (round(a + (b - a) * amount) for a, b in zip(rgb, other, strict=True))
    return (red, green, blue)


def _build() -> dict[str, Material]:
    out = {"nothing": Material((0, 0, 0), part="sky")}
    out |= {f"sky{band}": Material((0, 0, 0), part="sky") for band in range(NUM_SKY_BANDS)}
    out |= {name: Material((0, 0, 0), part="sky") for name in _SKY}
    out |= {name: Material(*row) for name, row in _LAND.items()}
    out |= {name: Material(rgb, part="light") for name, rgb in _OWN_LIGHT.items()}
    out |= {name: Material(rgb, part="lamp") for name, rgb in _LAMPS.items()}
    out |= {letter: Material(rgb, part="subject") for letter, rgb in LETTERS.items()}
    # Outline pixels that look towards the low sun or the moon: they catch its light.
    out |= {name: Material(LETTERS["O"], part="subject") for name in ("rim left", "rim right")}
    for colour in COLOURS:
        rgb = COLOUR_RGB[colour]
        light = 0.22 if colour == "black" else 0.42
        out[f"M {colour}"] = Material(rgb, part="subject")
        out[f"D {colour}"] = Material(
            _shade(rgb, (60, 40, 110), 0.22 if colour == "white" else 0.3), part="subject"
        )
        out[f"L {colour}"] = Material(_shade(rgb, (255, 255, 240), light), part="subject")
    return out


MATERIALS: Final[Mapping[str, Material]] = _build()
INDEX: Final[Mapping[str, int]] = {name: index for index, name in enumerate(MATERIALS)}
"""Material -> its index in pictures that are not yet coloured; 0 is nothing."""
