"""Frames in chunks are the frames of all at once."""

import pytest
import tiny
import torch

from direct2v.engine import DirecT2V
from direct2v.errors import SettingsError
from direct2v.model_source import ModelSource
from direct2v.strategies import STRATEGIES

NUM_FRAMES = 16
TEXTS = [f"a red car number {frame}" for frame in range(NUM_FRAMES)]
SCHEDULERS = ("ddim", "dpm++-2m")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    pipeline = tiny.sd(
        sample_size=8,
        block_out_channels=(8, 16),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        norm_num_groups=4,
    )
    return tiny.save(pipeline, tmp_path_factory.mktemp("two_levels"))


@pytest.fixture(scope="module")
def engines(folder):
    """In fp64: in fp32 it is chance which of two confidences that are equal up to rounding is the higher."""
    engines = {name: DirecT2V.from_pretrained(folder, device="cpu", scheduler=name) for name in SCHEDULERS}
    for engine in engines.values():
        for name in ("unet", "text_encoder"):
            getattr(engine.backbone.pipeline, name).double()
    return engines


@pytest.fixture
def batches(engines):
    """Numbers of frames that the denoiser was given."""
    seen = []

    def watch(_module, _args, kwargs):
        seen.append(kwargs["encoder_hidden_states"].shape[0] // 2)

    hooks = [
        engine.backbone.denoiser.register_forward_pre_hook(watch, with_kwargs=True)
        for engine in engines.values()
    ]
    yield seen
    for hook in hooks:
        hook.remove()


def draw(engine, **settings):
    settings = {"num_inference_steps": 3, "layout": "off", "layers": "all", "period": 1, "seed": 2} | settings
    return engine.render(TEXTS, output_type="latent", **settings).latents


@pytest.mark.parametrize(("scheduler", "phi"), [("ddim", 0.05), ("dpm++-2m", 0.5)])
@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_every_strategy_draws_the_same_frames_in_chunks_of_any_size(engines, strategy, scheduler, phi):
    settings = {"strategy": strategy, "phi": phi}
    whole = draw(engines[scheduler], chunk_size=16, **settings)
    for chunk_size in (1, 3):
        parts = draw(engines[scheduler], chunk_size=chunk_size, **settings)
        torch.testing.assert_close(parts, whole, rtol=0, atol=1e-9)


@pytest.fixture(scope="module")
def storybook():
    return DirecT2V.from_pretrained(ModelSource(name="storybook", device="cpu", scheduler="dpm++-2m"))


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_a_trained_model_draws_the_same_frames_in_single_precision(storybook, strategy):
    settings = {"strategy": strategy, "num_inference_steps": 2, "guidance_scale": 1.0}
    whole = draw(storybook, chunk_size=16, phi=0.5, **settings)
    parts = draw(storybook, chunk_size=3, phi=0.5, **settings)
    # a batch of another size rounds otherwise, and a query as near to the threshold as that changes sides
    differ = (parts - whole).abs()
    assert (differ > 1e-4).double().mean() < 0.02
    assert differ.max() < 0.02


@pytest.mark.parametrize(
    "strategy", ["rotational", "first", "previous", "random", "own+previous+first", "own"]
)
def test_no_batch_is_larger_than_a_chunk(engines, batches, strategy):
    draw(engines["ddim"], strategy=strategy, chunk_size=3, num_inference_steps=2)
    assert set(batches) == {1, 3}  # 16 frames are five chunks of 3, and one


def test_with_a_layout_phase_too(engines):
    settings = {"layout": "on", "num_inference_steps": 5, "phi": 0.2}
    whole, parts = (draw(engines["dpm++-2m"], chunk_size=size, **settings) for size in (None, 3))
    torch.testing.assert_close(parts, whole, rtol=0, atol=1e-9)


def test_frames_that_read_each_other_go_together(engines, batches):
    draw(engines["ddim"], strategy="own+sampled", chunk_size=3, num_inference_steps=2)
    assert set(batches) == {16}


def test_one_quantile_over_all_frames_is_refused_in_chunks(engines):
    with pytest.raises(SettingsError, match="over all 16 frames, which chunks of 3 cannot"):
        draw(engines["ddim"], quantile_scope="call", chunk_size=3)
    draw(engines["ddim"], quantile_scope="call", chunk_size=16, num_inference_steps=1)
    draw(engines["ddim"], quantile_scope="call", chunk_size=3, phi=0.0, num_inference_steps=1)
