"""Every metric by name: those of any video, and those that the storybook reader gives."""

from collections.abc import Mapping
from typing import Final

from direct2v.evaluation.judging import STORY_METRICS
from direct2v.evaluation.metrics import METRICS, Metric

__all__ = ["ALL_METRICS"]

ALL_METRICS: Final[Mapping[str, Metric]] = {**STORY_METRICS, **METRICS}
