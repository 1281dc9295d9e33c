"""The clean latents that a model's output means."""

from typing import Any

from torch import Tensor

from direct2v.diffusion.noise_law import NoiseLevel
from direct2v.errors import SettingsError

__all__ = ["clean_estimate"]


def clean_estimate(scheduler: Any, level: NoiseLevel, latents: Tensor, output: Tensor) -> Tensor:
    """The model's estimate of the latents without noise.

    With x = a x_clean + b eps and n = sqrt(a^2 + b^2), the model sees x / n; it predicts eps, or
    v = (a eps - b x_clean) / n, or x_clean; in flow matching eps - x_clean.

    Args:
        scheduler: tells what the model predicts.
        level: a and b of ``latents``; a is not 0.
        latents: x [F, C, h, w], as the scheduler carries them.
        output: of the model, as latents.

    Raises:
        SettingsError: if what the model predicts is not known.
    """
    if hasattr(scheduler, "precondition_outputs"):  # EDM
        estimate: Tensor = scheduler.precondition_outputs(latents, output, level.noise)
        return estimate
    kind = scheduler.config.get("prediction_type")
    scale: float = (level.signal**2 + level.noise**2) ** 0.5
    a, b = level.signal / scale, level.noise / scale
    estimate: Tensor
    if kind == "epsilon":
        estimate = (latents / scale - b * output) / a
    elif kind == "v_prediction":
        estimate = a / scale * latents - b * output
    elif kind == "sample":
        estimate = output
    elif kind == "flow_prediction" or hasattr(scheduler, "scale_noise"):
        estimate = latents - level.noise * output
    else:
        raise SettingsError(
            "camera zoom and roll need a model that predicts noise, v or the sample, which is not known of "
            f"one for {type(scheduler).__name__}; take another scheduler, or pan and tilt only"
        )
    return estimate
