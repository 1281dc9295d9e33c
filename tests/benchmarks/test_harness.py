"""Figures can only be trusted if pairs are pairs, peaks are peaks and rows stay."""

import subprocess
import sys
from pathlib import Path

import pytest
from harness import in_turn, keep, quartiles, ratio_figures, read_rows

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_calls_take_turns_and_every_second_round_goes_backwards(monkeypatch):
    monkeypatch.setattr("harness.SHORTEST", 0.0)  # nothing is repeated
    made = []
    seconds = in_turn({"a": lambda: made.append("a"), "b": lambda: made.append("b")}, 3, "cpu")
    assert "".join(made) == "ab" + "ab" + "ba" + "ab"  # the first pair warms up
    assert {name: len(values) for name, values in seconds.items()} == {"a": 3, "b": 3}
    assert all(value > 0 for values in seconds.values() for value in values)


def test_what_is_fast_is_repeated_within_one_time():
    made = []
    in_turn({"a": lambda: made.append(0)}, 1, "cpu")
    assert len(made) > 100


def test_ratios_are_of_pairs():
    found = ratio_figures([1.0, 2.0, 4.0], [2.0, 2.0, 12.0])
    assert found == {"ratio": 2.0, "ratio_quartiles": [1.5, 2.5], "n": 3, "seconds": 2.0, "base_seconds": 2.0}
    assert quartiles([5.0]) == {"median": 5.0, "quartiles": [5.0, 5.0], "n": 1}


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read where Linux tells it")
def test_a_peak_is_what_was_there_at_once():
    # in a fresh process, as it is meant for: here, memory that earlier tests gave back would be used first
    code = """
import torch
from harness import peak_mib

def call():
    first = torch.ones(24 * 2**18)  # 24 MiB
    second = first + 1
    del first
    return second * 2

print(peak_mib(call, "cpu"), peak_mib(lambda: None, "cpu"))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=BENCHMARKS, check=True, capture_output=True, text=True
    )
    peak, nothing = map(float, done.stdout.split())
    assert peak == pytest.approx(48, abs=6)
    assert nothing < 1


def test_rows_of_other_cases_stay(tmp_path):
    file = tmp_path / "rows" / "some.json"
    for tokens, ratio in ((256, 1.0), (1024, 2.0), (256, 3.0)):
        keep(file, {"tokens": tokens, "path": "plain", "ratio": ratio}, ("path", "tokens"))
    assert [(row["tokens"], row["ratio"]) for row in read_rows(file)] == [(1024, 2.0), (256, 3.0)]
    assert read_rows(tmp_path / "none.json") == []
