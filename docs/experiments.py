"""Runs the four experiments and writes docs/experiments.md with their figures.

Usage: python docs/experiments.py [--work build/experiments] [--processes 2] [--minutes 9] [--only NAME ...]

Run it again after a stop, a kill, or when `--minutes` are over: it goes on where it was, and says how far it
is.
The page is written of every experiment that is finished: docs/experiments/NAME.json holds its figures, and
NAME.png its picture. `--page` writes the page anew of the figures that are there, and runs nothing.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments_text import DISCUSSIONS, Figures, interval, knobs

from direct2v.evaluation.experiments import EXPERIMENTS, run_experiment
from direct2v.evaluation.experiments.page import PLOTTED
from direct2v.evaluation.experiments.plan import Experiment
from direct2v.evaluation.experiments.plots import intervals, pareto
from direct2v.evaluation.experiments.summary import ALL_METRICS
from direct2v.evaluation.failures import SIGNATURES
from direct2v.evaluation.story import reader_accuracy
from direct2v.storybook import model_path

HERE = Path(__file__).parent
FIGURES = HERE / "experiments"
PAGE = HERE / "experiments.md"
SHOWN = (
    *("story_accuracy", "identity", "identity_look", "frame_alignment", "prompt_retrieval"),
    *("adjacent_clip", "ms_ssim", "warp_error", "flicker"),
    *("exact_count", "self_contained", "kendall_tau", "states_told"),
)
DIGITS = 4
STARTED = time.monotonic()

INTRODUCTION = """\
# Experiments

Written by `python docs/experiments.py --processes 2`, which runs all of them, goes on where it was stopped,
and takes the minutes given with each. `direct2v experiment NAME --out DIR` runs one, with a report of its
own; `--quick` gives a first look.

They are run on the embedded model, because there it is known what each frame should show: stories come from
the world's generator, and a reader network tells the drawn frames back into scenes. What is found holds for
a small model of 64 x 64 pixels trained on this world, not for Stable Diffusion at full size, of which no
weights could be had.

- **Story accuracy**: share of scene attributes (place, hour, weather, camera, and of each subject its kind,
  colour, form, position, pose and facing) that the reader sees as the story tells them, and one wrong more
  for something that is there too much.
- **Identity**: over pairs of frames in which the story keeps a subject's kind, colour and form, the share
  in which both are read the same. **Identity (look)** is the cosine of the reader's features where it sees
  the subject.
- Other metrics are those of [`direct2v evaluate`](evaluation.md), with the world's own CLIP.
- The drawing experiments draw the story's own captions, so that no mistake of a director counts. *rendered*
  is the world's own picture of each frame, read in the same way: the most that could be reached.
- In brackets: 95 % bootstrap interval over stories. Differences are paired by story and seed; p is of the
  sign-flip permutation test over stories, corrected after Holm over all differences of the experiment.
- Development stories (wordings and scenes that training may see) choose settings; held-out stories (scenes
  and wordings that it may not) are reported. A setting is chosen over the default only if its gain in story
  accuracy on the development stories lies above 0 with its whole interval, and it loses at most 0.01 of
  identity.

{reader}
"""


def main() -> None:
    """Runs what is asked for, and writes the page."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--work", type=Path, default=Path("build/experiments"))
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--minutes", type=float, help="stop after so long; run again to go on")
    options.add_argument("--only", nargs="+", choices=EXPERIMENTS, default=list(EXPERIMENTS))
    options.add_argument("--quick", action="store_true", help="few stories, to try it; leaves the page alone")
    options.add_argument("--page", action="store_true", help="only write the page")
    args = options.parse_args()
    unfinished = [] if args.page else [name for name in args.only if not run(EXPERIMENTS[name], args)]
    if not args.quick:
        PAGE.write_text(page(load(FIGURES)), encoding="utf-8")
    if unfinished:
        sys.exit(f"not finished: {', '.join(unfinished)}; the same command goes on")


def run(experiment: Experiment, args: argparse.Namespace) -> bool:
    """Runs an experiment, or what is left of it; its figures go into the docs when it is finished."""
    started = time.monotonic()
    left = None if args.minutes is None else max(args.minutes - minutes_since(STARTED), 0.0)
    work = args.work / (f"{experiment.name}-quick" if args.quick else experiment.name)
    done = run_experiment(
        experiment,
        work,
        size=experiment.quick if args.quick else experiment.full,
        processes=args.processes,
        minutes=left,
        on_progress=progress(experiment.name),
    )
    print(f"{experiment.name}: {'finished' if done else 'stopped'}, {minutes_since(started):.1f} min")
    if done and not args.quick:
        keep(experiment, work)
    return done


def minutes_since(start: float) -> float:
    """Minutes of the wall's clock."""
    return (time.monotonic() - start) / 60


def progress(name: str) -> Callable[[int, int, float], None]:
    """Says every ten seconds how far it is."""
    last = [0.0]

    def say(done: int, total: int, seconds: float) -> None:
        if seconds - last[0] > 10 or done == total:
            last[0] = seconds
            print(f"{name}: {done} of {total} cells, {seconds:.0f} s", flush=True)

    return say


def keep(experiment: Experiment, work: Path) -> None:
    """Puts the figures of a finished run, rounded, and their picture into the docs."""
    FIGURES.mkdir(exist_ok=True)
    figures = json.loads((work / "summary.json").read_text(encoding="utf-8"))
    figures["cost"] = json.loads((work / "cost.json").read_text(encoding="utf-8"))
    figures["trained_on"] = samples_trained_on(experiment)
    figures["reader"] = {name: reader_accuracy().get(name) for name in ("story", "identity")}
    text = json.dumps(rounded(figures), indent=1) + "\n"
    (FIGURES / f"{experiment.name}.json").write_text(text, encoding="utf-8")
    heldout = figures["heldout"]
    picture = pareto(heldout) if experiment.name == "baselines" else intervals(heldout, PLOTTED)
    (FIGURES / f"{experiment.name}.png").write_bytes(picture)


def samples_trained_on(experiment: Experiment) -> int:
    """How many samples the shipped director has seen, or the denoiser, whichever is measured."""
    training = json.loads((model_path().parent / "training.json").read_text(encoding="utf-8"))
    samples: int = training["director" if experiment.directs else "unet"]["samples"]
    return samples


def rounded(value: Any) -> Any:
    """All numbers in it with four digits after the point."""
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return round(value, DIGITS) if isinstance(value, float) else value


def load(folder: Path) -> dict[str, Figures]:
    """The figures of every experiment that there are some of."""
    paths = {name: folder / f"{name}.json" for name in EXPERIMENTS}
    return {
        name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.exists()
    }


def page(found: Mapping[str, Figures]) -> str:
    """The whole page, of figures alone: the same figures give the same page."""
    reader = next((figures["reader"] for figures in found.values()), {"story": None, "identity": None})
    parts = [INTRODUCTION.format(reader=of_reader(reader))]
    for name, experiment in EXPERIMENTS.items():
        if name not in found:
            parts.append(f"## {experiment.title}\n\n{experiment.question}\n\nNot run yet.\n")
            continue
        parts.append(section(experiment, found[name], found))
    if "dsf-sensitivity" in found and "rvm-ablation" in found:
        parts.append(knobs(found))
    return "\n".join(parts)


def of_reader(reader: Mapping[str, Any]) -> str:
    """What bounds every figure of story accuracy and identity."""
    if reader["story"] is None:
        return "The reader's own accuracy was not measured for these weights."
    shown = {name: f"{value['mean']:.3f} ± {value['se']:.3f}" for name, value in reader.items()}
    return (
        f"The reader errs too: of rendered held-out stories it gets {shown['story']} of the story accuracy "
        "and "
        f"{shown['identity']} of the identity that a perfect reader would (standard errors; its other "
        "figures are in "
        "its [card](../src/direct2v/storybook/reader.md))."
    )


def section(experiment: Experiment, figures: Figures, found: Mapping[str, Figures]) -> str:
    """One experiment: how large, its figures, and what they say."""
    size, cost = figures["size"], figures["cost"]
    parts = [
        f"## {experiment.title}",
        f"`direct2v experiment {experiment.name}`. {experiment.question}",
        f"{size['heldout']} held-out and {size['development']} development stories of 8 frames, "
        f"{size['seeds']} "
        f"seed{'s' if size['seeds'] > 1 else ''}: {cost['cells']} cells, {cost['minutes_of_processes']:g} "
        f"minutes of one-thread processes. {of_weights(experiment, figures['trained_on'])}",
        f"![Figures of {experiment.name} with their intervals](experiments/{experiment.name}.png)",
        "Held-out stories:",
        table(figures["heldout"], SHOWN, cost=cost["seconds_a_cell"]),
    ]
    if any("missing" in metrics for metrics in figures["heldout"].values()):
        parts += ["Share of frames with a failure signature:", table(figures["heldout"], tuple(SIGNATURES))]
    parts += [
        f"Paired differences from *{experiment.control}*, held-out stories:",
        pairs(experiment, figures),
    ]
    if any(figures["development"].values()):
        parts += [
            "Development stories, which choose:",
            table(figures["development"], ("story_accuracy", "identity")),
        ]
    return "\n\n".join([*parts, DISCUSSIONS[experiment.name](figures, found)]) + "\n"


def of_weights(experiment: Experiment, samples: int) -> str:
    """Which weights were measured."""
    shipped = samples_trained_on(experiment)
    since = "" if samples == shipped else f", not yet the shipped ones, which saw {shipped:,}"
    return f"{'Director' if experiment.directs else 'Denoiser'} after {samples:,} training samples{since}."


def table(
    figures: Mapping[str, Mapping[str, Mapping[str, float]]],
    metrics: Sequence[str],
    *,
    cost: Mapping[str, float] | None = None,
) -> str:
    """Settings by metrics, with intervals and n; and seconds of a process for one cell."""
    shown = [metric for metric in metrics if any(metric in found for found in figures.values())]
    head = ["setting", *(ALL_METRICS[metric].title for metric in shown), "n", *(["s a cell"] if cost else [])]
    lines = [head, ["---", *["--:"] * (len(head) - 1)]]
    for name, found in figures.items():
        cells = [interval(found[metric]) if metric in found else "" for metric in shown]
        count = max((int(value["n"]) for value in found.values()), default=0)
        lines.append([name, *cells, str(count), *([f"{cost[name]:.1f}"] if cost else [])])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def pairs(experiment: Experiment, figures: Figures) -> str:
    """Every difference that was tested: mean, interval, corrected p."""
    metrics = experiment.compared
    lines = [["setting", *(ALL_METRICS[metric].title for metric in metrics), "n"]]
    lines.append(["---", *["--:"] * (len(metrics) + 1)])
    for setting in experiment.settings:
        found = {pair["metric"]: pair for pair in figures["paired"] if pair["setting"] == setting.name}
        if found:
            cells = [
                f"{interval(found[metric], signed=True)}, p {found[metric]['p_holm']:.3f}"
                if metric in found
                else ""
                for metric in metrics
            ]
            lines.append([setting.name, *cells, str(max(pair["n"] for pair in found.values()))])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
