"""Metrics along the optical flow: whether the next frame is this one, moved."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from direct2v.evaluation.extra import evaluation_library
from direct2v.evaluation.pixels import Frames, enlarged

__all__ = ["WarpError", "eidtv_flow_loss", "warp_error"]

Flow = npt.NDArray[np.float32]
Picture = npt.NDArray[np.float32]


@dataclass(frozen=True)
class WarpError:
    """How far the next frame is from this one, moved.

    Attributes:
        error: mean squared difference over what is visible in both, 0..1; None where nothing is.
        visible: share of pixels that are visible in both, 0..1.
    """

    error: float | None
    visible: float


def warp_error(frames: Frames) -> WarpError | None:
    """Mean over neighbouring frames of the squared difference along the flow, where both show a point.

    The flow is OpenCV's DIS, preset medium, there and back. A pixel x with flow f is hidden in the other
    frame if the flow back, b, does not return it: |f(x) + b(x + f)|^2 > 0.01 (|f|^2 + |b|^2) + 0.5 pixels^2;
    what leaves the picture is hidden too. Pairs in which nothing is visible add no error. Frames below 256
    pixels are enlarged, see ``enlarged``. None for a single frame.

    Args:
        frames: [F, H, W, 3].

    Raises:
        MissingExtraError: without the extra "evaluation".

    Source: Lai et al. 2018 (arXiv 1808.00449), E_warp, and Ruder et al. 2016 (arXiv 1604.08610), occlusion;
    without the latter's second test, of motion boundaries, and with DIS where they have FlowNet2.
    """
    if len(frames) < 2:
        return None
    cv2 = evaluation_library("cv2")
    large = enlarged(frames)
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in large]
    errors, shares = [], []
    for i in range(len(large) - 1):
        dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        forward, backward = dis.calc(grey[i], grey[i + 1], None), dis.calc(grey[i + 1], grey[i], None)
        visible = _visible(forward, backward)
        shares.append(float(visible.mean()))
        if visible.any():
            moved = _sample(large[i + 1].astype(np.float32) / 255, forward)
            errors.append(float(np.square(moved - large[i] / np.float32(255))[visible].mean()))
    return WarpError(sum(errors) / len(errors) if errors else None, sum(shares) / len(shares))


def eidtv_flow_loss(frames: Frames) -> float | None:
    """The "temporal loss" of EIDT-V's code, from 0: L1 of warped frames, plus 0.1 of the flow's roughness.

    As it is there: Farneback's flow from a frame to the next; the first frame sampled at x + f(x), black
    outside, against the second; no check of occlusion. To follow the flow one would sample the second against
    the first, or the first at x - f: so a moved picture does not score 0 here. It is for comparison with
    numbers that were published with that code. Frames below 256 pixels are enlarged. None for a single frame.

    Args:
        frames: [F, H, W, 3].

    Raises:
        MissingExtraError: without the extra "evaluation".

    Source: EIDT-V (CVPR 2025), the first of three values of its code's ``temporal_consistency_loss``.
    """
    if len(frames) < 2:
        return None
    cv2 = evaluation_library("cv2")
    large = enlarged(frames)
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in large]
    losses = []
    for i in range(len(large) - 1):
        flow = cv2.calcOpticalFlowFarneback(grey[i], grey[i + 1], None, 0.5, 3, 15, 3, 5, 1.2, 0)
        warped = _sample(large[i].astype(np.float32) / 255, flow)
        rough = np.abs(np.diff(flow, axis=0)).mean() + np.abs(np.diff(flow, axis=1)).mean()
        losses.append(float(np.abs(warped - large[i + 1] / np.float32(255)).mean() + 0.1 * rough))
    return sum(losses) / len(losses)


def _visible(forward: Flow, backward: Flow) -> npt.NDArray[np.bool_]:
    """[H, W]: which pixels of the first frame are in the second too, by going there and back."""
    height, width = forward.shape[:2]
    x, y = _places(forward)
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    back = _sample(backward, forward)
    strayed, length = _squared(forward + back), _squared(forward) + _squared(back)
    visible: npt.NDArray[np.bool_] = inside & (strayed <= 0.01 * length + 0.5)
    return visible


def _squared(flow: Flow) -> npt.NDArray[np.float32]:
    squared: npt.NDArray[np.float32] = np.square(flow).sum(axis=2)
    return squared


def _places(flow: Flow) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Where each pixel goes: x and y, [H, W]."""
    y, x = np.indices(flow.shape[:2], dtype=np.float32)
    return x + flow[..., 0], y + flow[..., 1]


def _sample(picture: Picture, flow: Flow) -> Picture:
    """[H, W, C]: the picture at x + f(x), bilinear, 0 outside."""
    cv2 = evaluation_library("cv2")
    sampled: Picture = cv2.remap(picture, *_places(flow), cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return sampled
