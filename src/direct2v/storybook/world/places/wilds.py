"""Wild places: meadow, forest, mountains, desert, volcano."""

import numpy as np

from direct2v.storybook.world.places.canvas import FAR, MID, NEAR, Canvas, tufts

_CACTUS = """
...gGg....
...GGg..Gg
Gg.GGg..Gg
Gg.GGg..Gg
Gg.GGgGGGg
GGGGGgGGg.
.GGGGg....
...GGg....
...GGg....
...GGg....
...GGg....
...GGg....
"""


def _tuft(canvas: Canvas, top: int, count: int, material: str) -> None:
    """Little v-shaped tufts."""
    places = tufts(canvas.variant, top, count)
    canvas.dots(places, material)
    canvas.dots(tuple((y - 1, x - 1) for y, x in places), material)
    canvas.dots(tuple((y - 1, x + 1) for y, x in places), material)


def meadow(canvas: Canvas) -> None:
    """Rolling hills, bushes, a winding path."""
    x = canvas.x(FAR)
    canvas.below(32 - 4 * np.sin(x / 10 + 1.2) - 1.5 * np.sin(x / 4.5), "far hill")
    x = canvas.x(MID)
    hill = 37 - 4 * np.sin(x / 12 - 0.9)
    canvas.below(hill, "hill light")
    canvas.below(hill + 2, "hill")
    for place, height in ((46, 3.4), (52, 4.4), (57, 3.0), (-12, 4.0), (-7, 3.0), (88, 4.0)):
        canvas.disc(place, 39, 4.2, height, "bush", MID)
        canvas.disc(place - 1, 38, 2.6, height * 0.6, "bush light", MID)
    canvas.bands((42, 48, 56), "grass", NEAR, sway=1.3)
    path = 17 + (canvas.Y - 41) * 0.12 + 5 * np.sin((canvas.Y - 41) / 5.5)
    width = (canvas.Y - 39) * 0.17
    near = np.abs(canvas.x(NEAR)[None] - path) <= width
    canvas.fill(near & (canvas.Y >= 43), "path")
    _tuft(canvas, 46, 7, "tuft")
    canvas.dots(tufts(canvas.variant + 7, 45, 6), "petal")


def forest(canvas: Canvas) -> None:
    """Pines in three depths around a mossy clearing."""
    for x in range(-12, 84, 6):
        canvas.pine(x, 42, 17 + (x * 7) % 5, ("pine far", "pine far"), FAR)
    canvas.below(40, "pine far")
    for x in range(-20, 92, 9):
        canvas.pine(x + 3, 44, 16 + (x * 5) % 6, ("pine mid", "pine mid light"), MID)
    canvas.bands((43, 49, 56), "moss", NEAR, sway=1.2)
    for x, height in ((-15, 30), (-4, 38), (6, 27), (57, 30), (68, 38), (78, 28)):
        canvas.box(x - 1, 45, 2, 4, "trunk", NEAR)
        canvas.pine(x, 46, height, ("pine", "pine light"), NEAR)
    _tuft(canvas, 48, 8, "fern")


def mountains(canvas: Canvas) -> None:
    """Snow-capped peaks above an alpine meadow."""
    far = canvas.x(FAR // 2)
    canvas.below(27 - 4 * np.abs(np.sin(far / 7)) - 2 * np.sin(far / 3), "rock far")
    for x, top, slope in ((57, 15, 1.05), (2, 19, 1.0), (31, 9, 0.95), (-24, 16, 1.0), (84, 14, 1.0)):
        where = canvas.peak(x, top, slope, ("rock light", "rock"), FAR)
        columns = canvas.x(FAR)[None]
        ragged = top + 7 + np.array((0, 2, 1, 3, 1, 2))[columns % 6]
        cap = where & (ragged > canvas.Y) & (np.abs(columns - x) < 12)
        crest = x + (canvas.Y - top) * 0.18
        canvas.fill(cap, "cap")
        canvas.fill(cap & (columns >= crest + 1), "cap shade")
    for x in range(-20, 90, 7):
        canvas.pine(x, 45, 6 + (x * 5) % 4, ("pine mid", "pine mid light"), MID)
    canvas.bands((43, 49, 56), "alp", NEAR, sway=1.4)
    for x, y, width in ((7, 47, 3.2), (50, 46, 2.4), (76, 48, 3.2), (-14, 46, 2.6)):
        canvas.disc(x, y, width, 2, "boulder", NEAR)
    _tuft(canvas, 50, 6, "tuft")


def desert(canvas: Canvas) -> None:
    """Dunes with a lit and a shaded side, a mesa, a cactus."""
    x = canvas.x(FAR)
    canvas.below(35 - 3 * np.sin(x / 9), "dune far")
    for left, width in ((40, 19), (-28, 13), (82, 14)):
        columns = canvas.x(FAR)[None]
        foot = np.maximum(canvas.Y - 29, 0) * 0.55
        where = (canvas.Y >= 24) & (columns >= left - foot) & (columns < left + width + foot)
        canvas.fill(where, "mesa light")
        canvas.fill(where & (columns >= left + width * 0.45 + (canvas.Y - 24) * 0.15), "mesa")
        canvas.fill(where & ((canvas.Y == 27) | (canvas.Y == 31)), "mesa dark")
    x = canvas.x(MID)
    crest = 40 - 5 * np.abs(((x + 20) % 46) / 23 - 1) ** 1.5
    canvas.below(crest, "dune light")
    canvas.fill((np.rint(crest)[None] <= canvas.Y) & (((x + 20) % 46) > 23 + (0 * x))[None], "dune shade")
    canvas.bands((43, 49, 56), "dune", NEAR, sway=1.5)
    letters = {"G": "cactus", "g": "cactus dark"}
    canvas.art(_CACTUS, letters, 3, 48, NEAR)
    canvas.art(_CACTUS, letters, 70, 48, NEAR)
    canvas.art(_CACTUS, letters, -18, 48, NEAR)
    for y, place in tufts(canvas.variant, 51, 5):
        canvas.row(y, place + canvas.pan * NEAR, 4, "dune shade", NEAR)


def volcano(canvas: Canvas) -> None:
    """A smoking cone, lava running down, ash on the ground."""
    for y, x, radius in ((8, 47, 4.5), (12, 42, 4.0), (5, 53, 5.5), (4, 62, 5.0)):
        canvas.disc(x, y, radius * 1.3, radius, "smoke dark", FAR)
        canvas.disc(x - 1, y - 1, radius, radius * 0.7, "smoke", FAR)
    far = canvas.x(FAR)
    canvas.below(36 - 3 * np.abs(np.sin(far / 6)), "ash far")
    columns = far[None]
    edge = 15 + np.maximum(np.abs(columns - 38) - 5, 0) ** 1.12 * 0.88
    where = (edge <= canvas.Y) & (canvas.Y >= 15)
    canvas.fill(where, "cone light")
    canvas.fill(where & (columns > 37 + (canvas.Y - 15) * 0.25), "cone")
    canvas.fill((np.abs(columns - 38) <= 5) & (canvas.Y >= 14) & (canvas.Y <= 16), "lava")
    canvas.fill((np.abs(columns - 38) <= 3) & (canvas.Y >= 13) & (canvas.Y <= 15), "lava hot")
    stream = 36 + 2.4 * np.sin(canvas.Y / 3.4) - (canvas.Y - 15) * 0.12
    flow = (canvas.Y >= 16) & (canvas.Y <= 43)
    canvas.fill(flow & (np.abs(columns - stream) <= 1 + (canvas.Y - 15) * 0.05), "lava")
    canvas.fill(flow & (np.abs(columns - stream) <= 0.5), "lava hot")
    canvas.bands((43, 49, 56), "ash", NEAR, sway=1.4)
    for x, y, width in ((8, 46, 3.4), (55, 47, 2.8), (80, 47, 3.0), (-12, 46, 3.0)):
        canvas.disc(x, y, width, 2.2, "clinker", NEAR)
    for left, y, width in ((14, 51, 7), (46, 55, 8), (76, 52, 8), (-16, 55, 8)):
        canvas.row(y, left, width, "lava", NEAR)
        canvas.row(y + 1, left + 3, width - 2, "lava", NEAR)
