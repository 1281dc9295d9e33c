"""What docs/experiments.md says about its figures.

No figure and no direction is written by hand: each sentence asks the figures what it may say, so that other
figures give other sentences, and none can go stale.
"""

from collections.abc import Callable, Mapping
from typing import Any

from direct2v.evaluation.experiments.baselines import OWN_SCALE
from direct2v.evaluation.failures import SIGNATURES
from direct2v.models import model_defaults
from direct2v.storybook import model_path

Figures = Mapping[str, Any]
"""What docs/experiments/NAME.json holds."""

MARGIN = 0.01
"""Of identity: a loss that is accepted for story accuracy."""
TRIED = {"rvm-ablation": "every reference strategy", "dsf-sensitivity": "the filter's settings"}
ADJACENT = {"adjacent_clip": 1, "ms_ssim": 1, "warp_error": -1, "flicker": -1}
"""Scores of neighbouring frames, and which way is better."""


def interval(found: Mapping[str, float], *, signed: bool = False) -> str:
    """Mean and interval."""
    form = "+.3f" if signed else ".3f"
    return f"{found['mean']:{form}} ({found['ci_low']:{form}} to {found['ci_high']:{form}})"


def difference(figures: Figures, setting: str, metric: str) -> dict[str, float]:
    """Setting - control, as tested."""
    found = (pair for pair in figures["paired"] if (pair["setting"], pair["metric"]) == (setting, metric))
    pair: dict[str, float] = next(found)
    return pair


def against(figures: Figures, setting: str, metric: str) -> dict[str, float]:
    """Control - setting."""
    pair = difference(figures, setting, metric)
    return {**pair, "mean": -pair["mean"], "ci_low": -pair["ci_high"], "ci_high": -pair["ci_low"]}


def side(found: Mapping[str, float]) -> int:
    """1 where the interval lies above 0, -1 where below, 0 where it holds it."""
    return int(found["ci_low"] > 0) - int(found["ci_high"] < 0)


def mean(figures: Figures, setting: str, metric: str, split: str = "heldout") -> float:
    """Of all cells of a setting."""
    value: float = figures[split][setting][metric]["mean"]
    return value


def listed(names: list[str]) -> str:
    """In words."""
    quoted = [f"*{name}*" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def sides(figures: Figures, settings: list[str], metric: str, what: str) -> str:
    """Which settings are above, below, and not to be told from the control."""
    control = figures["control"]
    groups: dict[int, list[str]] = {1: [], -1: [], 0: []}
    for setting in settings:
        groups[side(difference(figures, setting, metric))].append(setting)
    says = {
        1: "higher than *{control}* with {names}",
        -1: "lower with {names}",
        0: "not to be told from it with {names}",
    }
    parts = [says[way].format(control=control, names=listed(names)) for way, names in groups.items() if names]
    if not groups[1]:
        parts[0] = (
            parts[0]
            .replace("lower with", f"lower than *{control}* with")
            .replace("told from it", f"told from *{control}*")
        )
    return f"{what} is {'; '.join(parts)}."


def of_director(figures: Figures, _: Mapping[str, Figures]) -> str:
    """What the director experiment says."""
    control = figures["control"]
    left_out = [name for name in figures["heldout"] if name.startswith("without ")]
    largest = max(abs(pair["mean"]) for pair in figures["paired"] if pair["setting"] in left_out)
    if largest == 0:
        ablation = (
            "Leaving an instruction out changes nothing at all, and that is no finding about instructions: "
            "the embedded "
            "director was trained on this one task, and its chat template hands it the user's sentence "
            "alone. What "
            "each instruction is worth can only be measured with a language model that reads them; "
            "`direct2v experiment director-sanity --director ollama:NAME --out DIR` does it with any. No "
            "trained one "
            "could be had where this was written, so the question stays open here."
        )
    else:
        ablation = f"Leaving an instruction out changes a figure by up to {largest:.3f}."
    tau, told = (figures["heldout"][control][metric] for metric in ("kendall_tau", "states_told"))
    used = difference(figures, "as used, with checks", "states_told")
    way = {1: "tells more states", -1: "tells fewer states", 0: "cannot be told from it by the states told"}
    return "\n\n".join(
        [
            f"Asked once, the director tells {interval(told)} of the states' attributes, in an order whose "
            "tau with the "
            f"known one is {interval(tau)}. A tau below 1 does not always mean disorder: a story that comes "
            "back to an "
            "earlier state (day, night, day) cannot be ordered perfectly by what its frames show. As the "
            "package uses "
            "it, with a translation of words that it does not know and a second try, it "
            f"{way[side(used)]} ({interval(used, signed=True)}).",
            ablation,
        ]
    )


def of_mapping(figures: Figures, _: Mapping[str, Figures]) -> str:
    """What the ablation of value mapping says."""
    filtered = [name for name in figures["heldout"] if name not in (figures["control"], "rendered")]
    plain = [name for name in filtered if name.endswith(", no filter")]
    filtered = [name for name in filtered if name not in plain]
    better = [
        name
        for name in (*filtered, *plain)
        if any(side(difference(figures, name, metric)) > 0 for metric in ("story_accuracy", "identity"))
        and all(side(difference(figures, name, metric)) >= 0 for metric in ("story_accuracy", "identity"))
    ]
    lost = (
        f"So the rotating reference, the paper's choice, loses here to {listed(better)}: surely better in "
        "one of the two, "
        "and not surely worse in the other."
        if better
        else "No other choice is surely better than the rotating reference in one of the two without being "
        "surely worse "
        "in the other; where nothing can be told apart, rotation is no better than a simpler choice either."
    )
    random = {
        name: mean(figures, "random, no filter", name) - mean(figures, "rotational, no filter", name)
        for name in ("missing", "duplicated", "merged", "misread")
    }
    worst = max(random, key=lambda name: random[name])
    distorted = (
        f"The paper reports distorted objects with a random reference. Here, without the filter, its frames "
        "have the "
        f"signature *{worst}* more often than those of the rotating one by {random[worst]:.3f} of the "
        "frames, the "
        "largest of such differences; that one was not tested."
        if random[worst] > 0
        else "The paper reports distorted objects with a random reference. Here no failure signature is "
        "more frequent "
        "with it than with the rotating one."
    )
    return "\n\n".join(
        [
            "With the filter at the model's default: "
            + sides(figures, filtered, "story_accuracy", "story accuracy")
            + " "
            + sides(figures, filtered, "identity", "Identity"),
            "Without the filter, against the same control: "
            + sides(figures, plain, "story_accuracy", "story accuracy")
            + " "
            + sides(figures, plain, "identity", "Identity"),
            lost,
            distorted,
            chosen(figures, "strategy"),
        ]
    )


def of_filter(figures: Figures, _: Mapping[str, Figures]) -> str:
    """What the sensitivity to the filter says."""
    phis = [name for name in figures["heldout"] if name.startswith("phi ") and "," not in name]
    readings = [name for name in figures["heldout"] if ", " in name]
    others = [name for name in phis if name != figures["control"]]
    best = max(phis, key=lambda name: mean(figures, name, "story_accuracy"))
    kept = max(phis, key=lambda name: mean(figures, name, "identity_look"))
    spread = [mean(figures, name, "story_accuracy") for name in phis]
    return "\n\n".join(
        [
            f"Over all phi story accuracy moves by {max(spread) - min(spread):.3f}; it is highest with "
            f"*{best}*, while "
            f"looks are most alike with *{kept}*. "
            + sides(figures, others, "story_accuracy", "Story accuracy")
            + " "
            + sides(figures, others, "identity_look", "Identity (look)"),
            "Of the readings of the filter: "
            + sides(figures, readings, "story_accuracy", "story accuracy")
            + " "
            + sides(figures, readings, "identity", "Identity"),
            "With phi near 1 nearly every query reads its own frame, and only layout and noise hold the "
            "frames "
            "together: this is where the filter turns the method off, not a triumph of the filter.",
            chosen(figures, "phi"),
        ]
    )


def chosen(figures: Figures, factor: str) -> str:
    """What the development stories choose, and whether it is what the model ships with."""
    found, control = figures["chosen"].get(factor), figures["control"]
    if found == control:
        return (
            f"The development stories give no reason to leave *{control}*: no other setting's gain in story "
            "accuracy lies "
            "above 0 with its whole interval without a loss of identity. It stays the default."
        )
    pair = difference(figures, found, "story_accuracy")
    held = {1: "confirm it", 0: "cannot tell them apart", -1: "contradict it"}[side(pair)]
    return (
        f"The development stories choose *{found}* instead of *{control}*; the held-out ones {held} "
        f"({interval(pair, signed=True)})."
    )


def of_presets(figures: Figures, found: Mapping[str, Figures]) -> str:
    """What the comparison of presets says."""
    methods = [name for name in figures["heldout"] if name not in ("rendered", "frozen")]
    rivals = [name for name in ("released", "text2video-zero") if name in methods]
    rivals += [f"{name}, own scale" for name in rivals if f"{name}, own scale" in methods]
    return "\n\n".join(
        [
            frozen(figures, methods),
            *(rival(figures, name) for name in rivals),
            *(tried(found) if any(not ahead(figures, name) for name in rivals) else []),
            "On the Pareto front of story accuracy against identity: "
            f"{listed(front(figures, [*methods, 'frozen']))}.",
            f"At their own scale ({listed(list(OWN_SCALE))}) steps and guidance are those of Stable "
            "Diffusion at "
            "512 x 512, far from what the embedded model is tuned for: these rows say what a preset does "
            "when it "
            "is taken as it is, and the matched ones what its method does.",
        ]
    )


def frozen(figures: Figures, methods: list[str]) -> str:
    """What the control wins and loses."""
    wins = [
        metric
        for metric, sign in ADJACENT.items()
        if all(
            sign * (mean(figures, "frozen", metric) - mean(figures, name, metric)) >= 0 for name in methods
        )
    ]
    matched = [name for name in methods if ", own scale" not in name]
    lowest = all(
        mean(figures, "frozen", "story_accuracy") < mean(figures, name, "story_accuracy") for name in matched
    )
    return (
        f"The frozen control, one picture shown eight times, wins {len(wins)} of {len(ADJACENT)} scores of "
        f"neighbouring frames against every method. Its story accuracy is {'' if lowest else 'not '}the "
        "lowest of "
        "all presets at the same steps and guidance; *direct2v* against it: "
        f"{interval(against(figures, 'frozen', 'story_accuracy'), signed=True)}."
        + (
            " So scores of neighbouring frames alone say nothing about whether a story is told."
            if lowest and len(wins) == len(ADJACENT)
            else ""
        )
    )


def front(figures: Figures, names: list[str]) -> list[str]:
    """Those that no other one beats in one of story accuracy and identity without losing in the other."""
    points = {
        name: [mean(figures, name, metric) for metric in ("story_accuracy", "identity")] for name in names
    }
    return [
        name
        for name, point in points.items()
        if not any(
            other != point and all(theirs >= own for theirs, own in zip(other, point, strict=True))
            for other in points.values()
        )
    ]


def ahead(figures: Figures, name: str) -> bool:
    """Whether the method is surely ahead of another in story accuracy, and keeps identity."""
    accuracy, identity = (against(figures, name, metric) for metric in ("story_accuracy", "identity"))
    return accuracy["ci_low"] > 0 and identity["mean"] >= -MARGIN


def rival(figures: Figures, name: str) -> str:
    """Whether the method tells the story better than another, and at what price."""
    accuracy, identity = (against(figures, name, metric) for metric in ("story_accuracy", "identity"))
    verdict = {
        (True, True): "It tells the story better and keeps its subjects.",
        (True, False): "It tells the story better and loses identity.",
        (False, True): "It keeps its subjects, but is not surely ahead in story accuracy.",
        (False, False): "It is not surely ahead in story accuracy and loses identity.",
    }[accuracy["ci_low"] > 0, identity["mean"] >= -MARGIN]
    within = "within" if identity["ci_low"] >= -MARGIN else "beyond"
    return (
        f"*direct2v* against *{name}*: story accuracy {interval(accuracy, signed=True)}, identity "
        f"{interval(identity, signed=True)}. {verdict} The lower end of identity's interval is {within} a "
        "loss of "
        f"{MARGIN:g}."
    )


def tried(found: Mapping[str, Figures]) -> list[str]:
    """What else was tried, and what came of it."""
    parts = []
    for name, what in (
        ("rvm-ablation", "every reference strategy"),
        ("dsf-sensitivity", "the filter's settings"),
    ):
        if name in found:
            pairs = [pair for pair in found[name]["paired"] if pair["metric"] == "story_accuracy"]
            better = [pair["setting"] for pair in pairs if side(pair) > 0 and pair["setting"] != "rendered"]
            gain = f"surely better: {listed(better)}" if better else "none tells the story surely better"
            parts.append(f"{what} (`{name}`): {gain}")
    return [f"What was tried to be ahead: {'; '.join(parts)}."] if parts else []


def knobs(found: Mapping[str, Figures]) -> str:
    """The failure signatures, the settings that their causes suggest, and how often they come up."""
    mapping, filtering = found["rvm-ablation"], found["dsf-sensitivity"]
    columns = {
        "mapping off": (mapping, "mapping off"),
        "phi 0": (filtering, "phi 0"),
        "phi 0.5": (filtering, "phi 0.5"),
        "phi 0.9": (filtering, "phi 0.9"),
        "rendered": (mapping, "rendered"),
    }
    lines = ["signature", "what is seen", "knobs", *columns]
    rows = [lines, ["---"] * 3 + ["--:"] * len(columns)]
    for name, signature in SIGNATURES.items():
        shares = [f"{mean(figures, setting, name):.3f}" for figures, setting in columns.values()]
        rows.append([name, signature.shows, "; ".join(f"`{knob}`" for knob in signature.knobs), *shares])
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    phi = model_defaults(model_path()).get("phi")
    return (
        "## Failure signatures and their knobs\n\n"
        "Told from each frame by the reader, the scene and the renderer (`direct2v.evaluation.failures`). "
        "The knobs are "
        "what the causes suggest; the shares of frames, from held-out stories, say how far turning phi "
        "helps. The column "
        "*rendered* is what the detectors see in perfect pictures.\n\n"
        f"{table}\n\nThe embedded model ships with phi {phi:g}.\n"
    )


DISCUSSIONS: Mapping[str, Callable[[Figures, Mapping[str, Figures]], str]] = {
    "director-sanity": of_director,
    "rvm-ablation": of_mapping,
    "dsf-sensitivity": of_filter,
    "baselines": of_presets,
}
