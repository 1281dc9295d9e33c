"""Precision and recall of the contract checks on the labelled lists of tests/data/lint.

    python benchmarks/lint.py            print the figures of both halves
    python benchmarks/lint.py --errors   also every miss and false alarm of the dev half
    python benchmarks/lint.py --write    put the figures into docs/lint.md

A hit is the same check at the same frame. The half `test` is for measuring: its errors are never printed.
"""

import argparse
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from direct2v.director.contract import CHECKS, Finding, check
from direct2v.director.tokens import TokenBudget
from direct2v.storyboard import FramePrompt, Storyboard

ROOT: Final = Path(__file__).resolve().parents[1]
LISTS: Final = ROOT / "tests" / "data" / "lint"
PAGE: Final = ROOT / "docs" / "lint.md"
BEGIN: Final = "<!-- figures: python benchmarks/lint.py --write -->"
END: Final = "<!-- end of figures -->"
SPLITS: Final = ("dev", "test")

Mark = tuple[str, int | None]
"""(check, frame) as labelled or found."""


@dataclass(frozen=True)
class Score:
    """Hits, false alarms and misses of one check, or of several together."""

    hits: int = 0
    false_alarms: int = 0
    misses: int = 0

    @property
    def precision(self) -> float:
        """The share of findings that are right; 1 without findings."""
        return self.hits / (self.hits + self.false_alarms) if self.hits + self.false_alarms else 1.0

    @property
    def recall(self) -> float:
        """The share of labelled faults that are found; 1 without any."""
        return self.hits / (self.hits + self.misses) if self.hits + self.misses else 1.0


def load(split: str) -> list[dict[str, Any]]:
    """The cases of one half, in order."""
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(LISTS.glob("*.yaml"))]
    return [case for file in files for case in file if case["split"] == split]


def findings_of(case: Mapping[str, Any]) -> list[Finding]:
    """What the checks say of a case. Tokens are counted as words and punctuation marks."""
    frames = tuple(
        FramePrompt.model_construct(prompt=text, camera=None, hold=None) for text in case["frames"]
    )
    # not validated: some lists hold a blank frame, which a Storyboard refuses by itself
    storyboard = Storyboard.model_construct(
        version=1, prompt=case["prompt"], subjects=tuple(case.get("subjects", ())), frames=frames
    )
    budget = None
    if "limit" in case:
        budget = TokenBudget(case["limit"], "words", lambda text: len(re.findall(r"\w+|[^\w\s]", text)))
    return check(storyboard, num_frames=case.get("num_frames"), budget=budget)


def marks(case: Mapping[str, Any]) -> tuple[Counter[Mark], Counter[Mark]]:
    """What is labelled, and what was found."""
    labelled = Counter((label["check"], label.get("frame")) for label in case["findings"])
    found = Counter((finding.check, finding.frame) for finding in findings_of(case))
    return labelled, found


def measure(split: str) -> dict[str, Score]:
    """The score of each check on one half, and of all together as "all"."""
    hits: Counter[str] = Counter()
    false_alarms: Counter[str] = Counter()
    misses: Counter[str] = Counter()
    for case in load(split):
        labelled, found = marks(case)
        for total, marked in (
            (hits, labelled & found),
            (false_alarms, found - labelled),
            (misses, labelled - found),
        ):
            for (name, _), number in marked.items():
                total[name] += number
                total["all"] += number
    return {name: Score(hits[name], false_alarms[name], misses[name]) for name in (*CHECKS, "all")}


def table(scores: Mapping[str, Mapping[str, Score]]) -> str:
    """The scores as a Markdown table."""
    lines = ["| check |", "|---|"]
    for split in scores:
        lines[0] += f" faults ({split}) | precision | recall |"
        lines[1] += "--:|--:|--:|"
    for name in (*CHECKS, "all"):
        line = f"| {name} |"
        for of_split in scores.values():
            score = of_split[name]
            line += f" {score.hits + score.misses} | {score.precision:.3f} | {score.recall:.3f} |"
        lines.append(line)
    return "\n".join(lines)


def errors(split: str) -> Iterator[str]:
    """Every false alarm and miss of one half, with the text it is about."""
    for case in load(split):
        labelled, found = marks(case)
        for kind, wrong in (("FALSE ALARM", found - labelled), ("MISS", labelled - found)):
            for name, number in wrong:
                text = case["frames"][number - 1] if number and number <= len(case["frames"]) else ""
                said = [str(f) for f in findings_of(case) if (f.check, f.frame) == (name, number)]
                yield f"{kind} {case['id']} {name} {number}: {text!r} {said}"


def on_page(text: str, figures: str) -> str:
    """The page with `figures` between the markers."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{figures}\n\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Measures both halves."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the figures into docs/lint.md")
    parser.add_argument("--errors", action="store_true", help="print what is wrong on the dev half")
    parser.add_argument("--split", choices=SPLITS, help="measure this half alone")
    arguments = parser.parse_args()
    splits = (arguments.split,) if arguments.split else SPLITS
    if arguments.errors:
        print(*errors("dev"), sep="\n")
    figures = table({split: measure(split) for split in splits})
    print(figures)
    if arguments.write:
        PAGE.write_text(
            on_page(PAGE.read_text(encoding="utf-8"), table({s: measure(s) for s in SPLITS})), "utf-8"
        )


if __name__ == "__main__":
    main()
