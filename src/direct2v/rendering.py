"""What a render gives: the frames, everything that made them, and the way to files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from direct2v.checkpoints import Checkpoint
from direct2v.diffusion.interpolation import latents_between
from direct2v.errors import InputError
from direct2v.models import weights_sha256
from direct2v.settings import RenderSettings
from direct2v.storyboard import Storyboard
from direct2v.video import (
    DEFAULT_FPS,
    Hold,
    ModelRecord,
    Redraw,
    RedrawnFrame,
    Run,
    RunRecord,
    Saved,
    SmoothBy,
    VideoRecord,
    as_pixels,
    resolve_hold,
    save_run,
    video_record,
)
from direct2v.video.frames import Pixels

__all__ = ["Rendering"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Rendering:
    """What a render gives.

    Attributes:
        frames: PIL pictures ("pil"), fp32 [F, height, width, 3] in 0..1 ("np"), or None ("latent").
        latents: [F, C, h, w], finished.
        settings: complete, with the seed that was used.
        storyboard: what was drawn; None where embeddings, or a negative prompt per frame, were given.
        notes: what is worth knowing about this combination of settings.
        timings: seconds by phase.
        model: which model drew the frames, and how it was loaded and run; without the hash of its weights.
        path: where its weights are, where known.
        latents_given: whether the caller gave the start instead of the noise drawn from the seed.
        redrawn: which frames are from a render of their own, as in the run that ``DirecT2V.repeat`` repeats.
        only_frame: the number of the one frame that is saved; None for all.
        checkpoints: that the run wrote; ``save`` removes them.
        decode: latents [N, C, h, w] to N PIL pictures, with the model that drew these.
    """

    frames: list[Image.Image] | np.ndarray[Any, np.dtype[np.float32]] | None
    latents: Tensor
    settings: RenderSettings
    storyboard: Storyboard | None
    notes: tuple[str, ...]
    timings: Mapping[str, float]
    model: ModelRecord
    path: Path | None
    latents_given: bool
    redrawn: tuple[RedrawnFrame, ...] = ()
    only_frame: int | None = None
    checkpoints: tuple[Checkpoint, ...] = ()
    decode: Callable[[Tensor], list[Image.Image]] = field(repr=False)

    @property
    def model_record(self) -> ModelRecord:
        """The model, with the hash of its weights."""
        sha256 = None if self.path is None else weights_sha256(self.path)
        return self.model.model_copy(update={"sha256": sha256})

    def save(
        self,
        path: str | Path | None = None,
        *,
        fps: float | None = None,
        hold: Hold = None,
        force: bool = False,
        redraw: Redraw | None = None,
        smooth: int | None = None,
        smooth_by: SmoothBy = "flow",
    ) -> Saved:
        """Writes the video and, beside it, the run folder with frames, contact sheet and ``run.json``.

        Args:
            path: of the video: .mp4, .webm, .gif or .webp, or for a folder of PNG without extension or with a
                slash at its end; None for a free name made from the prompt, in the current folder.
            fps: frames of the story per second; None for 2, or with ``redraw`` as before.
            hold: seconds each frame is shown, 0.01..60: one number, or one (or None) for each frame of the
                storyboard. Where None, the storyboard says, else it is 1 / fps.
            force: replace an existing video and run folder.
            redraw: keeps one of these frames, beside the others of an earlier run; see ``plan_redraw``.
            smooth: 2 or more puts so many frames, less one, between each frame and the next; None for 1, or
                with ``redraw`` as before. Only the video has them.
            smooth_by: "flow" moves what moves (extra "smooth"); "latent" decodes what lies between latents.

        Raises:
            InputError: if the frames were not decoded, an argument is not accepted, or they do not fit the
                earlier run.
            OutputError: if something stands there already, or cannot be written.
            ModelError: if another model drew the earlier run.
            MissingExtraError: if frames in between need the extra "smooth", which is not installed.
        """
        if redraw is not None and smooth_by == "latent" and smooth != 1:
            raise InputError(
                "beside frames of an earlier run smooth playback is by flow; leave out smooth_by"
            )
        if self.frames is None:
            raise InputError("these are latents, not pictures; render with output_type='pil' to save a video")
        pictures = self.frames
        if isinstance(pictures, np.ndarray):
            pictures = [Image.fromarray(picture) for picture in (pictures * 255).round().astype("uint8")]
        pixels = as_pixels(pictures)
        asked = resolve_hold(hold, self.storyboard, len(pixels))
        record = RunRecord(
            storyboard=self.storyboard,
            settings=self.settings,
            model=self.model_record,
            latents_given=self.latents_given,
            video=video_record(pixels, DEFAULT_FPS if fps is None else fps, asked, smooth or 1, smooth_by),
            timings=dict(self.timings),
            redrawn=self.redrawn,
            only_frame=self.only_frame,
        )
        run = Run(pixels=pixels, record=record, between=self._between(record.video))
        if redraw is not None:
            run = redraw.run(run, fps=fps, hold=hold, smooth=smooth)
            force = force or redraw.updates(path)
        saved = save_run(run, path, force=force)
        for checkpoint in self.checkpoints:
            checkpoint.remove()
        return saved

    def _between(self, video: VideoRecord) -> Sequence[Sequence[Pixels]] | None:
        """The frames between these, where they are made of latents."""
        if video.smooth == 1 or video.smooth_by != "latent" or self.only_frame is not None:
            return None
        if len(self.latents) == 1:
            return None
        between = latents_between(self.latents, video.smooth - 1)
        made = as_pixels(self.decode(between.flatten(0, 1)))
        return [made[start : start + video.smooth - 1] for start in range(0, len(made), video.smooth - 1)]
