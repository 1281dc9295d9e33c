"""Pictures of figures: settings with their intervals, and what is won against what is lost."""

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

from direct2v.evaluation.experiments.summary import ALL_METRICS
from direct2v.evaluation.extra import evaluation_library

__all__ = ["intervals", "pareto"]

Figures = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Setting -> metric -> mean, ci_low, ci_high."""

_INK: Final = "#28282c"
_FRONT: Final = "#96401e"


def intervals(figures: Figures, metrics: Sequence[str]) -> bytes:
    """A PNG: a panel for each metric, in it a dot with its interval for each setting.

    Args:
        figures: those of one split.
        metrics: those shown, in order.

    Raises:
        MissingExtraError: without the extra "evaluation".
    """
    shown = [metric for metric in metrics if any(metric in found for found in figures.values())]
    names = list(figures)
    figure = _figure(2.6 + 2.3 * len(shown), 0.6 + 0.26 * len(names))
    axes = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    for axis, metric in zip(axes, shown, strict=True):
        for row, name in enumerate(names):
            if metric in figures[name]:
                found = figures[name][metric]
                axis.plot([found["ci_low"], found["ci_high"]], [row, row], color=_INK, linewidth=1)
                axis.plot([found["mean"]], [row], "o", color=_FRONT, markersize=4)
        axis.set_title(ALL_METRICS[metric].title, fontsize=9)
        axis.tick_params(labelsize=8)
        axis.grid(axis="x", linewidth=0.3)
    axes[0].set_yticks(range(len(names)), names, fontsize=8)
    axes[0].invert_yaxis()
    return _png(figure)


def pareto(figures: Figures, x: str = "identity", y: str = "story_accuracy") -> bytes:
    """A PNG: settings in the plane of two metrics, those that no other beats in both with a ring.

    Raises:
        MissingExtraError: without the extra "evaluation".
    """
    figure = _figure(6.4, 4.6)
    axis = figure.subplots()
    points = {name: found for name, found in figures.items() if x in found and y in found}
    for name, found in points.items():
        one, other = found[x], found[y]
        axis.plot([one["ci_low"], one["ci_high"]], [other["mean"]] * 2, color=_INK, linewidth=0.5)
        axis.plot([one["mean"]] * 2, [other["ci_low"], other["ci_high"]], color=_INK, linewidth=0.5)
        best = not any(_beats(rival, found, (x, y)) for rival in points.values())
        axis.plot(
            [one["mean"]], [other["mean"]], "o", color=_FRONT if best else _INK, markersize=7 if best else 4
        )
        axis.annotate(
            name, (one["mean"], other["mean"]), fontsize=7, xytext=(4, 3), textcoords="offset points"
        )
    axis.set_xlabel(ALL_METRICS[x].title, fontsize=9)
    axis.set_ylabel(ALL_METRICS[y].title, fontsize=9)
    axis.tick_params(labelsize=8)
    axis.grid(linewidth=0.3)
    return _png(figure)


def _beats(rival: Mapping[str, Any], found: Mapping[str, Any], metrics: Sequence[str]) -> bool:
    gains = [rival[metric]["mean"] - found[metric]["mean"] for metric in metrics]
    return bool(min(gains) >= 0 and max(gains) > 0)


def _figure(width: float, height: float) -> Any:
    # no pyplot: it would choose a window system, and keep every figure
    return evaluation_library("matplotlib.figure").Figure(figsize=(width, height), layout="constrained")


def _png(figure: Any) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=110, metadata={"Software": None})
    return out.getvalue()
