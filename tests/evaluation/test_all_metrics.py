"""All metrics at once, on stories that the world itself renders: the truth wins, its controls lose."""

import random

import numpy as np
import pytest
from footage_made import noise

from direct2v.errors import InputError
from direct2v.evaluation import METRICS, Encoders, load_encoders, measure
from direct2v.storyboard import Storyboard
from direct2v.storybook.world.captions import canonical
from direct2v.storybook.world.render import render
from direct2v.storybook.world.sampling import random_scene

OF_WORDS = ("frame_alignment", "prompt_alignment", "prompt_retrieval")
OF_NEIGHBOURS = [name for name in METRICS if name not in (*OF_WORDS, "subject_consistency")]


@pytest.fixture(scope="module")
def models() -> Encoders:
    return load_encoders()


@pytest.fixture(scope="module")
def truth() -> tuple[np.ndarray, Storyboard]:
    rng = random.Random("tests: measuring")
    scenes = [random_scene(rng, "heldout") for _ in range(4)]
    captions = [canonical(scene) for scene in scenes]
    return np.stack([render(scene, 1) for scene in scenes]), Storyboard.from_prompts(captions[0], captions)


@pytest.fixture(scope="module")
def told(models: Encoders, truth: tuple) -> dict[str, float | None]:
    return measure(*truth, models=models)


def test_every_metric_has_a_value_in_its_range(told: dict) -> None:
    found = dict(told)
    assert list(found) == list(METRICS)
    assert found.pop("subject_consistency") is None  # there is no DINO here
    for name, value in found.items():
        assert METRICS[name].low <= value <= METRICS[name].high, name


def test_the_truth_tells_its_story_and_the_same_frames_shuffled_or_frozen_do_not(
    models: Encoders, truth: tuple, told: dict
) -> None:
    frames, storyboard = truth
    shuffled = measure(frames[[3, 2, 0, 1]], storyboard, models=models)
    frozen = measure(frames[[0] * 4], storyboard, models=models)
    assert told["prompt_retrieval"] == 1
    assert shuffled["prompt_retrieval"] == 0
    assert frozen["prompt_retrieval"] == pytest.approx(1 / 4)
    assert told["frame_alignment"] > 0.8
    assert shuffled["frame_alignment"] < told["frame_alignment"] - 0.3
    assert frozen["frame_alignment"] < told["frame_alignment"] - 0.3
    assert shuffled["prompt_alignment"] == pytest.approx(told["prompt_alignment"], abs=1e-5)
    assert frozen["prompt_alignment"] > 0.8  # its only frame is what the prompt says
    for name in ("adjacent_clip", "background_consistency", "ms_ssim"):
        assert frozen[name] == pytest.approx(1, abs=1e-5)
        assert told[name] < 0.9
    for name in ("warp_error", "eidtv_flow_loss", "flicker", "first_to_last_change"):
        assert frozen[name] == pytest.approx(0, abs=1e-3)
        assert told[name] > 0.01
    unrelated = measure(noise(4), storyboard, models=models)
    assert unrelated["frame_alignment"] < told["frame_alignment"] - 0.3


def test_a_dino_gives_the_consistency_of_subjects(models: Encoders, truth: tuple) -> None:
    both = Encoders(clip=models.clip, dino=models.clip)  # any encoder of pictures shows it
    found = measure(truth[0][:2], models=both)
    assert found["subject_consistency"] == found["background_consistency"]


def test_what_is_not_known_is_none(models: Encoders, truth: tuple, told: dict) -> None:
    frames, storyboard = truth
    wordless = measure(frames[:2], models=models)
    assert [wordless[name] for name in OF_WORDS] == [None] * 3
    asked = measure(frames[:1], prompt=storyboard.prompt, models=models)
    assert asked["prompt_alignment"] > told["prompt_alignment"]
    single = measure(frames[:1], models=models)
    assert [single[name] for name in OF_NEIGHBOURS] == [None] * len(OF_NEIGHBOURS)


def test_frames_must_be_those_of_the_storyboard(models: Encoders, truth: tuple) -> None:
    with pytest.raises(InputError, match="there are 3 frames, but 4 in the storyboard"):
        measure(truth[0][:3], truth[1], models=models)
