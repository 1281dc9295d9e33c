"""Video and run folder, written aside and put in place together: never half a run, never a lost one."""

import itertools
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from direct2v.errors import InputError, OutputError
from direct2v.files import output_error, published, uninterrupted
from direct2v.settings import RenderSettings
from direct2v.storyboard import Storyboard
from direct2v.text import printable, slug
from direct2v.video.encode import DEFAULT_FPS, check_extension, check_playback, encode
from direct2v.video.frames import Frame, as_pixels, fitting_upscale
from direct2v.video.record import ModelRecord, RunRecord, VideoRecord
from direct2v.video.sheet import contact_sheet

__all__ = ["Saved", "check_output", "save_run"]

_OURS = {"contact_sheet.png", "frames", "run.json", "storyboard.yaml"}


@dataclass(frozen=True)
class Saved:
    """Where a run was put.

    Attributes:
        video: the video file.
        folder: the run folder beside it.
        record: what its ``run.json`` says.
    """

    video: Path
    folder: Path
    record: RunRecord


def check_output(path: Path | None, *, force: bool = False) -> None:
    """Refuses, before any work is done, an output that could not be put in place.

    Args:
        path: the video file; None for a free name in the current folder.
        force: whether an existing video and run folder may be replaced.

    Raises:
        InputError: for an extension of no known video file.
        OutputError: if the folder is missing or not writable, or something stands there already.
    """
    folder = Path() if path is None else path.parent
    shown = printable(str(folder), 200)
    try:
        if path is not None:
            if path.is_dir():
                raise OutputError(
                    f"{printable(str(path), 200)} is a folder; name a video file, as in story.mp4"
                )
            check_extension(path)
        if not folder.is_dir():
            raise OutputError(f"the folder {shown} does not exist; create it, or choose another output")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise OutputError(f"the folder {shown} is not writable; choose another output")
        if path is not None:
            _check_free(path, force=force)
    except (OSError, ValueError) as error:  # too long a name, or a NUL character in it
        if isinstance(error, InputError):
            raise
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise OutputError(f"cannot write {printable(str(path), 80)}: {reason}") from error


def save_run(
    frames: Sequence[Frame],
    path: str | Path | None = None,
    *,
    settings: RenderSettings,
    model: ModelRecord,
    storyboard: Storyboard | None = None,
    fps: float = DEFAULT_FPS,
    hold: float = 0.0,
    force: bool = False,
    timings: Mapping[str, float] | None = None,
    latents_given: bool = False,
) -> Saved:
    """Writes ``NAME.mp4`` and beside it ``NAME.run/``, both or neither.

    The run folder holds the frames as PNG in their own size, a contact sheet, storyboard and ``run.json``.

    Args:
        frames: pictures, or uint8 arrays ``[height, width, 3]``, all of one size.
        path: the video file; None makes a free name in the current folder from the storyboard's prompt.
        settings: fully resolved.
        model: which model drew the frames.
        storyboard: what was drawn, if it was given in words.
        fps: frames of the story per second.
        hold: how long the last frame stays in addition, in seconds.
        force: replace an existing video and run folder; they stay until the new ones are complete.
        timings: seconds by phase, to be recorded.
        latents_given: whether the caller gave the start of the frames, to be recorded.

    Raises:
        InputError: for an unknown extension, frames that do not go together, or a number out of range.
        OutputError: if something stands there already, or cannot be written.
    """
    path = None if path is None else Path(path)
    check_output(path, force=force)
    check_playback(fps, hold)
    pixels = as_pixels(frames)
    height, width = pixels[0].shape[:2]
    upscale = fitting_upscale(height, width)
    prompts = None if storyboard is None else [frame.prompt for frame in storyboard.frames]
    home = Path() if path is None else path.parent
    extension = ".mp4" if path is None else path.suffix

    with _staging(home) as staging:
        started = time.monotonic()
        video, folder = staging / f"video{extension}", staging / "run"
        (folder / "frames").mkdir(parents=True)
        for number, frame in enumerate(pixels, start=1):
            Image.fromarray(frame).save(folder / "frames" / f"{number:04d}.png")
        contact_sheet(pixels, prompts).save(folder / "contact_sheet.png")
        if storyboard is not None:
            storyboard.save(folder / "storyboard.yaml")
        encode(pixels, video, fps=fps, hold=hold, upscale=upscale)
        record = RunRecord(
            storyboard=storyboard,
            settings=settings,
            model=model,
            latents_given=latents_given,
            video=VideoRecord(fps=fps, hold=hold, upscale=upscale, height=height, width=width),
            timings={**(timings or {}), "write": round(time.monotonic() - started, 3)},
        )
        (folder / "run.json").write_text(record.to_json(), encoding="utf-8", newline="\n")
        with uninterrupted():
            if path is not None:
                _publish(video, folder, path, staging, force=force)
            else:
                path = _publish_as_free_name(video, folder, storyboard, staging)
            published.get()()
    return Saved(video=path, folder=_run_folder(path), record=record)


def _run_folder(video: Path) -> Path:
    return video.with_suffix(".run")


def _check_free(video: Path, *, force: bool) -> None:
    run = _run_folder(video)
    taken = [printable(str(place), 200) for place in (video, run) if os.path.lexists(place)]
    if taken and not force:
        exist = "exists" if len(taken) == 1 else "exist"
        raise OutputError(
            f"{' and '.join(taken)} {exist} already; choose another name, or replace with --force"
        )
    if run.is_dir() and not run.is_symlink():
        foreign = sorted(entry.name for entry in run.iterdir() if entry.name not in _OURS)
        if foreign:
            raise OutputError(
                f"{printable(str(run), 200)} holds {printable(foreign[0], 60)}, which no run wrote, "
                "and is not replaced; choose another name"
            )
    elif os.path.lexists(run):
        raise OutputError(
            f"{printable(str(run), 200)} is not a run folder and is not replaced; choose another name"
        )


@contextmanager
def _staging(home: Path) -> Iterator[Path]:
    """A hidden folder beside the output, on the same disk; gone afterwards whatever happens."""
    staging = home / f".direct2v-{secrets.token_hex(8)}"
    try:
        staging.mkdir(mode=0o700)
        yield staging
    except OSError as error:
        raise output_error(home, error) from error
    finally:
        with uninterrupted():
            shutil.rmtree(staging, ignore_errors=True)


def _publish(video: Path, folder: Path, path: Path, staging: Path, *, force: bool) -> None:
    """Renames both into place. What stood there moves aside first, and back if anything fails."""
    _check_free(path, force=force)
    run = _run_folder(path)
    aside = staging / "replaced"
    had_run = run.is_dir()
    if had_run:
        os.rename(run, aside)
    try:
        os.rename(folder, run)  # fails if another process put its own run there meanwhile
        try:
            if force:
                os.replace(video, path)
            else:
                _rename_to_free(video, path)
        except BaseException:
            os.rename(run, folder)
            raise
    except BaseException:
        if had_run:
            os.rename(aside, run)
        raise


def _publish_as_free_name(video: Path, folder: Path, storyboard: Storyboard | None, staging: Path) -> Path:
    """Takes the first of ``name``, ``name-2``, ... that is free, also when others do so right now."""
    name = slug(storyboard.prompt if storyboard else "")
    for number in itertools.count(1):
        path = Path(f"{name}.mp4" if number == 1 else f"{name}-{number}.mp4")
        if os.path.lexists(path) or os.path.lexists(_run_folder(path)):
            continue
        try:
            _publish(video, folder, path, staging, force=False)
        except (FileExistsError, OutputError):
            continue
        except OSError as error:
            if _run_folder(path).exists() or path.exists():  # another process was faster
                continue
            raise output_error(path, error) from error
        return path
    raise AssertionError("unreachable: counting does not end")


def _rename_to_free(source: Path, target: Path) -> None:
    """Renames, but unlike ``os.rename`` never onto an existing file."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise FileExistsError(target) from None
        os.rename(source, target)
