"""All figures that the storybook reader gives of one video, by name, and what each of them means."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from direct2v.evaluation.failures import SIGNATURES, failures
from direct2v.evaluation.identity import same_identity, same_look
from direct2v.evaluation.metrics import Metric
from direct2v.evaluation.story import Seen, story_accuracy
from direct2v.storybook.world.scene import Scene

__all__ = ["STORY_METRICS", "judge"]


def judge(seen: Seen, scenes: Sequence[Scene]) -> dict[str, float | None]:
    """Every metric in ``STORY_METRICS``; those of identity are None where no subject stays in two frames.

    Args:
        seen: the video.
        scenes: what each frame should show.
    """
    pairs, looks = same_identity(seen, scenes), same_look(seen, scenes)
    shown = failures(seen, scenes)
    return {
        "story_accuracy": story_accuracy(seen.readings, scenes),
        "identity": float(np.mean(pairs)) if pairs else None,
        "identity_look": float(np.mean(looks)) if looks else None,
        **{name: float(np.mean(frames)) for name, frames in shown.items()},
    }


_METRICS = (
    Metric(
        name="story_accuracy",
        title="Story accuracy",
        better="higher",
        low=0,
        high=1,
        about="share of scene attributes that the reader sees as the story tells them",
    ),
    Metric(
        name="identity",
        title="Identity",
        better="higher",
        low=0,
        high=1,
        about="share of frame pairs in which an unchanged subject has the same kind, colour and form",
    ),
    Metric(
        name="identity_look",
        title="Identity (look)",
        better="higher",
        low=-1,
        high=1,
        about="cosine of the reader's features of an unchanged subject in two frames",
    ),
    *(
        Metric(
            name=signature.name,
            title=signature.name.capitalize(),
            better="lower",
            low=0,
            high=1,
            about=f"share of frames in which {signature.shows}",
        )
        for signature in SIGNATURES.values()
    ),
)

STORY_METRICS: Final[Mapping[str, Metric]] = {metric.name: metric for metric in _METRICS}
