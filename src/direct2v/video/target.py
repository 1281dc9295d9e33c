"""Where the output goes and what it is: the extension of its path says so."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from direct2v.errors import InputError, OutputError
from direct2v.text import printable

__all__ = ["EXTENSIONS", "FOLDER", "Target", "check_folder", "find_target", "foreign_file", "frame_name"]

EXTENSIONS = (".mp4", ".webm", ".gif", ".webp")
FOLDER = "folder"

_FRAME = re.compile(r"\d{4}\.png", re.ASCII)


@dataclass(frozen=True)
class Target:
    """One output.

    Attributes:
        path: the video file, or the folder of PNG.
        kind: one of ``EXTENSIONS``, or ``FOLDER``.
        run: the run folder beside it.
    """

    path: Path
    kind: str
    run: Path


def find_target(path: str | Path) -> Target:
    """What an output path stands for.

    Video files go by their extension. A folder of PNG is what has none, ends in a slash, or ends in ``.png``;
    it gets exactly that name. (A ``Path`` knows no slash at its end: give text where that matters.)

    Raises:
        InputError: if the extension is another.
        OutputError: if the path names nothing, as ``..`` does.
    """
    separators = tuple(filter(None, (os.sep, os.altsep)))
    as_folder = isinstance(path, str) and path.endswith(separators)
    path = Path(path)
    nothing = path.name in ("", "..", ".png", *EXTENSIONS) or path.name.endswith(".") or "\0" in path.name
    if nothing:
        raise OutputError(f"{printable(str(path), 80)} is no name for an output; give one, as in story.mp4")
    extension = path.suffix.lower()
    if as_folder and extension != ".png":
        return Target(path, FOLDER, path.with_name(f"{path.name}.run"))
    if extension in EXTENSIONS:
        return Target(path, extension, path.with_suffix(".run"))
    if extension in ("", ".png"):
        return Target(path, FOLDER, path.with_suffix(".run"))
    raise InputError(
        f"{printable(str(path), 200)} has the extension {printable(path.suffix, 20)}; "
        f"accepted: {', '.join(EXTENSIONS)}, or for a folder of PNG none or .png"
    )


def frame_name(number: int) -> str:
    """The file name of a frame, numbered from 1."""
    return f"{number:04d}.png"


def foreign_file(folder: Path) -> str | None:
    """The first thing in a folder of frames that is no frame."""
    with os.scandir(folder) as entries:
        names = [
            entry.name
            for entry in entries
            if not (_FRAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False))
        ]
    return min(names, default=None)


def check_folder(path: Path) -> None:
    """Refuses to replace with a folder of frames what is none.

    Raises:
        OutputError: if something else stands there, or a folder that holds more than frames.
    """
    if not os.path.lexists(path):
        return
    shown = printable(str(path), 200)
    if path.is_symlink() or not path.is_dir():
        raise OutputError(f"{shown} is no folder of frames and is not replaced; choose another name")
    if foreign := foreign_file(path):
        raise OutputError(
            f"{shown} holds {printable(foreign, 60)}, which is no frame, and is not replaced; "
            "choose another name"
        )
