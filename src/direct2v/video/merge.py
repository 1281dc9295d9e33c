"""One new frame beside those of an earlier run, which stay as they are, byte for byte."""

from collections.abc import Sequence
from pathlib import Path

from direct2v.errors import InputError
from direct2v.storyboard import Storyboard
from direct2v.text import printable
from direct2v.video.frames import Frame, Pixels, as_pixels
from direct2v.video.record import RunRecord
from direct2v.video.redraw import EDITED, BaseRun, Redraw

__all__ = ["beside_others", "notes_on_redraw", "unfinished_edit"]


def beside_others(frames: Sequence[Frame], frame: int, base: BaseRun) -> tuple[list[Pixels], dict[int, Path]]:
    """The base's frames with one drawn anew, and the files of those that stay.

    Args:
        frames: a whole render.
        frame: the number, from 1, of the one to take from it.
        base: whose other frames stay.

    Raises:
        InputError: if a frame of the base is missing or damaged, the new one has another size, or the base
            has changed since it was looked for.
    """
    name = printable(str(base.folder), 200)
    if RunRecord.load(base.folder / "run.json") != base.record:
        raise InputError(f"{name} was changed by another run meanwhile; draw frame {frame} again")
    (new,) = as_pixels(frames[frame - 1 : frame])
    video = base.record.video
    if new.shape[:2] != (video.height, video.width):
        raise InputError(
            f"frame {frame} came out {new.shape[1]}x{new.shape[0]} pixels, the frames of {name} are "
            f"{video.width}x{video.height}; render the whole storyboard for another size"
        )
    numbers = range(1, len(frames) + 1)
    copies = {number: base.frame(number) for number in numbers if number != frame}
    return [base.pixels(number) if number in copies else new for number in numbers], copies


def unfinished_edit(redraw: Redraw) -> Storyboard | Path | None:
    """What a person wrote for frames that were not drawn: kept in the run folder, never overwritten."""
    if redraw.undrawn():
        return redraw.storyboard
    waiting = None if redraw.base is None else redraw.base.folder / EDITED
    if waiting is None or not waiting.is_file() or waiting == redraw.source:
        return None
    return waiting


def notes_on_redraw(redraw: Redraw) -> tuple[str, ...]:
    """What drawing one frame did not change."""
    if not redraw.keeps_others:
        why = "there is no earlier run with the other frames" if redraw.base is None else "no other was kept"
        return (f"frame {redraw.frame} stands alone: {why}",)
    if undrawn := redraw.undrawn():
        shown = ", ".join(map(str, undrawn[:10])) + (" ..." if len(undrawn) > 10 else "")
        differ = f"frames {shown} differ" if len(undrawn) > 1 else f"frame {shown} differs"
        return (
            f"only frame {redraw.frame} was drawn; {differ} in the storyboard too, which the run folder "
            f"keeps as {EDITED}",
        )
    return ()
