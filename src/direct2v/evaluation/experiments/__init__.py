"""Experiments as data: what is asked, how large it is, and how it is run, resumed and reported.

`run_experiment` is all that the command line and docs/experiments.py need.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from direct2v.director import resolve_director
from direct2v.errors import InputError
from direct2v.evaluation.experiments.baselines import BASELINES
from direct2v.evaluation.experiments.director_sanity import DIRECTOR_SANITY
from direct2v.evaluation.experiments.dsf_sensitivity import DSF_SENSITIVITY
from direct2v.evaluation.experiments.journal import Journal, working_in
from direct2v.evaluation.experiments.page import html_report
from direct2v.evaluation.experiments.plan import Experiment, Size
from direct2v.evaluation.experiments.running import Progress, finish
from direct2v.evaluation.experiments.rvm_ablation import RVM_ABLATION
from direct2v.evaluation.experiments.summary import cost, summarise
from direct2v.evaluation.experiments.tables import write_parquet
from direct2v.evaluation.extra import evaluation_library
from direct2v.files import replacing
from direct2v.models import model_defaults, weights_sha256
from direct2v.storybook import model_path

__all__ = ["EXPERIMENTS", "run_experiment"]

MAX_PROCESSES: Final = 64

EXPERIMENTS: Final[Mapping[str, Experiment]] = {
    experiment.name: experiment for experiment in (DIRECTOR_SANITY, RVM_ABLATION, DSF_SENSITIVITY, BASELINES)
}


def run_experiment(
    experiment: Experiment,
    out: str | Path,
    *,
    size: Size,
    director: str = "storybook",
    processes: int = 1,
    minutes: float | None = None,
    on_progress: Progress = lambda done, total, seconds: None,
) -> bool:
    """Runs an experiment, or what is left of it, and writes its report.

    `out` then holds cells.jsonl (what is finished), cells.parquet, summary.json, cost.json, report.html and
    pictures/. After a kill at any moment the same call goes on where it was, and gives the same summary as a
    run in one piece.

    Args:
        experiment: one of ``EXPERIMENTS``, or one's own.
        out: the folder; it keeps to one experiment of one size.
        size: how many stories and seeds.
        director: whom director experiments ask, as `--director` names it.
        processes: of one thread each, 1 to 64.
        minutes: no cell is begun after so long; None for no limit.
        on_progress: is told (cells finished, cells in all, seconds) after each cell.

    Returns:
        Whether it is finished; a report is also written of what there is so far.

    Raises:
        InputError: an argument is not accepted, or `out` holds something else.
        OutputError: `out` cannot be written, or is in use.
        MissingExtraError: without the extra "evaluation".
    """
    _check(experiment, director=director, processes=processes, minutes=minutes)
    out, cells = Path(out), experiment.cells(size)
    plan = {
        "experiment": experiment.name,
        "size": asdict(size),
        "director": director,
        "weights": weights_sha256(model_path().parent),
        "defaults": model_defaults(model_path()),
        "settings": {setting.name: dict(setting.values) for setting in experiment.settings},
    }
    with working_in(out):
        journal = Journal(out, plan)
        done = finish(
            experiment,
            cells,
            journal,
            out,
            director=director,
            processes=processes,
            minutes=minutes,
            on_progress=on_progress,
        )
        if journal.rows:
            _report(experiment, journal, size, out)
    return done


def _check(experiment: Experiment, *, director: str, processes: int, minutes: float | None) -> None:
    """Refuses what can be refused before anything is made."""
    if not 1 <= processes <= MAX_PROCESSES:
        raise InputError(f"processes is {processes}; accepted: 1 to {MAX_PROCESSES}")
    if minutes is not None and not minutes >= 0:
        raise InputError(f"minutes is {minutes:g}; accepted: 0 or more")
    resolve_director(director, cache=False)
    if director != "storybook" and not experiment.directs:
        raise InputError(f"{experiment.name} draws known stories and asks no director; leave it out")
    for library in ("pyarrow", "matplotlib", "cv2"):
        evaluation_library(library)


def _report(experiment: Experiment, journal: Journal, size: Size, out: Path) -> None:
    rows = journal.rows.values()
    summary = {"size": asdict(size), **summarise(experiment, rows)}
    spent = cost(experiment, rows)
    write_parquet(out / "cells.parquet", experiment, rows)
    _write(out / "cost.json", _json(spent))
    _write(out / "report.html", html_report(experiment, summary, spent, out))
    _write(out / "summary.json", _json(summary))


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, indent=1) + "\n"


def _write(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
