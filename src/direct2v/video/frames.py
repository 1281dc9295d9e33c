"""Frames as arrays: one form for everything that writes them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from direct2v.errors import InputError

__all__ = ["Frame", "Pixels", "as_pixels", "enlarge", "fitting_upscale"]

Pixels = npt.NDArray[np.uint8]
Frame = Image.Image | Pixels

SMALL = 256  # pixels on the short side: what lies below is pixel art for a player
SHOWN = 512  # pixels on the short side at which small frames are shown


def as_pixels(frames: Sequence[Frame]) -> list[Pixels]:
    """Frames as ``[height, width, 3]`` arrays of uint8, 0..255, all of one size.

    Raises:
        InputError: if there are none, one has another form, or sizes differ.
    """
    pixels = [np.asarray(f.convert("RGB") if isinstance(f, Image.Image) else f) for f in frames]
    if not pixels:
        raise InputError("a video needs at least one frame")
    for number, frame in enumerate(pixels, start=1):
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
            raise InputError(
                f"frame {number} has shape {frame.shape} and type {frame.dtype}; "
                "accepted: pictures, or uint8 arrays of shape (height, width, 3)"
            )
        if frame.shape != pixels[0].shape:
            raise InputError(
                f"frame {number} is {frame.shape[1]}x{frame.shape[0]} pixels, "
                f"frame 1 is {pixels[0].shape[1]}x{pixels[0].shape[0]}; all must be of one size"
            )
    return pixels


def fitting_upscale(height: int, width: int) -> int:
    """The whole factor that brings small frames near 512 pixels on the short side; 1 for all others."""
    short = min(height, width)
    return max(1, SHOWN // short) if short < SMALL else 1


def enlarge(frame: Pixels, factor: int) -> Pixels:
    """Every pixel becomes a square of ``factor`` x ``factor``: pixel art stays crisp."""
    return frame if factor == 1 else frame.repeat(factor, axis=0).repeat(factor, axis=1)
