"""What speed and memory are to be, and how that is read off the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from growth import FLAT
from harness import Row

Rows = Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class Target:
    """A value that is to be at most a limit; None where its rows are not there."""

    what: str
    limit: float
    value: Callable[[Rows], float | None]


def _find(rows: Sequence[Row], **wanted: object) -> list[Row]:
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def _attention(tokens: int, head_dim: int, phi: float) -> Callable[[Rows], float | None]:
    """The ratio of the path that is taken where none is asked for."""

    def value(rows: Rows) -> float | None:
        size = {"tokens": tokens, "head_dim": head_dim, "phi": phi, "dtype": "float32"}
        found = _find(rows["attention"], auto=True, form="mutual", confidence="mean", **size)
        return found[0]["ratio"] if found else None

    return value


def _memory(rows: Rows) -> float | None:
    size = {"tokens": 4096, "head_dim": 40, "phi": 0.05, "dtype": "float32"}
    ours = _find(rows["attention"], auto=True, form="mutual", confidence="mean", **size)
    theirs = _find(rows["attention"], path="released", **size)
    return 100 * ours[0]["extra_peak_mib"] / theirs[0]["extra_peak_mib"] if ours and theirs else None


def _video(pipeline: str) -> Callable[[Rows], float | None]:
    def value(rows: Rows) -> float | None:
        found = _find(rows["video"], pipeline=pipeline, model="storybook", frames=8)
        return found[0]["ratio"] if found else None

    return value


def _flat(rows: Rows) -> float | None:
    of = _find(rows["growth"], series="frames")
    each = [row["seconds_per_frame"] for row in of if FLAT[0] <= row["frames"] <= FLAT[1]]
    return 100 * (max(each) / min(each) - 1) if len(each) > 1 else None


def _total(rows: Rows) -> float | None:
    found = _find(rows["profile"], kind="phase", name="total")
    return found[0]["seconds"] if found else None


TARGETS: Final = (
    Target("filtered attention, 4096 x 40, phi 0.05", 2.3, _attention(4096, 40, 0.05)),
    Target("filtered attention, 4096 x 40, phi 0.5", 3.2, _attention(4096, 40, 0.5)),
    Target("filtered attention, 1024 x 80, phi 0.05", 2.0, _attention(1024, 80, 0.05)),
    Target("its memory at 4096 x 40, in % of the release's", 3.0, _memory),
    Target("storybook video with filter (phi 0.05)", 1.15, _video("direct2v phi=0.05")),
    Target("storybook video with filter (phi 0.5, its default)", 1.15, _video("direct2v phi=0.5")),
    Target("storybook video without filter", 1.03, _video("direct2v phi=0")),
    Target("time per frame, 8 to 64 frames: most over least, %", 10.0, _flat),
    Target("seconds from Enter to the file", 10.0, _total),
)
