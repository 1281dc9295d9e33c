from dataclasses import replace

import diffusers
import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline

from direct2v.engine import DirecT2V
from direct2v.errors import InputError, ModelError, NumericsError, SettingsError
from direct2v.model_source import ModelSource
from direct2v.storyboard import CameraMove, FramePrompt, Storyboard
from direct2v.video import load_source, plan_redraw

pytestmark = pytest.mark.filterwarnings("ignore:__array_wrap__ must accept:DeprecationWarning")  # diffusers

ZERO_SNR = {
    "prediction_type": "v_prediction",
    "timestep_spacing": "trailing",
    "rescale_betas_zero_snr": True,
}
TEXTS = ["a red fox in a field", "a red fox in the rain", "a red fox at night"]


@pytest.fixture(scope="module")
def engine(tiny_sd):
    engine = DirecT2V.from_pretrained(tiny_sd, device="cpu")
    engine.backbone.pipeline.unet.register_to_config(sample_size=8)  # 64x64 pixels: twice as quick
    return engine


@pytest.fixture
def with_scheduler(engine):
    """Swaps the pipeline's scheduler for one test."""
    pipeline = engine.backbone.pipeline
    before = pipeline.scheduler

    def swap(name, **config):
        pipeline.scheduler = getattr(diffusers, name).from_config(before.config, **config)

    yield swap
    pipeline.scheduler = before


def latents(engine, texts=TEXTS, **settings):
    settings = {"num_inference_steps": 6, "seed": 1, "output_type": "latent"} | settings
    return engine.render(texts, **settings).latents


@pytest.mark.parametrize("guidance_scale", [7.5, 1.0])
@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("DDIMScheduler", {}),
        ("DDIMScheduler", ZERO_SNR),
        ("PNDMScheduler", {"skip_prk_steps": True}),
        ("PNDMScheduler", {}),
        ("EulerDiscreteScheduler", {}),
        ("HeunDiscreteScheduler", {}),
        ("DPMSolverMultistepScheduler", {}),
        ("UniPCMultistepScheduler", {}),
    ],
)
def test_one_frame_without_layout_is_the_stock_pipeline_bit_for_bit(
    engine, with_scheduler, name, config, guidance_scale
):
    with_scheduler(name, **config)
    start = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    expected = engine.backbone.pipeline(
        TEXTS[0],
        negative_prompt="blurry",
        num_inference_steps=4,
        guidance_scale=guidance_scale,
        latents=start,
        output_type="np",
    ).images
    result = engine.render(
        TEXTS[:1],
        negative_prompt="blurry",
        num_inference_steps=4,
        guidance_scale=guidance_scale,
        latents=start,
        layout="off",
        phi=0.5,
        output_type="np",
    )
    assert np.array_equal(result.frames, expected)


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("DDIMScheduler", {}),
        ("DDIMScheduler", ZERO_SNR),
        ("DDPMScheduler", {}),
        ("PNDMScheduler", {}),
        ("LCMScheduler", {}),
        ("EulerDiscreteScheduler", {}),
        ("EulerAncestralDiscreteScheduler", {}),
        ("HeunDiscreteScheduler", {}),
        ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}),
        ("UniPCMultistepScheduler", {}),
        ("DDIMParallelScheduler", {}),
        ("DDPMParallelScheduler", {}),
        ("TCDScheduler", {}),
        ("DEISMultistepScheduler", {}),
        ("DPMSolverSinglestepScheduler", {"lower_order_final": True}),
        ("SASolverScheduler", {}),
        ("KDPM2DiscreteScheduler", {}),
        ("KDPM2AncestralDiscreteScheduler", {}),
        ("EDMEulerScheduler", {}),
    ],
)
def test_every_scheduler_draws_frames_that_a_seed_decides(engine, with_scheduler, name, config):
    with_scheduler(name, **config)
    once, again, other = (
        latents(engine, TEXTS[:2], num_inference_steps=4, eta=0.5, seed=seed) for seed in (1, 1, 2)
    )
    assert once.shape == (2, 4, 8, 8)
    assert torch.isfinite(once).all()
    assert torch.equal(once, again)
    assert not torch.equal(once, other)


def test_filter_mapping_and_noise_are_real(engine):
    results = [
        latents(engine, num_inference_steps=8, **settings)
        for settings in (
            {"phi": 0.0},
            {"phi": 0.05},
            {"phi": 0.9},
            {"phi": 0.9, "filter_form": "literal"},
            {"phi": 0.0, "period": 4},
            {"phi": 0.0, "period": 4, "layers": "all"},
            {"phi": 0.0, "strategy": "own"},
            {"phi": 0.0, "strategy": "first"},
            {"phi": 0.0, "strategy": "previous"},
            {"phi": 0.0, "renewal_noise": "shared"},
            {"phi": 0.0, "motion": (40.0, 0.0)},
            {"phi": 0.0, "layout": "off"},
            {"phi": 0.0, "layout": "off", "initial_noise": "independent"},
        )
    ]
    for index, a in enumerate(results):
        assert all(not torch.allclose(a, b, atol=1e-4) for b in results[index + 1 :])


def test_seed_zero_is_a_seed(engine):
    zero = engine.render(TEXTS, num_inference_steps=4, seed=0, output_type="latent")
    assert zero.settings.seed == 0
    assert torch.equal(zero.latents, latents(engine, num_inference_steps=4, seed=0))
    assert not torch.equal(zero.latents, latents(engine, num_inference_steps=4, seed=1))


def test_a_seed_that_was_drawn_is_told(engine):
    first = engine.render(TEXTS, num_inference_steps=4, output_type="latent")
    assert torch.equal(first.latents, latents(engine, num_inference_steps=4, seed=first.settings.seed))


@pytest.mark.parametrize("preset", ["direct2v", "released"])
def test_a_generator_is_as_good_as_a_seed(engine, preset):
    def draw(generator):
        return engine.render(
            TEXTS, preset=preset, num_inference_steps=4, generator=generator, output_type="latent"
        )

    first, second = draw(torch.Generator().manual_seed(5)), draw(torch.Generator().manual_seed(5))
    assert torch.equal(first.latents, second.latents)
    by_seed = latents(engine, num_inference_steps=4, preset=preset, seed=first.settings.seed)
    assert torch.equal(first.latents, by_seed)
    used = torch.Generator().manual_seed(5)
    torch.rand(1, generator=used)
    assert (draw(used).settings.seed is None) == (preset == "released")


def test_without_coupling_a_frame_does_not_depend_on_the_others(engine):
    alone = latents(engine, TEXTS[:1], preset="independent", eta=1.0)
    together = latents(engine, preset="independent", eta=1.0)
    torch.testing.assert_close(alone[0], together[0], rtol=0, atol=1e-4)


def test_the_pipeline_is_left_as_it_was(engine):
    pipeline = engine.backbone.pipeline
    before = pipeline.scheduler, dict(pipeline.scheduler.__dict__), dict(pipeline.unet.attn_processors)

    def cancel(step):
        if step.phase == "frames" and step.step_index == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        latents(engine, on_step=cancel)
    assert pipeline.scheduler is before[0]
    assert pipeline.scheduler.__dict__ == before[1]
    assert all(pipeline.unet.attn_processors[name] is old for name, old in before[2].items())


def test_progress_counts_every_step(engine):
    steps = []
    latents(engine, num_inference_steps=12, on_step=steps.append)
    assert [step.completed for step in steps] == list(range(1, steps[0].total + 1))
    assert [(s.phase, len(s.latents)) for s in steps] == [("layout", 1)] * 2 + [("frames", 3)] * 11
    assert [s.step_index for s in steps[2:]] == list(range(11))


def test_embeddings_do_what_their_words_do(engine):
    words = engine.backbone.encode(TEXTS).tokens
    nothing = engine.backbone.encode(["blurry"]).tokens
    by_words = engine.render(TEXTS, negative_prompt="blurry", num_inference_steps=4, seed=1, output_type="np")
    for negative in (nothing, nothing.expand(3, -1, -1)):
        rendering = engine.render(
            prompt_embeds=words,
            negative_prompt_embeds=negative,
            num_inference_steps=4,
            seed=1,
            output_type="np",
        )
        assert np.array_equal(rendering.frames, by_words.frames)
        assert rendering.storyboard is None
    assert by_words.storyboard.negative_prompt == "blurry"
    assert by_words.frames.shape == (3, 64, 64, 3)


def test_the_storyboards_words_and_camera_are_used(engine):
    frames = [FramePrompt(prompt=text) for text in TEXTS]
    still = Storyboard(prompt="a fox", negative_prompt="blurry", frames=tuple(frames))
    frames[1] = FramePrompt(prompt=TEXTS[1], camera=CameraMove(pan=0.25))
    moved = still.model_copy(update={"frames": tuple(frames)})
    plain = latents(engine, TEXTS, negative_prompt="blurry")
    assert torch.equal(latents(engine, still), plain)
    assert not torch.equal(latents(engine, moved), plain)
    with pytest.raises(InputError, match="act on the layout phase, which is off"):
        latents(engine, moved, layout="off")
    for move in (CameraMove(zoom=1.5), CameraMove(roll=40.0)):
        frames[1] = FramePrompt(prompt=TEXTS[1], camera=move)
        turned = latents(engine, still.model_copy(update={"frames": tuple(frames)}))
        assert torch.isfinite(turned).all()
        assert not torch.allclose(turned[1:], plain[1:], atol=1e-3)


def test_a_sampler_of_flow_matching_is_refused(engine):
    pipeline = engine.backbone.pipeline
    before, pipeline.scheduler = pipeline.scheduler, diffusers.FlowMatchEulerDiscreteScheduler()
    try:
        with pytest.raises(SettingsError, match="FlowMatchEulerDiscreteScheduler samples flow matching"):
            latents(engine)
    finally:
        pipeline.scheduler = before


def test_sizes(engine):
    rendering = engine.render(TEXTS[:1], num_inference_steps=2, height=64, width=96)
    assert rendering.frames[0].size == (96, 64)
    with pytest.raises(SettingsError, match="height is 100, but must be a multiple of 8 for this model"):
        latents(engine, height=100)


def test_a_rendering_tells_what_computed_it(engine, with_scheduler):
    with_scheduler("EulerDiscreteScheduler")
    drawn = engine.render(TEXTS[:1], num_inference_steps=2, output_type="latent")
    assert (drawn.model.dtype, drawn.model.device, drawn.model.scheduler) == (
        "float32",
        "cpu",
        "EulerDiscreteScheduler",
    )
    assert not drawn.latents_given
    start = torch.zeros(1, 4, 8, 8)
    given = engine.render(TEXTS[:1], num_inference_steps=2, latents=start, output_type="latent")
    assert given.latents_given


def test_notes_tell_what_one_might_not_expect(engine):
    short = engine.render(TEXTS, num_inference_steps=2, output_type="latent", seed=0)
    assert short.notes == (
        "2 steps are too few for a layout phase, so there was none",
        "in 2 steps no other frame reads these: 3; more steps change that",
    )
    assert engine.render(TEXTS, num_inference_steps=12, output_type="latent").notes == ()
    zero = engine.render(TEXTS, preset="text2video-zero", num_inference_steps=4, output_type="latent")
    assert zero.notes == ("text2video-zero has t0=44, t1=47 of 50 steps; for 4 steps they became t0=1, t1=2",)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prompts": "a fox"}, "prompts is one text; give a list with one text per frame"),
        ({"prompts": []}, "needs at least 1"),
        ({"prompts": ["a", " "]}, "must not be empty"),
        ({"prompts": ["a"] * 1025}, "takes at most 1024"),
        ({}, "give either prompts or prompt_embeds"),
        ({"prompts": ["word " * 90]}, "a prompt has 362 tokens, but this model reads at most 77"),
        ({"prompts": ["a"], "negative_prompt": "word " * 90}, "a prompt has 362 tokens"),
        ({"prompts": ["a"], "negative_prompt": ["b", "c"]}, "got 2 negative prompts for 1 frames"),
        ({"prompts": ["a"], "output_type": "gif"}, "unknown output_type 'gif'; accepted: pil, np, latent"),
        ({"prompts": ["a"], "preset": "nope"}, "unknown preset 'nope'"),
        ({"prompts": ["a"], "pih": 0.5}, "pih: unknown key; did you mean phi?"),
        ({"prompts": ["a"], "seed": 1, "generator": torch.Generator()}, "give seed or generator, not both"),
        ({"prompts": ["a"], "latents": torch.zeros(2, 4, 8, 8)}, "accepted here: [1, 4, 8, 8]"),
        ({"prompts": ["a"], "latents": torch.zeros(4, 8, 8)}, "latents has shape [4, 8, 8]"),
        ({"prompt_embeds": torch.zeros(2, 77, 31)}, "prompt_embeds has shape [2, 77, 31]"),
        (
            {"prompt_embeds": torch.zeros(2, 7, 32), "negative_prompt_embeds": torch.zeros(3, 7, 32)},
            "accepted: [2, 7, 32] or [1, 7, 32]",
        ),
        (
            {"prompt_embeds": np.zeros((2, 7, 32))},
            "prompt_embeds is a numpy.ndarray; accepted: a torch tensor",
        ),
        ({"prompts": ["a"], "latents": np.zeros((1, 4, 8, 8))}, "latents is a numpy.ndarray"),
        ({"prompts": ["a"], "generator": [torch.Generator()]}, "generator is a list; accepted: one torch"),
        ({"prompts": ["a"], "negative_prompt": 3}, "negative_prompt is a int; accepted: one text"),
        ({"prompts": ["a"], "negative_prompt": [3]}, "negative_prompt holds a int; accepted: texts"),
        ({"prompts": ["a"], "negative_prompt": "\ud800"}, "negative_prompt is no valid Unicode"),
        ({"prompts": 3}, "prompts is a int; accepted: a storyboard"),
        ({"prompt_embeds": torch.zeros(2, 7, 32)}, "7 tokens, negative prompts of this model 77"),
        (
            {"prompt_embeds": torch.zeros(2, 7, 32), "pooled_prompt_embeds": torch.zeros(2, 40)},
            "pooled_prompt_embeds is for models with two text encoders (SDXL); leave it out",
        ),
        (
            {"prompts": ["a"], "pooled_prompt_embeds": torch.zeros(1, 40)},
            "pooled_prompt_embeds goes with prompt_embeds; give both",
        ),
    ],
)
def test_bad_input_is_refused_in_one_line(engine, arguments, message):
    with pytest.raises(InputError) as caught:
        engine.render(**arguments)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_numbers_that_break_are_named(engine):
    with pytest.raises(
        NumericsError,
        match=r"frame 1 became NaN or infinite in step 1 of 1 of the frames phase \(timestep 1, f",
    ):
        latents(
            engine,
            TEXTS[:1],
            num_inference_steps=1,
            latents=torch.full((1, 4, 8, 8), torch.nan),
        )


def test_other_pipelines_are_refused(engine):
    with pytest.raises(ModelError, match="the engine cannot drive a UNet2DConditionModel; accepted: "):
        DirecT2V(engine.backbone.denoiser)
    parts = {**engine.backbone.pipeline.components, "requires_safety_checker": False}
    parts["unet"] = diffusers.UNet2DConditionModel(
        in_channels=9, block_out_channels=(8, 8), norm_num_groups=4, layers_per_block=1,
        cross_attention_dim=32, attention_head_dim=4,
        down_block_types=("DownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "UpBlock2D"),
    )  # fmt: skip
    with pytest.raises(ModelError, match="takes 9 channels, but latents have 4"):
        DirecT2V(StableDiffusionPipeline(**parts))


def test_a_rendering_is_saved_with_everything_that_made_it(engine, tmp_path):
    rendering = engine.render(TEXTS, num_inference_steps=2, seed=3, output_type="np")
    saved = rendering.save(tmp_path / "story.mp4")
    assert saved.record.settings == rendering.settings
    assert saved.record.settings.seed == 3
    assert saved.record.model.sha256
    with pytest.raises(InputError, match="these are latents"):
        engine.render(TEXTS, num_inference_steps=2, output_type="latent").save(tmp_path / "other.mp4")


BOARD = Storyboard.from_prompts("a fox", TEXTS)
EDITED = Storyboard.from_prompts("a fox", [TEXTS[0], "a red fox asleep", TEXTS[2]])


def png(folder):
    return {file.name: file.read_bytes() for file in (folder / "frames").iterdir()}


@pytest.mark.parametrize("preset", ["direct2v", "released"])
def test_one_frame_is_drawn_anew_and_the_run_can_be_repeated(engine, tmp_path, preset):
    path = tmp_path / "story"
    full = engine.render(BOARD, preset=preset, num_inference_steps=4, seed=3).save(path, fps=4)
    before = png(full.folder)

    redraw = plan_redraw(2, BOARD, output=path)
    same = engine.render(redraw.storyboard, preset=redraw.preset, **redraw.overrides).save(
        path, redraw=redraw
    )
    assert png(same.folder) == before

    redraw = plan_redraw(2, EDITED, source=full.folder / "storyboard.yaml", output=path)
    drawn = engine.render(redraw.storyboard, preset=redraw.preset, **redraw.overrides)
    saved = drawn.save(path, redraw=redraw)
    after = png(saved.folder)
    assert {name for name in after if after[name] != before[name]} == {"0002.png"}
    assert saved.record.video.fps == 4
    assert saved.record.current == EDITED
    assert saved.record.storyboard == BOARD

    steps = []
    record = load_source(saved.folder / "run.json")
    again = engine.repeat(record, on_step=steps.append)
    repeated = again.save(tmp_path / "again", fps=record.video.fps, hold=record.hold)
    assert png(repeated.folder) == after
    assert [file.read_bytes() for file in sorted(repeated.video.iterdir())] == [
        file.read_bytes() for file in sorted(path.iterdir())
    ]
    assert repeated.record.video == record.video
    assert repeated.record.storyboard == BOARD
    assert [(r.frame, r.storyboard, r.settings) for r in repeated.record.redrawn] == [
        (r.frame, r.storyboard, r.settings) for r in record.redrawn
    ]
    assert steps[0].total * 2 == len(steps)
    assert torch.equal(again.latents[1], drawn.latents[1])


def test_one_frame_alone_can_be_repeated(engine, tmp_path):
    redraw = plan_redraw(2, BOARD, output=tmp_path / "story", overrides={"num_inference_steps": 4, "seed": 3})
    drawn = engine.render(BOARD, preset=redraw.preset, **redraw.overrides)
    saved = drawn.save(tmp_path / "story", redraw=redraw)
    assert list(png(saved.folder)) == ["0002.png"]
    assert [file.name for file in saved.video.iterdir()] == ["0002.png"]
    full = drawn.save(tmp_path / "full.mp4")
    assert png(full.folder)["0002.png"] == png(saved.folder)["0002.png"]
    repeated = engine.repeat(saved.record).save(tmp_path / "again.webm")
    assert png(repeated.folder) == png(saved.folder)
    assert repeated.num_frames == 1


def test_a_run_of_another_model_is_not_redrawn(engine, tmp_path):
    path = tmp_path / "story.mp4"
    DirecT2V(engine.backbone.pipeline, source=ModelSource(name="mine")).render(
        BOARD, num_inference_steps=2, seed=1
    ).save(path)
    redraw = plan_redraw(2, BOARD, output=path)
    drawn = engine.render(BOARD, preset=redraw.preset, **redraw.overrides)
    with pytest.raises(ModelError, match="was drawn with model mine, not with"):
        drawn.save(path, redraw=redraw)
    wide = engine.render(BOARD, preset=redraw.preset, width=128)
    same_name = replace(wide, model=wide.model.model_copy(update={"name": "mine"}), path=None)
    with pytest.raises(InputError, match="frame 2 came out 128x64 pixels, the frames of"):
        same_name.save(path, redraw=redraw)


def test_what_no_record_tells_cannot_be_repeated(engine, tmp_path):
    words = engine.backbone.encode(TEXTS).tokens
    drawn = engine.render(prompt_embeds=words, num_inference_steps=2)
    with pytest.raises(InputError, match="made from embeddings, it has no words to render"):
        engine.repeat(drawn.save(tmp_path / "a.mp4").record)
    start = torch.zeros(1, 4, 8, 8)
    record = engine.render(BOARD, num_inference_steps=2, latents=start).save(tmp_path / "b.mp4").record
    with pytest.raises(InputError, match="started from given latents, which no seed repeats"):
        engine.repeat(record)
    assert engine.repeat(record, seed=0).settings.seed == 0
