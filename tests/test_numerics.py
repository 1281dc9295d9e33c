"""Numbers that break are caught where they do; nothing comes out black without a word."""

import numpy as np
import pytest
import tiny
import torch
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from transformers import CLIPConfig, CLIPImageProcessor

from direct2v.diffusion import PerFrameNoise
from direct2v.engine import DirecT2V
from direct2v.errors import NumericsError

TEXTS = ["a red fox in a field", "a red fox in the rain", "a red fox at night"]


def draw(engine, **arguments):
    return engine.render(TEXTS, **{"num_inference_steps": 5, "seed": 1} | arguments)


@pytest.fixture
def engine():
    return DirecT2V(tiny.sd(sample_size=8))


def test_nan_is_caught_at_its_step_and_frame(engine):
    steps = []

    def break_row(module, args, output):
        if len(steps) == 4 and len(output[0]) == 6:  # two steps of layout, two of all frames are done
            output[0][3 + 1] = torch.inf  # of (guidance, frames): the second frame
        return output

    engine.backbone.denoiser.register_forward_hook(break_row)
    with pytest.raises(NumericsError) as caught:
        draw(engine, on_step=steps.append)
    assert str(caught.value).startswith(
        "latents of frame 2 became NaN or infinite in step 3 of 4 of the frames phase (timestep "
    )
    assert str(caught.value).endswith("float32); try another scheduler, or a lower guidance_scale")


def overflowing(vae):
    """Past 65504 behind its first layer, as SDXL's decoder is in fp16."""
    with torch.no_grad():
        vae.decoder.conv_in.weight *= 3e4 / vae.decoder.conv_in.weight.abs().max()


def test_what_overflows_in_half_precision_is_decoded_in_fp32(engine):
    vae = engine.backbone.pipeline.vae
    overflowing(vae)
    right = draw(engine, output_type="np").frames
    vae.half()
    drawn = draw(engine, output_type="np")
    assert vae.dtype == torch.float16
    assert np.abs(drawn.frames - right).max() < 0.02  # its weights were rounded
    assert (
        "the decoder overflowed in half precision at frames 1, 2, 3, decoded again in float32" in drawn.notes
    )


def test_a_broken_decoder_is_named(engine):
    with torch.no_grad():
        engine.backbone.pipeline.vae.decoder.conv_out.bias[0] = torch.nan
    with pytest.raises(NumericsError, match="NaN or infinity for frames 1, 2, 3, also in float32"):
        draw(engine)


@pytest.mark.parametrize("output_type", ["pil", "np"])
def test_black_frames_are_noted(engine, output_type):
    assert not [note for note in draw(engine, output_type=output_type).notes if "black" in note]
    with torch.no_grad():
        engine.backbone.pipeline.vae.decoder.conv_out.weight.zero_()
        engine.backbone.pipeline.vae.decoder.conv_out.bias.fill_(-1)
    (note,) = [note for note in draw(engine, output_type=output_type).notes if "black" in note]
    assert note == "frames 1, 2, 3 came out black; try dtype float32, another seed or a lower guidance_scale"


@pytest.fixture
def checked(engine):
    """An engine whose pipeline has a safety checker, with random weights, that flags nothing yet."""
    vision = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4}
    config = CLIPConfig(
        vision_config=vision | {"image_size": 32, "patch_size": 8, "projection_dim": 16}, projection_dim=16
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        checker = StableDiffusionSafetyChecker(config).eval()
        torch.nn.init.normal_(checker.concept_embeds)
        torch.nn.init.normal_(checker.special_care_embeds)
        # pictures make more of a difference than places in them do
        checker.vision_model.embeddings.patch_embedding.weight.data *= 100
    checker.concept_embeds_weights.fill_(2)  # a cosine never is
    checker.special_care_embeds_weights.fill_(2)
    engine.backbone.pipeline.safety_checker = checker
    engine.backbone.pipeline.feature_extractor = CLIPImageProcessor(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    )
    return engine


def forbid(engine, picture, others):
    """Makes the checker flag what looks like a picture more than any of the others does."""
    pipeline = engine.backbone.pipeline
    checker = pipeline.safety_checker

    def embedded(pictures):
        pixels = pipeline.feature_extractor(pictures, return_tensors="pt").pixel_values
        found = checker.visual_projection(checker.vision_model(pixels)[1])
        return torch.nn.functional.normalize(found)

    with torch.no_grad():
        target = embedded([picture])
        checker.concept_embeds[0] = target
        checker.concept_embeds_weights[0] = (1 + float((embedded(others) @ target.T).max())) / 2


@pytest.mark.parametrize("preset", ["independent", "released"])
def test_a_flagged_frame_is_drawn_with_the_next_noise(checked, preset):
    before = draw(checked, preset=preset)
    forbid(checked, before.frames[1], [before.frames[0], before.frames[2]])
    drawn = draw(checked, preset=preset)
    assert "the safety checker flagged frame 2; drawn again with the next noise" in drawn.notes
    assert drawn.settings.rolls == (0, 1, 0)
    assert drawn.settings.seed == 1
    assert not np.array_equal(drawn.frames[1], before.frames[1])
    assert min(np.asarray(frame).max() for frame in drawn.frames) > 0
    if preset == "independent":
        assert np.array_equal(drawn.frames[0], before.frames[0])
    # what is recorded repeats it at once
    again = draw(checked, preset=preset, rolls=drawn.settings.rolls)
    assert not [note for note in again.notes if "safety" in note]
    assert all(np.array_equal(a, b) for a, b in zip(again.frames, drawn.frames, strict=True))


def test_a_frame_that_is_rolled_has_noise_of_its_own_and_the_others_keep_theirs():
    shape, frames = (4, 2, 2), range(3)
    for stream, sharing in (("initial", "shared"), ("initial", "mixed"), ("renewal", "independent")):
        before = PerFrameNoise(5).draw(stream, frames, shape, sharing, 0.5)
        once = PerFrameNoise(5, (0, 1)).draw(stream, frames, shape, sharing, 0.5)
        twice = PerFrameNoise(5, (0, 2)).draw(stream, frames, shape, sharing, 0.5)
        assert torch.equal(once[[0, 2]], before[[0, 2]])
        assert not any(torch.equal(once[1], other) for other in (before[1], before[0], twice[1]))


def test_a_checker_that_flags_everything_ends_it(checked):
    checked.backbone.pipeline.safety_checker.concept_embeds_weights.fill_(-2)
    drawn = draw(checked, num_inference_steps=2)
    assert drawn.settings.rolls == (3, 3, 3)
    assert (
        drawn.notes.count("the safety checker flagged frames 1, 2, 3; drawn again with the next noise") == 3
    )
    assert "the safety checker still flags frames 1, 2, 3, which stay black" in drawn.notes
    assert not np.asarray(drawn.frames[0]).any()
