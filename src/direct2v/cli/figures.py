"""How figures are shown: a table on a terminal, plain columns everywhere else."""

import math
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from direct2v.evaluation.catalogue import ALL_METRICS
from direct2v.evaluation.metrics import Metric
from direct2v.text import printable

if TYPE_CHECKING:
    from direct2v.evaluation.comparison import Comparison
    from direct2v.evaluation.evaluator import Evaluation
    from direct2v.evaluation.side_by_side import SavedComparison

__all__ = ["show_comparison", "show_evaluation"]

_SHOWN = 300  # characters of a note


def show_evaluation(evaluation: "Evaluation") -> None:
    """Prints what was measured, every figure with its range, and the notes."""
    size = f"{evaluation.num_frames} frames" if evaluation.num_frames != 1 else "1 frame"
    title = f"{evaluation.source}: {size}, {evaluation.width}x{evaluation.height}"
    rows = [
        (ALL_METRICS[name].title, _figure(value), _range(ALL_METRICS[name]), ALL_METRICS[name].about)
        for name, value in evaluation.metrics.items()
    ]
    _table(title, ("Metric", "Value", "Range, better", "What it is"), rows)
    used = f"CLIP {evaluation.clip}" + ("" if evaluation.dino is None else f", DINO {evaluation.dino}")
    print(f"Measured with {used}")
    for note in evaluation.notes:
        print(f"Note        {printable(note, _SHOWN)}")


def show_comparison(comparison: "Comparison", saved: "SavedComparison") -> None:
    """Prints the figures of all presets in columns, what was written, and the notes."""
    figures = {result.preset: result.evaluation.metrics for result in comparison.results}
    rows = [
        (metric.title, *(_figure(each.get(name)) for each in figures.values()), _range(metric))
        for name, metric in ALL_METRICS.items()
        if any(each.get(name) is not None for each in figures.values())
    ]
    _table(f"Seed {comparison.seed}", ("Metric", *figures, "Range, better"), rows)
    print(f"Video       {printable(str(saved.video), 200)}")
    print(f"Folder      {printable(str(saved.folder), 200)} (contact sheet, metrics.json, storyboard)")
    for note in _common_notes({result.preset: result.notes for result in comparison.results}):
        print(f"Note        {printable(note, _SHOWN)}")


def _common_notes(notes: Mapping[str, Sequence[str]]) -> list[str]:
    """Each note once; with the preset's name where it is not of all."""
    texts = dict.fromkeys(note for of_one in notes.values() for note in of_one)
    of = {text: [name for name, of_one in notes.items() if text in of_one] for text in texts}
    return [text if len(of[text]) == len(notes) else f"{', '.join(of[text])}: {text}" for text in texts]


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _range(metric: Metric) -> str:
    high = "" if math.isinf(metric.high) else f"{metric.high:g}"
    better = "" if metric.better == "neither" else f", {metric.better}"
    return f"{metric.low:g}..{high}{better}"


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if not sys.stdout.isatty():
        widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (head, *rows)]
        print("\n".join([title, *lines]), flush=True)
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold cyan")
    for column in head:
        table.add_column(Text(column))
    for row in rows:
        table.add_row(*map(Text, row))
    console = Console(highlight=False)
    console.print(Text(title, style="bold"))
    console.print(table)
