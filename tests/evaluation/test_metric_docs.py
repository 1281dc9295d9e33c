"""The tables of docs/evaluation.md are what the metrics say of themselves."""

import re
from pathlib import Path

from direct2v.evaluation import ALL_METRICS
from direct2v.evaluation.metrics import METRICS

DOCS = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")


def test_every_metric_stands_there_with_its_range_and_direction() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (\w+) \| (.+) \|$", DOCS, re.MULTILINE)
    story = [name for name in ALL_METRICS if name not in METRICS]
    assert [row[0] for row in rows] == [*METRICS, *story]
    for name, limits, better, about in rows:
        metric = ALL_METRICS[name]
        high = "" if metric.high == float("inf") else f"{metric.high:g}"
        assert (limits, better, about) == (f"{metric.low:g}..{high}", metric.better, metric.about)
