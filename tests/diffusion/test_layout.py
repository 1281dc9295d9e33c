import pytest
import torch

from direct2v.diffusion.layout import layout_indices, translate
from direct2v.errors import SettingsError
from direct2v.presets import resolve_settings
from direct2v.settings import RenderSettings


@pytest.mark.parametrize(
    ("num_steps", "expected"),
    [
        (100, (90, 95)),
        (50, (45, 48)),
        (20, (17, 18)),
        (12, (9, 10)),
        (8, (5, 6)),
        (4, (1, 2)),
        (3, None),
        (1, None),
    ],
)
def test_indices_follow_the_steps(num_steps, expected):
    assert layout_indices(RenderSettings(num_inference_steps=num_steps)) == expected


def test_released_is_as_the_release_and_as_its_goldens():
    assert layout_indices(resolve_settings("released")) == (90, 95)
    assert layout_indices(resolve_settings("released", num_inference_steps=20)) == (17, 18)


def test_given_indices_are_taken_as_they_are():
    assert layout_indices(RenderSettings(num_inference_steps=20, t0=0, t1=19)) == (0, 19)
    assert layout_indices(RenderSettings(num_inference_steps=20, t1=10)) == (9, 10)
    assert layout_indices(RenderSettings(layout="off")) is None


def test_a_given_index_that_the_rules_other_one_does_not_fit_is_refused():
    with pytest.raises(SettingsError, match="t0 is 48, but t1 follows from 50 steps as 48"):
        layout_indices(RenderSettings(num_inference_steps=50, t0=48))
    with pytest.raises(SettingsError, match="t1 is 1, from which t0 follows as 0"):
        layout_indices(RenderSettings(num_inference_steps=10, t1=1))


def slow_translate(latents, shifts):
    """Pixel by pixel: the source is x + shift - half of 1/512, reflected at the edge, rounded."""
    result = torch.empty_like(latents)
    height, width = latents.shape[-2:]

    def source(position, shift, size):
        at = position + (2 * shift - 1) * size / 1024
        at = (at + 0.5) % (2 * size)
        at = min(at, 2 * size - at) - 0.5
        return round(min(max(at, 0), size - 1))

    for k, (right, down) in enumerate(shifts.tolist()):
        for y in range(height):
            for x in range(width):
                result[k, :, y, x] = latents[k, :, source(y, down, height), source(x, right, width)]
    return result


@pytest.mark.parametrize("motion", [(0, 0), (12, 12), (-30, 70), (100, -64), (512, 3.3)])
def test_translation_agrees_with_the_slow_twin(motion):
    latents = torch.randn(4, 2, 8, 16, generator=torch.Generator().manual_seed(0))
    shifts = torch.arange(4)[:, None] * torch.tensor(motion, dtype=torch.float32)
    assert torch.equal(translate(latents, shifts), slow_translate(latents, shifts))


def test_a_shift_of_whole_latents_moves_them_to_the_left_and_up():
    latents = torch.arange(64.0).reshape(1, 1, 8, 8)
    moved = translate(latents, torch.tensor([[128.0, 64.0]]))  # two to the right, one down
    assert torch.equal(moved[0, 0, :-1, :-2], latents[0, 0, 1:, 2:])


def test_translation_keeps_the_statistics_of_noise_and_the_dtype():
    noise = torch.randn(8, 4, 64, 64, generator=torch.Generator().manual_seed(0))
    moved = translate(noise.bfloat16(), torch.arange(8)[:, None] * torch.tensor([12.0, 12.0]))
    assert moved.dtype == torch.bfloat16
    assert moved.float().var().item() == pytest.approx(1.0, rel=0.02)
