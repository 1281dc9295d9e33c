"""What is to be evaluated: the frames of a story, once each, and the storyboard that they were drawn from."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from direct2v.errors import InputError
from direct2v.evaluation.pixels import Frames, check_frames
from direct2v.interchange import load_storyboard
from direct2v.storyboard import Storyboard
from direct2v.text import printable
from direct2v.video import BaseRun, RunRecord, read_frames

__all__ = ["Footage", "load_footage"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Footage:
    """Frames with what is known of them.

    Attributes:
        source: where they are, safe to print.
        frames: [F, H, W, 3] uint8.
        storyboard: of these frames, one for one; None where there is none.
    """

    source: str
    frames: Frames
    storyboard: Storyboard | None = None


def load_footage(source: str | Path, storyboard: Storyboard | str | Path | None = None) -> Footage:
    """Reads the frames of a run, or of any video.

    Args:
        source: a run folder or the ``run.json`` in it; a video file, or a folder of PNG. If the run of a
            video stands beside it, the frames there are taken: each once, and not compressed.
        storyboard: what the frames should show, or a file of it; None takes the run's own.

    Raises:
        InputError: if there is no such thing, or it has not as many frames as the storyboard.
    """
    if isinstance(storyboard, str | Path):
        storyboard = load_storyboard(storyboard)
    folder = _run_folder(source)
    found = _of_run(folder) if folder is not None else _of_video(source)
    storyboard = found.storyboard if storyboard is None else storyboard
    check_frames(found.frames, storyboard)
    return Footage(source=found.source, frames=found.frames, storyboard=storyboard)


def _run_folder(source: str | Path) -> Path | None:
    """The run folder that is meant, if there is one."""
    path = Path(source)
    if path.name == "run.json":
        path = path.parent
    if not os.path.exists(path) or path.name in ("", ".."):
        return None
    candidates = (path, path.with_suffix(".run"), path.with_name(f"{path.name}.run"))
    return next((folder for folder in candidates if os.path.isfile(folder / "run.json")), None)


def _of_run(folder: Path) -> Footage:
    run = BaseRun(folder, RunRecord.load(folder / "run.json"))
    record, storyboard = run.record, run.record.current
    if record.only_frame is not None:
        numbers = [record.only_frame]
    elif storyboard is not None:
        numbers = list(range(1, storyboard.num_frames + 1))
    else:
        numbers = list(range(1, len(list((folder / "frames").glob("*.png"))) + 1))
    if not numbers:
        raise InputError(f"{run.name} has no frames; render it again")
    if storyboard is not None and record.only_frame is not None:
        kept = storyboard.frames[record.only_frame - 1 : record.only_frame]
        storyboard = storyboard.model_copy(update={"frames": kept})
    return Footage(
        source=run.name,
        frames=np.stack([run.pixels(number) for number in numbers]),
        storyboard=storyboard,
    )


def _of_video(source: str | Path) -> Footage:
    return Footage(source=printable(str(source), 200), frames=np.stack(read_frames(source)))
