"""Pixel art drawn as text: one letter a pixel, looking to the right, one drawing per size, stage and pose.

Letters: `.` nothing, `O` outline, `M` the subject's colour, `D` its shade, `L` its light; the others are
fixed colours (`palette.LETTERS`). Pixel art is never rescaled: a second size is a second drawing.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from direct2v.storybook.world.sprites import animals, people, things

__all__ = ["SPRITES", "letters", "parse"]

MAX_WIDTH: Final = 21
MAX_HEIGHT: Final = 28


def parse(art: str) -> dict[str, str]:
    """Blocks of `# name` and rows of letters -> name -> rows."""
    out = {}
    for block in art.strip().split("# ")[1:]:
        name, _, rows = block.partition("\n")
        out[name.strip()] = rows.strip("\n")
    return out


SPRITES: Final[dict[str, str]] = parse(people.ART) | parse(animals.ART) | parse(things.ART)


@cache
def letters(name: str) -> NDArray[np.str_]:
    """The letters of one sprite, [height, width], without empty rows and columns around it."""
    rows = SPRITES[name].split("\n")
    width = max(map(len, rows))
    grid: NDArray[np.str_] = np.array([list(row.ljust(width, ".")) for row in rows])
    filled = grid != "."
    grid = grid[filled.any(1)][:, filled.any(0)].copy()
    grid.flags.writeable = False
    return grid
