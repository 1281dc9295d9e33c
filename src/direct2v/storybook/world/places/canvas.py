"""What places are painted with: a picture of material indices, seen through a camera that pans.

Every layer has a parallax: how many pixels it moves when the camera pans by one step. World coordinates are
picture coordinates of the centred camera.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from direct2v.storybook.world.materials import INDEX

SIZE: Final = 64
FAR, MID, NEAR = 6, 11, 16
"""Parallax of far, middle and near layers, in pixels."""

Indices = NDArray[np.uint16]
Mask = NDArray[np.bool_]
Line = NDArray[np.float64]


class Canvas:
    """Material indices [64, 64], 0 where the sky shows through.

    Args:
        pan: -1, 0 or 1: the camera looks to the left, ahead or to the right.
        variant: Which of the patterns that the scene leaves open.
    """

    def __init__(self, pan: int, variant: int) -> None:
        self.pan, self.variant = pan, variant
        self.index: Indices = np.zeros((SIZE, SIZE), np.uint16)
        self.Y = np.arange(SIZE)[:, None] + np.zeros(SIZE, int)

    def x(self, parallax: int) -> NDArray[np.int64]:
        """World x of every column, [64]."""
        return np.arange(SIZE) + self.pan * parallax

    def fill(self, where: Mask, material: str) -> None:
        """Paints a region."""
        self.index[where] = INDEX[material]

    def below(self, edge: Line | float, material: str) -> None:
        """Paints everything from a line (y per column, or one y) down."""
        self.fill(np.rint(np.broadcast_to(np.asarray(edge, float), (SIZE,)))[None] <= self.Y, material)

    def bands(self, edges: tuple[float, ...], material: str, parallax: int = NEAR, sway: float = 0.0) -> None:
        """Paints ground in bands `material`1, 2, ... from the far edge to the near one, gently swaying."""
        wave = np.sin(self.x(parallax) / 7.5)
        for number, edge in enumerate(edges, start=1):
            self.below(edge + sway * wave * (1 if number % 2 else -1), f"{material}{number}")

    def row(self, y: int, left: int, width: int, material: str, parallax: int = NEAR) -> None:
        """A horizontal line, in world coordinates."""
        self.box(left, y, width, 1, material, parallax)

    def box(self, left: int, top: int, width: int, height: int, material: str, parallax: int = NEAR) -> None:
        """A rectangle, in world coordinates."""
        start = left - self.pan * parallax
        columns = slice(max(start, 0), max(start + width, 0))
        self.index[max(top, 0) : max(top + height, 0), columns] = INDEX[material]

    def disc(self, x: float, y: float, rx: float, ry: float, material: str, parallax: int = NEAR) -> None:
        """An ellipse, in world coordinates."""
        where = ((self.x(parallax) - x) / rx)[None] ** 2 + ((self.Y - y) / ry) ** 2 <= 1
        self.fill(where, material)

    def dots(self, places: tuple[tuple[int, int], ...], material: str, parallax: int = NEAR) -> None:
        """Single pixels at (y, x); columns wrap around, so that panning never empties the ground."""
        for y, x in places:
            self.index[y, (x - self.pan * parallax) % SIZE] = INDEX[material]

    def art(self, text: str, letters: dict[str, str], left: int, bottom: int, parallax: int = NEAR) -> None:
        """A landmark drawn as text, standing on row `bottom`; `letters` names the materials."""
        rows = text.strip("\n").split("\n")
        start = left - self.pan * parallax
        for y, row in enumerate(rows, start=bottom + 1 - len(rows)):
            for x, letter in enumerate(row, start=start):
                if letter != "." and 0 <= x < SIZE and 0 <= y < SIZE:
                    self.index[y, x] = INDEX[letters[letter]]

    def peak(
        self, x: float, top: float, slope: float, materials: tuple[str, str], parallax: int = FAR
    ) -> Mask:
        """A mountain with a lit and a shaded side; returns where it is."""
        columns = self.x(parallax)
        jag = np.array((0, 1, 0, 2, 1, 0, 1, 2))[columns % 8]
        where: Mask = top + np.abs(columns - x) * slope + jag[None] * 0.6 <= self.Y
        self.fill(where, materials[0])
        crest = x + (self.Y - top) * 0.18 + jag[None] * 0.5
        self.fill(where & (columns[None] >= crest), materials[1])
        return where

    def pine(self, x: float, bottom: int, height: int, materials: tuple[str, str], parallax: int) -> None:
        """A conifer, of three tiers if it is large enough."""
        columns = (self.x(parallax) - x)[None]
        down = self.Y - (bottom - height)
        tier = height / 3
        half = 0.4 + (down % tier) / tier * height * 0.16 + down * 0.14
        if height < 12:  # too small for tiers
            half = 0.4 + down * 0.3
        where = (down >= 0) & (bottom >= self.Y) & (np.abs(columns) <= half)
        self.fill(where, materials[0])
        self.fill(where & (columns < -0.25 * half) & (columns > -0.9 * half), materials[1])


def tufts(variant: int, top: int, count: int) -> tuple[tuple[int, int], ...]:
    """Places (y, x) of small things on the ground, spread evenly; a fixed pattern per variant."""
    rng = np.random.default_rng(1000 + variant)
    columns = (np.arange(count) * 64 / count + rng.integers(0, 6, count)).astype(int) % SIZE
    rows = top + (rng.permutation(count) * (SIZE - 3 - top) // count)
    return tuple(zip(rows.tolist(), columns.tolist(), strict=True))
