"""A run on its way to disk: the frames of a story, and what its run folder says about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from direct2v.storyboard import Storyboard
from direct2v.video.frames import Pixels, fitting_upscale
from direct2v.video.record import RunRecord, VideoRecord
from direct2v.video.smooth import SmoothBy, check_smooth
from direct2v.video.timing import check_playback

__all__ = ["Run", "video_record"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Run:
    """What is to be saved.

    Attributes:
        pixels: every frame of the story, uint8 ``[height, width, 3]``, all of one size.
        record: what ``run.json`` is to say.
        copies: by number, from 1, the files of frames that stay as they are, byte for byte.
        between: for each frame but the last those that lead to the next one; None where optical flow is to
            make them, if the record asks for any.
        storyboard: for the run folder, where it is not the record's: a file is copied as it is, comments and
            all.
        notes: what is worth knowing about it.
    """

    pixels: Sequence[Pixels]
    record: RunRecord
    copies: Mapping[int, Path] = field(default_factory=dict)
    between: Sequence[Sequence[Pixels]] | None = None
    storyboard: Storyboard | Path | None = None
    notes: tuple[str, ...] = ()

    @property
    def first(self) -> int:
        """The number of the first frame that is kept."""
        return self.record.only_frame or 1

    @property
    def kept(self) -> slice:
        """Which frames of the story are kept: all, or one."""
        return slice(self.first - 1, self.record.only_frame)


def video_record(
    pixels: Sequence[Pixels],
    fps: float,
    hold: tuple[float | None, ...] | None,
    smooth: int = 1,
    smooth_by: SmoothBy = "flow",
) -> VideoRecord:
    """How frames are to become a video.

    Args:
        pixels: of one size.
        fps: frames of the story per second.
        hold: seconds for each frame of the story; None where all are shown for 1 / fps.
        smooth: from one frame to the next there are to be this many, less one, in between.
        smooth_by: how these are made.

    Raises:
        InputError: if a number is out of range, or ``hold`` is not one for each frame.
    """
    check_playback(fps, hold, num_frames=len(pixels))
    check_smooth(smooth, smooth_by)
    height, width = pixels[0].shape[:2]
    upscale = fitting_upscale(height, width)
    return VideoRecord(
        fps=fps,
        hold=hold or 0.0,
        smooth=smooth,
        smooth_by=smooth_by,
        upscale=upscale,
        height=height,
        width=width,
    )
