"""Places where people live: farm, village, city."""

import numpy as np

from direct2v.storybook.world.places.canvas import FAR, MID, NEAR, Canvas, tufts

_BARN = """
.....rrrr........ss.
...rrrrrrrr.....ssss
..rrRRRRRRrr....ssSS
.rrRRRRRRRRrr...ssSS
.rRRRWWWWRRRr...ssSS
..RRRWDDWRRD....ssSS
..RRRWWWWRRD....ssSS
..RRRRRRRRRD....ssSS
..RRWWWWWWRD....ssSS
..RRWDWWDWRD....ssSS
..RRWWDDWWRD....ssSS
..RRWDWWDWRD....ssSS
"""
_BARN_LETTERS = {
    "r": "barn roof",
    "R": "barn",
    "D": "barn dark",
    "W": "barn white",
    "s": "silo",
    "S": "silo shade",
}
_COTTAGE = """
....rrrrrr..
...rrrrrrrr.
..rrrrrrrrrr
.rrrrrrrrrrr
..WWWWWWWWS.
..WPPWtWPPS.
..WPPWtWPPS.
..WWWWtWWWS.
"""
_CHURCH = """
.....c......
....rr......
....rr......
...rrrr.....
...rrrr.....
..rrrrrr....
..WWWWWS....
..WWPPWS....
..WWPPWSrrr.
..WWWWWSrrrr
..WWWWWSrrrr
..WWWWWSWWWS
..WWttWSWPWS
..WWttWSWPWS
"""


def farm(canvas: Canvas) -> None:
    """A barn among fields whose rows run to the horizon."""
    x = canvas.x(FAR)
    canvas.below(33 - 3 * np.sin(x / 11), "far hill")
    canvas.below(37, "wheat")
    canvas.art(_BARN, _BARN_LETTERS, 5, 40, MID)
    canvas.below(41, "wheat dark")
    for x0 in (52, 60, -18, 84):
        canvas.disc(x0, 39, 3.6, 2.8, "wheat dark", MID)
        canvas.disc(x0 - 1, 38, 2.4, 1.8, "wheat", MID)
    vanishing = 32 - canvas.pan * 10
    angle = (np.arange(64)[None] - vanishing) / (canvas.Y - 33 + 1e-6) + canvas.pan * 0.7
    rows = np.floor(angle * 2.2).astype(int) % 2 == 0
    field = canvas.Y >= 43
    canvas.fill(field & rows, "crop")
    canvas.fill(field & ~rows, "crop dark")
    canvas.below(54 + np.sin(canvas.x(NEAR) / 8), "soil")
    canvas.dots(tufts(canvas.variant, 57, 6), "crop dark")


def village(canvas: Canvas) -> None:
    """Cottages and a church below green hills, a lane in front."""
    x = canvas.x(FAR)
    canvas.below(30 - 4 * np.sin(x / 12 + 2.2), "far hill")
    x = canvas.x(MID)
    canvas.below(37 - 2 * np.sin(x / 10), "hill")
    letters = {"W": "wall", "S": "wall shade", "P": "pane", "t": "timber", "c": "ledge"}
    canvas.art(_CHURCH, letters | {"r": "tiles b"}, 25, 42, MID)
    for left, roof in (
        (-26, "b"),
        (-12, "c"),
        (1, "a"),
        (13, "c"),
        (39, "a"),
        (51, "b"),
        (64, "c"),
        (77, "a"),
    ):
        canvas.art(_COTTAGE, letters | {"r": f"tiles {roof}"}, left, 43, MID)
    canvas.below(43 + 0.8 * np.sin(canvas.x(NEAR) / 6), "grass2")
    canvas.bands((46, 51, 57), "lane", NEAR, sway=0.8)
    for y, place in tufts(canvas.variant, 48, 9):
        canvas.row(y, place + canvas.pan * NEAR, 2, "cobble", NEAR)


def city(canvas: Canvas) -> None:
    """Towers in two depths, a pavement, a road."""
    for left, top, width in (
        (-14, 22, 9),
        (-2, 15, 7),
        (9, 23, 9),
        (24, 11, 7),
        (37, 20, 9),
        (50, 13, 7),
        (61, 21, 10),
    ):
        canvas.box(left, top, width, 30, "tower far", FAR)
    towers = (
        (-30, 24, 9, "b"),
        (-20, 29, 9, "a"),
        (-10, 18, 9, "c"),
        (0, 27, 9, "a"),
        (10, 20, 10, "b"),
        (21, 30, 9, "c"),
        (31, 23, 9, "a"),
        (41, 31, 8, "b"),
        (50, 19, 10, "c"),
        (61, 27, 9, "a"),
        (71, 22, 9, "b"),
        (81, 29, 9, "c"),
    )
    for left, top, width, tone in towers:
        canvas.box(left, top, width, 30, f"tower {tone}", MID)
        canvas.row(top, left, width, "ledge", MID)
        for y in range(top + 3, 43, 4):
            for x in range(left + 2, left + width - 2, 3):
                lit = (x * 5 + y * 3) % 7 < 4
                canvas.box(x, y, 1 if width < 9 else 2, 2, "pane" if lit else "pane blind", MID)
    canvas.below(45, "pavement")
    canvas.below(48, "kerb")
    canvas.below(49, "road1")
    canvas.below(56, "road2")
    for left in range(-24, 96, 12):
        canvas.box(left, 61, 6, 2, "dash", NEAR)
    for left in range(-28, 96, 8):
        canvas.box(left, 45, 1, 3, "kerb", NEAR)
    for y, place in tufts(canvas.variant, 51, 4):
        canvas.row(y, place + canvas.pan * NEAR, 3, "road2", NEAR)
