"""A render goes on from its checkpoint to the same frames, bit for bit, and refuses one that does not fit."""

import json

import diffusers
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from direct2v.checkpoints import KEY, Checkpoint
from direct2v.engine import DirecT2V
from direct2v.errors import InputError, ModelError, OutputError, SettingsError
from direct2v.model_source import ModelSource
from direct2v.storyboard import CameraMove, FramePrompt, Storyboard

pytestmark = pytest.mark.filterwarnings("ignore:__array_wrap__ must accept:DeprecationWarning")  # diffusers

TEXTS = ["a red fox in a field", "a red fox in the rain"]


@pytest.fixture(scope="module")
def engine(tiny_sd):
    engine = DirecT2V.from_pretrained(tiny_sd, device="cpu")
    engine.backbone.pipeline.unet.register_to_config(sample_size=8)
    return engine


class StopError(Exception):
    pass


def stopped_after(count):
    def on_step(step):
        if step.completed == count:
            raise StopError

    return on_step


def draw(engine, **arguments):
    return engine.render(
        **{"prompts": TEXTS, "num_inference_steps": 5, "seed": 1, "output_type": "latent"} | arguments
    )


def stop(engine, path, *, after, **arguments):
    with pytest.raises(StopError):
        draw(engine, checkpoint=path, on_step=stopped_after(after), **arguments)


def test_it_goes_on_bit_for_bit_from_every_step(engine, tmp_path):
    steps = []
    whole = draw(engine, eta=0.5, on_step=steps.append).latents
    for done in range(1, steps[0].total + 1):
        path = tmp_path / f"{done}.checkpoint"
        stop(engine, path, after=done, eta=0.5)
        seen = []
        again = draw(engine, eta=0.5, checkpoint=path, on_step=seen.append)
        assert torch.equal(again.latents, whole)
        assert [step.completed for step in seen] == list(range(done, steps[0].total + 1))


@pytest.mark.parametrize(
    ("scheduler", "config"),
    [
        ("PNDMScheduler", {}),
        ("EulerAncestralDiscreteScheduler", {}),
        ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}),
        ("DPMSolverSinglestepScheduler", {}),
        ("UniPCMultistepScheduler", {}),
    ],
)
def test_it_goes_on_with_every_kind_of_history(engine, tmp_path, scheduler, config):
    pipeline = engine.backbone.pipeline
    before = pipeline.scheduler
    pipeline.scheduler = getattr(diffusers, scheduler).from_config(before.config, **config)
    try:
        steps = []
        whole = draw(engine, on_step=steps.append).latents
        layout = sum(step.phase == "layout" for step in steps)
        for done in (layout, layout + 2):  # the layout beyond T1, and with a history of several steps
            path = tmp_path / f"{done}.checkpoint"
            stop(engine, path, after=done)
            assert torch.equal(draw(engine, checkpoint=path).latents, whole)
    finally:
        pipeline.scheduler = before


@pytest.mark.parametrize("preset", ["released", "free-bloom"])
def test_it_goes_on_with_every_kind_of_noise(engine, tmp_path, preset):
    whole = draw(engine, preset=preset, eta=1.0).latents
    for done in (2, 4):
        path = tmp_path / f"{done}.checkpoint"
        stop(engine, path, after=done, preset=preset, eta=1.0)
        assert torch.equal(draw(engine, preset=preset, eta=1.0, checkpoint=path).latents, whole)


def test_a_generator_in_use_goes_on_where_it_was(engine, tmp_path):
    def used():
        generator = torch.Generator().manual_seed(5)
        torch.rand(3, generator=generator)
        return generator

    arguments = {"preset": "released", "seed": None, "eta": 1.0}
    whole = draw(engine, generator=used(), **arguments).latents
    path = tmp_path / "a.checkpoint"
    stop(engine, path, after=4, generator=used(), **arguments)
    assert torch.equal(draw(engine, generator=used(), checkpoint=path, **arguments).latents, whole)


def test_a_seed_that_was_drawn_is_kept(engine, tmp_path):
    path = tmp_path / "a.checkpoint"
    stop(engine, path, after=3, seed=None)
    resumed = draw(engine, checkpoint=path, seed=None)
    assert torch.equal(resumed.latents, draw(engine, seed=resumed.settings.seed).latents)


def test_it_is_removed_when_the_run_is_saved(engine, tmp_path):
    path = tmp_path / "a.checkpoint"
    drawn = draw(engine, checkpoint=path, output_type="pil")
    assert path.is_file()
    drawn.save(tmp_path / "a")
    assert not path.exists()
    assert not list(tmp_path.glob(".*"))


def test_a_repetition_goes_on_within_any_of_its_renders(engine, tmp_path):
    from direct2v.video import plan_redraw

    board = Storyboard.from_prompts("a fox", TEXTS)
    draw(engine, prompts=board, output_type="pil").save(tmp_path / "a")
    redraw = plan_redraw(2, board, output=tmp_path / "a", overrides={"seed": 9})
    drawn = engine.render(board, preset=redraw.preset, **redraw.overrides)
    record = drawn.save(tmp_path / "a", redraw=redraw).record
    whole = engine.repeat(record).latents
    seen, steps = [], 6

    def on_step(step):
        seen.append(step)
        if len(seen) == steps + 3:  # in the second render
            raise StopError

    path = tmp_path / "b.checkpoint"
    with pytest.raises(StopError):
        engine.repeat(record, checkpoint=path, on_step=on_step)
    again = engine.repeat(record, checkpoint=path, on_step=seen.append)
    assert torch.equal(again.latents, whole)
    assert len(seen) == 2 * steps + 2  # the last step of the first, and the third of the second, once more
    again.save(tmp_path / "b")
    assert not list(tmp_path.glob("*.checkpoint*"))


MOVED = Storyboard.from_prompts("a fox", TEXTS).model_copy(
    update={
        "frames": (
            FramePrompt(prompt=TEXTS[0]),
            FramePrompt(prompt=TEXTS[1], camera=CameraMove(pan=0.25)),
        )
    }
)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"num_inference_steps": 7},
            SettingsError,
            "was drawn with num_inference_steps 5, not 7",
        ),
        ({"seed": 2}, SettingsError, "was drawn with seed 1, not 2"),
        ({"prompts": [TEXTS[0], "a cat"]}, InputError, "was drawn from other words, embeddings or latents"),
        ({"negative_prompt": "blurry"}, InputError, "was drawn from other words"),
        ({"prompts": MOVED}, InputError, "was drawn from other words"),
        ({"latents": torch.zeros(1, 4, 8, 8)}, InputError, "was drawn from other words"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused(engine, tmp_path, changes, error, message):
    path = tmp_path / "a.checkpoint"
    stop(engine, path, after=2)
    content = path.read_bytes()
    with pytest.raises(error) as caught:
        draw(engine, checkpoint=path, **changes)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_another_model_or_a_damaged_file_is_refused(engine, tmp_path):
    path = tmp_path / "a.checkpoint"
    stop(engine, path, after=2)
    other = DirecT2V(engine.backbone.pipeline, source=ModelSource(scheduler="euler"))
    with pytest.raises(ModelError, match=r"was drawn with other weights|was drawn with another scheduler"):
        draw(other, checkpoint=path)
    whole = path.read_bytes()
    for content in (b"", b"abc", whole[: len(whole) // 2], whole[:-1]):
        path.write_bytes(content)
        with pytest.raises(InputError, match="is damaged, or no checkpoint of an unfinished run; remove it"):
            draw(engine, checkpoint=path)
    path.write_bytes(whole)
    with safe_open(path, framework="np") as file:
        head = json.loads(file.metadata()[KEY])
    save_file(load_file(path), path, metadata={KEY: json.dumps(head | {"version": 99})})
    with pytest.raises(InputError, match="was written by another version of direct2v"):
        draw(engine, checkpoint=path)
    del head["state"]["latents"]
    save_file(load_file(path), path, metadata={KEY: json.dumps(head)})
    with pytest.raises(InputError, match="is damaged; remove it to begin anew"):
        draw(engine, checkpoint=path)


def test_other_versions_are_noted(engine, tmp_path):
    path = tmp_path / "a.checkpoint"
    stop(engine, path, after=2)
    with safe_open(path, framework="np") as file:
        head = json.loads(file.metadata()[KEY])
    head["identity"]["versions"]["torch"] = "1.0"
    save_file(load_file(path), path, metadata={KEY: json.dumps(head)})
    (note,) = [note for note in draw(engine, checkpoint=path).notes if "frames may differ" in note]
    assert note.startswith("begun with torch 1.0, went on with ")


def test_two_runs_never_write_one_checkpoint(engine, tmp_path):
    path = tmp_path / "a.checkpoint"
    with (
        Checkpoint.at(path).held(),
        pytest.raises(OutputError, match="belongs to a run that is still drawing"),
    ):
        draw(engine, checkpoint=path)
    draw(engine, checkpoint=path)


def test_a_scheduler_that_no_file_can_hold_is_noted(engine, tmp_path, monkeypatch):
    class Sampler:
        pass

    scheduler = diffusers.DDIMScheduler.from_config(engine.backbone.pipeline.scheduler.config)
    scheduler.noise_sampler = Sampler()  # as DPMSolverSDEScheduler has, which needs another library
    monkeypatch.setattr(engine.backbone.pipeline, "scheduler", scheduler)
    drawn = draw(engine, checkpoint=tmp_path / "a.checkpoint")
    (note,) = [note for note in drawn.notes if "checkpoint" in note]
    assert "because its noise_sampler is a Sampler; if it is stopped, it begins anew" in note
    assert not list(tmp_path.iterdir())
