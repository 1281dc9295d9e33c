"""Frames in chunks are the frames of all at once."""

import pytest
import torch

from direct2v.engine import DirecT2V
from direct2v.errors import SettingsError
from direct2v.strategies import STRATEGIES

NUM_FRAMES = 16
TEXTS = [f"a red fox number {frame}" for frame in range(NUM_FRAMES)]


@pytest.fixture(scope="module")
def engines(tiny_sd):
    names = ("ddim", "dpm++-2m")
    found = {name: DirecT2V.from_pretrained(tiny_sd, device="cpu", scheduler=name) for name in names}
    for engine in found.values():
        engine.backbone.pipeline.unet.register_to_config(sample_size=8)  # 64x64 pixels: twice as quick
    return found


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
    settings = {"num_inference_steps": 4, "layers": "all", "period": 1, "seed": 2} | settings
    return engine.render(TEXTS, output_type="latent", **settings).latents


@pytest.mark.parametrize(("scheduler", "phi"), [("dpm++-2m", 0.05), ("ddim", 0.5)])
@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_every_strategy_draws_the_same_frames_in_chunks_of_any_size(engines, strategy, scheduler, phi):
    settings = {"strategy": strategy, "phi": phi}
    whole = draw(engines[scheduler], chunk_size=16, **settings)
    for chunk_size in (1, 3):
        parts = draw(engines[scheduler], chunk_size=chunk_size, **settings)
        torch.testing.assert_close(parts, whole, rtol=0, atol=1e-4)


@pytest.mark.parametrize("strategy", ["rotational", "first", "previous", "random", "own+previous+first", "own"])
def test_no_batch_is_larger_than_a_chunk(engines, batches, strategy):
    draw(engines["ddim"], strategy=strategy, chunk_size=3, num_inference_steps=2)
    assert set(batches) == {1, 3}  # 16 frames are five chunks of 3, and one


def test_frames_that_read_each_other_go_together(engines, batches):
    draw(engines["ddim"], strategy="own+sampled", chunk_size=3, num_inference_steps=2)
    assert set(batches) == {16}


def test_one_quantile_over_all_frames_is_refused_in_chunks(engines):
    with pytest.raises(SettingsError, match="over all 16 frames, which chunks of 3 cannot"):
        draw(engines["ddim"], quantile_scope="call", chunk_size=3)
    draw(engines["ddim"], quantile_scope="call", chunk_size=16, num_inference_steps=1)
    draw(engines["ddim"], quantile_scope="call", chunk_size=3, phi=0.0, num_inference_steps=1)
