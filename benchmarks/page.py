"""Writes docs/speed.md and its figures from the rows that are committed.

    python benchmarks/page.py            figures need the extra evaluation

A file of rows that is not there yet is named as not measured. The page's words are in speed.md beside this.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from figures import FIGURES, PARTS, draw
from growth import fits
from harness import ROOT, ROWS, Row, read_rows
from targets import TARGETS

PAGE: Final = ROOT / "docs" / "speed.md"
TEMPLATE: Final = Path(__file__).with_name("speed.md")
FILES: Final = ("attention", "video", "growth", "profile", "steps")
ALONE: Final = {"plain": "plain again", "unfiltered": "without filter", "released": "released"}
"""Columns of what has no path of ours."""
DEFAULT: Final = "ddim 12"
"""The case of steps.py that others are compared with: what the embedded model takes by itself."""

Rows = Mapping[str, Sequence[Row]]


def table(head: Sequence[str], body: Iterable[Sequence[Any]]) -> str:
    """A Markdown table, its first column to the left and the others to the right."""
    lines = [" | ".join(head), "|".join(["---", *["--:"] * (len(head) - 1)])]
    lines += [" | ".join(map(str, line)) for line in body]
    return "\n".join(f"| {line} |" if number != 1 else f"|{line}|" for number, line in enumerate(lines))


def spread(row: Row, name: str) -> str:
    """A median with its quartiles."""
    low, high = row[f"{name}_quartiles"]
    return f"{row[name]:.3g} ({low:.3g} to {high:.3g})"


def attention(rows: Sequence[Row]) -> str:
    """Ratio and memory by size, a column for each path and form."""

    def column(row: Row) -> str:
        if row["path"] in ALONE:
            return ALONE[row["path"]]
        return f"{row['path']}, {row['form']} {row['confidence']}"

    sizes = sorted({(row["tokens"], row["head_dim"], row["phi"]) for row in rows})
    of_paths = sorted({column(row) for row in rows if row["path"] not in ALONE})
    columns = [ALONE["plain"], ALONE["unfiltered"], *of_paths, ALONE["released"]]
    columns = [name for name in columns if name in set(map(column, rows))]
    cells = {
        (row["tokens"], row["head_dim"], row["phi"], column(row)): f"{spread(row, 'ratio')}, "
        f"{row['extra_peak_mib']:.0f} MiB"
        for row in rows
    }
    body = [
        [f"{tokens} x {head_dim}, phi {phi:g}", *(cells.get((tokens, head_dim, phi, c), "") for c in columns)]
        for tokens, head_dim, phi in sizes
    ]
    return table(["tokens x head dim", *columns], body)


def video(rows: Sequence[Row]) -> str:
    """Ratio, seconds and memory of whole videos."""
    body = [
        [
            f"{row['pipeline']}, {row['model']}, {row['frames']} frames, {row['steps']} steps",
            spread(row, "ratio"),
            row["n"],
            f"{row['seconds']:.2f}",
            f"{row['extra_peak_mib']:.0f}",
        ]
        for row in rows
    ]
    return table(["pipeline", "ratio", "pairs", "seconds", "extra peak MiB"], body)


def growth(rows: Sequence[Row]) -> str:
    """Seconds per frame and memory, and what is fitted."""
    body = [
        [
            f"{row['frames']} x {row['pixels']} px" if row["series"] == "frames" else f"{row['pixels']} px",
            spread(row, "seconds_per_frame"),
            row["n"],
            f"{row['extra_peak_mib']:.0f}",
        ]
        for row in rows
    ]
    found = "\n".join(f"- {what}: {value:.3g}" for what, value in fits(rows).items())
    return f"{table(['', 'seconds per frame', 'rounds', 'extra peak MiB'], body)}\n\nFitted:\n\n{found}"


def profile(rows: Sequence[Row]) -> str:
    """From Enter to the file, and the UNet's parts together."""
    phases = [row for row in rows if row["kind"] == "phase"]
    parts: dict[str, float] = {}
    for row in rows:
        if row["kind"] == "layer":
            parts[row["name"]] = parts.get(row["name"], 0.0) + row["seconds"]
    first = table(["phase", "seconds"], [[row["name"], spread(row, "seconds")] for row in phases])
    whole = sum(parts.values())
    body = [[name, f"{parts[name]:.3f}", f"{parts[name] / whole:.0%}"] for name in PARTS if name in parts]
    second = table(["part of the UNet", "seconds", "share"], body)
    return f"{first}\n\n{second}"


def steps(rows: Sequence[Row]) -> str:
    """Quality and seconds, and the difference to the default, story by story."""
    by_name = {row["case"]: row for row in rows}

    def difference(row: Row) -> str:
        base = by_name.get(DEFAULT)
        if base is None or base["stories"] != row["stories"] or row is base:
            return ""
        apart = np.subtract(row["per_story"], base["per_story"])
        return f"{apart.mean():+.3f} ± {apart.std(ddof=1) / math.sqrt(len(apart)):.3f}"

    body = [
        [
            row["case"],
            row["steps"],
            f"{row['right']:.3f} ± {row['right_se']:.3f}",
            difference(row),
            spread(row, "seconds"),
            row["stories"],
        ]
        for row in sorted(rows, key=lambda row: (row["case"].split()[0], row["steps"]))
    ]
    head = ["scheduler, or pace", "steps", "right", f"against {DEFAULT}", "seconds", "stories"]
    return table(head, body)


TABLES: Final[dict[str, Callable[[Sequence[Row]], str]]] = {
    "attention": attention,
    "video": video,
    "growth": growth,
    "profile": profile,
    "steps": steps,
}


def where(rows: Sequence[Row]) -> str:
    """On what, with what and when rows were measured; one line for each run that differs."""
    runs = []
    for row in rows:
        run = row["run"]
        versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
        runs.append(
            f"{run['machine']}, {run['cores']} cores, {run['threads']} threads, {run['device']}; "
            f"Python {run['python']}, {versions}; commit {run['commit']}; {run['date'][:10]}"
        )
    return "\n".join(f"Measured on {line}." for line in dict.fromkeys(runs))


def targets(rows: Rows) -> str:
    """What was aimed at, and what was measured."""
    body = []
    for target in TARGETS:
        value = target.value(rows)
        verdict = "not measured" if value is None else "met" if value <= target.limit else "**missed**"
        shown = "" if value is None else f"{value:.3g}"
        body.append([target.what, f"{target.limit:g}", shown, verdict])
    return table(["", "at most", "measured", ""], body)


def page(rows: Rows) -> str:
    """The whole page."""
    text = TEMPLATE.read_text(encoding="utf-8").replace("{{targets}}", targets(rows))
    for name in FILES:
        of = rows[name]
        made = f"Not measured yet: `benchmarks/rows/{name}.json` is not there."
        if of:
            picture = f"\n\n![{name}](speed-{name}.png)" if name in FIGURES else ""
            made = f"{TABLES[name](of)}{picture}\n\n{where(of)}"
        text = text.replace(f"{{{{{name}}}}}", made)
    return text


def committed() -> Rows:
    """The rows beside this script, by name of their file."""
    return {name: read_rows(ROWS / f"{name}.json") for name in FILES}


def main() -> None:
    """Writes the page and its figures."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    rows = committed()
    for name in FIGURES:
        if rows[name]:
            draw(name, rows[name], PAGE.with_name(f"speed-{name}.png"))
    PAGE.write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
