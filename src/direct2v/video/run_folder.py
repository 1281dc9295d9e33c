"""Video and run folder, written aside and put in place together: never half a run, never a lost one."""

import itertools
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from PIL import Image

from direct2v.errors import OutputError
from direct2v.files import output_error, published, uninterrupted
from direct2v.settings import RenderSettings
from direct2v.storyboard import Storyboard
from direct2v.text import printable, slug
from direct2v.video.checks import check_free, check_output
from direct2v.video.encode import encode
from direct2v.video.frames import Frame, Pixels, as_pixels, fitting_upscale
from direct2v.video.merge import beside_others, notes_on_redraw, unfinished_edit
from direct2v.video.publish import publish, staging
from direct2v.video.record import ModelRecord, RedrawnFrame, RunRecord, VideoRecord
from direct2v.video.redraw import EDITED, Redraw
from direct2v.video.sheet import contact_sheet
from direct2v.video.target import EXTENSIONS, FOLDER, Target, find_target, frame_name
from direct2v.video.timing import DEFAULT_FPS, Hold, check_pace, durations, resolve_hold

__all__ = ["Saved", "save_run"]


@dataclass(frozen=True)
class Saved:
    """Where a run was put.

    Attributes:
        video: the video file, or the folder of PNG.
        folder: the run folder beside it.
        record: what its ``run.json`` says.
        num_frames: in the video.
        seconds: that the video lasts.
        notes: what is worth knowing about what was written.
    """

    video: Path
    folder: Path
    record: RunRecord
    num_frames: int
    seconds: float
    notes: tuple[str, ...] = ()


def save_run(
    frames: Sequence[Frame],
    path: str | Path | None = None,
    *,
    settings: RenderSettings,
    model: ModelRecord,
    storyboard: Storyboard | None = None,
    fps: float | None = None,
    hold: Hold = None,
    force: bool = False,
    timings: Mapping[str, float] | None = None,
    latents_given: bool = False,
    redrawn: Sequence[RedrawnFrame] = (),
    only_frame: int | None = None,
    redraw: Redraw | None = None,
) -> Saved:
    """Writes the video and beside it ``NAME.run/``, both or neither.

    The run folder holds the frames as PNG in their own size, a contact sheet, storyboard and ``run.json``.

    Args:
        frames: pictures, or uint8 arrays ``[height, width, 3]``, all of one size.
        path: the video file or folder of PNG, see ``find_target``; None makes a free name of an ``.mp4`` in
            the current folder from the storyboard's prompt.
        settings: fully resolved.
        model: which model drew the frames.
        storyboard: what was drawn, if it was given in words.
        fps: frames of the story per second; None for 2, or what the base of ``redraw`` had.
        hold: seconds each frame is shown: one number, or one for each frame of the storyboard; where None,
            the storyboard says, else it is 1 / fps.
        force: replace an existing output and run folder; they stay until the new ones are complete.
        timings: seconds by phase, to be recorded.
        latents_given: whether the caller gave the start of the frames, to be recorded.
        redrawn: frames that are not from the run itself, to be recorded.
        only_frame: the number of the one frame to keep; None for all.
        redraw: one frame to keep, beside the other frames of an earlier run, which stay as they are.

    Raises:
        InputError: for an unknown extension, frames that do not go together, or a number out of range.
        OutputError: if something stands there already, or cannot be written.
        ModelError: if ``redraw`` has a base that another model has drawn.
    """
    check_output(path, force=force, redraw=redraw)
    target = None if path is None else find_target(path)
    base = redraw.base if redraw is not None and redraw.keeps_others else None
    copies: dict[int, Path] = {}
    edited: Storyboard | Path | None = None
    if redraw is not None and base is not None:
        redraw.check_model(model)
        pixels, copies = beside_others(frames, redraw.frame, base)
        record = redraw.record(settings=settings, model=model)
        fps = base.record.video.fps if fps is None else fps
        hold = redraw.hold(hold)
        edited = unfinished_edit(redraw)
    else:
        only_frame = only_frame if redraw is None else redraw.frame
        pixels = as_pixels(frames)
        fps = DEFAULT_FPS if fps is None else fps
        hold = resolve_hold(hold, storyboard, len(frames))
        record = RunRecord(
            storyboard=storyboard,
            settings=settings,
            model=model,
            latents_given=latents_given,
            video=VideoRecord(fps=fps, upscale=1, height=1, width=1),
            redrawn=tuple(redrawn),
            only_frame=only_frame,
        )
    kept = slice(None) if record.only_frame is None else slice(record.only_frame - 1, record.only_frame)
    shown = durations(len(pixels), fps, hold)[kept]
    pixels = pixels[kept]
    height, width = pixels[0].shape[:2]
    video = VideoRecord(
        fps=fps, hold=hold or 0.0, upscale=fitting_upscale(height, width), height=height, width=width
    )
    kind = ".mp4" if target is None else target.kind
    check_pace(kind, shown)
    notes = (*(() if redraw is None else notes_on_redraw(redraw)), *_stale_outputs(target))
    updating = target is not None and redraw is not None and redraw.updates(target.run)

    with staging(Path() if target is None else target.path.parent) as folder:
        started = time.monotonic()
        run, output = folder / "run", folder / ("video" if kind == FOLDER else f"video{kind}")
        _write_run_folder(run, pixels, copies, record, edited)
        first = record.only_frame or 1
        encode(pixels, output, fps=fps, hold=hold and hold[kept], upscale=video.upscale, first=first)
        spent = {**(timings or {}), "write": round(time.monotonic() - started, 3)}
        record = record.model_copy(update={"video": video, "timings": spent})
        (run / "run.json").write_text(record.to_json(), encoding="utf-8", newline="\n")
        with uninterrupted():
            if target is not None:
                _publish(output, run, target, folder, force=force or updating)
            else:
                target = _publish_as_free_name(output, run, record.storyboard, folder)
            published.get()()
    return Saved(
        video=target.path,
        folder=target.run,
        record=record,
        num_frames=len(pixels),
        seconds=float(sum(shown, Fraction(0))),
        notes=notes,
    )


def _write_run_folder(
    run: Path,
    pixels: Sequence[Pixels],
    copies: Mapping[int, Path],
    record: RunRecord,
    edited: Storyboard | Path | None,
) -> None:
    """Everything but ``run.json``, which is written last."""
    (run / "frames").mkdir(parents=True)
    first = record.only_frame or 1
    for number, frame in enumerate(pixels, start=first):
        file = run / "frames" / frame_name(number)
        if number in copies:
            shutil.copyfile(copies[number], file)
        else:
            Image.fromarray(frame).save(file)
    storyboard, prompts = record.current, None
    if storyboard is not None:
        storyboard.save(run / "storyboard.yaml")
        prompts = [frame.prompt for frame in storyboard.frames[first - 1 : first - 1 + len(pixels)]]
    contact_sheet(pixels, prompts, first=first).save(run / "contact_sheet.png")
    if isinstance(edited, Storyboard):
        edited.save(run / EDITED)
    elif edited is not None:
        shutil.copyfile(edited, run / EDITED)


def _stale_outputs(target: Target | None) -> list[str]:
    """A note on each video that goes with the run folder as it is before it is replaced."""
    if target is None or not target.run.is_dir():
        return []
    others = (target.run.with_suffix(extension) for extension in EXTENSIONS)
    stale = [printable(str(other), 200) for other in others if other != target.path and other.exists()]
    return [f"{other} was not written anew and shows the run as it was before" for other in stale]


def _publish(output: Path, run: Path, target: Target, folder: Path, *, force: bool) -> None:
    check_free(target, force=force)
    publish([(run, target.run), (output, target.path)], folder, force=force)


def _publish_as_free_name(output: Path, run: Path, storyboard: Storyboard | None, folder: Path) -> Target:
    """Takes the first of ``name``, ``name-2``, ... that is free, also when others do so right now."""
    name = slug(storyboard.prompt if storyboard else "")
    for number in itertools.count(1):
        target = find_target(f"{name}.mp4" if number == 1 else f"{name}-{number}.mp4")
        if os.path.lexists(target.path) or os.path.lexists(target.run):
            continue
        try:
            _publish(output, run, target, folder, force=False)
        except (FileExistsError, OutputError):
            continue
        except OSError as error:
            if target.run.exists() or target.path.exists():  # another process was faster
                continue
            raise output_error(target.path, error) from error
        return target
    raise AssertionError("unreachable: counting does not end")
