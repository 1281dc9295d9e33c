"""Places with water or ice: the sea, the beach, the lake, the arctic."""

import numpy as np

from direct2v.storybook.world.places.canvas import FAR, MID, NEAR, Canvas, tufts

_PALM = """
......gGGg..GGGg......
....gGGGGGgGGGGGGg....
...gGGggGGGGGgggGGg...
..gGg..GGGgGGGg..gGG..
..Gg..GGgtbgGGGg..gG..
..G..gGg.tb..gGG...g..
.....Gg..tb...gG......
.....G...tb....G......
.........tb...........
........tb............
........tb............
........tb............
........tb............
.......tb.............
.......tb.............
.......tb.............
.......tb.............
......ttb.............
......ttb.............
......tttb............
"""
_REED = """
..h....h...
..h.G..h.G.
..hGg.Gh.G.
.G.Gg.Gg.g.
.GgGgG.gGg.
.gGGgGgGGg.
"""


def _waves(canvas: Canvas, top: int, parallax: int = MID) -> None:
    """Short crests, longer towards the front, shifted by the variant."""
    for row, y in enumerate(range(top + 3, 64, 4)):
        length = 2 + row // 2
        for x in range((row * 9 + canvas.variant * 5) % 16 - 16, 84, 16 + row):
            canvas.row(y, x, length, "crest", parallax)


def sea(canvas: Canvas) -> None:
    """Open water with an islet far out."""
    for x, width, height in ((47, 8.5, 6.5), (53, 5.0, 4.0), (-9, 7.0, 5.0)):
        canvas.disc(x, 35, width, height, "islet", MID)
        canvas.disc(x - 1.5, 35, width * 0.6, height * 0.75, "islet light", MID)
    canvas.bands((35, 39, 44, 50, 57), "sea", MID)
    _waves(canvas, 35)


def beach(canvas: Canvas) -> None:
    """Sand, a strip of sea, a palm."""
    canvas.disc(62, 34, 9, 4, "islet", FAR)
    canvas.disc(60, 34, 5, 2.6, "islet light", FAR)
    canvas.bands((34, 36, 38), "sea", MID)
    x = canvas.x(NEAR)
    shore = 42 + 1.5 * np.sin(x / 9 + canvas.variant)
    canvas.below(shore - 1, "crest")
    canvas.below(shore, "wet sand")
    canvas.below(shore + 2, "sand1")
    canvas.below(50 + np.sin(x / 6), "sand2")
    canvas.below(57 - np.sin(x / 8), "sand3")
    letters = {"G": "palm leaf", "g": "palm leaf dark", "t": "palm trunk", "b": "palm trunk dark"}
    canvas.art(_PALM, letters, 0, 46, NEAR)
    canvas.art(_PALM, letters, 66, 46, NEAR)
    canvas.dots(tufts(canvas.variant, 52, 5), "shell")


def lake(canvas: Canvas) -> None:
    """Still water under wooded hills that it mirrors."""
    x = canvas.x(FAR)
    ridge = 28 - 6 * np.sin(x / 11 + 0.6) - 2 * np.sin(x / 4.6)
    canvas.below(ridge, "far ridge")
    wood = canvas.x(MID)
    canvas.below(33 - 1.6 * np.abs(np.sin(wood / 2.3)) - 2 * np.sin(wood / 13 + 1), "far wood")
    canvas.bands((37, 40, 45, 51, 58), "lake", MID)
    mirror = 40.5 + 1.2 * np.abs(np.sin(wood / 2.3)) + 1.5 * np.sin(wood / 13 + 1)
    canvas.fill((canvas.Y >= 37) & (canvas.Y != 39) & (np.rint(mirror)[None] >= canvas.Y), "lake mirror")
    for row, y in enumerate((43, 47, 53, 60)):
        for left in range((row * 19 + canvas.variant * 7) % 26 - 26, 90, 26):
            canvas.row(y, left, 5 + row, "crest", MID)
    letters = {"G": "reed", "g": "reed dark", "h": "reed head"}
    for left in (-14, 1, 54, 70):
        canvas.art(_REED, letters, left, 63, NEAR)


def arctic(canvas: Canvas) -> None:
    """Ice floes, icebergs and snow."""
    canvas.below(36, "icewater")
    for left, y, width in ((-18, 38, 12), (6, 39, 9), (30, 38, 12), (56, 39, 10), (74, 38, 9)):
        canvas.row(y, left, width, "icewater light", FAR)
    for x, top, slope in ((12, 21, 1.5), (20, 28, 1.2), (50, 25, 1.7), (-16, 26, 1.5), (78, 22, 1.4)):
        columns = canvas.x(FAR)
        where = (top + np.abs(columns - x) * slope <= canvas.Y) & (canvas.Y <= 37)
        canvas.fill(where, "berg light")
        canvas.fill(where & (columns[None] > x + (canvas.Y - top) * 0.1), "berg")
        canvas.fill(where & (columns[None] > x + 2 + (canvas.Y - top) * 0.3), "berg dark")
    near = canvas.x(NEAR)
    canvas.below(42 + 1.6 * np.sin(near / 8), "drift")
    canvas.below(43 + 1.6 * np.sin(near / 8), "snow1")
    canvas.below(50 - 1.2 * np.sin(near / 7), "snow2")
    canvas.below(57 + 1.2 * np.sin(near / 6), "snow3")
    for y, x in tufts(canvas.variant, 46, 5):
        canvas.row(y, x + canvas.pan * NEAR, 3, "drift", NEAR)
