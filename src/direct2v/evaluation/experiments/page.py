"""The report of one experiment: one HTML file with everything inside."""

import base64
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from direct2v.evaluation.experiments.plan import SPLITS, Cell, Experiment, story_of
from direct2v.evaluation.experiments.plots import intervals, pareto
from direct2v.evaluation.experiments.running import SHOWN_STORIES, picture_path
from direct2v.evaluation.experiments.summary import ALL_METRICS
from direct2v.evaluation.story import reader_accuracy

__all__ = ["PLOTTED", "html_report"]

PLOTTED: Final = (
    "story_accuracy",
    "identity",
    "adjacent_clip",
    "frame_alignment",
    "exact_count",
    "self_contained",
    "kendall_tau",
    "states_told",
)
_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; color: #28282c; }
table { border-collapse: collapse; font-size: 12px; display: block; overflow-x: auto; }
th, td { padding: .2rem .5rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
img { max-width: 100%; } .strip { image-rendering: pixelated; width: 64rem; display: block; }
small { color: #777; }
"""


def html_report(
    experiment: Experiment, summary: Mapping[str, Any], spent: Mapping[str, Any], folder: Path
) -> str:
    """The page.

    Args:
        experiment: what was asked.
        summary: of `summarise`.
        spent: of `cost`.
        folder: with the pictures.

    Raises:
        MissingExtraError: without the extra "evaluation".
    """
    parts = [f"<h1>{escape(experiment.title)}</h1><p>{escape(experiment.question)}</p>", _reader()]
    for split in reversed(SPLITS):
        figures = {name: found for name, found in summary[split].items() if found}
        if figures:
            title = "Held-out stories" if split == "heldout" else "Development stories, which choose settings"
            parts += [f"<h2>{title}</h2>", _image(intervals(figures, PLOTTED))]
            if any("identity" in found for found in figures.values()):
                parts.append(_image(pareto(figures)))
            parts.append(_figures(figures))
    chosen = "; ".join(f"{factor}: {name}" for factor, name in summary["chosen"].items())
    if chosen:
        parts.append(f"<p>Chosen by the development stories: {escape(chosen)}.</p>")
    parts += [f"<h2>Differences from {escape(experiment.control)}</h2>", _pairs(summary["paired"])]
    parts += _sheets(experiment, folder)
    seconds = "".join(
        f"<tr><td>{escape(name)}</td><td>{value}</td></tr>" for name, value in spent["seconds_a_cell"].items()
    )
    parts.append(
        f"<h2>Cost</h2><p>{spent['cells']} cells, {spent['minutes_of_processes']} minutes of one-thread "
        f"processes.</p><table><tr><th>setting</th><th>seconds a cell</th></tr>{seconds}</table>"
    )
    head = f'<meta charset="utf-8"><title>{escape(experiment.title)}</title><style>{_STYLE}</style>'
    return f"<!doctype html><html><head>{head}</head><body>{''.join(parts)}</body></html>\n"


def _reader() -> str:
    known = reader_accuracy()
    if not known:
        return "<p>The reader's own accuracy was not measured for these weights.</p>"
    story, identity = known["story"], known["identity"]
    return (
        f"<p>What the reader itself gets right on rendered pictures bounds these figures: story accuracy "
        f"{story['mean']:.3f} &plusmn; {story['se']:.3f}, identity {identity['mean']:.3f} &plusmn; "
        f"{identity['se']:.3f}.</p>"
    )


def _image(png: bytes, *, kind: str = "plot", alt: str = "") -> str:
    data = base64.b64encode(png).decode()
    return f'<img class="{kind}" alt="{escape(alt)}" src="data:image/png;base64,{data}">'


def _figures(figures: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    metrics = [metric for metric in ALL_METRICS if any(metric in found for found in figures.values())]
    head = "".join(
        f'<th title="{escape(ALL_METRICS[metric].about)}">{escape(ALL_METRICS[metric].title)}</th>'
        for metric in metrics
    )
    rows = []
    for name, found in figures.items():
        cells = "".join(f"<td>{_shown(found.get(metric))}</td>" for metric in metrics)
        rows.append(f"<tr><td>{escape(name)}</td>{cells}</tr>")
    return f"<table><tr><th>setting</th>{head}</tr>{''.join(rows)}</table>"


def _shown(found: Mapping[str, float] | None) -> str:
    if found is None:
        return ""
    interval = f"{found['ci_low']:.3f} to {found['ci_high']:.3f}, n {found['n']}"
    return f"{found['mean']:.3f}<br><small>{interval}</small>"


def _pairs(pairs: Sequence[Mapping[str, Any]]) -> str:
    titles = ("setting", "metric", "difference", "95 % interval", "n", "stories", "p", "p, Holm")
    rows = ["".join(f"<th>{title}</th>" for title in titles)]
    for pair in pairs:
        cells = (
            escape(pair["setting"]),
            escape(ALL_METRICS[pair["metric"]].title),
            f"{pair['mean']:+.3f}",
            f"{pair['ci_low']:+.3f} to {pair['ci_high']:+.3f}",
            pair["n"],
            pair["stories"],
            f"{pair['p']:.4f}",
            f"{pair['p_holm']:.4f}",
        )
        rows.append("".join(f"<td>{cell}</td>" for cell in cells))
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _sheets(experiment: Experiment, folder: Path) -> list[str]:
    parts = []
    for story in range(SHOWN_STORIES):
        strips = []
        for setting in experiment.settings:
            path = picture_path(folder, Cell("heldout", story, 0, setting.name))
            if path.exists():
                strips.append(f"<p>{escape(setting.name)}{_image(path.read_bytes(), kind='strip')}</p>")
        if strips:
            parts += [f"<h2>{escape(story_of('heldout', story).prompt)}</h2>", *strips]
    return parts
