"""The embedded image model: stock libraries load it, it draws what is asked for, and the reader judges it."""

import json
import random

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline
from safetensors import safe_open

from direct2v import DirecT2V
from direct2v.storybook import model_path
from direct2v.storybook.reader import load_reader
from direct2v.storybook.world.attributes import compare
from direct2v.storybook.world.captions import canonical, paraphrase
from direct2v.storybook.world.sampling import random_scene
from direct2v.storybook.world.scene import Scene, Subject

NUM_STORMS = 5
PRIVATE = ("_name_or_path", "name_or_path", "is_local")
STORM = [
    Scene("sea", weather=w)
    for w in ("clear", "cloudy", "cloudy", "overcast", "overcast", "rain", "storm", "storm")
]


@pytest.fixture(scope="module")
def engine():
    return DirecT2V.from_pretrained("storybook", device="cpu")


@pytest.fixture(scope="module")
def reader():
    return load_reader()


def test_weights_are_small_half_precision_safetensors_only():
    files = [file for file in model_path().parent.rglob("*") if file.is_file()]
    assert not [file for file in files if file.suffix in (".bin", ".ckpt", ".pt", ".pkl", ".h5")]
    weights = [file for file in files if file.suffix == ".safetensors"]
    assert {file.parent.name for file in weights} == {
        "unet",
        "vae",
        "text_encoder",
        "director",
        "clip",
        "storybook",
    }
    assert sum(file.stat().st_size for file in weights) <= 48e6
    for file in weights:
        with safe_open(file, "pt") as tensors:
            assert {tensors.get_tensor(name).dtype for name in tensors.keys()} == {torch.float16}, file  # noqa: SIM118


def test_configurations_name_no_place_where_they_were_made():
    for file in model_path().parent.rglob("*config.json"):
        text = file.read_text(encoding="utf-8")
        assert not any(f'"{key}"' in text for key in PRIVATE), file
        assert "/tmp" not in text, file


def test_every_caption_of_the_world_fits_the_text_encoder(engine):
    rng = random.Random(0)
    texts = []
    for _ in range(3000):
        scene = random_scene(rng)
        texts += [canonical(scene), paraphrase(scene, rng)[0]]
    tokenizer = engine.backbone.pipeline.tokenizer
    assert max(len(ids) for ids in tokenizer(texts).input_ids) <= tokenizer.model_max_length
    assert tokenizer.model_max_length == engine.backbone.pipeline.text_encoder.config.max_position_embeddings


def test_a_stock_pipeline_loads_it_and_a_single_frame_is_the_same_bit_for_bit(engine):
    stock = StableDiffusionPipeline.from_pretrained(model_path(), safety_checker=None)
    stock.set_progress_bar_config(disable=True)
    assert {stock.unet.dtype, stock.vae.dtype, stock.text_encoder.dtype} == {torch.float32}
    latents = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(5))
    prompt = canonical(Scene("city", "night", "rain", (Subject.usual("car"),)))
    same = {"latents": latents, "num_inference_steps": 6, "guidance_scale": 2.5, "output_type": "latent"}
    theirs = stock(prompt, **same).images
    assert torch.equal(engine.render([prompt], layout="off", **same).latents, theirs)


def test_self_attention_has_tokens_to_act_on_at_three_resolutions(engine):
    tokens = set()
    unet = engine.backbone.pipeline.unet
    attentions = [module for name, module in unet.named_modules() if name.endswith("attn1")]
    hooks = [
        module.register_forward_pre_hook(lambda _, given: tokens.add(given[0].shape[1]))
        for module in attentions
    ]
    with torch.inference_mode():
        unet(torch.zeros(1, 4, 16, 16), 500, torch.zeros(1, 64, unet.config.cross_attention_dim))
    for hook in hooks:
        hook.remove()
    assert tokens == {16 * 16, 8 * 8, 4 * 4}


def test_its_defaults_are_its_own():
    values = json.loads((model_path() / "direct2v.json").read_text(encoding="utf-8"))
    assert {"num_inference_steps", "guidance_scale", "phi", "period", "initial_noise"} <= set(values)


def test_it_draws_held_out_scenes(engine, reader):
    rng = random.Random("tests: held-out scenes")
    scenes = [random_scene(rng, "heldout") for _ in range(24)]
    captions = [canonical(scene) for scene in scenes]
    frames = engine.render(captions, preset="independent", seed=0).frames
    readings = reader.read(np.stack([np.asarray(frame) for frame in frames]))
    verdicts = [compare(reading, scene) for reading, scene in zip(readings, scenes, strict=True)]
    assert np.mean([right for verdict in verdicts for rights in verdict.values() for right in rights]) > 0.93


def tells_a_storm(readings):
    """Frame 1 clear, then clouds, rain or lightning at the end, over a sea in every frame."""
    weathers = [reading.picture["weather"] for reading in readings]
    return (
        weathers[0] == "clear"
        and bool({"cloudy", "overcast"} & set(weathers[1:-1]))
        and weathers[-1] in ("rain", "storm")
        and all(reading.picture["place"] == "sea" for reading in readings)
    )


def test_the_storm_develops_over_the_sea(engine, reader):
    captions = [canonical(scene) for scene in STORM]
    for seed in range(NUM_STORMS):
        frames = engine.render(captions, seed=seed).frames
        assert tells_a_storm(reader.read(np.stack([np.asarray(frame) for frame in frames]))), seed


def test_a_storm_backwards_is_no_storm(engine, reader):
    frames = engine.render([canonical(scene) for scene in STORM[::-1]], seed=0).frames
    assert not tells_a_storm(reader.read(np.stack([np.asarray(frame) for frame in frames])))


CROSSING = [
    canonical(Scene("meadow", subjects=(Subject.usual("dog", position=p),)))
    for p in ("left", "centre", "right")
]


@pytest.mark.parametrize(("name", "values"), [("phi", (0.0, 0.05, 0.9)), ("period", (1, 4))])
def test_filter_and_mapping_act(engine, name, values):
    made = [engine.render(CROSSING, seed=0, output_type="np", **{name: value}).frames for value in values]
    for index, frames in enumerate(made):
        for other in made[index + 1 :]:
            assert np.abs(frames - other).max() > 1 / 255


def test_same_seed_same_frames(engine):
    first, again, other = (engine.render(CROSSING, seed=s, output_type="np").frames for s in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
