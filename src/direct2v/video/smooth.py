"""Frames in between, for smoother playback: each is where the picture has moved to by then.

Forward and backward optical flow of two neighbouring frames, both warped to the moment between them and
blended; where the two flows contradict each other, as where things appear, the frames are blended as they
are.
Measured with ``benchmarks/smooth.py``; see ``docs/smooth.md``.

Source: DIS optical flow, arXiv 1603.03590, as in OpenCV.
"""

import importlib.util
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from direct2v.errors import InputError, MissingExtraError
from direct2v.text import printable
from direct2v.video.frames import Pixels, enlarge

__all__ = ["MAX_SMOOTH", "SmoothBy", "check_smooth", "flow_between", "in_between", "load_opencv"]

SmoothBy = Literal["flow", "latent"]
MAX_SMOOTH = 16

FLOW_SIDE = 256  # pixels: smaller frames are enlarged before their flow is looked for, in patches of 8 x 8

ASTRAY = 1.0  # pixels between where a way begins and where it ends there and back: beyond, it is not trusted

_EXTRA = (
    "smooth playback by optical flow needs the extra smooth: pip install 'direct2v[smooth]'; or let it be "
    "made of latents (--smooth-by latent)"
)

Flow = npt.NDArray[np.float32]


def check_smooth(smooth: object, smooth_by: object = "flow") -> None:
    """Refuses what asks for no possible number of frames in between.

    Raises:
        InputError: saying what is accepted.
        MissingExtraError: if optical flow is to make them, and OpenCV is not installed.
    """
    if type(smooth) is not int or not 1 <= smooth <= MAX_SMOOTH:
        raise InputError(
            f"smooth is {printable(repr(smooth), 40)}; accepted: 1 (no frames in between) to {MAX_SMOOTH}, "
            "as in 2 or 4"
        )
    if smooth_by not in get_args(SmoothBy):
        raise InputError(f"smooth_by is {printable(repr(smooth_by), 40)}; accepted: flow or latent")
    if smooth > 1 and smooth_by == "flow" and importlib.util.find_spec("cv2") is None:
        raise MissingExtraError(_EXTRA)


def load_opencv() -> Any:
    """OpenCV.

    Raises:
        MissingExtraError: if it is not installed.
    """
    try:
        import cv2
    except ImportError as error:
        raise MissingExtraError(_EXTRA) from error
    return cv2


def in_between(before: Pixels, after: Pixels, count: int) -> list[Pixels]:
    """``count`` frames between two, evenly spaced in time.

    Args:
        before: [height, width, 3].
        after: of the same size.
        count: 0 or more.

    Raises:
        MissingExtraError: if OpenCV is not installed.
    """
    if count == 0 or np.array_equal(before, after):
        return [before] * count
    forth, back = flow_between(before, after), flow_between(after, before)
    made = []
    for number in range(1, count + 1):
        share = number / (count + 1)
        moved = (1 - share) * _moved(before, forth, share) + share * _moved(after, back, 1 - share)
        still = (1 - share) * before.astype(np.float32) + share * after
        trust = _moved(_trust(forth, back), forth, share)[..., None]
        made.append((trust * moved + (1 - trust) * still).round().clip(0, 255).astype(np.uint8))
    return made


def _trust(forth: Flow, back: Flow) -> npt.NDArray[np.float32]:
    """[height, width], 0..1: whether the way there and back ends where it began, as it does of what moves."""
    height, width = forth.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    cv2 = load_opencv()
    there = cv2.remap(
        back,
        columns + forth[..., 0],
        rows + forth[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    error = np.square(forth + there).sum(axis=2)
    found: npt.NDArray[np.float32] = np.exp(-error / ASTRAY**2).astype(np.float32)
    return found


def flow_between(before: Pixels, after: Pixels) -> Flow:
    """[height, width, 2]: how far, in pixels right and down, what is in ``before`` has moved in ``after``."""
    cv2 = load_opencv()
    factor = -(-FLOW_SIDE // min(before.shape[:2]))
    grey = [
        np.ascontiguousarray(cv2.cvtColor(enlarge(frame, factor), cv2.COLOR_RGB2GRAY))
        for frame in (before, after)
    ]
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(*grey, None)
    height, width = before.shape[:2]
    small: Flow = flow.reshape(height, factor, width, factor, 2).mean(axis=(1, 3)) / factor
    return small


def _moved(frame: npt.NDArray[Any], flow: Flow, share: float) -> npt.NDArray[np.float32]:
    """A frame of which everything has gone this share of its way; fp32.

    The flow is known where things start, and is taken as that where they arrive: it changes slowly.
    """
    cv2 = load_opencv()
    height, width = frame.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    moved: npt.NDArray[np.float32] = cv2.remap(
        frame.astype(np.float32),
        columns - share * flow[..., 0],
        rows - share * flow[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return moved
