"""docs/long.md says what the committed rows say."""

import long
from harness import ROWS, read_rows

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


def length(frames, seconds, whole, extra):
    return {
        "kind": "length",
        "frames": frames,
        "seconds_per_frame": seconds,
        "seconds_per_frame_quartiles": [seconds, seconds],
        "n": 5,
        "whole_peak_mib": whole,
        "extra_peak_mib": extra,
        "run": RUN,
    }


GROWTH = {"kind": "growth", "frames": 8, "runs": 20, "mib": [700, 707], "growth_percent": 1.0, "run": RUN}


def test_the_page_is_what_the_committed_rows_give():
    page = long.PAGE.read_text(encoding="utf-8")
    assert page == long.with_figures(page, read_rows(ROWS / "long.json")), (
        "run python benchmarks/long.py --page"
    )


def test_what_is_missed_is_said():
    rows = [length(64, 0.1, 720, 60), length(8, 0.1, 700, 40), length(128, 0.12, 730, 70), GROWTH]
    made = long.figures(rows)
    assert "64 frames over 8 frames, chunks of 4 | 1.25 | 1.03 | met |" in made
    assert "64 frames over 8 frames, chunks of 4 | 1.25 | 1.5 | **missed** |" in made
    assert "| seconds per frame, most over least from 8 to 128 frames | 1.1 | 1.2 | **missed** |" in made
    assert "| growth of memory over 20 runs in one process, % | 2 | 1 | met |" in made
    assert long.targets(rows[:1]) == []
