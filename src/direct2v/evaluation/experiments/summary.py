"""Rows in, figures out: means with intervals, paired differences, and what the development stories choose."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

from direct2v.evaluation import catalogue
from direct2v.evaluation.experiments.director_sanity import DIRECTOR_METRICS
from direct2v.evaluation.experiments.journal import Row
from direct2v.evaluation.experiments.plan import SPLITS, Experiment, Split
from direct2v.evaluation.experiments.statistics import estimate, holm, paired
from direct2v.evaluation.metrics import Metric

__all__ = ["ALL_METRICS", "cost", "summarise"]

ALL_METRICS: Final[Mapping[str, Metric]] = {**catalogue.ALL_METRICS, **DIRECTOR_METRICS}
_LOSS_OF_IDENTITY: Final = 0.01
"""What a setting may lose in identity and still be chosen for its story accuracy."""

_Cells = dict[tuple[int, int], float]


def summarise(experiment: Experiment, rows: Iterable[Row]) -> dict[str, Any]:
    """All figures of an experiment; they depend on the outcomes alone, in whatever order they came.

    Returns:
        "development" and "heldout": setting -> metric -> mean, ci_low, ci_high, n, stories;
        "paired": each setting against the control on the held-out stories, p corrected over all of them;
        "chosen": factor -> the setting that the development stories choose.
    """
    values = _by_setting(rows)
    summary: dict[str, Any] = {"experiment": experiment.name, "control": experiment.control}
    for split in SPLITS:
        summary[split] = {
            setting.name: {
                metric: asdict(estimate(_stories(values[split, setting.name, metric])))
                for metric in ALL_METRICS
                if (split, setting.name, metric) in values
            }
            for setting in experiment.settings
        }
    summary["paired"] = _pairs(experiment, values, "heldout")
    summary["chosen"] = _chosen(experiment, values)
    return summary


def cost(experiment: Experiment, rows: Iterable[Row]) -> dict[str, Any]:
    """Seconds of a process for one cell of each setting, and minutes for all; they differ from run to run."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        seconds[row.cell.setting].append(row.seconds)
    return {
        "minutes_of_processes": round(sum(map(sum, seconds.values())) / 60, 1),
        "cells": sum(map(len, seconds.values())),
        "seconds_a_cell": {
            setting.name: round(sum(seconds[setting.name]) / len(seconds[setting.name]), 2)
            for setting in experiment.settings
            if seconds[setting.name]
        },
    }


def _by_setting(rows: Iterable[Row]) -> dict[tuple[str, str, str], _Cells]:
    values: dict[tuple[str, str, str], _Cells] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: row.cell):
        for metric, value in row.metrics.items():
            values[row.cell.split, row.cell.setting, metric][row.cell.story, row.cell.seed] = value
    return dict(values)


def _stories(cells: _Cells) -> dict[Hashable, list[float]]:
    stories: dict[Hashable, list[float]] = defaultdict(list)
    for (story, _), value in cells.items():
        stories[story].append(value)
    return stories


def _pairs(
    experiment: Experiment, values: Mapping[tuple[str, str, str], _Cells], split: Split
) -> list[dict[str, Any]]:
    found = []
    for setting in experiment.settings:
        for metric in experiment.compared:
            one, other = ((split, name, metric) for name in (setting.name, experiment.control))
            difference = paired(values[one], values[other]) if {one, other} <= values.keys() else None
            if difference is not None and setting.name != experiment.control:
                found.append({"setting": setting.name, "metric": metric, **asdict(difference)})
    corrected = holm([pair["p"] for pair in found])
    return [pair | {"p_holm": p} for pair, p in zip(found, corrected, strict=True)]


def _chosen(experiment: Experiment, values: Mapping[tuple[str, str, str], _Cells]) -> dict[str, str]:
    """Of each factor with several settings, the one that development stories are surely told better with.

    That is the control, unless another's paired difference in story accuracy lies above 0 with its whole
    interval and its identity is not lower by more than 0.01; then the most accurate of these.
    """
    chosen: dict[str, str] = {}
    control = experiment.setting(experiment.control)
    best = 0.0
    for setting in experiment.settings:
        if setting.factor != control.factor or ("development", setting.name, "story_accuracy") not in values:
            continue
        chosen.setdefault(control.factor, control.name)
        gain, kept = (
            paired(
                values.get(("development", setting.name, metric), {}),
                values.get(("development", control.name, metric), {}),
            )
            for metric in ("story_accuracy", "identity")
        )
        if gain is None or gain.ci_low <= 0 or (kept is not None and kept.mean < -_LOSS_OF_IDENTITY):
            continue
        if gain.mean > best:
            chosen[control.factor], best = setting.name, gain.mean
    return chosen
