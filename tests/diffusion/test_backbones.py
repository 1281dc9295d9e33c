"""Each kind of pipeline that the engine drives: one frame unmapped is the stock pipeline, bit for bit."""

import numpy as np
import pytest
import tiny
import torch
from diffusers import (
    AutoencoderKL,
    ControlNetModel,
    DDIMScheduler,
    EulerAncestralDiscreteScheduler,
    StableDiffusionControlNetPipeline,
)

from direct2v import DirecT2V
from direct2v.errors import InputError, ModelError

TEXTS = ["a red fox in a field", "a red fox at night"]


def turbo():
    """As SDXL-Turbo: few steps of a trailing Euler ancestral sampler, without guidance."""
    return tiny.sdxl(
        scheduler=EulerAncestralDiscreteScheduler(**tiny.BETAS, timestep_spacing="trailing", steps_offset=1)
    )


def predicts_sample():
    return tiny.sd(scheduler=DDIMScheduler(**tiny.DDIM, prediction_type="sample"))


def without_zeros():
    return tiny.sdxl(force_zeros_for_empty_prompt=False)


def draw(pipeline, *, negative="", guidance_scale=5.0, steps=2, **size):
    """The same frame by the engine and by the stock pipeline."""
    pipeline.set_progress_bar_config(disable=True)
    engine = DirecT2V(pipeline)
    shape = engine.backbone.latents_shape(**size)
    start = torch.randn(1, *shape, generator=torch.Generator().manual_seed(0))
    settings = {"num_inference_steps": steps, "guidance_scale": guidance_scale, **size}
    ours = engine.render(
        TEXTS[:1],
        negative_prompt=negative,
        latents=start,
        layout="off",
        output_type="np",
        seed=3,
        **settings,
    )
    stock = {} if not negative else {"negative_prompt": negative}
    theirs = pipeline(
        TEXTS[0],
        latents=start,
        output_type="np",
        generator=engine_generator(3),
        **settings,
        **stock,
    ).images
    return ours, theirs


def engine_generator(seed):
    """What ancestral samplers draw from for frame 0."""
    from direct2v.diffusion import PerFrameNoise

    (generator,) = PerFrameNoise(seed).step_generators([0])
    return generator


@pytest.mark.parametrize(
    ("build", "options"),
    [
        (tiny.sd2, {"negative": "blurry"}),
        (tiny.sd2, {"guidance_scale": 1.0, "height": 96, "width": 160}),
        (predicts_sample, {}),
        (tiny.sdxl, {}),
        (tiny.sdxl, {"negative": "blurry"}),
        (tiny.sdxl, {"height": 96, "width": 160, "guidance_scale": 1.0}),
        (without_zeros, {}),
        (turbo, {"guidance_scale": 0.0, "steps": 1}),
        (turbo, {"guidance_scale": 0.0, "steps": 3}),
        (tiny.lcm, {"guidance_scale": 8.5, "steps": 4}),
    ],
)
def test_one_frame_is_the_stock_pipeline_bit_for_bit(build, options):
    ours, theirs = draw(build(), **options)
    assert np.array_equal(ours.frames, theirs)


@pytest.fixture(scope="module")
def xl():
    return DirecT2V(tiny.sdxl())


def test_frames_of_sdxl_read_each_other(xl):
    settings = {"num_inference_steps": 6, "seed": 1, "output_type": "latent"}
    mapped = xl.render(TEXTS, **settings).latents
    assert mapped.shape == (2, 4, 16, 16)
    assert torch.isfinite(mapped).all()
    assert not torch.equal(mapped, xl.render(TEXTS, strategy="own", **settings).latents)


def test_embeddings_of_sdxl_do_what_their_words_do(xl):
    settings = {"num_inference_steps": 3, "seed": 1, "output_type": "latent"}
    words = xl.backbone.encode(TEXTS)
    nothing = xl.backbone.encode(["blurry"], negative=True)
    by_words = xl.render(TEXTS, negative_prompt="blurry", **settings)
    by_embeddings = xl.render(
        prompt_embeds=words.tokens,
        pooled_prompt_embeds=words.pooled,
        negative_prompt_embeds=nothing.tokens,
        negative_pooled_prompt_embeds=nothing.pooled,
        **settings,
    )
    assert torch.equal(by_words.latents, by_embeddings.latents)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"prompt_embeds": torch.zeros(2, 7, 72)},
            "this model also needs pooled_prompt_embeds, of shape [2, 40]",
        ),
        (
            {"prompt_embeds": torch.zeros(2, 7, 72), "pooled_prompt_embeds": torch.zeros(1, 40)},
            "pooled_prompt_embeds has shape [1, 40]; accepted: [2, 40]",
        ),
        (
            {
                "prompt_embeds": torch.zeros(2, 7, 72),
                "pooled_prompt_embeds": torch.zeros(2, 40),
                "negative_prompt_embeds": torch.zeros(1, 7, 72),
            },
            "this model also needs negative_pooled_prompt_embeds, of shape [1, 40]",
        ),
        ({"prompts": ["word " * 90]}, "a prompt has 362 tokens, but this model reads at most 77"),
    ],
)
def test_bad_input_for_sdxl(xl, arguments, message):
    with pytest.raises(InputError) as caught:
        xl.render(**arguments)
    assert message in str(caught.value)


def test_a_decoder_that_overflows_in_fp16_works_in_fp32_and_comes_back():
    pipeline = tiny.sdxl()
    pipeline.vae = AutoencoderKL.from_config(
        pipeline.vae.config, force_upcast=True, latents_mean=[0.1] * 4, latents_std=[0.9] * 4
    ).half()
    latents = torch.randn(2, 4, 16, 16).half()
    frames = DirecT2V(pipeline).backbone.decode(latents, "np").frames
    assert pipeline.vae.dtype == torch.float16
    expected = pipeline.vae.float().decode(latents.float() * 0.9 / 0.18215 + 0.1).sample.detach()
    expected = (expected / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1).numpy()
    assert np.allclose(np.stack(frames), expected, atol=1e-3)


def test_other_pipelines_are_pointed_to_attach():
    parts = tiny.sd().components
    control = StableDiffusionControlNetPipeline(
        **{**parts, "controlnet": ControlNetModel.from_unet(parts["unet"])}, requires_safety_checker=False
    )
    with pytest.raises(
        ModelError, match=r"cannot drive a StableDiffusionControlNetPipeline.*direct2v\.attach"
    ):
        DirecT2V(control)


def test_a_refiner_is_refused():
    pipeline = tiny.sdxl()
    pipeline.unet.register_to_config(addition_time_embed_dim=9)
    with pytest.raises(ModelError, match="refiners are not supported"):
        DirecT2V(pipeline)
