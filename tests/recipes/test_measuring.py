"""The report's arithmetic: a figure can only be trusted if its error and its rules can."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "recipes" / "storybook"


def recipe(name):
    spec = importlib.util.spec_from_file_location(f"recipe_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


measuring, cards = recipe("measuring"), recipe("cards")


def test_single_outcomes_have_the_usual_standard_error():
    values = [1, 0, 1, 1, 0, 1, 1, 1]
    made = measuring.figure([[value] for value in values])
    assert made == {
        "mean": 0.75,
        "se": pytest.approx(np.std(values, ddof=1) / len(values) ** 0.5),
        "n": 8,
    }


def test_outcomes_that_always_agree_count_as_one():
    apart = measuring.figure([[1], [0], [1], [1]])
    together = measuring.figure([[1] * 10, [0] * 10, [1] * 10, [1] * 10])
    assert together["se"] == pytest.approx(apart["se"])
    assert together["n"] == 40


def test_nothing_measured_is_no_figure():
    with pytest.raises(ValueError, match="nothing was measured"):
        measuring.figure([[]])


def test_calibration_error_by_hand():
    confidence, right = np.array([0.9, 0.9, 0.5, 0.5]), np.array([1.0, 0.0, 1.0, 0.0])
    assert measuring.calibration_error(confidence, right) == pytest.approx(0.5 * 0.4 + 0.5 * 0.0)


def test_cards_hold_figures_and_say_where_there_are_none():
    report = {"reader": {"attributes": {"place": {"mean": 0.99, "se": 0.004, "n": 512}}}, "peak": 812.3}
    card = cards.filled("{{reader.attributes.place}} {{peak}} {{director}} {{reader.mean}}", report)
    assert card == "0.990 ± 0.004 (512) 812 not measured not measured"


def test_every_card_is_there():
    assert {path.name for path in (FOLDER / "cards").glob("*.md")} == set(cards.CARDS)
