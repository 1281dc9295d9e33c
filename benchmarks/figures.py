"""The figures of docs/speed.md, drawn from rows. Each PNG holds the fingerprint of what it was drawn from."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from harness import Row
from PIL import Image

KEY: Final = "Rows"
"""Of the fingerprint among a PNG's texts."""
INK: Final = "#3c3446"
COLOURS: Final = ("#2f6f8f", "#d08a2e", "#8a4f7d", "#5b8c5a", "#b5564a", "#7a7f8c", "#c2b280")
PARTS: Final = (
    "convolutions",
    "self-attention, mapped",
    "self-attention",
    "cross-attention",
    "feed-forward",
    "resampling",
    "projections, norms and the rest",
)


def fingerprint(rows: Sequence[Row]) -> str:
    """Of what figures show: the same for the same rows, wherever they were read."""
    return hashlib.sha256(json.dumps(list(rows), sort_keys=True).encode()).hexdigest()[:16]


def drawn_from(figure: Path) -> str | None:
    """The fingerprint in a PNG; None if there is no figure."""
    if not figure.exists():
        return None
    with Image.open(figure) as picture:
        return picture.info.get(KEY)


def growth(rows: Sequence[Row], pyplot: Any) -> Any:
    """Seconds per frame and memory, over frames and over pixels."""
    figure, axes = pyplot.subplots(2, 2, figsize=(8, 5), constrained_layout=True)
    for column, (series, over, label) in enumerate(
        (("frames", "frames", "frames"), ("resolution", "pixels", "width and height in pixels"))
    ):
        of = sorted((row for row in rows if row["series"] == series), key=lambda row: row[over])
        if not of:
            continue
        x = [row[over] for row in of]
        seconds = [row["seconds_per_frame"] for row in of]
        spread = [row["seconds_per_frame_quartiles"] for row in of]
        below = [middle - low for middle, (low, _) in zip(seconds, spread, strict=True)]
        above = [high - middle for middle, (_, high) in zip(seconds, spread, strict=True)]
        axes[0, column].errorbar(x, seconds, [below, above], color=COLOURS[0], marker="o", capsize=3)
        axes[1, column].plot(x, [row["extra_peak_mib"] for row in of], color=COLOURS[1], marker="o")
        for axis, name in zip(axes[:, column], ("seconds per frame", "extra peak memory, MiB"), strict=True):
            axis.set_xscale("log", base=2)
            axis.set_xticks(x, [str(value) for value in x])
            axis.set(xlabel=label, ylabel=name)
            if series == "resolution":
                axis.set_yscale("log")
            else:
                axis.set_ylim(bottom=0)
    return figure


def profile(rows: Sequence[Row], pyplot: Any) -> Any:
    """Seconds by phase, and by block and part of the UNet."""
    figure, (top, bottom) = pyplot.subplots(
        2, 1, figsize=(8, 5.5), height_ratios=(1, 3.2), constrained_layout=True
    )
    left = 0.0
    phases = [row for row in rows if row["kind"] == "phase" and row["name"] != "total"]
    for row, colour in zip(phases, COLOURS, strict=False):
        top.barh(0, row["seconds"], left=left, color=colour, label=f"{row['name']} {row['seconds']:.2f}")
        left += row["seconds"]
    top.set(yticks=[], xlabel="seconds from Enter to the file")
    top.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1), frameon=False, fontsize="small")
    layers = [row for row in rows if row["kind"] == "layer"]
    blocks = list(dict.fromkeys(row["block"] for row in layers))
    filled = dict.fromkeys(blocks, 0.0)
    for part, colour in zip(PARTS, COLOURS, strict=True):
        of = {row["block"]: row["seconds"] for row in layers if row["name"] == part}
        widths = [of.get(block, 0.0) for block in blocks]
        bottom.barh(range(len(blocks)), widths, left=list(filled.values()), color=colour, label=part)
        filled = {block: filled[block] + width for block, width in zip(blocks, widths, strict=True)}
    bottom.set_yticks(range(len(blocks)), [block or "the rest" for block in blocks])
    bottom.invert_yaxis()
    bottom.set(xlabel="seconds in the UNet, one video")
    bottom.legend(frameon=False, fontsize="small")
    return figure


def steps(rows: Sequence[Row], pyplot: Any) -> Any:
    """Story quality over seconds per video, a line for each scheduler."""
    figure, axis = pyplot.subplots(figsize=(8, 4), constrained_layout=True)
    for kind, colour in zip(dict.fromkeys(row["case"].split()[0] for row in rows), COLOURS, strict=False):
        of = sorted((row for row in rows if row["case"].split()[0] == kind), key=lambda row: row["steps"])
        x, y = [row["seconds"] for row in of], [row["right"] for row in of]
        line = "none" if kind == "pace" else "-"
        errors = [row["right_se"] for row in of]
        axis.errorbar(x, y, errors, color=colour, marker="o", capsize=3, label=kind, linestyle=line)
        for row in of:
            name = row["case"].split()[1] if kind == "pace" else row["steps"]
            axis.annotate(name, (row["seconds"], row["right"]), (4, 4), textcoords="offset points")
    axis.set(xlabel="seconds per video of 8 frames (numbers: steps)", ylabel="scene state that is right")
    axis.legend(frameon=False, loc="lower right")
    return figure


FIGURES: Final[dict[str, Callable[[Sequence[Row], Any], Any]]] = {
    "growth": growth,
    "profile": profile,
    "steps": steps,
}
"""By the name of the file of rows."""


def draw(name: str, rows: Sequence[Row], to: Path) -> None:
    """Draws one figure.

    Raises:
        SystemExit: without matplotlib.
    """
    try:
        import matplotlib
    except ImportError:
        sys.exit("Error: figures need matplotlib; pip install -e '.[evaluation]'")
    matplotlib.use("agg")
    from matplotlib import pyplot

    pyplot.rcParams |= {"axes.spines.top": False, "axes.spines.right": False, "text.color": INK}
    figure = FIGURES[name](rows, pyplot)
    figure.savefig(to, dpi=110, metadata={KEY: fingerprint(rows), "Software": None})
    pyplot.close(figure)
