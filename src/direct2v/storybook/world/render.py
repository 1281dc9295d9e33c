"""Scene -> picture: 64 x 64 pixel art, drawn as material indices and coloured at the end by one look-up.

The seed varies only what the scene leaves open: where clouds, stars, waves, tufts and drops are. Each has
`NUM_VARIANTS` fixed patterns, so that the world has variety at low entropy and stays learnable.
"""

from functools import cache, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from direct2v.storybook.world import weather as air
from direct2v.storybook.world.kinds import OPEN_SKIES, POSITIONS, WATERS
from direct2v.storybook.world.materials import INDEX
from direct2v.storybook.world.palette import LIT, PAGE, SHADE, shines, table
from direct2v.storybook.world.places import land
from direct2v.storybook.world.places.canvas import SIZE, Indices, Mask
from direct2v.storybook.world.scene import Scene, Subject
from direct2v.storybook.world.sprites import letters

__all__ = ["NUM_VARIANTS", "SIZE", "Picture", "render", "sprite", "subject_masks"]

NUM_VARIANTS: Final = 3

Picture = NDArray[np.uint8]

_CENTRES: Final = dict(zip(POSITIONS, (11.0, 21.5, 32.0, 42.5, 53.0), strict=True))
_GROUND: Final = 60
_WATERLINE: Final = 55
_FLIGHT: Final = 15
_HIGH: Final = frozenset({"mountains", "volcano"})
"""Places that reach above the clouds."""
_SEA: Final = INDEX["sea1"], INDEX["sea5"]
_LAKE: Final = INDEX["lake1"], INDEX["lake mirror"]


@cache
def sprite(name: str, colour: str, facing: str | None, zoom: str) -> Indices:
    """A sprite in its colour, [height, width] material indices, 0 where nothing is."""
    art = letters(name)
    own = {letter: INDEX[f"{letter} {colour}"] for letter in "MDL"}
    index = np.zeros(art.shape, np.uint16)
    for letter in np.unique(art):
        if letter != ".":
            index[art == letter] = own.get(str(letter)) or INDEX[str(letter)]
    if colour == "black":
        sides = np.isin(np.pad(art, ((0, 0), (1, 1)), constant_values="."), ("M", "K"))
        index[(art == "K") & sides[:, :-2] & sides[:, 2:]] = INDEX["Y"]  # eyes show in a black face
    if facing == "left":
        index = index[:, ::-1]
    if zoom == "close":
        index = _doubled(index)
    index = np.ascontiguousarray(index)
    _light_rims(index)
    index.flags.writeable = False
    return index


def _doubled(index: Indices) -> Indices:
    """Twice as large without stairs: the pixel-art rule Scale2x."""
    padded = np.pad(index, 1)
    above, below = padded[:-2, 1:-1], padded[2:, 1:-1]
    left, right = padded[1:-1, :-2], padded[1:-1, 2:]
    edge = (above != below) & (left != right)
    out = np.repeat(np.repeat(index, 2, axis=0), 2, axis=1)
    out[0::2, 0::2] = np.where(edge & (left == above), left, index)
    out[0::2, 1::2] = np.where(edge & (right == above), right, index)
    out[1::2, 0::2] = np.where(edge & (left == below), left, index)
    out[1::2, 1::2] = np.where(edge & (right == below), right, index)
    return out


def _light_rims(index: Indices) -> None:
    """Marks outline pixels that look sideways into the open; the palette may light them."""
    padded = np.pad(index, 1)
    outline = index == INDEX["O"]
    for name, beside in (("rim left", padded[1:-1, :-2]), ("rim right", padded[1:-1, 2:])):
        index[outline & (beside == 0)] = INDEX[name]


def sprite_name(subject: Subject) -> str:
    """Which drawing shows this subject."""
    return " ".join(part for part in (subject.kind, subject.pose, subject.size, subject.stage) if part)


def _box(subject: Subject, scene: Scene, shape: tuple[int, ...]) -> tuple[int, int]:
    """(top, left) of a subject in the picture."""
    height, width = shape
    left = min(max(int(_CENTRES[subject.position] - width / 2 + 0.5), 0), SIZE - width)
    if subject.flies:
        centre = 26 if scene.zoom == "close" else _FLIGHT
        return max(centre - height // 2, 3), left
    if scene.zoom == "close":
        return SIZE - 1 - height, left
    return (_WATERLINE if scene.place in WATERS else _GROUND) - height, left


def _is_water(index: Indices) -> Mask:
    sea = (index >= _SEA[0]) & (index <= _SEA[1])
    return sea | ((index >= _LAKE[0]) & (index <= _LAKE[1]))


@lru_cache(maxsize=2048)  # 16 MiB; all 16,000 would take 130
def _base(place: str, time: str, weather: str, pan: str, zoom: str, variants: tuple[int, int]) -> Indices:
    """Sky and land together, with the path of light that sun or moon lays on water."""
    ground = land(place, pan, zoom, variants[1])
    index = np.where(ground == 0, air.backdrop(time, weather, variants[0]), ground)
    if weather in OPEN_SKIES and time in air.SUN:
        x, _ = air.SUN[time]
        water = _is_water(index)
        for row, y in enumerate(range(35, 58, 2)):
            half = (2, 4, 3, 5, 3, 4, 2, 3, 2, 1, 2, 1)[row]
            reach = slice(max(x - half, 0), x + half + 1)
            index[y, reach][water[y, reach]] = INDEX["glitter"]
    if place == "arctic" and time == "night" and weather in OPEN_SKIES:
        air.draw_aurora(index, ground)
    if weather == "cloudy" and place in _HIGH:
        air.draw_clouds(index, variants[0], 4)
    if weather == "rainbow":
        air.draw_rainbow(index)
    if weather == "storm":
        air.draw_bolt(index, variants[0])
    if weather == "fog":
        index = index + np.where(ground == 0, 0, air.mist(variants[0])).astype(np.uint16)
    index.flags.writeable = False
    return index


def _add_page(index: Indices, where: Mask, page: int) -> None:
    index[where & (index < PAGE)] += np.uint16(page)


def _shadow(index: Indices, scene: Scene, mask: Mask, top: int, left: int) -> None:
    """A thing on the ground darkens it: under itself, and away from a low sun."""
    height, width = mask.shape
    feet = min(top + height, SIZE)
    reach = 0
    if scene.weather in OPEN_SKIES:
        reach = {"dawn": 1, "sunset": -1}.get(scene.time, 0) * (4 + height // 2)
    start, stop = left + 1 + min(reach, 0), left + width - 1 + max(reach, 0)
    for y, inset in ((feet - 2, 1), (feet - 1, 0), (feet, 1)):
        if y < SIZE:
            columns = slice(max(start + inset, 0), min(stop - inset, SIZE))
            row = index[y, columns]
            row[row < PAGE] += np.uint16(SHADE)


def _reflection(index: Indices, pixels: Indices, top: int, left: int) -> None:
    """A thing on the water is mirrored in it, broken by ripples."""
    height, width = pixels.shape
    feet = top + height
    for depth in range(min(SIZE - feet, height, 12)):
        if depth % 3 == 2:
            continue
        row = pixels[height - 1 - depth]
        target = index[feet + depth, left : left + width]
        shown = row != 0
        target[shown] = row[shown] + np.uint16(SHADE)


def _lamp_light(index: Indices, subject: Subject, shape: tuple[int, ...], top: int, left: int) -> None:
    """Headlights and the lighthouse's beams."""
    height, width = shape
    way = -1 if subject.facing == "left" else 1
    beams = []
    if subject.kind in ("car", "train"):
        beams.append((left if way < 0 else left + width - 1, top + height * 2 // 3, way, 0.35))
    elif subject.kind == "lighthouse":
        beams = [(left + width // 2, top + height * 5 // 27, side, 0.22) for side in (-1, 1)]
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    for from_x, from_y, side, spread in beams:
        ahead = (x - from_x) * side
        long = 22 if subject.kind != "lighthouse" else SIZE
        _add_page(index, (ahead > 0) & (ahead <= long) & (np.abs(y - from_y) <= 1 + ahead * spread), LIT)


def _draw(scene: Scene, seed: int) -> tuple[Indices, list[Mask]]:
    variants = tuple(int(v) for v in np.random.default_rng(seed).integers(0, NUM_VARIANTS, 3))
    base = _base(scene.place, scene.time, scene.weather, scene.pan, scene.zoom, (variants[0], variants[1]))
    index = base.copy()
    drawn: list[Mask] = []
    placed = []
    for subject in scene.subjects:
        pixels = sprite(sprite_name(subject), subject.colour, subject.facing, scene.zoom)
        top, left = _box(subject, scene, pixels.shape)
        placed.append((subject, pixels, top, left))
        if shines(scene.time, scene.weather):
            _lamp_light(index, subject, pixels.shape, top, left)
        if not subject.flies:
            if scene.place in WATERS:
                _reflection(index, pixels, top, left)
            else:
                _shadow(index, scene, pixels != 0, top, left)
    for _, pixels, top, left in placed:
        height, width = pixels.shape
        mask = np.zeros((SIZE, SIZE), np.bool_)
        mask[top : top + height, left : left + width] = pixels != 0
        index[mask] = pixels[pixels != 0]
        drawn.append(mask)
    if scene.weather in ("rain", "storm", "snow"):
        add, flakes = air.falling(scene.weather, variants[2])
        index = np.where(add > 0, index % PAGE + add, index)
        index[flakes] = INDEX["flake"]
    return index, drawn


def render(scene: Scene, seed: int = 0) -> Picture:
    """The picture of a scene, [64, 64, 3] uint8 RGB.

    Args:
        scene: What to draw.
        seed: Chooses the patterns that the scene leaves open; the same seed gives the same picture.
    """
    return table(scene.time, scene.weather)[_draw(scene, seed)[0]]


def subject_masks(scene: Scene) -> list[Mask]:
    """Where each subject is, [64, 64] per subject; used to weigh training losses."""
    return _draw(scene, 0)[1]
