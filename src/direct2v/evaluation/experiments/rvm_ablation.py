"""Which frame to read: value mapping off, fixed, random, rotating, or chosen by confidence."""

from direct2v.evaluation.experiments.drawing import COMPARED, RENDERED, drawn
from direct2v.evaluation.experiments.plan import Experiment, Setting, Size

__all__ = ["RVM_ABLATION"]

_STRATEGIES = ("own", "first", "previous", "random", "rotational", "adaptive")


def _named(strategy: str) -> str:
    return "mapping off" if strategy == "own" else strategy


RVM_ABLATION = Experiment(
    name="rvm-ablation",
    title="Whose values a frame reads",
    question="Does the rotating reference frame tell stories better, or keep subjects better, than no "
    "mapping, a fixed, a random or a chosen reference? Layout, noise and all else are the same.",
    settings=(
        *(
            Setting(name=_named(strategy), factor="strategy", values={"strategy": strategy})
            for strategy in _STRATEGIES
        ),
        *(
            Setting(
                name=f"{strategy}, no filter",
                factor="strategy without filter",
                values={"strategy": strategy, "phi": 0.0},
            )
            for strategy in _STRATEGIES
            if strategy != "own"
        ),
        RENDERED,
    ),
    control="rotational",
    compared=COMPARED,
    full=Size(development=4, heldout=12, seeds=2),
    quick=Size(development=1, heldout=3, seeds=1),
    measure=drawn,
)
