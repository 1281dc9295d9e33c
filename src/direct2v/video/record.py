"""``run.json``: everything that made a video, so that it can be made again."""

import json
import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from direct2v.documents import SUFFIXES, read_document
from direct2v.errors import InputError, StoryboardError
from direct2v.interchange import load_storyboard
from direct2v.model_source import ModelSource
from direct2v.presets import Preset
from direct2v.settings import RenderSettings
from direct2v.storyboard import MAX_HOLD, FramePrompt, Storyboard
from direct2v.video.smooth import MAX_SMOOTH, SmoothBy

__all__ = [
    "ModelRecord",
    "RedrawnFrame",
    "RunRecord",
    "VideoRecord",
    "as_preset",
    "load_source",
]

_PACKAGES = ("torch", "diffusers", "transformers", "av", "pillow", "numpy")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelRecord(ModelSource):
    """Which model drew the frames, and how it was loaded and run.

    Attributes:
        sha256: of its weight files; None where they could not be found on disk.
        scheduler: the name that was asked for, else the class that stepped; None where it was not told.
        dtype: of the weights, as in "float32"; None where it was not told.
        device: the kind that computed, as in "cpu"; "auto" where it was not told.
    """

    sha256: str | None = None

    def again(self, **changes: object) -> ModelSource:
        """The source to load it from again, on whatever device there is; ``changes`` are of its fields."""
        recorded = self.model_dump(exclude={"sha256", "device"})
        return ModelSource.of(self.name, **recorded | changes)

    def same_additions(self, other: "ModelRecord") -> bool:
        """Whether both have the same LoRAs and textual inversions, wherever their files lie."""
        mine, theirs = (
            [added.model_dump(exclude={"file"}) for added in record.added] for record in (self, other)
        )
        return mine == theirs


class VideoRecord(_Record):
    """How the frames became a video; sizes in pixels, before upscaling.

    Attributes:
        fps: frames of the story per second.
        hold: seconds for each frame of the story, None for 1 / fps; 0 where that holds for all. Another
            number, as version 0.1 wrote it, is what the last frame was shown longer.
        smooth: from one frame to the next there are this many in the video, less one, in between.
        smooth_by: how these were made.
        upscale: whole factor.
        height: of a frame.
        width: of a frame.
    """

    fps: float
    hold: tuple[float | None, ...] | float = 0.0
    smooth: Annotated[int, Field(strict=True, ge=1, le=MAX_SMOOTH)] = 1
    smooth_by: SmoothBy = "flow"
    upscale: int
    height: int
    width: int


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in _PACKAGES}


class RedrawnFrame(_Record):
    """One frame that was drawn anew after the run, from a storyboard of its own; the other frames stayed.

    Attributes:
        frame: its number, from 1.
        storyboard: the whole one that was rendered for it; frames read each other.
        settings: fully resolved, the seed included.
        model: the run's own weights, and how they were run this time.
        created: UTC, ISO 8601.
        versions: of Python and the packages that decide the pixels.
    """

    frame: Annotated[int, Field(strict=True, ge=1)]
    storyboard: Storyboard
    settings: RenderSettings
    model: ModelRecord
    created: str = Field(default_factory=_now)
    versions: dict[str, str] = Field(default_factory=_versions)


class RunRecord(_Record):
    """One run. Read and written as ``run.json``.

    Attributes:
        version: of this format.
        direct2v: version of the program.
        created: UTC, ISO 8601.
        storyboard: what was drawn; None where embeddings were given instead of words.
        settings: fully resolved, the seed included.
        model: which model drew it.
        latents_given: whether the caller gave the start, so that the seed does not tell it.
        versions: of Python and the packages that decide the pixels.
        video: how the frames became a video.
        timings: seconds by phase.
        redrawn: frames that were drawn anew since, in order, each frame once: the last time counts.
        only_frame: the number of the one frame that was kept; None for all.
    """

    version: Literal[1] = 1
    direct2v: str = Field(default_factory=lambda: metadata.version("direct2v"))
    created: str = Field(default_factory=_now)
    storyboard: Storyboard | None
    settings: RenderSettings
    model: ModelRecord
    latents_given: bool = False
    versions: dict[str, str] = Field(default_factory=_versions)
    video: VideoRecord
    timings: dict[str, float] = {}
    redrawn: tuple[RedrawnFrame, ...] = ()
    only_frame: Annotated[int, Field(strict=True, ge=1)] | None = None

    @model_validator(mode="after")
    def _frames_are_there(self) -> Self:
        count = None if self.storyboard is None else self.storyboard.num_frames
        for redrawn in self.redrawn:
            if count is None or redrawn.storyboard.num_frames != count or redrawn.frame > count:
                raise ValueError(f"redrawn frame {redrawn.frame} does not fit the storyboard of the run")
        if self.only_frame is not None and count is not None and self.only_frame > count:
            raise ValueError(f"only_frame is {self.only_frame}, but the storyboard has {count} frames")
        if count is not None and isinstance(self.video.hold, tuple) and len(self.video.hold) != count:
            raise ValueError(f"video.hold has {len(self.video.hold)} entries for {count} frames")
        return self

    @property
    def current(self) -> Storyboard | None:
        """The storyboard of the pictures as they are: of redrawn frames, what they were redrawn from."""
        if self.storyboard is None or not self.redrawn:
            return self.storyboard
        frames = [
            FramePrompt(**{**dict(self.source(number).frames[number - 1]), "hold": latest.hold})
            for number, latest in enumerate(self.redrawn[-1].storyboard.frames, start=1)
        ]
        return self.storyboard.model_copy(update={"frames": tuple(frames)})

    @property
    def hold(self) -> tuple[float | None, ...] | None:
        """What ``save`` is given to show each frame as long again."""
        if isinstance(self.video.hold, tuple):
            return self.video.hold
        if self.video.hold == 0 or self.storyboard is None:
            return None
        last = 1 / self.video.fps + self.video.hold
        return (None,) * (self.storyboard.num_frames - 1) + (min(last, MAX_HOLD),)

    def source(self, number: int) -> Storyboard:
        """The storyboard that a frame, numbered from 1, was drawn from."""
        assert self.storyboard is not None
        return next((r.storyboard for r in reversed(self.redrawn) if r.frame == number), self.storyboard)

    def repeatable(self, name: str, *, seeded: bool) -> Storyboard:
        """The storyboard of a run that can be drawn again.

        Args:
            name: of the run, at the start of an error.
            seeded: whether a seed is given, which replaces a start that the record does not tell.

        Raises:
            InputError: if the run was made from embeddings, or started from what no seed tells.
        """
        if self.storyboard is None:
            raise InputError(f"{name} was made from embeddings, it has no words to render")
        if not seeded and (self.latents_given or self.settings.seed is None):
            start = "given latents" if self.latents_given else "a generator in use"
            raise InputError(
                f"{name} started from {start}, which no seed repeats; give a seed (--seed) for other frames"
            )
        return self.storyboard

    def preset(self) -> Preset:
        """The run's settings, to draw with them again; the seed is one of them."""
        return as_preset(self.settings)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Reads a ``run.json``.

        Raises:
            StoryboardError: naming the file, the line, the field and what is wrong there.
        """
        return read_document(path).validate(cls)

    def to_json(self) -> str:
        """The text of ``run.json``."""
        return json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"


def as_preset(settings: RenderSettings) -> Preset:
    """Recorded settings as a preset, which options can still change."""
    return Preset(name="recorded", summary="the settings of an earlier run", settings=settings.model_dump())


def load_source(path: str | Path) -> Storyboard | RunRecord:
    """What a file to render holds: a storyboard, or the record of an earlier run.

    Raises:
        StoryboardError: if it is neither; for what is nearly one, naming the line and the field.
    """
    if Path(path).suffix.lower() in SUFFIXES:
        document = read_document(path)
        if not isinstance(document.data, dict):
            raise StoryboardError(f"{document.name}: holds neither a storyboard nor a recorded run")
        if "settings" in document.data or "storyboard" in document.data:
            return document.validate(RunRecord)
    return load_storyboard(path)
