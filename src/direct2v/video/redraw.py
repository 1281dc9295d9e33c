"""Drawing one frame of a story anew: the run that it belongs to, and what there is to save then."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from direct2v.errors import InputError, StoryboardError
from direct2v.models import find_folder, weights_sha256
from direct2v.presets import Preset
from direct2v.storyboard import Storyboard
from direct2v.text import printable
from direct2v.video.base import BaseRun, find_base
from direct2v.video.record import RedrawnFrame
from direct2v.video.run import Run, video_record
from direct2v.video.target import find_target
from direct2v.video.timing import Hold, resolve_hold

__all__ = ["Redraw", "plan_redraw"]


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

    def updates(self, output: str | Path | None) -> bool:
        """Whether it is the base's own run folder that an output replaces."""
        return (
            self.base is not None and output is not None and _same(find_target(output).run, self.base.folder)
        )

    def run(
        self, drawn: Run, *, fps: float | None = None, hold: Hold = None, smooth: int | None = None
    ) -> Run:
        """What is saved: the new frame beside the others of the base, or alone.

        Args:
            drawn: a whole render.
            fps: frames of the story per second, if they were asked for; else as the base has it.
            hold: seconds each frame is shown, if they were asked for; else as the base has it.
            smooth: how many frames lead to the next one, if that was asked for; else as the base has it. They
                are always made by optical flow: latents of the other frames are not there any more.

        Raises:
            InputError: if a frame of the base is missing or damaged, the new one has another size, the base
                has changed since it was looked for, or a number is out of range.
            ModelError: if another model drew the base.
        """
        if self.base is None or not self.keeps_others:
            why = (
                "there is no earlier run with the other frames" if self.base is None else "no other was kept"
            )
            alone = drawn.record.model_copy(update={"only_frame": self.frame})
            return replace(drawn, record=alone, notes=(f"frame {self.frame} stands alone: {why}",))
        before, now = self.base.record, drawn.record
        self.base.check_model(now.model)
        kept = self.base.others(drawn.pixels, self.frame)
        pixels = [kept.get(number, new) for number, new in enumerate(drawn.pixels, start=1)]
        new = RedrawnFrame(
            frame=self.frame, storyboard=self.storyboard, settings=now.settings, model=now.model
        )
        changes = {
            "redrawn": (*(other for other in before.redrawn if other.frame != self.frame), new),
            "video": video_record(
                pixels,
                before.video.fps if fps is None else fps,
                self._hold(self.base, hold),
                before.video.smooth if smooth is None else smooth,
            ),
            "timings": now.timings,
        }
        undrawn = self.undrawn()
        return Run(
            pixels=pixels,
            record=before.model_copy(update=changes),
            copies={number: self.base.frame(number) for number in kept},
            storyboard=self._written(self.base),
            notes=(self._note_on(undrawn),) if undrawn else (),
        )

    def undrawn(self) -> list[int]:
        """Frames of which the storyboard says something else than what they were drawn from in the base."""
        assert self.base is not None
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

    def _hold(self, base: BaseRun, hold: Hold) -> tuple[float | None, ...] | None:
        """What is asked for now, else what changed in the storyboard, else what the base had."""
        count = self.storyboard.num_frames
        before = base.record.hold or (None,) * count
        frames = zip(self.storyboard.frames, (base.record.current or self.storyboard).frames, strict=True)
        written = [
            new.model_copy(update={"hold": was}) if new.hold == old.hold else new
            for (new, old), was in zip(frames, before, strict=True)
        ]
        return resolve_hold(hold, self.storyboard.model_copy(update={"frames": tuple(written)}), count)

    def _written(self, base: BaseRun) -> Storyboard | Path:
        """The storyboard as the user wrote it, also what was not drawn; the file, if it is the run's."""
        own = base.folder / "storyboard.yaml"
        return own if self.source is not None and _same(self.source, own) else self.storyboard

    def _note_on(self, undrawn: list[int]) -> str:
        shown = ", ".join(map(str, undrawn[:10])) + (" ..." if len(undrawn) > 10 else "")
        differ = f"frames {shown} differ" if len(undrawn) > 1 else f"frame {shown} differs"
        return f"only frame {self.frame} was drawn; {differ} in the storyboard too, and can be drawn likewise"


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
    base = find_base(source, output)
    if base is not None:
        record = base.record
        _check_base(base, frame, count, seeded="seed" in asked)
        if model is not None and record.only_frame is None:
            path = find_folder(model)
            sha256 = None if path is None else weights_sha256(path)
            base.check_model(record.model.model_copy(update={"name": str(model), "sha256": sha256}))
        if preset is None:
            preset = record.preset()
        else:
            asked = {"seed": record.settings.seed} | asked
    return Redraw(
        frame=frame,
        storyboard=storyboard,
        source=None if source is None else Path(source),
        base=base,
        preset="direct2v" if preset is None else preset,
        overrides=asked,
    )


def _same(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):  # one is not there, or cannot be
        return False


def _check_base(base: BaseRun, frame: int, count: int, *, seeded: bool) -> None:
    """Refuses a base that one frame of ``count`` cannot be drawn anew for.

    Raises:
        InputError: saying why.
    """
    recorded = base.record.repeatable(f"{base.name}:", seeded=seeded)
    if recorded.num_frames != count:
        raise StoryboardError(
            f"the storyboard has {count} frames, but {base.name} has {recorded.num_frames}; "
            "render the whole storyboard, or choose another output"
        )
    if base.record.only_frame not in (None, frame):
        raise InputError(
            f"{base.name} holds frame {base.record.only_frame} alone; "
            "render the whole storyboard, or choose another output"
        )
    if base.record.only_frame is None:
        for number in range(1, count + 1):
            if number != frame:
                base.pixels(number)
