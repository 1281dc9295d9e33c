"""Places as pictures of material indices, painted once for each camera pan and pattern variant."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

import numpy as np

from direct2v.storybook.world.kinds import PANS
from direct2v.storybook.world.places import settled, waters, wilds
from direct2v.storybook.world.places.canvas import SIZE, Canvas, Indices

__all__ = ["HORIZON", "land"]

_PAINTERS: Final[Mapping[str, Callable[[Canvas], None]]] = {
    "sea": waters.sea,
    "beach": waters.beach,
    "lake": waters.lake,
    "meadow": wilds.meadow,
    "farm": settled.farm,
    "forest": wilds.forest,
    "mountains": wilds.mountains,
    "desert": wilds.desert,
    "volcano": wilds.volcano,
    "arctic": waters.arctic,
    "village": settled.village,
    "city": settled.city,
}
HORIZON: Final = 36
"""The row that stays where it is when the camera comes closer."""


@cache
def land(place: str, pan: str, zoom: str, variant: int) -> Indices:
    """Everything of a place but sky and subjects, [64, 64] material indices, 0 where the sky is.

    Coming closer doubles what is around the middle of the horizon.
    """
    canvas = Canvas(PANS.index(pan) - 1, variant)
    _PAINTERS[place](canvas)
    index = canvas.index
    if zoom == "close":
        rows = HORIZON + (np.arange(SIZE) - HORIZON) // 2
        columns = SIZE // 4 + np.arange(SIZE) // 2
        index = index[rows][:, columns]
    index.flags.writeable = False
    return index
