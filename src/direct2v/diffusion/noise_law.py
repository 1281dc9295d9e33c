"""How much signal and noise a scheduler's latents hold, and how to add noise from one step to another.

x_i = a_i x_clean + b_i eps, in the latents that the sampler itself carries (which for DPM-Solver++ and UniPC
are variance preserving, although ``scheduler.sigmas`` are not).
"""

import copy
from typing import Any, NamedTuple

import torch
from torch import Tensor

from direct2v.errors import SettingsError

__all__ = ["CLEAN", "NoiseLevel", "noise_level", "renoise", "renoise_as_released"]

_BY_TIMESTEP = {
    "DDIMParallelScheduler",
    "DDIMScheduler",
    "DDPMParallelScheduler",
    "DDPMScheduler",
    "LCMScheduler",
    "PNDMScheduler",
    "TCDScheduler",
}
_BY_SIGMA = {
    "EDMDPMSolverMultistepScheduler",
    "EDMEulerScheduler",
    "EulerAncestralDiscreteScheduler",
    "EulerDiscreteScheduler",
    "HeunDiscreteScheduler",
    "KDPM2AncestralDiscreteScheduler",
    "KDPM2DiscreteScheduler",
    "LMSDiscreteScheduler",
}
_BY_SOLVER_SIGMA = {
    "DEISMultistepScheduler",
    "DPMSolverMultistepScheduler",
    "DPMSolverSinglestepScheduler",
    "SASolverScheduler",
    "UniPCMultistepScheduler",
}
_BY_FLOW_SIGMA = {"FlowMatchEulerDiscreteScheduler"}


class NoiseLevel(NamedTuple):
    """Signal scale a and noise scale b, as fp64 numbers."""

    signal: float
    noise: float


CLEAN = NoiseLevel(1.0, 0.0)


def noise_level(scheduler: Any, index: int) -> NoiseLevel:
    """The law at ``scheduler.timesteps[index]``; from clean it is what ``scheduler.add_noise`` does.

    Args:
        scheduler: a diffusers scheduler whose timesteps are set.
        index: position among its timesteps.

    Raises:
        SettingsError: if the law of this scheduler is not known.
    """
    name = type(scheduler).__name__
    if name in _BY_TIMESTEP:
        kept = float(scheduler.alphas_cumprod[int(scheduler.timesteps[index])].double())
        return NoiseLevel(kept**0.5, (1 - kept) ** 0.5)
    if name not in _BY_SIGMA | _BY_SOLVER_SIGMA | _BY_FLOW_SIGMA:
        return _as_added(scheduler, index)
    sigma = float(scheduler.sigmas[index].double())
    if name in _BY_FLOW_SIGMA or scheduler.config.get("use_flow_sigmas"):
        return NoiseLevel(1 - sigma, sigma)
    if name in _BY_SOLVER_SIGMA:
        signal = (1 + sigma**2) ** -0.5
        return NoiseLevel(signal, sigma * signal)
    return NoiseLevel(1.0, sigma)


def _as_added(scheduler: Any, index: int) -> NoiseLevel:
    """The law that ``scheduler.add_noise`` follows, from what it makes of a 1."""
    if not hasattr(scheduler, "add_noise"):
        raise SettingsError(
            f"the noise law of {type(scheduler).__name__} is not known, so layout must be 'off'; "
            f"or use another scheduler, such as DDIM or DPMSolverMultistep"
        )
    scheduler = copy.copy(scheduler)
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(None)  # with one, it would look at the step where it stands instead
    one, zero = torch.ones(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    timestep = scheduler.timesteps[index : index + 1].cpu()
    signal, noise = scheduler.add_noise(one, zero, timestep), scheduler.add_noise(zero, one, timestep)
    return NoiseLevel(float(signal), float(noise))


def renoise(latents: Tensor, noise: Tensor, start: NoiseLevel, end: NoiseLevel) -> Tensor:
    """From level 0 to the noisier level 1: x1 = (a1/a0) x0 + sqrt(b1^2 - (a1/a0)^2 b0^2) eps.

    Args:
        latents: x0, at level ``start``, whose signal is not 0.
        noise: eps, of the same shape.
        start: level 0.
        end: level 1; its signal may be 0 (zero terminal SNR).
    """
    ratio = end.signal / start.signal
    added: float = max(0.0, end.noise**2 - (ratio * start.noise) ** 2) ** 0.5
    return ratio * latents + added * noise


def renoise_as_released(scheduler: Any, latents: Tensor, noise: Tensor, start: int, end: int) -> Tensor:
    """The release's law: the product of ``alphas[t0:t1]``, which leaves out t1's own and takes in t0's.

    Args:
        scheduler: one that has training alphas and whole timesteps.
        latents: at index ``start``.
        noise: of the same shape.
        start: position of the cleaner timestep t0 among the scheduler's.
        end: position of the noisier timestep t1.

    Raises:
        SettingsError: if the scheduler has no whole timesteps, with which the release itself crashes.
    """
    t0, t1 = (scheduler.timesteps[index].item() for index in (start, end))
    if not (isinstance(t0, int) and isinstance(t1, int) and hasattr(scheduler, "alphas")):
        raise SettingsError(
            f"renoise='released' needs a scheduler with whole timesteps such as DDIM or PNDM, "
            f"not {type(scheduler).__name__}; use renoise='exact'"
        )
    kept: Tensor = torch.prod(scheduler.alphas[t0:t1]).to(latents.device)
    return kept.sqrt() * latents + (1 - kept).sqrt() * noise
