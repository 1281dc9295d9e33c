"""Experiments: figures that can be trusted, also after a kill in the middle."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from direct2v.errors import InputError, OutputError
from direct2v.evaluation.experiments import EXPERIMENTS, run_experiment
from direct2v.evaluation.experiments.bench import Bench
from direct2v.evaluation.experiments.director_sanity import directed, kendall_tau
from direct2v.evaluation.experiments.drawing import RENDERED, drawn
from direct2v.evaluation.experiments.journal import working_in
from direct2v.evaluation.experiments.plan import Cell, Setting, Size, story_of
from direct2v.evaluation.experiments.statistics import estimate, holm, paired
from direct2v.evaluation.experiments.summary import ALL_METRICS
from direct2v.evaluation.judging import STORY_METRICS
from direct2v.presets import PRESETS, resolve_settings
from direct2v.storybook.world.heldout import is_heldout

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from small_experiment import SIZE, small  # noqa: E402


def start(out, processes, seconds):
    command = [sys.executable, str(HERE / "small_experiment.py"), str(out), str(processes), str(seconds)]
    return subprocess.Popen(command)


def finished(out):
    journal = out / "cells.jsonl"
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted run in this process."""
    out = tmp_path_factory.mktemp("whole")
    told = []
    assert run_experiment(small(), out, size=SIZE, on_progress=lambda *done: told.append(done[:2]))
    assert told == [(done, 30) for done in range(1, 31)]
    return out


def test_kill_9_in_the_middle_and_a_restart_give_the_same_summary(whole, tmp_path):
    running = start(tmp_path, 2, 0.1)
    while finished(tmp_path) < 3:
        assert running.poll() is None
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    assert 3 <= finished(tmp_path) < 30
    assert not (tmp_path / "summary.json").exists()
    with (tmp_path / "cells.jsonl").open("ab") as torn:
        torn.write(b'{"cell": {"split": "heldout", "sto')  # what a kill inside a write would leave
    kept = (tmp_path / "cells.jsonl").read_bytes().rpartition(b"\n")[0]
    plan = tmp_path / "plan.json"
    plan.write_text(plan.read_text().replace('"seconds": 0.1', '"seconds": 0.0'))  # waiting decides nothing
    assert run_experiment(small(), tmp_path, size=SIZE)
    assert (tmp_path / "cells.jsonl").read_bytes().startswith(kept)  # nothing was measured twice
    assert (tmp_path / "summary.json").read_bytes() == (whole / "summary.json").read_bytes()


def test_several_processes_leave_no_cell_out(whole, tmp_path):
    assert start(tmp_path, 2, 0).wait() == 0
    assert finished(tmp_path) == 30
    assert (tmp_path / "summary.json").read_bytes() == (whole / "summary.json").read_bytes()


def test_time_that_runs_out_stops_between_cells_and_nothing_is_lost(whole, tmp_path):
    assert not run_experiment(small(), tmp_path, size=SIZE, minutes=1e-9)
    assert finished(tmp_path) == 0
    assert run_experiment(small(), tmp_path, size=SIZE)
    assert json.loads((tmp_path / "summary.json").read_text()) == json.loads(
        (whole / "summary.json").read_text()
    )


def test_what_it_leaves(whole):
    summary = json.loads((whole / "summary.json").read_text())
    assert set(summary["heldout"]) == {"as told", "overcast", "in fog"}
    figure = summary["heldout"]["as told"]["story_accuracy"]
    assert figure["ci_low"] <= figure["mean"] <= figure["ci_high"]
    assert (figure["n"], figure["stories"]) == (8, 4)
    (fog,) = (pair for pair in summary["paired"] if pair["setting"] == "in fog")
    assert fog["mean"] < 0
    assert fog["ci_high"] <= 0
    assert fog["p"] <= fog["p_holm"] <= 1
    assert summary["chosen"] == {"weather": "as told"}
    table = pyarrow.parquet.read_table(whole / "cells.parquet")
    assert table.column_names == [
        *("experiment", "factor", "setting", "split", "story", "seed", "metric", "value", "seconds")
    ]
    assert len(set(zip(*(table[name].to_pylist() for name in table.column_names[2:7]), strict=True))) == len(
        table
    )
    page = (whole / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 3 + 2 * 3  # no subject in the development story
    assert "http" not in page  # everything is inside
    assert not {path.name for path in whole.iterdir()} - {
        *("plan.json", "cells.jsonl", "cells.parquet", "summary.json", "cost.json", "report.html"),
        *("pictures", ".lock"),
    }


def test_a_folder_keeps_to_one_experiment_and_one_process(whole, tmp_path):
    with pytest.raises(InputError, match="holds another experiment"):
        run_experiment(small(), whole, size=Size(development=0, heldout=1, seeds=1))
    with working_in(tmp_path), pytest.raises(OutputError, match="another process runs an experiment"):
        run_experiment(small(), tmp_path, size=SIZE)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"processes": 0}, "processes is 0; accepted: 1 to 64"),
        ({"minutes": float("nan")}, "minutes is nan; accepted: 0 or more"),
        ({"director": "nobody"}, "unknown director 'nobody'"),
        ({"director": "story.yaml"}, "small draws known stories and asks no director; leave it out"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_made(tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        run_experiment(small(), tmp_path / "new", size=SIZE, **options)
    assert not (tmp_path / "new").exists()


def test_the_command_line_names_what_there_is(direct2v):
    done = direct2v("experiment", "rvm", "--out", "here")
    assert done.code == 2
    assert f"unknown experiment 'rvm'; known: {', '.join(EXPERIMENTS)}" in done.err
    help_text = " ".join(direct2v("experiment", "--help").out.replace("│", " ").split())
    assert all(name in help_text for name in EXPERIMENTS)


def test_settings_share_stories_and_seeds_and_differ_in_what_they_name():
    for experiment in EXPERIMENTS.values():
        names = [setting.name for setting in experiment.settings]
        assert len(set(names)) == len(names)
        assert experiment.control in names
        assert set(experiment.compared) <= set(ALL_METRICS)
        cells = experiment.cells(experiment.full)
        assert len(set(cells)) == len(cells)
        for setting in experiment.settings:
            if experiment.measure is drawn and setting != RENDERED:
                values = dict(setting.values)
                resolve_settings(values.pop("preset", "direct2v"), **values)  # can be rendered
    assert {setting.values["preset"] for setting in EXPERIMENTS["baselines"].settings} == {None, *PRESETS}
    quick = Cell("heldout", 0, 0, RENDERED.name)
    assert quick in EXPERIMENTS["baselines"].cells(EXPERIMENTS["baselines"].quick)


def test_stories_of_the_two_splits():
    held, development = story_of("heldout", 3), story_of("development", 3)
    assert held == story_of("heldout", 3)
    assert any(map(is_heldout, held.scenes))
    assert not any(map(is_heldout, development.scenes))


def test_a_drawn_cell_has_every_metric_and_the_frozen_control_stands_still():
    bench, story = Bench(), story_of("development", 0)
    values = {"num_inference_steps": 2, "guidance_scale": 1.0}
    frozen = drawn(bench, Setting(name="f", factor="", values={"preset": "frozen", **values}), story, 3)
    assert set(STORY_METRICS) <= set(frozen.metrics) | {"identity", "identity_look"}
    assert frozen.metrics["adjacent_clip"] == pytest.approx(1, abs=1e-5)
    assert frozen.metrics["flicker"] == 0
    rendered = drawn(bench, RENDERED, story, 0)
    assert rendered.metrics["story_accuracy"] > max(0.95, frozen.metrics["story_accuracy"])


def test_the_embedded_director_is_asked_with_and_without_an_instruction():
    bench, whole = Bench(), story_of("heldout", 0)
    story = replace(whole, scenes=whole.scenes[:2], captions=whole.captions[:2])
    once = Setting(name="once", factor="", values={"asked": "once"})
    less = Setting(name="less", factor="", values={"asked": "once", "without": "camera"})
    made = directed(bench, once, story, 0)
    assert made.metrics["exact_count"] == 1
    assert made.metrics == directed(bench, less, story, 0).metrics  # it reads no instructions


def test_kendalls_tau_by_hand():
    assert kendall_tau([0, 1, 2, 3]) == 1
    assert kendall_tau([3, 2, 1, 0]) == -1
    assert kendall_tau([0, 2, 1]) == pytest.approx(1 / 3)
    assert kendall_tau([5, 5, 5]) == 0
    assert kendall_tau([0]) == 0
    assert kendall_tau([0, 0, 1]) == pytest.approx(2 / 6**0.5)


def test_intervals_resample_stories_and_not_cells():
    apart = estimate({story: [float(story % 2)] for story in range(40)})
    together = estimate({story: [float(story % 2)] * 5 for story in range(40)})
    assert (apart.mean, together.mean) == (0.5, 0.5)
    assert (apart.n, together.n, together.stories) == (40, 200, 40)
    assert (apart.ci_low, apart.ci_high) == (together.ci_low, together.ci_high)
    assert 0.3 < apart.ci_low < 0.4 < 0.6 < apart.ci_high < 0.7


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(60):
        found = estimate({story: list(rng.normal(1, 1, 2)) for story in range(20)})
        held += found.ci_low <= 1 <= found.ci_high
    assert 50 <= held <= 60


def test_pairs_by_hand():
    one = {(story, 0): 1.0 for story in range(3)}
    other = {(story, 0): 0.5 for story in range(3)} | {(9, 9): 0.0}
    found = paired(one, other)
    assert (found.mean, found.n, found.stories) == (0.5, 3, 3)
    assert found.p == 2 / 8  # of eight ways to flip three signs, two are as far out
    assert paired(one, one).p == 1
    assert paired(one, {}) is None
    many = paired({(s, 0): 1.0 for s in range(30)}, {(s, 0): 0.0 for s in range(30)})
    assert many.p == pytest.approx(1 / 10_001)


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []
