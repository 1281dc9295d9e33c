"""Named paces, as data: how many steps, by which solver; for ordinary models and for distilled ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from direct2v.errors import SettingsError
from direct2v.text import printable

__all__ = ["PACES", "ModelKind", "Pace", "check_fit", "find_pace", "model_kind"]

ModelKind = Literal["ordinary", "lcm", "turbo"]
FEWEST = 4  # steps that a share may leave: with fewer there is no layout phase

_KINDS: Mapping[ModelKind, str] = {
    "ordinary": "no distilled model",
    "lcm": "a latent consistency model",
    "turbo": "a Turbo model",
}


@dataclass(frozen=True, kw_only=True)
class Pace:
    """A number of steps, and what goes with it.

    Attributes:
        name: what ``--pace`` takes.
        summary: one line.
        model: the kind of model that it is for.
        scheduler: a name in ``SCHEDULERS``; None for the model's own.
        settings: what it fixes of ``RenderSettings``.
        share: of the steps that model and preset ask for; None where ``settings`` tells how many.
        needs_lora: whether it is for LoRAs that distil a model.
    """

    name: str
    summary: str
    model: ModelKind
    scheduler: str | None
    settings: Mapping[str, Any] = field(default_factory=dict)
    share: float | None = None
    needs_lora: bool = False

    def overrides(self, num_inference_steps: int) -> dict[str, Any]:
        """What it fixes of ``RenderSettings``, where that many steps are asked for otherwise."""
        if self.share is None:
            return dict(self.settings)
        steps = max(FEWEST, round(self.share * num_inference_steps))
        return {**self.settings, "num_inference_steps": min(num_inference_steps, steps)}


_PACES = (
    Pace(
        name="fast",
        summary="half the steps, by DPM-Solver++",
        model="ordinary",
        scheduler="dpm++-2m",
        settings={"eta": 0.0},
        share=0.5,
    ),
    Pace(
        name="draft",
        summary="a quarter of the steps, 4 at least, by DPM-Solver++",
        model="ordinary",
        scheduler="dpm++-2m",
        settings={"eta": 0.0},
        share=0.25,
    ),
    Pace(
        name="lcm",
        summary="4 steps of a latent consistency model",
        model="lcm",
        scheduler="lcm",
        settings={"num_inference_steps": 4, "guidance_scale": 8.5},
    ),
    Pace(
        name="lcm-lora",
        summary="4 steps with an LCM-LoRA on an ordinary model, without guidance",
        model="ordinary",
        scheduler="lcm",
        settings={"num_inference_steps": 4, "guidance_scale": 1.0},
        needs_lora=True,
    ),
    Pace(
        name="turbo",
        summary="4 steps of SD Turbo or SDXL Turbo by their own scheduler, without guidance",
        model="turbo",
        scheduler=None,
        settings={"num_inference_steps": 4, "guidance_scale": 0.0},
    ),
)

PACES: Mapping[str, Pace] = {pace.name: pace for pace in _PACES}


def find_pace(name: str) -> Pace:
    """The pace of that name.

    Raises:
        SettingsError: if there is none.
    """
    if name not in PACES:
        raise SettingsError(f"unknown pace {printable(str(name), 40)!r}; known: {', '.join(PACES)}")
    return PACES[name]


def model_kind(unet: Mapping[str, Any], scheduler: Mapping[str, Any]) -> ModelKind:
    """What a model was distilled to, as its configurations show.

    Args:
        unet: its configuration; that of a consistency model says how wide the embedded guidance scale is.
        scheduler: the configuration of the model's own; Turbo models space timesteps from the last one back.
            Models that were trained down to pure noise do so as well, and are not distilled.
    """
    if unet.get("time_cond_proj_dim") is not None:
        return "lcm"
    trailing = scheduler.get("timestep_spacing") == "trailing"
    return "turbo" if trailing and not scheduler.get("rescale_betas_zero_snr") else "ordinary"


def check_fit(pace: Pace, kind: ModelKind, *, has_lora: bool) -> None:
    """Refuses a pace that a model would answer with noise or blur.

    Raises:
        SettingsError: saying what the model is, and which paces are for it.
    """
    if pace.model != kind:
        fitting = [known.name for known in PACES.values() if known.model == kind]
        raise SettingsError(
            f"pace {pace.name!r} is for {_KINDS[pace.model]}, and this is {_KINDS[kind]}; "
            f"for it: {', '.join(fitting)}, or give steps, guidance and scheduler yourself"
        )
    if pace.needs_lora and not has_lora:
        raise SettingsError(f"pace {pace.name!r} needs an LCM-LoRA; give its file as lora (--lora)")
