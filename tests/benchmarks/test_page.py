"""docs/speed.md says what the committed rows say, and its figures show them."""

import re
from pathlib import Path

import figures
import page
import pytest
from harness import ROOT
from targets import TARGETS

RUN = {
    "machine": "M",
    "cores": 2,
    "threads": 2,
    "device": "cpu",
    "python": "3",
    "versions": {"torch": "2"},
    "commit": "abc",
    "date": "2026-01-01 00:00 UTC",
}
RATIO = {"ratio": 2.2, "ratio_quartiles": [2.1, 2.4], "n": 7, "seconds": 1.0, "extra_peak_mib": 60.0}
RATIO |= {"run": RUN}
PLAIN = {"path": "plain", "form": "none", "confidence": "none", "auto": False}
OURS = {"path": "one-exponential", "form": "mutual", "confidence": "mean", "auto": True}
RELEASED = {"path": "released", "form": "literal", "confidence": "mean", "auto": False}
SIZE = {"tokens": 4096, "head_dim": 40, "phi": 0.05, "dtype": "float32"}
ROWS = {
    "attention": [
        RATIO | SIZE | PLAIN | {"ratio": 1.0},
        RATIO | SIZE | OURS,
        RATIO | SIZE | RELEASED | {"extra_peak_mib": 3000.0},
    ],
    "video": [RATIO | {"pipeline": "direct2v phi=0.05", "model": "storybook", "frames": 8, "steps": 12}],
    "growth": [
        {
            "series": series,
            "frames": frames,
            "pixels": pixels,
            "seconds_per_frame": 0.25,
            "seconds_per_frame_quartiles": [0.2, 0.3],
            "n": 5,
            "extra_peak_mib": 10.0 * frames,
            "run": RUN,
        }
        for series, frames, pixels in (("frames", 8, 64), ("frames", 64, 64), ("resolution", 2, 256))
    ],
    "profile": [
        {
            "kind": kind,
            "name": name,
            "block": block,
            "seconds": 4.0,
            "seconds_quartiles": [3.0, 5.0],
            "run": RUN,
        }
        for kind, name, block in (
            ("phase", "start", ""),
            ("phase", "total", ""),
            ("layer", "convolutions", "mid_block"),
        )
    ],
    "steps": [
        {
            "case": case,
            "steps": int(case.split()[1]),
            "right": right,
            "right_se": 0.01,
            "seconds": 1.0,
            "seconds_quartiles": [0.9, 1.1],
            "stories": 2,
            "per_story": [right - 0.1, right + 0.1],
            "run": RUN,
        }
        for case, right in (("ddim 12", 0.9), ("ddim 4", 0.8))
    ],
}


def test_the_page_is_what_the_committed_rows_give():
    made = page.page(page.committed())
    assert page.PAGE.read_text(encoding="utf-8") == made, "run python benchmarks/page.py"


def test_the_figures_are_drawn_from_the_committed_rows():
    for name, rows in page.committed().items():
        if name in figures.FIGURES and rows:
            drawn = figures.drawn_from(page.PAGE.with_name(f"speed-{name}.png"))
            assert drawn == figures.fingerprint(rows), "run python benchmarks/page.py"


def test_rows_make_a_page():
    text = page.page(ROWS)
    assert "{{" not in text
    assert "Not measured yet" not in text
    assert "| tokens x head dim | plain again | one-exponential, mutual mean | released |" in text
    ratio = "2.2 (2.1 to 2.4), "
    assert f"| 4096 x 40, phi 0.05 | 1 (2.1 to 2.4), 60 MiB | {ratio}60 MiB | {ratio}3000 MiB |" in text
    assert "| filtered attention, 4096 x 40, phi 0.05 | 2.3 | 2.2 | met |" in text
    assert "| its memory at 4096 x 40, in % of the release's | 3 | 2 | met |" in text
    assert "| storybook video with filter (phi 0.05) | 1.15 | 2.2 | **missed** |" in text
    assert "| storybook video without filter | 1.03 |  | not measured |" in text
    assert "| ddim 4 | 4 | 0.800 ± 0.010 | -0.100 ± 0.000 | 1 (0.9 to 1.1) | 2 |" in text
    where = "Measured on M, 2 cores, 2 threads, cpu; Python 3, torch 2; commit abc; 2026-01-01."
    assert text.count(where) == len(page.FILES)


def test_without_rows_the_page_says_so():
    text = page.page(dict.fromkeys(page.FILES, ()))
    assert text.count("Not measured yet") == len(page.FILES)
    assert text.count("| not measured |") == len(TARGETS)


@pytest.mark.parametrize("name", figures.FIGURES)
def test_a_figure_knows_what_it_shows(tmp_path, name):
    pytest.importorskip("matplotlib")
    file = tmp_path / f"{name}.png"
    figures.draw(name, ROWS[name], file)
    assert figures.drawn_from(file) == figures.fingerprint(ROWS[name]) != figures.fingerprint(ROWS[name][1:])


def test_the_commands_on_the_page_are_there():
    commands = re.findall(
        r"^ {4}python (benchmarks/\w+\.py)(.*)$", page.TEMPLATE.read_text("utf-8"), re.MULTILINE
    )
    assert {Path(script).stem for script, _ in commands} == {
        *("attention", "video", "growth", "profiles", "steps", "masks")
    }
    shared = (ROOT / "benchmarks" / "harness.py").read_text(encoding="utf-8")
    for script, arguments in commands:
        known = shared + (ROOT / script).read_text(encoding="utf-8")
        for option in re.findall(r"--\w+", arguments.split("#")[0]):
            assert f'"{option}"' in known, f"{script} has no {option}"
