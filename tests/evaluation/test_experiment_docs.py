"""docs/experiments.md says what its figures say: those that are committed, and any others."""

import random
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from direct2v.evaluation.experiments import EXPERIMENTS
from direct2v.evaluation.experiments.director_sanity import DIRECTOR_METRICS
from direct2v.evaluation.experiments.journal import Row
from direct2v.evaluation.experiments.plan import Size
from direct2v.evaluation.experiments.summary import ALL_METRICS, cost, summarise
from direct2v.models import model_defaults
from direct2v.storybook import model_path

DOCS = Path(__file__).parents[2] / "docs"
sys.path.insert(0, str(DOCS))

import experiments  # noqa: E402
import experiments_text  # noqa: E402


def figures(name, better=()):
    """Figures of made-up cells around 0.5; settings in `better` have 0.2 more in everything."""
    experiment = EXPERIMENTS[name]
    directs = name == "director-sanity"
    metrics = [metric for metric in ALL_METRICS if (metric in DIRECTOR_METRICS) == directs]
    size = Size(development=0 if directs else 3, heldout=8, seeds=1)
    rows = []
    for cell in experiment.cells(size):
        rng = random.Random(f"{cell}")
        gain = 0.2 if cell.setting in better else 0.0
        rows.append(Row(cell, {metric: 0.5 + gain + rng.uniform(-0.01, 0.01) for metric in metrics}, 2.0))
    summary = {"size": asdict(size), **summarise(experiment, rows), "cost": cost(experiment, rows)}
    return experiments.rounded({**summary, "trained_on": 1000, "reader": {"story": None, "identity": None}})


def test_the_page_is_that_of_the_committed_figures():
    found = experiments.load(experiments.FIGURES)
    assert experiments.PAGE.read_text(encoding="utf-8") == experiments.page(found)
    for name in found:
        picture = experiments.FIGURES / f"{name}.png"
        assert picture.stat().st_size < 300_000


def test_other_figures_give_a_page_too():
    found = {name: figures(name) for name in EXPERIMENTS}
    page = experiments.page(found)
    for experiment in EXPERIMENTS.values():
        assert f"## {experiment.title}" in page
    assert "8 held-out and 3 development stories" in page
    assert page.count("Denoiser after 1,000 training samples, not yet the shipped ones") == 3
    assert page.count("Director after 1,000 training samples, not yet the shipped ones") == 1
    assert "| rendered |" in page
    assert "{" not in page


def test_without_figures_it_says_so():
    assert experiments.page({}).count("Not run yet.") == len(EXPERIMENTS)


@pytest.mark.parametrize(
    ("better", "verdict"),
    [
        (("direct2v",), "It tells the story better and keeps its subjects."),
        (("released",), "It is not surely ahead in story accuracy and loses identity."),
    ],
)
def test_verdicts_follow_the_figures(better, verdict):
    text = experiments_text.rival(figures("baselines", better), "released")
    assert verdict in text
    assert ("+0.2" in text) == (better == ("direct2v",))


def test_the_control_and_what_was_tried_follow_the_figures():
    lost = {name: figures(name, ("rendered", "phi 0.3")) for name in EXPERIMENTS}
    text = experiments_text.of_presets(lost["baselines"], lost)
    assert "the filter's settings (`dsf-sensitivity`): surely better: *phi 0.3*" in text
    assert "every reference strategy (`rvm-ablation`): none tells" in text
    methods = tuple(s.name for s in EXPERIMENTS["baselines"].settings if s.name != "frozen")
    text = experiments_text.of_presets(figures("baselines", methods), lost)
    assert "Its story accuracy is the lowest of all presets" in text
    assert "wins 2 of 4 scores" in text  # these made-up figures are higher in all, and two are better lower


def test_the_model_ships_what_the_development_stories_choose():
    found = experiments.load(experiments.FIGURES)
    if "dsf-sensitivity" not in found:
        pytest.skip("the experiments were not run yet")
    shipped = model_defaults(model_path())["phi"]
    assert found["dsf-sensitivity"]["chosen"]["phi"] == f"phi {shipped:g}"


def test_who_loses_is_named():
    lost = experiments_text.of_mapping(figures("rvm-ablation", ("first", "adaptive")), {})
    assert "loses here to *first* and *adaptive*" in lost
    assert "choose *first* instead" in lost or "choose *adaptive* instead" in lost
    kept = experiments_text.of_mapping(figures("rvm-ablation", ("rotational",)), {})
    assert "No other choice is surely better" in kept
    assert "It stays the default." in kept


def test_instructions_that_change_nothing_are_no_finding():
    made = figures("director-sanity")
    none = {"mean": 0.0, "ci_low": 0.0, "ci_high": 0.0}
    same = {**made, "paired": [{**pair, **none} for pair in made["paired"]]}
    assert "changes nothing at all" in experiments_text.of_director(same, {})
    assert "changes nothing at all" not in experiments_text.of_director(made, {})
