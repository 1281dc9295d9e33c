"""Story figures where the reader can judge, and why not where it cannot."""

import random

import numpy as np
from footage_made import flat

from direct2v.evaluation import ALL_METRICS
from direct2v.evaluation.judging import STORY_METRICS
from direct2v.evaluation.telling import telling
from direct2v.storyboard import Storyboard
from direct2v.storybook.world.captions import canonical
from direct2v.storybook.world.render import render
from direct2v.storybook.world.sampling import random_scene

SCENES = [random_scene(random.Random(seed), "heldout") for seed in (0, 1, 3)]
BOARD = Storyboard.from_prompts("a story", [canonical(scene) for scene in SCENES])
TRUTH = np.stack([render(scene, 1) for scene in SCENES])


def test_the_worlds_own_pictures_tell_the_story_also_enlarged() -> None:
    found = telling(TRUTH, BOARD)
    assert list(found.metrics) == list(STORY_METRICS)
    assert found.metrics["story_accuracy"] > 0.95
    assert found.notes[0].startswith("of flawless pictures the reader says story accuracy 0.9")
    assert telling(TRUTH.repeat(4, axis=1).repeat(4, axis=2), BOARD).metrics == found.metrics


def test_other_frames_do_not_and_notes_say_what_may_help() -> None:
    found = telling(TRUTH[[1, 2, 0]], BOARD)
    assert found.metrics["story_accuracy"] < 0.6
    assert found.metrics["misread"] == 1
    assert any(note.startswith("misread in 100% of frames") and "may help" in note for note in found.notes)


def test_where_the_reader_cannot_judge_it_says_why() -> None:
    spoken = telling(TRUTH, Storyboard.from_prompts("x", ["a spaceship"] * 3))
    assert not spoken.metrics
    assert "cannot be judged by the storybook reader" in spoken.notes[0]
    wide = telling(flat(1, 2, 3)[:, :40], BOARD)
    assert not wide.metrics
    assert "takes 64x64" in wide.notes[0]


def test_no_two_metrics_share_a_name() -> None:
    assert set(STORY_METRICS) < set(ALL_METRICS)
    assert len(ALL_METRICS) == 12 + len(STORY_METRICS)
