"""Drawing one frame of an earlier run anew: which run that is, what stays, and what its record says then."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from direct2v.documents import read_document
from direct2v.errors import InputError, ModelError, StoryboardError
from direct2v.models import find_folder
from direct2v.presets import Preset
from direct2v.settings import RenderSettings
from direct2v.storyboard import Storyboard
from direct2v.text import printable
from direct2v.video.frames import Pixels
from direct2v.video.record import ModelRecord, RedrawnFrame, RunRecord, weights_sha256
from direct2v.video.target import find_target, frame_name
from direct2v.video.timing import Hold, resolve_hold

__all__ = ["EDITED", "BaseRun", "Redraw", "plan_redraw"]

EDITED = "storyboard.edited.yaml"  # in the run folder: what was written for frames that were not drawn


@dataclass(frozen=True)
class BaseRun:
    """An earlier run, of which all frames but one stay.

    Attributes:
        folder: its run folder.
        record: what its ``run.json`` says.
    """

    folder: Path
    record: RunRecord

    def frame(self, number: int) -> Path:
        """The file of a frame, numbered from 1."""
        return self.folder / "frames" / frame_name(number)

    def pixels(self, number: int) -> Pixels:
        """A frame, uint8 ``[height, width, 3]``.

        Raises:
            InputError: if it is missing, damaged or of another size than the record says.
        """
        file, video = self.frame(number), self.record.video
        name, remedy = printable(str(file), 200), "render the whole storyboard again"
        try:
            with Image.open(file, formats=["PNG"]) as picture:
                if picture.size == (video.width, video.height):
                    return np.asarray(picture.convert("RGB"))
                size = f"{picture.width}x{picture.height}"
        except FileNotFoundError:
            raise InputError(f"{name} is missing; {remedy}") from None
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise InputError(f"{name} is damaged ({printable(str(error), 80)}); {remedy}") from error
        raise InputError(
            f"{name} has {size} pixels, its run.json says {video.width}x{video.height}; {remedy}"
        )


@dataclass(frozen=True, kw_only=True)
class Redraw:
    """What is needed to draw one frame anew.

    Attributes:
        frame: its number, from 1.
        storyboard: what is rendered for it.
        source: the file that it came from, if any.
        base: the run whose other frames stay; None where there is none, and only this frame is kept.
        preset: for ``DirecT2V.render``.
        overrides: for ``DirecT2V.render``.
    """

    frame: int
    storyboard: Storyboard
    source: Path | None
    base: BaseRun | None
    preset: str | Preset
    overrides: Mapping[str, Any]

    @property
    def keeps_others(self) -> bool:
        """Whether other frames stay beside the one that is drawn."""
        return self.base is not None and self.base.record.only_frame is None

    def updates(self, run: Path) -> bool:
        """Whether it is the base's own run folder that is written anew."""
        return self.base is not None and run.resolve() == self.base.folder.resolve()

    def check_model(self, model: ModelRecord) -> None:
        """Refuses another model than that of the base.

        Raises:
            ModelError: naming both.
        """
        if self.base is None or not self.keeps_others:
            return
        recorded = self.base.record.model
        both_known = None not in (recorded.sha256, model.sha256)
        if recorded.sha256 == model.sha256 if both_known else recorded.name == model.name:
            return
        was, now = printable(recorded.name, 80), printable(model.name, 80)
        which = f"model {was}, not with {now}" if was != now else f"other weights of {was}"
        raise ModelError(
            f"{printable(str(self.base.folder), 200)} was drawn with {which}; one frame can only be drawn "
            "anew with the same, or render the whole storyboard"
        )

    def record(self, *, settings: RenderSettings, model: ModelRecord) -> RunRecord:
        """The base's record with this frame drawn anew."""
        assert self.base is not None
        new = RedrawnFrame(frame=self.frame, storyboard=self.storyboard, settings=settings, model=model)
        others = (redrawn for redrawn in self.base.record.redrawn if redrawn.frame != self.frame)
        return self.base.record.model_copy(update={"redrawn": (*others, new)})

    def hold(self, hold: Hold) -> tuple[float | None, ...] | None:
        """What is asked for now, else what changed in the storyboard, else what the base had."""
        assert self.base is not None
        record, count = self.base.record, self.storyboard.num_frames
        nothing: tuple[float | None, ...] = (None,) * count
        asked, before = resolve_hold(hold, None, count) or nothing, record.hold or nothing
        frames = zip(self.storyboard.frames, (record.current or self.storyboard).frames, strict=True)
        written = [
            new.hold if new.hold != old.hold else was for (new, old), was in zip(frames, before, strict=True)
        ]
        both = tuple(a if a is not None else w for a, w in zip(asked, written, strict=True))
        return both if any(seconds is not None for seconds in both) else None

    def undrawn(self) -> list[int]:
        """Frames of which the storyboard says something else than what they were drawn from."""
        if self.base is None or not self.keeps_others:
            return []
        record = self.base.record
        sources = {number: record.source(number) for number in range(1, self.storyboard.num_frames + 1)}
        texts = {id(board): board.texts() for board in (self.storyboard, *sources.values())}

        def said(board: Storyboard, number: int) -> tuple[object, ...]:
            return texts[id(board)][number - 1], board.frames[number - 1].camera, board.negative_prompt

        return [
            n
            for n, board in sources.items()
            if n != self.frame and said(self.storyboard, n) != said(board, n)
        ]


def plan_redraw(
    frame: int,
    storyboard: Storyboard,
    *,
    source: str | Path | None = None,
    output: str | Path | None = None,
    model: str | Path | None = None,
    preset: str | Preset | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Redraw:
    """Finds the run that one frame is drawn anew for, and checks that the two go together.

    That run is the one of the output, if there is one, else the one in whose run folder the source lies.
    Its settings, seed included, count where no others are given.

    Args:
        frame: the number of the frame to draw, from 1.
        storyboard: what to render; frames read each other, so all of them are computed.
        source: the file that the storyboard came from.
        output: the video, or folder of PNG, that is to be written.
        model: the model to draw with, if one was asked for.
        preset: the preset to draw with, if one was asked for.
        overrides: settings that were asked for.

    Raises:
        InputError: if the frame is out of range, the run has another number of frames, cannot be repeated,
            or its frames are missing or damaged.
        ModelError: if the run was drawn with another model.
    """
    asked = {name: value for name, value in (overrides or {}).items() if value is not None}
    count = storyboard.num_frames
    if type(frame) is not int or not 1 <= frame <= count:
        raise InputError(f"frame is {printable(repr(frame), 40)}; this storyboard has frames 1 to {count}")
    base = _find_base(source, output)
    redraw = Redraw(
        frame=frame,
        storyboard=storyboard,
        source=None if source is None else Path(source),
        base=base,
        preset=preset or "direct2v",
        overrides=asked,
    )
    if base is None:
        return redraw
    record, name = base.record, printable(str(base.folder), 200)
    if record.storyboard is None:
        raise InputError(f"{name}: was made from embeddings; no storyboard tells its frames")
    if record.storyboard.num_frames != count:
        raise StoryboardError(
            f"the storyboard has {count} frames, but {name} has {record.storyboard.num_frames}; "
            "render the whole storyboard, or choose another output"
        )
    if "seed" not in asked and (record.latents_given or record.settings.seed is None):
        start = "given latents" if record.latents_given else "a generator in use"
        raise InputError(
            f"{name}: started from {start}, which no seed repeats; give a seed for frame {frame}"
        )
    if record.only_frame not in (None, frame):
        raise InputError(
            f"{name} holds frame {record.only_frame} alone; "
            "render the whole storyboard, or choose another output"
        )
    if record.only_frame is None:
        for number in range(1, count + 1):
            if number != frame:
                base.pixels(number)
    if preset is None:
        redraw = replace(redraw, preset=record.preset())
    elif "seed" not in asked:
        redraw = replace(redraw, overrides={**asked, "seed": record.settings.seed})
    if model is not None:
        folder = find_folder(model)
        sha256 = None if folder is None else weights_sha256(folder)
        redraw.check_model(ModelRecord(name=str(model), sha256=sha256))
    return redraw


def _find_base(source: str | Path | None, output: str | Path | None) -> BaseRun | None:
    candidates = [] if output is None else [find_target(output).run]
    if source is not None:
        beside = Path(source).parent
        if Path(os.path.abspath(beside)).suffix == ".run":
            candidates.append(beside)
    for folder in candidates:
        file = folder / "run.json"
        if file.is_file():
            return BaseRun(folder, read_document(file).validate(RunRecord))
    return None
