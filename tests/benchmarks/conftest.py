"""The benchmarks are scripts beside each other, and import each other as such."""

import os
import sys
from pathlib import Path

import pytest
import torch

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS.parent / "benchmarks"), str(TESTS / "attention")]


@pytest.fixture
def bench(monkeypatch, tmp_path):
    """Runs a benchmark's main in this process, on one thread, and gives the rows that it wrote."""
    threads = torch.get_num_threads()
    monkeypatch.setenv(
        "OMP_NUM_THREADS", os.environ["OMP_NUM_THREADS"]
    )  # put back whatever a run makes of it
    from harness import read_rows

    def run(module, *arguments):
        file = tmp_path / f"{module.__name__}.json"
        words = [module.__file__, "--threads", "1", "--json", str(file), *arguments]
        monkeypatch.setattr(sys, "argv", words)
        module.main()
        return read_rows(file)

    yield run
    torch.set_num_threads(threads)
