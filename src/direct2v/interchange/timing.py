"""Holds and the other formats' clocks: frame indexes, segment lengths, intervals.

A storyboard frame without `hold` takes half a second on those clocks (2 frames per second, our default). Even
distances say nothing beyond "one after the other" and are no holds; `--fps` is for those.
"""

from collections.abc import Sequence

from direct2v.storyboard import MAX_HOLD, MIN_HOLD, Storyboard

__all__ = ["DEFAULT_HOLD", "holds", "lengths"]

DEFAULT_HOLD = 0.5


def lengths(storyboard: Storyboard, rate: float) -> list[int]:
    """How many ticks of a clock with `rate` ticks a second each frame takes, at least 1."""
    return [
        max(1, round((DEFAULT_HOLD if frame.hold is None else frame.hold) * rate))
        for frame in storyboard.frames
    ]


def holds(seconds: Sequence[float | None]) -> tuple[list[float | None], str | None]:
    """The holds of frames that last so long elsewhere, and a note where they could not be kept.

    Args:
        seconds: per frame; None where nobody says, as after the last frame index.
    """
    nothing: list[float | None] = [None] * len(seconds)
    known = [length for length in seconds if length is not None]
    if not known or max(known) - min(known) < 1e-6:
        even = known[0] if known else DEFAULT_HOLD
        if abs(even - DEFAULT_HOLD) < 1e-6:
            return nothing, None
        return nothing, f"All frames last equally long; in the file that was {even:g} s each."
    if not all(MIN_HOLD <= length <= MAX_HOLD for length in known):
        return nothing, f"The file's times were left out: a frame is held {MIN_HOLD:g} to {MAX_HOLD:g} s."
    return list(seconds), None
