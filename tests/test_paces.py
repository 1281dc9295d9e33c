"""Paces: what they fix, what counts before them, which models they refuse, what a run keeps of them."""

import json

import pytest
import tiny
from diffusers import EulerAncestralDiscreteScheduler

from direct2v.engine import DirecT2V
from direct2v.errors import SettingsError
from direct2v.model_source import SCHEDULERS
from direct2v.models import find_folder, read_object
from direct2v.paces import PACES, check_fit, find_pace, model_kind
from direct2v.presets import at_pace, resolve_settings
from direct2v.storyboard import FramePrompt, Storyboard
from direct2v.video import RunRecord

TEXTS = ["a red fox", "a red fox sleeps"]
STORY = Storyboard(prompt="A fox sleeps", frames=tuple(FramePrompt(prompt=text) for text in TEXTS))


def turbo():
    return tiny.sdxl(
        scheduler=EulerAncestralDiscreteScheduler(**tiny.BETAS, timestep_spacing="trailing", steps_offset=1)
    )


@pytest.mark.parametrize("pace", PACES.values(), ids=str)
def test_a_pace_is_made_of_what_there_is(pace):
    assert pace.scheduler is None or pace.scheduler in SCHEDULERS
    resolve_settings("direct2v", **pace.overrides(50))
    assert (pace.share is None) == ("num_inference_steps" in pace.settings)
    assert pace.summary


@pytest.mark.parametrize(
    ("asked", "fast", "draft"), [(50, 25, 12), (12, 6, 4), (8, 4, 4), (4, 4, 4), (2, 2, 2), (1, 1, 1)]
)
def test_a_share_leaves_a_layout_phase_and_never_adds_steps(asked, fast, draft):
    for name, steps in (("fast", fast), ("draft", draft)):
        assert PACES[name].overrides(asked)["num_inference_steps"] == steps


def test_what_is_given_counts_before_the_pace_and_the_pace_before_preset_and_model():
    pace, defaults = find_pace("fast"), {"num_inference_steps": 12}
    assert at_pace(pace, "direct2v", defaults, {})["num_inference_steps"] == 6
    assert at_pace(pace, "direct2v", None, {})["num_inference_steps"] == 25
    assert at_pace(pace, "released", defaults, {})["num_inference_steps"] == 50  # of its own 100
    assert at_pace(pace, "direct2v", defaults, {"num_inference_steps": 9, "eta": None}) == {
        "num_inference_steps": 9,
        "eta": 0.0,
    }
    assert at_pace(None, "direct2v", defaults, {"phi": 0.1, "eta": None}) == {"phi": 0.1}


def test_an_unknown_pace_is_refused():
    with pytest.raises(SettingsError, match="unknown pace 'warp'; known: fast, draft, lcm, lcm-lora, turbo"):
        find_pace("warp")


def test_kinds_of_models_are_told_from_their_configurations():
    def kind(pipeline):
        return model_kind(pipeline.unet.config, pipeline.scheduler.config)

    assert [kind(build()) for build in (tiny.sd, tiny.sd2, tiny.sdxl, tiny.lcm, turbo)] == [
        *["ordinary"] * 3,
        "lcm",
        "turbo",
    ]
    folder = find_folder("storybook")  # spaced like Turbo, but for pure noise
    scheduler = read_object(folder / "scheduler/scheduler_config.json")
    assert scheduler["timestep_spacing"] == "trailing"
    assert model_kind(read_object(folder / "unet/config.json"), scheduler) == "ordinary"


@pytest.mark.parametrize(
    ("pace", "kind", "has_lora", "said"),
    [
        ("lcm", "ordinary", False, "is for a latent consistency model, and this is no distilled model; for"),
        ("fast", "turbo", False, "this is a Turbo model; for it: turbo, or give steps"),
        ("turbo", "lcm", True, "this is a latent consistency model; for it: lcm, or"),
        ("lcm-lora", "ordinary", False, "needs an LCM-LoRA; give its file as lora"),
    ],
)
def test_a_pace_is_refused_where_the_model_does_not_fit(pace, kind, has_lora, said):
    with pytest.raises(SettingsError, match=said):
        check_fit(PACES[pace], kind, has_lora=has_lora)


def test_every_kind_of_model_has_a_pace():
    for kind, pace in (("ordinary", "fast"), ("ordinary", "lcm-lora"), ("lcm", "lcm"), ("turbo", "turbo")):
        check_fit(PACES[pace], kind, has_lora=True)


@pytest.mark.parametrize(
    ("build", "pace", "scheduler", "steps", "guidance"),
    [
        (tiny.sd, "draft", "dpm++-2m", 12, 7.5),
        (tiny.lcm, "lcm", "lcm", 4, 8.5),
        (turbo, "turbo", "EulerAncestralDiscreteScheduler", 4, 0.0),
    ],
)
def test_a_render_at_a_pace_leaves_the_pipeline_as_it_is(build, pace, scheduler, steps, guidance):
    pipeline = build()
    own = pipeline.scheduler
    rendering = DirecT2V(pipeline).render(TEXTS, seed=0, pace=pace, output_type="latent")
    assert pipeline.scheduler is own
    assert rendering.model.scheduler == scheduler
    assert rendering.settings.num_inference_steps == steps
    assert rendering.settings.guidance_scale == guidance


def test_a_scheduler_asked_for_at_loading_counts_before_the_paces(tiny_sd):
    engine = DirecT2V.from_pretrained(tiny_sd, device="cpu", scheduler="unipc")
    rendering = engine.render(TEXTS, seed=0, pace="draft", num_inference_steps=4, output_type="latent")
    assert rendering.model.scheduler == "unipc"


def test_a_run_at_a_pace_repeats_bit_for_bit_and_takes_no_other(direct2v, tiny_sd, tmp_path):
    STORY.save(tmp_path / "two.yaml")
    options = ("--model", tiny_sd, "--device", "cpu", "--seed", 1)
    done = direct2v("render", "two.yaml", "-o", "a.gif", "--pace", "draft", "--steps", 2, *options)
    assert done.code == 0, done.err
    record = RunRecord.load(tmp_path / "a.run/run.json")
    assert (record.model.scheduler, record.settings.num_inference_steps) == ("dpm++-2m", 2)
    refused = direct2v("render", "a.run/run.json", "-o", "b.gif", "--pace", "fast")
    assert refused.code == 2
    assert "leave --pace out" in refused.err
    assert direct2v("render", "a.run/run.json", "-o", "b.gif").code == 0
    for number in (1, 2):
        first, again = (tmp_path / f"{run}.run/frames/{number:04d}.png" for run in "ab")
        assert first.read_bytes() == again.read_bytes()
    assert json.loads((tmp_path / "b.run/run.json").read_text())["settings"] == record.settings.model_dump(
        mode="json"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--pace", "warp"), "unknown pace 'warp'"),
        (("--pace", "lcm"), "pace 'lcm' is for a latent consistency model"),
        (("--pace", "lcm-lora"), "needs an LCM-LoRA"),
        (("--pace", "fast", "--frame", "1"), "at the pace of the others"),
    ],
)
def test_the_command_line_refuses_in_one_line(direct2v, tmp_path, arguments, said):
    STORY.save(tmp_path / "two.yaml")
    done = direct2v("render", "two.yaml", "-o", "a.gif", *arguments)
    assert done.code == 2
    assert said in done.err
    assert len(done.err.splitlines()) == 1
    assert not list(tmp_path.glob("a.*"))
