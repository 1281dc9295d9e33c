"""Pictures of what is being drawn, stopping it, and what either leaves behind."""

import gc
import random

import numpy as np
import psutil
import pytest
import tiny
import torch
from rich.console import Console
from torch.nn.functional import interpolate

from direct2v.cli.bars import half_blocks
from direct2v.engine import DirecT2V
from direct2v.storybook.world.render import render
from direct2v.storybook.world.stories import sample_story

TEXTS = ["a red fox in a field", "a red fox in the rain"]


@pytest.fixture(scope="module")
def storybook():
    return DirecT2V.from_pretrained("storybook", device="cpu")


@pytest.fixture(scope="module")
def engine():
    return DirecT2V(tiny.sd(sample_size=8))


def test_the_map_fits_an_autoencoder_that_it_was_not_made_for(storybook):
    rng = random.Random(5)
    scenes = [scene for _ in range(3) for scene in sample_story(rng, 4, "heldout").scenes]
    pixels = torch.tensor(np.stack([render(scene) for scene in scenes])).permute(0, 3, 1, 2) / 255
    with torch.no_grad():
        latents = storybook.backbone.pipeline.vae.encode(2 * pixels - 1).latent_dist.mode()
    small = interpolate(pixels, size=latents.shape[-2:], mode="area").permute(0, 2, 3, 1).numpy()
    seen = storybook.backbone.preview(latents)
    assert (seen.dtype, seen.shape) == (np.uint8, small.shape)
    missed = ((seen / 255 - small) ** 2).sum() / ((small - small.mean((0, 1, 2))) ** 2).sum()
    assert missed < 0.5  # measured on 96 pictures: 0.34, and 0.22 for the best linear map there is of them


def test_a_preview_shows_the_end_long_before_it(storybook):
    steps, previews = [], []

    def on_step(step):
        steps.append(step)
        previews.append(storybook.preview(step).astype(float))

    words = ["a red car on the left, a city street, night", "a red car on the right, a city street, snow"]
    storybook.render(words, seed=1, on_step=on_step, output_type="latent")
    frames = [
        (preview, step) for preview, step in zip(previews, steps, strict=True) if step.phase == "frames"
    ]
    middle, noisy = frames[len(frames) // 2]
    end = previews[-1]
    assert len(previews[0]) == 1
    raw = storybook.backbone.preview(noisy.latents).astype(float)
    assert np.abs(middle - end).mean() < 0.7 * np.abs(raw - end).mean()  # measured: 17.1 and 29.3


def test_every_family_has_one():
    engine = DirecT2V(tiny.sdxl())
    shapes = []
    engine.render(
        TEXTS,
        num_inference_steps=1,
        output_type="latent",
        on_step=lambda step: shapes.append(engine.preview(step).shape),
    )
    assert shapes == [(2, 16, 16, 3)]


def test_half_blocks_show_two_pixels_each():
    red, blue = (255, 0, 0), (0, 0, 255)
    picture = np.array([[[red, blue], [blue, red], [red, red]]] * 3, np.uint8)
    text = half_blocks(picture, 5)
    assert text.plain == "▀▀ ▀▀\n▀▀ ▀▀\n▀▀\n▀▀\n"
    first, second = text.spans[0].style, text.spans[1].style
    assert (first.color.name, first.bgcolor.name) == ("#ff0000", "#0000ff")
    assert (second.color.name, second.bgcolor.name) == ("#0000ff", "#ff0000")
    many = half_blocks(np.zeros((100, 64, 64, 3), np.uint8), 80)
    lines = many.plain.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) == 2 * 11
    assert Console(width=80).measure(many).maximum <= 80


def test_without_a_terminal_a_line_says_so(direct2v, tiny_sd):
    done = direct2v("generate", "A storm", "--model", tiny_sd, "--steps", 1, "--frames", 1, "--preview")
    assert done.code == 0
    assert "Note: --preview needs a terminal, and this is none" in done.err
    assert "▀" not in done.err


class StopError(Exception):
    pass


def num_tensors():
    gc.collect()
    return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())


def test_cancelling_stops_within_a_step_and_lets_everything_go(engine):
    calls = []
    hook = engine.backbone.denoiser.register_forward_hook(lambda *_: calls.append(1))

    def draw(stop_at):
        def on_step(step):
            engine.preview(step)
            if step.completed == stop_at:
                raise StopError

        with pytest.raises(StopError):
            engine.render(TEXTS, num_inference_steps=8, seed=1, on_step=on_step)

    draw(5)
    before = num_tensors()
    calls.clear()
    draw(5)
    hook.remove()
    assert len(calls) == 5
    assert num_tensors() == before


def test_twenty_runs_do_not_grow_the_process(engine):
    def draw(times):
        for seed in range(times):
            engine.render(TEXTS, num_inference_steps=4, seed=seed, on_step=engine.preview)
        gc.collect()
        return psutil.Process().memory_info().rss

    draw(3)
    tensors, before = num_tensors(), draw(1)
    after = draw(20)
    assert num_tensors() == tensors
    assert after < 1.02 * before
