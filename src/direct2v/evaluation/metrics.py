"""The metrics by name, as data: what each tells, its range, and which way is better (docs/evaluation.md)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["METRICS", "Metric"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric.

    Attributes:
        name: its key wherever metrics are given.
        title: as tables show it.
        better: which way is better; "neither" tells what a video does, not how well.
        low: the smallest value there can be.
        high: the largest.
        about: what it is, in one line.
    """

    name: str
    title: str
    better: Literal["higher", "lower", "neither"]
    low: float
    high: float
    about: str


_METRICS = (
    Metric(
        name="frame_alignment",
        title="Frame alignment",
        better="higher",
        low=-1,
        high=1,
        about="cosine of each frame with its own prompt",
    ),
    Metric(
        name="prompt_alignment",
        title="Prompt alignment",
        better="higher",
        low=-1,
        high=1,
        about="cosine of each frame with the user's prompt",
    ),
    Metric(
        name="prompt_retrieval",
        title="Prompt retrieval",
        better="higher",
        low=0,
        high=1,
        about="share of frame prompts whose own frame is the nearest of all",
    ),
    Metric(
        name="adjacent_clip",
        title="Adjacent CLIP",
        better="higher",
        low=-1,
        high=1,
        about="cosine of neighbouring frames",
    ),
    Metric(
        name="subject_consistency",
        title="Subject consistency",
        better="higher",
        low=0,
        high=1,
        about="DINO cosine to the previous and to the first frame",
    ),
    Metric(
        name="background_consistency",
        title="Background consistency",
        better="higher",
        low=0,
        high=1,
        about="CLIP cosine to the previous and to the first frame",
    ),
    Metric(
        name="ms_ssim",
        title="MS-SSIM",
        better="higher",
        low=0,
        high=1,
        about="structural similarity of neighbouring frames, five scales",
    ),
    Metric(
        name="warp_error",
        title="Warp error",
        better="lower",
        low=0,
        high=1,
        about="squared difference to the next frame along the flow, where both are visible",
    ),
    Metric(
        name="visible_share",
        title="Visible share",
        better="neither",
        low=0,
        high=1,
        about="share of pixels that the warp error is taken over",
    ),
    Metric(
        name="eidtv_flow_loss",
        title="EIDT-V flow loss",
        better="lower",
        low=0,
        high=math.inf,
        about="as its authors compute it: no check of occlusion",
    ),
    Metric(
        name="flicker",
        title="Flicker",
        better="lower",
        low=0,
        high=1,
        about="absolute difference of neighbouring frames",
    ),
    Metric(
        name="first_to_last_change",
        title="First to last",
        better="neither",
        low=0,
        high=1,
        about="absolute difference of first and last frame",
    ),
)

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _METRICS}
