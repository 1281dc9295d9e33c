"""How time and memory grow: with the number of frames, and with their size.

    python benchmarks/growth.py --json benchmarks/rows/growth.json --only frames        5 minutes
    python benchmarks/growth.py --json benchmarks/rows/growth.json --only resolution    5 minutes

frames: 1 to 128 frames of the embedded model, few steps, filter on. resolution: 2 frames of 128 to 1024
pixels on a small Stable Diffusion with random weights (8 pixels a latent, so 1024 pixels are 16,384
tokens), two steps, no guidance, filter on. Times are taken round by round over all cases, peak memory in
fresh processes. What is fitted: a line to seconds per frame over frames, in percent of its mean, and to
memory over frames; powers of the number of pixels to time and memory.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from harness import Call, Row, facts, fresh_peaks, in_turn, keep, parser, peak_mib, quartiles, rounded, start
from shapes import engine_of, texts_of

from direct2v.engine import DirecT2V

FRAMES: Final = (1, 2, 4, 8, 16, 32, 64, 128)
PIXELS: Final = (128, 256, 384, 512, 768, 1024)
FLAT: Final = (8, 64)
"""Frames between which time per frame is to be flat."""
LARGE: Final = 256
"""Pixels from which powers are fitted: below, fixed costs count most."""
NAMES: Final = ("series", "frames", "pixels")


@dataclass(frozen=True)
class Series:
    """What grows: which model draws how many frames of which size."""

    model: str
    settings: Mapping[str, Any]
    sizes: tuple[tuple[int, int | None], ...]


SERIES: Final[Mapping[str, Series]] = {
    "frames": Series(
        "storybook", {"num_inference_steps": 6, "phi": 0.05}, tuple((frames, None) for frames in FRAMES)
    ),
    "resolution": Series(
        "small-random",
        {"num_inference_steps": 2, "guidance_scale": 1.0, "layout": "off", "phi": 0.05},
        tuple((2, pixels) for pixels in PIXELS),
    ),
}


def call_of(engine: DirecT2V, series: Series, frames: int, pixels: int | None) -> Call:
    """One video."""
    settings = {**series.settings, "height": pixels, "width": pixels, "seed": 0}
    return lambda: engine.render(texts_of(frames), **settings)


def slope(rows: Iterable[Row], value: Callable[[Row], float], over: str) -> float:
    """Of the line of least squares through value over ``over``."""
    points = [(row[over], value(row)) for row in rows]
    return float(np.polyfit(*zip(*points, strict=True), 1)[0])


def power(rows: Iterable[Row], value: Callable[[Row], float]) -> float:
    """The exponent of the number of pixels with which a value grows, by least squares of logarithms."""
    points = [(2 * np.log(row["pixels"]), np.log(value(row))) for row in rows]
    return float(np.polyfit(*zip(*points, strict=True), 1)[0])


def fits(rows: Iterable[Row]) -> dict[str, float]:
    """What is fitted, by name; of series that are complete enough."""
    of = {name: [row for row in rows if row["series"] == name] for name in SERIES}
    found: dict[str, float] = {}
    flat = [row for row in of["frames"] if FLAT[0] <= row["frames"] <= FLAT[1]]
    if len(flat) > 1:
        each = [row["seconds_per_frame"] for row in flat]
        rise = slope(flat, lambda row: row["seconds_per_frame"], "frames") * (FLAT[1] - FLAT[0])
        found["seconds per frame, rise of the line from 8 to 64 frames, %"] = 100 * rise / np.mean(each)
        found["seconds per frame, most over least from 8 to 64 frames"] = max(each) / min(each)
    weighed = {name: [row for row in of[name] if "extra_peak_mib" in row] for name in of}
    if len(weighed["frames"]) > 1:
        found["MiB per frame"] = slope(weighed["frames"], lambda row: row["extra_peak_mib"], "frames")
    large = [row for row in of["resolution"] if row["pixels"] >= LARGE]
    if len(large) > 1:
        found["time grows with pixels to the power"] = power(large, lambda row: row["seconds_per_frame"])
    large = [row for row in weighed["resolution"] if row["pixels"] >= LARGE]
    if len(large) > 1:
        found["memory grows with pixels to the power"] = power(large, lambda row: row["extra_peak_mib"])
    return {name: rounded(value) for name, value in found.items()}


def measure(name: str, options: argparse.Namespace) -> list[Row]:
    """Writes and gives the rows of one series."""
    run, series = facts(options), SERIES[name]
    engine = engine_of(series.model, options.device)
    sizes = [size for size in series.sizes if size[0] <= options.most and (size[1] or 0) <= options.largest]
    calls = {f"{name}:{f}:{p or 0}": call_of(engine, series, f, p) for f, p in sizes}
    seconds = in_turn(calls, options.rounds, options.device)
    rows = []
    for case, (frames, pixels) in zip(calls, sizes, strict=True):
        taken = quartiles(value / frames for value in seconds[case])
        row = {
            "series": name,
            "frames": frames,
            "pixels": pixels or 64,
            "seconds_per_frame": taken["median"],
            "seconds_per_frame_quartiles": taken["quartiles"],
            "n": taken["n"],
            **fresh_peaks(Path(__file__), case, options, 1),
        }
        keep(options.json, row | {"run": run}, NAMES)
        rows.append(row)
    return rows


def print_peak(case: str, options: argparse.Namespace) -> None:
    """The peak of one video; a small one before it loads what the first loads."""
    name, frames, pixels = case.split(":")
    series = SERIES[name]
    engine = engine_of(series.model, options.device)
    call_of(engine, series, *series.sizes[0])()
    print(peak_mib(call_of(engine, series, int(frames), int(pixels) or None), options.device))


def main() -> None:
    """Measures the series asked for, or the peak of one case."""
    arguments = parser(__doc__)
    arguments.add_argument("--rounds", type=int, default=5, help="times for each case (5)")
    arguments.add_argument("--most", type=int, default=max(FRAMES), help="leave out more frames (128)")
    arguments.add_argument("--largest", type=int, default=max(PIXELS), help="leave out larger ones (1024)")
    arguments.add_argument("--peak", metavar="CASE", help="print the peak memory of this case, and no more")
    options = arguments.parse_args()
    start(options)
    if options.peak:
        print_peak(options.peak, options)
        return
    rows = [row for name in SERIES if options.only in name for row in measure(name, options)]
    for what, value in fits(rows).items():
        print(f"{what}: {value:g}")


if __name__ == "__main__":
    main()
