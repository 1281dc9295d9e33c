"""Video and run folder, written aside and put in place together: never half a run, never a lost one."""

import itertools
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from PIL import Image

from direct2v.errors import OutputError
from direct2v.files import output_error, published, uninterrupted
from direct2v.storyboard import Storyboard
from direct2v.text import printable, slug
from direct2v.video.checks import check_free, check_output
from direct2v.video.encode import encode
from direct2v.video.frames import Pixels
from direct2v.video.publish import publish, staging
from direct2v.video.record import RunRecord
from direct2v.video.run import Run
from direct2v.video.sheet import contact_sheet
from direct2v.video.smooth import in_between
from direct2v.video.target import EXTENSIONS, FOLDER, Target, find_target, frame_name
from direct2v.video.timing import check_pace, check_playback, durations, smoothed

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


def save_run(run: Run, path: str | Path | None = None, *, force: bool = False) -> Saved:
    """Writes the video and beside it ``NAME.run/``, both or neither.

    The run folder holds the frames as PNG in their own size, a contact sheet, storyboard and ``run.json``.

    Args:
        run: what to write.
        path: the video file or folder of PNG, see ``find_target``; None makes a free name of an ``.mp4`` in
            the current folder from the storyboard's prompt.
        force: replace an existing output and run folder; they stay until the new ones are complete.

    Raises:
        InputError: for an unknown extension, or frames that the kind of file cannot show as long as asked.
        OutputError: if something stands there already, or cannot be written.
    """
    check_output(path, force=force)
    target = None if path is None else find_target(path)
    kind = ".mp4" if target is None else target.kind
    video, hold = run.record.video, run.record.hold
    shown = durations(len(run.pixels), video.fps, hold)[run.kept]
    check_pace(kind, smoothed(shown, video.smooth, 1 / check_playback(video.fps)))
    pixels = run.pixels[run.kept]
    between = _between(run, pixels)
    notes = (*run.notes, *_stale_outputs(target))

    with staging(Path() if target is None else target.path.parent) as staged:
        started = time.monotonic()
        folder, output = staged / "run", staged / ("video" if kind == FOLDER else f"video{kind}")
        _write_run_folder(run, folder)
        hold = hold and hold[run.kept]
        encode(
            pixels, output, fps=video.fps, hold=hold, upscale=video.upscale, first=run.first, between=between
        )
        spent = {**run.record.timings, "write": round(time.monotonic() - started, 3)}
        record = run.record.model_copy(update={"timings": spent})
        (folder / "run.json").write_text(record.to_json(), encoding="utf-8", newline="\n")
        with uninterrupted():
            if target is not None:
                _publish(output, folder, target, staged, force=force)
            else:
                target = _publish_as_free_name(output, folder, record.storyboard, staged)
            published.get()()
    return Saved(
        video=target.path,
        folder=target.run,
        record=record,
        num_frames=len(pixels) + sum(map(len, between)),
        seconds=float(sum(shown, Fraction(0))),
        notes=notes,
    )


def _between(run: Run, pixels: Sequence[Pixels]) -> Sequence[Sequence[Pixels]]:
    """What leads from each of the frames that are kept to the next one."""
    count = run.record.video.smooth - 1
    if count == 0 or len(pixels) == 1:
        return ()
    if run.between is not None:
        return run.between
    return [in_between(before, after, count) for before, after in itertools.pairwise(pixels)]


def _write_run_folder(run: Run, folder: Path) -> None:
    """Everything but ``run.json``, which is written last."""
    (folder / "frames").mkdir(parents=True)
    pixels = run.pixels[run.kept]
    for number, frame in enumerate(pixels, start=run.first):
        file = folder / "frames" / frame_name(number)
        if number in run.copies:
            shutil.copyfile(run.copies[number], file)
        else:
            Image.fromarray(frame).save(file)
    drawn = run.record.current
    storyboard = run.storyboard or drawn
    if isinstance(storyboard, Path):
        shutil.copyfile(storyboard, folder / "storyboard.yaml")
    elif storyboard is not None:
        storyboard.save(folder / "storyboard.yaml")
    prompts = None if drawn is None else [frame.prompt for frame in drawn.frames[run.kept]]
    contact_sheet(pixels, prompts, first=run.first).save(folder / "contact_sheet.png")


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
