"""What a writer of video files is given: frames in their own size, the factor, and their times."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from direct2v.video.frames import Pixels, enlarge

__all__ = ["Box", "Changed", "Clip", "changed_box"]

Box = tuple[int, int, int, int]
Changed = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Clip:
    """Frames with their times.

    Attributes:
        frames: uint8 ``[height, width, 3]``, all of one size, not enlarged.
        durations: seconds, one for each.
        factor: by which players are to see them enlarged.
        first: number of the first frame.
    """

    frames: Sequence[Pixels]
    durations: Sequence[Fraction]
    factor: int = 1
    first: int = 1

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, enlarged."""
        height, width = self.frames[0].shape[:2]
        return width * self.factor, height * self.factor

    def enlarged(self) -> Iterator[Pixels]:
        """The frames in the size that players see, one at a time."""
        return (enlarge(frame, self.factor) for frame in self.frames)


def changed_box(changed: Changed) -> Box | None:
    """Left, top, right and bottom of the smallest box around what changed; None if nothing did."""
    rows, columns = (np.flatnonzero(changed.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
