"""Long videos in chunks: memory, time per frame, and growth from run to run.

    python benchmarks/long.py --json benchmarks/rows/long.json        30 minutes on two cores
    python benchmarks/long.py --page                                  writes docs/long.md from these rows

8 to 128 frames of the embedded model in chunks of 4, few steps, filter on. Times are taken round by round
over all lengths in one process, peak memory in fresh processes, growth over 20 runs in a process of its own.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from harness import (
    MIB,
    ROOT,
    ROWS,
    Call,
    Row,
    facts,
    fresh_peaks,
    in_turn,
    keep,
    parser,
    peak_mib,
    quartiles,
    read_rows,
    rounded,
    say,
    start,
)
from page import spread, table, where
from shapes import engine_of, texts_of

from direct2v.engine import DirecT2V

FRAMES: Final = (8, 16, 32, 64, 128)
CHUNK: Final = 4
RUNS: Final = 20
SETTINGS: Final = {"num_inference_steps": 4, "phi": 0.05, "chunk_size": CHUNK, "seed": 0}
NAMES: Final = ("kind", "frames")
PAGE: Final = ROOT / "docs" / "long.md"
BEGIN, END = "<!-- figures: python benchmarks/long.py --page -->\n", "<!-- end of figures -->"


def call_of(engine: DirecT2V, frames: int) -> Call:
    """One video."""
    return lambda: engine.render(texts_of(frames), **SETTINGS)


def lengths(options: argparse.Namespace) -> None:
    """Writes a row of time and memory for each length."""
    run, engine = facts(options), engine_of("storybook", options.device)
    frames = [count for count in FRAMES if count <= options.most]
    seconds = in_turn(
        {str(count): call_of(engine, count) for count in frames}, options.rounds, options.device
    )
    for count in frames:
        taken = quartiles(value / count for value in seconds[str(count)])
        row: Row = {
            "kind": "length",
            "frames": count,
            "seconds_per_frame": taken["median"],
            "seconds_per_frame_quartiles": taken["quartiles"],
            "n": taken["n"],
            **fresh_peaks(Path(__file__), f"extra:{count}", options, 3),
        }
        if "extra_peak_mib" in row:
            row["whole_peak_mib"] = fresh_peaks(Path(__file__), f"whole:{count}", options, 3)[
                "extra_peak_mib"
            ]
        keep(options.json, row | {"run": run}, NAMES)


def growth(options: argparse.Namespace) -> None:
    """Writes the row of memory from run to run, measured in a process of its own."""
    command = [sys.executable, __file__, "--peak", "growth", "--threads", str(options.threads)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    first, last = (float(word) for word in done.stdout.split()[-2:])
    row = {"kind": "growth", "frames": 8, "runs": RUNS, "mib": [rounded(first), rounded(last)]}
    keep(
        options.json,
        row | {"growth_percent": rounded(100 * (last / first - 1)), "run": facts(options)},
        NAMES,
    )


def print_peak(case: str, options: argparse.Namespace) -> None:
    """In MiB the peak of one video, beyond the loaded model or of all; or memory at both ends of 20 runs."""
    engine = engine_of("storybook", options.device)
    warm, (kind, _, count) = call_of(engine, CHUNK), case.partition(":")
    warm()  # loads what the first video loads
    if kind == "growth":
        ends = []
        for runs in (3, RUNS):
            for _ in range(runs):
                call_of(engine, 8)()
            gc.collect()
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
            ends.append(pages * os.sysconf("SC_PAGE_SIZE") / MIB)
        print(*ends)
        return
    peak = peak_mib(call_of(engine, int(count)), options.device)
    print(peak if kind == "extra" else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def targets(rows: Sequence[Row]) -> list[tuple[str, float, float]]:
    """What was aimed at, at most how much, and how much it is."""
    of: dict[Any, Row] = {row["frames"]: row for row in rows if row["kind"] == "length"}
    found = []
    if 8 in of and 64 in of and "whole_peak_mib" in of[8] and "whole_peak_mib" in of[64]:
        for name, field in (
            ("of the process", "whole_peak_mib"),
            ("beyond the loaded model", "extra_peak_mib"),
        ):
            what = f"peak memory {name}, 64 frames over 8 frames, chunks of {CHUNK}"
            found.append((what, 1.25, of[64][field] / of[8][field]))
    if 8 in of and 128 in of:
        each = [row["seconds_per_frame"] for row in of.values()]
        found.append(("seconds per frame, most over least from 8 to 128 frames", 1.1, max(each) / min(each)))
    found += [
        (f"growth of memory over {row['runs']} runs in one process, %", 2.0, row["growth_percent"])
        for row in rows
        if row["kind"] == "growth"
    ]
    return found


def figures(rows: Sequence[Row]) -> str:
    """The part of the page that is measured."""
    if not rows:
        return "Not measured yet: `benchmarks/rows/long.json` is not there.\n"
    aims = [
        [what, f"{limit:g}", f"{value:.3g}", "met" if value <= limit else "**missed**"]
        for what, limit, value in targets(rows)
    ]
    body = [
        [
            row["frames"],
            spread(row, "seconds_per_frame"),
            row["n"],
            row.get("whole_peak_mib", ""),
            row.get("extra_peak_mib", ""),
        ]
        for row in sorted(rows, key=lambda row: row["frames"])
        if row["kind"] == "length"
    ]
    head = ["frames", "seconds per frame", "rounds", "peak MiB of the process", "beyond the loaded model"]
    parts = [table(["", "at most", "measured", ""], aims), table(head, body), where(rows)]
    return "\n\n".join(parts) + "\n"


def with_figures(page: str, rows: Sequence[Row]) -> str:
    """The page, with the figures of these rows between its marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{figures(rows)}\n{END}{rest.partition(END)[2]}"


def main() -> None:
    """Measures, or prints the peak of one case, or writes the page."""
    arguments = parser(__doc__)
    arguments.add_argument("--rounds", type=int, default=5, help="times for each length (5)")
    arguments.add_argument("--most", type=int, default=max(FRAMES), help="leave out more frames (128)")
    arguments.add_argument("--peak", metavar="CASE", help="print the peak memory of this case, and no more")
    arguments.add_argument(
        "--page", action="store_true", help="write docs/long.md from the rows, and no more"
    )
    options = arguments.parse_args()
    if options.page:
        rows = read_rows(ROWS / "long.json")
        PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8"), rows), encoding="utf-8")
        return
    start(options)
    if options.peak:
        print_peak(options.peak, options)
        return
    for name, measure in (("lengths", lengths), ("growth", growth)):
        if options.only in name:
            measure(options)
    for what, limit, value in targets(read_rows(options.json) if options.json else []):
        say(f"{what}: {value:.3g} (at most {limit:g})")


if __name__ == "__main__":
    main()
