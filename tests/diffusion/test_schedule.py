"""A restart in the middle of a run is a correct run from there: checked where the exact answer is known."""

import diffusers
import pytest
import torch

from direct2v.diffusion.noise_law import noise_level
from direct2v.diffusion.schedule import Schedule
from direct2v.errors import SettingsError

BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
CPU = torch.device("cpu")
LEAVES_NOISE = {
    "DDIMScheduler",
    "DDIMParallelScheduler",
    "DEISMultistepScheduler",
    "PNDMScheduler",
    "SASolverScheduler",
}

pytestmark = pytest.mark.filterwarnings("ignore:__array_wrap__ must accept:DeprecationWarning")  # diffusers


def make(name, **config):
    if name == "LMSDiscreteScheduler":
        pytest.importorskip("scipy")
    return Schedule(getattr(diffusers, name)(**BETAS, **config), 20, CPU)


def test_calls_of_each_step():
    assert make("DDIMScheduler").steps == [[i] for i in range(20)]
    assert make("PNDMScheduler", skip_prk_steps=True).steps == [[0, 1], *([i] for i in range(2, 21))]
    runge_kutta = make("PNDMScheduler").steps
    assert runge_kutta[:4] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12]]
    heun = make("HeunDiscreteScheduler").steps
    assert (heun[0], heun[1], heun[19], len(heun)) == ([0, 1], [2, 3], [38], 20)


def test_by_call_every_call_is_a_step():
    scheduler = diffusers.PNDMScheduler(**BETAS, skip_prk_steps=True)
    assert len(Schedule(scheduler, 20, CPU, by_call=True).steps) == 21


def test_history_cannot_be_carried_out_of_runge_kutta_steps():
    schedule = Schedule(diffusers.PNDMScheduler(**BETAS), 20, CPU, by_call=True)
    schedule.refuse_split(12)
    with pytest.raises(SettingsError, match="cannot begin inside PNDM's Runge-Kutta steps"):
        schedule.refuse_split(11)


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("DDIMScheduler", {"clip_sample": False}),
        ("PNDMScheduler", {"skip_prk_steps": True}),
        ("PNDMScheduler", {}),
        ("EulerDiscreteScheduler", {}),
        ("HeunDiscreteScheduler", {}),
        ("DPMSolverMultistepScheduler", {}),
        ("UniPCMultistepScheduler", {}),
        ("DDIMParallelScheduler", {"clip_sample": False}),
        ("DEISMultistepScheduler", {}),
        ("DPMSolverSinglestepScheduler", {"lower_order_final": True}),
        ("SASolverScheduler", {"tau_func": lambda t: 0}),
        ("KDPM2DiscreteScheduler", {}),
        ("LMSDiscreteScheduler", {}),
    ],
)
@pytest.mark.parametrize("start", [0, 1, 7, 18, 19])
def test_a_model_that_knows_the_answer_finds_it_after_a_restart(name, config, start):
    schedule = make(name, **config)
    clean, noise = torch.randn(2, 1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    schedule.restart(start)
    scheduler = schedule.scheduler
    for _ in range(2):  # the second restart meets a scheduler full of history
        schedule.restart(start)
        scheduler = schedule.scheduler
        a, b = noise_level(scheduler, schedule.steps[start][0])
        x = a * clean + b * noise
        for step, calls in enumerate(schedule.steps[start:], start):
            extra = schedule.step_arguments(step)
            for call in calls:
                timestep = scheduler.timesteps[call]
                scheduler.scale_model_input(x, timestep)
                x = scheduler.step(noise, timestep, x, **extra, return_dict=False)[0]
    assert len(schedule.steps) == 20
    # for the true noise every solver is exact; what is left is the noise of the scheduler's last level
    final = 0.03 if name in LEAVES_NOISE else 1e-3
    torch.testing.assert_close(x, clean, rtol=0, atol=4 * final)
