"""Metrics of pixels: how far frames differ, one by one and over the whole video."""

import math

import numpy as np
import numpy.typing as npt

from direct2v.errors import InputError
from direct2v.storyboard import Storyboard

__all__ = ["Frames", "check_frames", "enlarged", "first_to_last_change", "flicker"]

Frames = npt.NDArray[np.uint8]

# MS-SSIM at five scales needs 176 pixels on a side, optical flow some more to find its patches.
MIN_SIDE = 256


def check_frames(frames: Frames, storyboard: Storyboard | None = None) -> None:
    """Refuses what is no video, or not that of a storyboard.

    Raises:
        InputError: if frames are not uint8 [F, H, W, 3], or not as many as the storyboard's, one at least.
    """
    if frames.ndim != 4 or frames.shape[3] != 3 or frames.dtype != np.uint8 or 0 in frames.shape:
        raise InputError(
            f"frames have shape {frames.shape} and type {frames.dtype}; "
            "accepted: uint8 of shape (frames, height, width, 3)"
        )
    if storyboard is not None and storyboard.num_frames != len(frames):
        raise InputError(
            f"there are {len(frames)} frames, but {storyboard.num_frames} in the storyboard; "
            "give the storyboard of these frames"
        )


def flicker(frames: Frames) -> float | None:
    """Mean absolute difference of neighbouring frames, 0 (equal) to 1; None for a single frame.

    Args:
        frames: [F, H, W, 3].

    Source: VBench (arXiv 2311.17982), whose "temporal flickering" is 1 minus this.
    """
    pairs = range(1, len(frames))
    return _mean([_difference(frames[i - 1], frames[i]) for i in pairs])


def first_to_last_change(frames: Frames) -> float | None:
    """Mean absolute difference of the first and the last frame, 0 (equal) to 1; None for a single frame.

    Args:
        frames: [F, H, W, 3].
    """
    return _difference(frames[0], frames[-1]) if len(frames) > 1 else None


def enlarged(frames: Frames) -> Frames:
    """Frames with at least 256 pixels on the short side: each pixel a square, by the least whole factor.

    Args:
        frames: [F, H, W, 3].
    """
    factor = math.ceil(MIN_SIDE / min(frames.shape[1:3]))
    return frames.repeat(factor, axis=1).repeat(factor, axis=2) if factor > 1 else frames


def _difference(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> float:
    return float(np.abs(one.astype(np.int16) - other).mean() / 255)


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
