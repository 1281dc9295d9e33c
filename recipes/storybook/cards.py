"""Writes the model cards beside the weights: `cards/*.md` with their figures filled in.

`reader.json` beside them holds the reader's own accuracy, which the package shows beside what it judges.

No figure is typed by hand: `{{reader.mean}}` in a card is the value at that place of `report.json`, which
`report.py --json recipes/storybook/report.json` measures; `training.json` comes from `assemble.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from direct2v.storybook import model_path

HERE = Path(__file__).parent
REPORT = HERE / "report.json"
CARDS = {
    "model.md": "model/README.md",
    "director.md": "director/README.md",
    "clip.md": "clip/README.md",
    "reader.md": "reader.md",
}
"""Card -> where it lies in the package's storybook folder."""
MISSING = "not measured"


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; an empty one where there is none yet."""
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return values


def shown(value: Any) -> str:
    """A figure as a card has it: mean ± standard error (n), or the plain value."""
    if isinstance(value, dict) and "mean" in value:
        return f"{value['mean']:.3f} ± {value['se']:.3f} ({value['n']})"
    if isinstance(value, float):
        return f"{value:.3g}" if value < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def filled(card: str, report: dict[str, Any]) -> str:
    """The card with its figures; `not measured` where the report has none."""

    def figure(match: re.Match[str]) -> str:
        value: Any = report
        for key in match.group(1).split("."):
            value = value.get(key, {}) if isinstance(value, dict) else {}
        return shown(value) if value != {} else MISSING

    return re.sub(r"\{\{([\w.]+)\}\}", figure, card)


def fingerprint(folder: Path) -> str:
    """Of all weights in a folder of shipped models: figures of other weights are never taken for theirs."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.safetensors")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def write_cards(folder: Path, report: Path = REPORT) -> None:
    """Writes every card into a folder of shipped models."""
    figures = read_json(report)
    if figures.get("weights") != fingerprint(folder):
        print(f"{report} has no figures of the weights in {folder}: the cards are written without")
        figures = {}
    figures["training"] = read_json(folder / "training.json")
    for source, target in CARDS.items():
        card = filled((HERE / "cards" / source).read_text(encoding="utf-8"), figures)
        (folder / target).write_text(card, encoding="utf-8")
    write_reader_figures(folder / "reader.json", figures)


def write_reader_figures(path: Path, figures: dict[str, Any]) -> None:
    """The reader's accuracies by attribute, and of whole stories; no file where they were not measured."""
    if "reader_story" not in figures:
        path.unlink(missing_ok=True)
        return
    told = figures["reader"]["attributes"] | {
        name: figures[f"reader_{name}"] for name in ("story", "identity")
    }
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    options.add_argument("--report", type=Path, default=REPORT)
    options.add_argument("--models", type=Path, default=model_path().parent, help="folder of shipped models")
    args = options.parse_args()
    write_cards(args.models, args.report)


if __name__ == "__main__":
    main()
