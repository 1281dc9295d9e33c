"""The embedded model: stock libraries load it, it draws what is asked for, and the reader judges it."""

import random

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline

from direct2v import DirecT2V
from direct2v.director import StorybookPlanner
from direct2v.storybook import model_path
from direct2v.storybook.captions import canonical, paraphrase
from direct2v.storybook.reader import load_reader
from direct2v.storybook.render import render
from direct2v.storybook.sampling import random_scene

NUM_STORMS = 20


@pytest.fixture(scope="module")
def engine():
    return DirecT2V.from_pretrained("storybook", device="cpu")


@pytest.fixture(scope="module")
def reader():
    return load_reader()


def test_weights_are_small_safetensors_only():
    files = [file for file in model_path().parent.rglob("*") if file.is_file()]
    assert not [file for file in files if file.suffix in (".bin", ".ckpt", ".pt", ".pkl", ".h5")]
    assert sum(file.stat().st_size for file in files if file.suffix == ".safetensors") < 48e6
    configs = [file.read_text(encoding="utf-8") for file in files if file.name == "config.json"]
    assert len(configs) == 3
    assert not any(
        "_name_or_path" in config for config in configs
    )  # where it was trained is nobody's business


def test_every_caption_of_the_world_fits_the_text_encoder(engine):
    rng = random.Random(0)
    texts = []
    for _ in range(2000):
        scene = random_scene(rng)
        texts += [canonical(scene), paraphrase(scene, rng)[0]]
    tokenizer = engine.backbone.pipeline.tokenizer
    assert max(len(ids) for ids in tokenizer(texts).input_ids) <= tokenizer.model_max_length
    assert tokenizer.model_max_length == engine.backbone.pipeline.text_encoder.config.max_position_embeddings


def test_a_stock_pipeline_loads_it_and_a_single_frame_is_the_same_bit_for_bit(engine):
    stock = StableDiffusionPipeline.from_pretrained(model_path(), safety_checker=None)
    stock.set_progress_bar_config(disable=True)
    latents = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(5))
    prompt = "a red car heading right in the centre, a city street, at night, rain"
    theirs = stock(
        prompt, latents=latents, num_inference_steps=6, guidance_scale=2.5, output_type="latent"
    ).images
    ours = engine.render(
        [prompt],
        layout="off",
        latents=latents,
        num_inference_steps=6,
        guidance_scale=2.5,
        output_type="latent",
    )
    assert torch.equal(ours.latents, theirs)


def test_the_reader_reads_real_pictures(reader):
    rng = random.Random("held out")
    scenes = [random_scene(rng) for _ in range(500)]
    readings = reader.read(np.stack([render(scene, rng.randrange(3)) for scene in scenes]))
    rights = [
        right for r, scene in zip(readings, scenes, strict=True) for right in r.agreement(scene).values()
    ]
    assert np.mean(rights) > 0.98


def tells_a_storm(readings):
    """Frame 1 clear, then clouds, rain or lightning at the end, over a sea in every frame."""
    weathers = [reading.weather for reading in readings]
    return (
        weathers[0] == "clear"
        and bool({"cloudy", "overcast"} & set(weathers[1:-1]))
        and weathers[-1] in ("rain", "storm")
        and all(reading.place == "sea" for reading in readings)
    )


def test_the_storm_develops_over_the_sea(engine, reader):
    storyboard = StorybookPlanner().direct("A thunderstorm developing over a sea", 8)
    told = []
    for seed in range(NUM_STORMS):
        frames = engine.render(storyboard, seed=seed).frames
        told.append(tells_a_storm(reader.read(np.stack([np.asarray(frame) for frame in frames]))))
    assert sum(told) >= 19, f"{sum(told)} of {NUM_STORMS}: {told}"


def test_a_storm_backwards_is_no_storm(engine, reader):
    storyboard = StorybookPlanner().direct("The storm passes and the sky clears over the sea", 8)
    frames = engine.render(storyboard, seed=0).frames
    assert not tells_a_storm(reader.read(np.stack([np.asarray(frame) for frame in frames])))


@pytest.mark.parametrize(("name", "values"), [("phi", (0.0, 0.05, 0.9)), ("period", (1, 4))])
def test_filter_and_mapping_act(engine, name, values):
    storyboard = StorybookPlanner().direct("a corgi walks across a meadow", 3)
    made = [engine.render(storyboard, seed=0, output_type="np", **{name: value}).frames for value in values]
    for index, frames in enumerate(made):
        for other in made[index + 1 :]:
            assert np.abs(frames - other).max() > 1 / 255


def test_same_seed_same_frames(engine):
    storyboard = StorybookPlanner().direct("a bird appears over the desert", 3)
    first, again, other = (engine.render(storyboard, seed=s, output_type="np").frames for s in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
