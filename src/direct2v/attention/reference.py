"""Value mapping: which frame's keys and values each frame reads at a step of the all-frames phase."""

from collections.abc import Callable
from typing import Literal

__all__ = ["ReferenceStrategy", "first", "never_reference", "own", "previous", "rotational"]

ReferenceStrategy = Callable[[int, int], tuple[int, ...]]
"""(step_index from 0, num_frames) -> the reference frame of every frame."""


def own(step_index: int, num_frames: int) -> tuple[int, ...]:
    """Every frame reads itself: plain attention."""
    return tuple(range(num_frames))


def first(step_index: int, num_frames: int) -> tuple[int, ...]:
    """Every frame reads frame 0 (Text2Video-Zero, arXiv 2303.13439)."""
    return (0,) * num_frames


def previous(step_index: int, num_frames: int) -> tuple[int, ...]:
    """Every frame reads the one before it; frame 0 reads itself."""
    return tuple(max(0, frame_index - 1) for frame_index in range(num_frames))


def rotational(
    num_steps: int, *, period: int | Literal["auto"] = "auto", rotations: int = 3, offset: int = 0
) -> ReferenceStrategy:
    """One reference for all frames, which rotates with the steps: r(s) = floor((s + offset) / m) mod F.

    With period "auto", m = max(1, P // (rotations F)) for P = ``num_steps``; where P < F not every frame can
    be a reference, and r(s) = floor(s F / P) spreads those that are over the story.

    Args:
        num_steps: P, steps of the all-frames phase.
        period: m, steps for which a reference stays.
        rotations: how often "auto" goes round all frames.
        offset: added to the step index; 1 in the authors' release, whose counter runs ahead.

    Source: arXiv 2305.14330, rotational value mapping. The paper counts frames from 1; "auto" and spreading
    are ours. The release has m = 4, which "auto" gives at its P = 96, F = 8.
    """

    def reference(step_index: int, num_frames: int) -> tuple[int, ...]:
        if period == "auto" and num_steps < num_frames:
            return (step_index * num_frames // num_steps,) * num_frames
        m = max(1, num_steps // (rotations * num_frames)) if period == "auto" else period
        return ((step_index + offset) // m % num_frames,) * num_frames

    return reference


def never_reference(strategy: ReferenceStrategy, num_steps: int, num_frames: int) -> list[int]:
    """The frames that no other frame reads in any of ``num_steps`` steps."""
    used = {
        reference
        for step_index in range(num_steps)
        for frame_index, reference in enumerate(strategy(step_index, num_frames))
        if reference != frame_index
    }
    return [frame_index for frame_index in range(num_frames) if frame_index not in used]
