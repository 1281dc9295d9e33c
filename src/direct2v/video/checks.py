"""Whether an output can be put in place: checked before any work is done, and again when it is."""

import os
from pathlib import Path

from direct2v.errors import InputError, OutputError
from direct2v.text import printable
from direct2v.video.target import FOLDER, Target, check_folder, find_target, foreign_file

__all__ = ["check_free", "check_output"]

_OURS = {"contact_sheet.png", "frames", "run.json", "storyboard.yaml"}


def check_output(path: str | Path | None, *, force: bool = False) -> None:
    """Refuses, before any work is done, an output that could not be put in place.

    Args:
        path: the video file or folder of PNG, see ``find_target``; None for a free name.
        force: whether an existing output and run folder may be replaced.

    Raises:
        InputError: for an extension of no known video file.
        OutputError: if the folder is missing or not writable, or something stands there already.
    """
    folder = Path() if path is None else Path(path).parent
    shown = printable(str(folder), 200)
    try:
        target = None if path is None else find_target(path)
        if target is not None and target.kind != FOLDER and target.path.is_dir():
            raise OutputError(f"{printable(str(path), 200)} is a folder; name a video file, as in story.mp4")
        if not folder.is_dir():
            raise OutputError(f"the folder {shown} does not exist; create it, or choose another output")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise OutputError(f"the folder {shown} is not writable; choose another output")
        if target is not None:
            check_free(target, force=force)
    except (OSError, ValueError) as error:  # too long a name, or a NUL character in it
        if isinstance(error, InputError):
            raise
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise OutputError(f"cannot write {printable(str(path), 80)}: {reason}") from error


def check_free(target: Target, *, force: bool) -> None:
    """Refuses an output where something stands that is not to be replaced, or was not written by a run.

    Raises:
        OutputError: naming it.
    """
    run = target.run
    if target.kind == FOLDER:
        check_folder(target.path)
    if run.is_dir() and not run.is_symlink():
        foreign = min((entry.name for entry in run.iterdir() if entry.name not in _OURS), default=None)
        if foreign is None and (run / "frames").is_dir():
            foreign = foreign_file(run / "frames")
        if foreign is not None:
            raise OutputError(
                f"{printable(str(run), 200)} holds {printable(foreign, 60)}, which no run wrote, "
                "and is not replaced; choose another name"
            )
    elif os.path.lexists(run):
        raise OutputError(
            f"{printable(str(run), 200)} is not a run folder and is not replaced; choose another name"
        )
    taken = [printable(str(place), 200) for place in (target.path, run) if os.path.lexists(place)]
    if taken and not force:
        exist = "exists" if len(taken) == 1 else "exist"
        whose = "" if os.path.lexists(target.path) else ", the run folder of another output of that name"
        raise OutputError(
            f"{' and '.join(taken)} {exist} already{whose}; choose another name, or replace with --force"
        )
