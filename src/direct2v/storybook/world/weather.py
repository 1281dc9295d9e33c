"""The sky behind a place and what falls in front of it, as pictures of material indices."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from direct2v.storybook.world.kinds import DARK_TIMES, OPEN_SKIES
from direct2v.storybook.world.materials import INDEX, NUM_SKY_BANDS
from direct2v.storybook.world.palette import MIST, WET
from direct2v.storybook.world.places.canvas import SIZE, Indices, Mask

SUN: Final = {"dawn": (14, 27), "day": (50, 9), "sunset": (50, 28), "night": (13, 10)}
"""Hour -> (x, y) of the sun, or of the moon at night; there is none at dusk."""
_Y, _X = np.mgrid[0:SIZE, 0:SIZE]
_SKY_HEIGHT: Final = 40


def _disc(x: float, y: float, radius: float) -> Mask:
    inside: Mask = (_X - x) ** 2 + (_Y - y) ** 2 <= radius**2
    return inside


@cache
def backdrop(time: str, weather: str, variant: int) -> Indices:
    """The sky behind everything: bands, stars, sun or moon, clouds; [64, 64]."""
    # Bands get thinner towards the horizon, where the sky changes fastest.
    band = (np.minimum(np.arange(SIZE) / _SKY_HEIGHT, 0.999) ** 1.15 * NUM_SKY_BANDS).astype(int)
    index = np.repeat((INDEX["sky0"] + band)[:, None], SIZE, axis=1).astype(np.uint16)
    if weather in OPEN_SKIES:
        if time in DARK_TIMES:
            _stars(index, time, variant)
        if time in SUN:
            _sun(index, time)
    if weather == "rainbow":
        draw_clouds(index, variant, 2)
    if weather == "cloudy":
        draw_clouds(index, variant, 4)
    if weather in ("overcast", "rain", "storm", "snow"):
        _deck(index, weather, variant)
    index.flags.writeable = False
    return index


def _stars(index: Indices, time: str, variant: int) -> None:
    rng = np.random.default_rng(100 + variant)
    # One star a cell, so that they spread as the eye expects; the brightest are small crosses.
    for number in range(24 if time == "night" else 9):
        x = 8 * (number % 8) + int(rng.integers(1, 7))
        y = 9 * (number // 8) + int(rng.integers(1, 8))
        index[y, x] = INDEX["star"]
        if number % 6 == 3:
            for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                index[min(max(y + dy, 0), SIZE - 1), min(max(x + dx, 0), SIZE - 1)] = INDEX["star dim"]


def _sun(index: Indices, time: str) -> None:
    x, y = SUN[time]
    if time == "night":
        index[_disc(x, y, 8.2)] = INDEX["moon glow"]
        index[_disc(x, y, 5.6)] = INDEX["moon"]
        for dx, dy, radius in ((-2, -1, 1.5), (2, 2, 1.1), (2, -2, 0.8), (-1, 3, 0.8)):
            index[_disc(x + dx, y + dy, radius)] = INDEX["moon shade"]
        return
    radius = 5.6 if time == "day" else 6.6
    index[_disc(x, y, radius + 3.6)] = INDEX["sun halo"]
    index[_disc(x, y, radius + 2)] = INDEX["sun glow"]
    index[_disc(x, y, radius)] = INDEX["sun"]


def draw_clouds(index: Indices, variant: int, count: int) -> None:
    """Cumulus clouds: heaps of discs with a flat base, lit from above."""
    places = (
        ((12, 9, 1.0), (36, 16, 1.15), (57, 6, 0.85), (1, 20, 0.8)),
        ((20, 17, 1.15), (44, 8, 0.9), (3, 7, 0.9), (62, 19, 1.0)),
        ((8, 15, 1.1), (31, 7, 0.95), (55, 15, 1.1), (47, 24, 0.7)),
    )[variant]
    for x, y, scale in places[:count]:
        heap = np.zeros((SIZE, SIZE), np.bool_)
        for dx, dy, radius in ((-5.5, 0.5, 2.6), (-2, -1.2, 3.6), (2.6, -0.4, 3.2), (6.2, 0.8, 2.2)):
            heap |= _disc(x + dx * scale, y + dy * scale, radius * scale)
        heap &= y + 1.6 * scale >= _Y
        inside = np.roll(heap, 2, axis=0) & np.roll(heap, (2, 1), axis=(0, 1))
        index[heap] = INDEX["cloud light"]
        index[heap & inside] = INDEX["cloud"]
        index[heap & ~np.roll(heap, -1, axis=0)] = INDEX["cloud shade"]


def _deck(index: Indices, weather: str, variant: int) -> None:
    """A closed cover of cloud, in three layers that get darker upwards; a storm hangs lowest."""
    low = {"overcast": 13, "rain": 15, "storm": 19, "snow": 14}[weather]
    columns = np.arange(SIZE)
    for drop, shift, period, name in ((0, 0, 15, "deck3"), (5, 7, 19, "deck2"), (10, 3, 13, "deck1")):
        bumps = np.abs(np.sin(np.pi * (columns + shift + 9 * variant) / period))
        edge = np.rint(low - drop + 3.4 * bumps)
        index[edge[None] > _Y] = INDEX[name]


def draw_aurora(index: Indices, ground: Indices) -> None:
    """Northern lights: a curtain of light in the arctic night."""
    hem = 20 + np.rint(3.5 * np.sin(np.arange(SIZE) / 8.5)).astype(int)[None]
    folds = (np.arange(SIZE) * 5 // 7 % 3)[None]
    free = (ground == 0) & (index < INDEX["sun"])
    index[free & (hem - 6 - 2 * folds <= _Y) & (hem > _Y)] = INDEX["aurora"]
    index[free & (hem - 2 - folds <= _Y) & (hem > _Y)] = INDEX["aurora light"]


def draw_rainbow(index: Indices) -> None:
    """The bow stands in front of everything far away."""
    radius = np.hypot((_X - 31.5) * 0.92, _Y - 44)
    for ring in range(6):
        where = (radius <= 34 - 1.6 * ring) & (radius > 32.4 - 1.6 * ring) & (_Y < 35)
        index[where] = INDEX[f"bow{ring}"]


def draw_bolt(index: Indices, variant: int) -> None:
    """A fork of lightning from the clouds to the horizon, in front of everything far away."""
    x = (48, 18, 36)[variant]
    zigzag = (0, -1, -1, -1, -1, 3, 1, -1, -1, -1, -1, 2, 1, -1, -1, -1, -1)
    path = []
    for y, step in enumerate(zigzag, start=19):
        x += step
        path.append((y, x))
    for name, before, after in (("bolt glow", 1, 3), ("bolt", 0, 2)):
        for y, column in path:
            index[y, max(column - before, 0) : column + after] = INDEX[name]


@cache
def mist(variant: int) -> NDArray[np.uint16]:
    """What fog adds to indices: wisps that lie over the land, [64, 64]."""
    out = np.zeros((SIZE, SIZE), np.uint16)
    for y, left, width in ((32, 2, 30), (34, 40, 26), (39, -6, 26), (41, 28, 34), (48, 6, 36), (51, 48, 28)):
        columns = (np.arange(left, left + width) + 17 * variant) % 80
        out[y : y + 2, columns[columns < SIZE]] = MIST
    return out


@cache
def falling(weather: str, variant: int) -> tuple[NDArray[np.uint16], Mask]:
    """What falls in front of everything: (what it adds to indices, where it is a flake), both [64, 64]."""
    add = np.zeros((SIZE, SIZE), np.uint16)
    flakes = np.zeros((SIZE, SIZE), np.bool_)
    rng = np.random.default_rng(200 + variant)
    heavy = weather == "storm"
    if weather in ("rain", "storm"):
        for cell in range(56 if heavy else 42):
            x = 9 * (cell % 7) + int(rng.integers(0, 9))
            y = 10 + (8 if heavy else 9) * (cell // 7) + int(rng.integers(0, 7))
            for step in range(4):
                if y + step < SIZE:
                    add[y + step, (x - (step if heavy else step // 2)) % SIZE] = WET
    if weather == "snow":
        for cell in range(49):
            x = 9 * (cell % 7) + int(rng.integers(0, 9))
            y = 8 + 8 * (cell // 7) + int(rng.integers(0, 7))
            big = cell % 3 == 0
            flakes[y : y + 1 + big, x : x + 1 + big] = True
    return add, flakes
