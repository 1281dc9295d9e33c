"""The method beside its peers: does the story come through, and do its subjects stay the same?"""

from direct2v.evaluation.experiments.drawing import COMPARED, RENDERED, drawn
from direct2v.evaluation.experiments.plan import Experiment, Setting, Size
from direct2v.models import model_defaults
from direct2v.presets import PRESETS
from direct2v.storybook import model_path

__all__ = ["BASELINES", "OWN_SCALE"]

OWN_SCALE = tuple(name for name, preset in PRESETS.items() if "guidance_scale" in preset.settings)
"""Presets that bring steps and guidance of their own, made for Stable Diffusion at full size."""
_MATCHED = {
    name: value
    for name, value in model_defaults(model_path()).items()
    if name in ("num_inference_steps", "guidance_scale")
}

BASELINES = Experiment(
    name="baselines",
    title="The presets side by side",
    question="Which preset tells the story, and which keeps its subjects? All at the embedded model's own "
    "steps and guidance, and those that bring others also at theirs.",
    settings=(
        *(Setting(name=name, factor="preset", values={"preset": name, **_MATCHED}) for name in PRESETS),
        *(
            Setting(name=f"{name}, own scale", factor="own scale", values={"preset": name}, num_seeds=1)
            for name in OWN_SCALE
        ),
        RENDERED,
    ),
    control="direct2v",
    compared=COMPARED,
    full=Size(development=0, heldout=16, seeds=2),
    quick=Size(development=0, heldout=2, seeds=1),
    measure=drawn,
)
