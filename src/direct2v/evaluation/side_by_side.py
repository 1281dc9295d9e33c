"""A comparison on disk: one video of all presets, and beside it a sheet and the figures; both or neither."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from direct2v.errors import InputError, OutputError
from direct2v.files import published, uninterrupted
from direct2v.text import printable
from direct2v.video import (
    DEFAULT_FPS,
    EXTENSIONS,
    FOLDER,
    Hold,
    Row,
    as_pixels,
    check_times,
    encode,
    find_target,
    grid_frames,
    grid_sheet,
    publish,
    resolve_hold,
    staging,
)

if TYPE_CHECKING:
    from direct2v.evaluation.comparison import Compared, Comparison

__all__ = ["SavedComparison", "check_comparison_output", "save_comparison"]

_SHEET, _FIGURES, _STORYBOARD = "contact_sheet.png", "metrics.json", "storyboard.yaml"
# under each cell of the video; the sheet and the file have all
_SHOWN = (
    "story_accuracy",
    "identity",
    "frame_alignment",
    "prompt_retrieval",
    "adjacent_clip",
    "subject_consistency",
    "background_consistency",
    "warp_error",
)


@dataclass(frozen=True)
class SavedComparison:
    """Where a comparison was put.

    Attributes:
        video: with a cell for each preset.
        folder: beside it: contact sheet, figures, storyboard.
    """

    video: Path
    folder: Path


def check_comparison_output(path: str | Path, *, force: bool = False) -> SavedComparison:
    """Refuses, before any work is done, an output that could not be put in place.

    Returns:
        Where video and folder will be.

    Raises:
        InputError: if the path is none of a video.
        OutputError: if the folder is missing or not writable, or something stands there already.
    """
    target = find_target(path)
    shown = printable(str(path), 200)
    if target.kind == FOLDER:
        raise InputError(f"{shown} is no video file; accepted: {', '.join(EXTENSIONS)}")
    home, folder = target.path.parent, target.path.with_suffix(".compare")
    try:
        if not home.is_dir() or not os.access(home, os.W_OK | os.X_OK):
            where = printable(str(home), 200)
            raise OutputError(f"the folder {where} does not exist or is not writable; choose another output")
        if target.path.is_dir():
            raise OutputError(f"{shown} is a folder; name a video file, as in compared.mp4")
        if os.path.lexists(target.run):  # whose video `evaluate` would take this one for
            run = printable(str(target.run), 200)
            raise OutputError(f"{run} is the run of another video of that name; choose another name")
        there = [place for place in (target.path, folder) if os.path.lexists(place)]
        if there and not force:
            named = " and ".join(printable(str(place), 200) for place in there)
            exist = "exists" if len(there) == 1 else "exist"
            raise OutputError(f"{named} {exist} already; choose another name, or replace with --force")
        if folder in there:
            _check_ours(folder)
    except (OSError, ValueError) as error:  # too long a name, or a NUL character in it
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise OutputError(f"cannot write {printable(str(path), 80)}: {reason}") from error
    return SavedComparison(target.path, folder)


def _check_ours(folder: Path) -> None:
    shown = printable(str(folder), 200)
    if folder.is_symlink() or not folder.is_dir():
        raise OutputError(f"{shown} is no folder of a comparison and is not replaced; choose another name")
    ours = {_SHEET, _FIGURES, _STORYBOARD}
    foreign = min((entry.name for entry in folder.iterdir() if entry.name not in ours), default=None)
    if foreign is not None:
        raise OutputError(
            f"{shown} holds {printable(foreign, 60)}, which no comparison wrote, and is not replaced; "
            "choose another name"
        )


def save_comparison(
    comparison: "Comparison", path: str | Path, *, fps: float | None, hold: Hold, force: bool
) -> SavedComparison:
    """See ``Comparison.save``."""
    fps = DEFAULT_FPS if fps is None else fps
    storyboard = comparison.storyboard
    place = check_comparison_output(path, force=force)
    check_times(place.video, storyboard, fps=fps, hold=hold)
    rows = [_row(result) for result in comparison.results]
    captions = storyboard.texts()
    asked = resolve_hold(hold, storyboard, storyboard.num_frames)
    title = f"{storyboard.prompt} (seed {comparison.seed})"
    with staging(place.video.parent) as staged:
        folder, video = staged / "compare", staged / f"video{place.video.suffix}"
        folder.mkdir()
        grid_sheet(rows, title, captions).save(folder / _SHEET)
        storyboard.save(folder / _STORYBOARD)
        figures = json.dumps(comparison.as_data(), indent=2, ensure_ascii=False)
        (folder / _FIGURES).write_text(f"{figures}\n", encoding="utf-8", newline="\n")
        encode(grid_frames(rows, captions), video, fps=fps, hold=asked, upscale=1)
        with uninterrupted():
            check_comparison_output(path, force=force)  # again: drawing took its time
            publish([(folder, place.folder), (video, place.video)], staged, force=force)
            published.get()()
    return place


def _row(result: "Compared") -> Row:
    figures = {name: value for name, value in result.evaluation.metrics.items() if value is not None}
    return Row(
        title=result.preset,
        frames=as_pixels(list(result.rendering.frames or ())),
        lines=_lines({name: figures[name] for name in _SHOWN if name in figures}),
        footer=" · ".join(_lines(figures)),
    )


def _lines(figures: Mapping[str, float]) -> list[str]:
    from direct2v.evaluation.catalogue import ALL_METRICS  # brings torch, which checking an output needs not

    return [f"{ALL_METRICS[name].title} {value:.3f}" for name, value in figures.items()]
