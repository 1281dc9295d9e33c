"""Story accuracy and identity, on pictures whose truth is known."""

import random

import numpy as np
import pytest

from direct2v.errors import InputError
from direct2v.evaluation.identity import kept_pairs, same_identity, same_look
from direct2v.evaluation.story import Seen, scenes_told, state_seen, story_accuracy, told
from direct2v.storybook.reader import load_reader
from direct2v.storybook.world.attributes import Reading
from direct2v.storybook.world.captions import canonical
from direct2v.storybook.world.render import render
from direct2v.storybook.world.scene import Scene, Subject
from direct2v.storybook.world.stories import sample_story

DOG = Subject.usual("dog", colour="white", position="left")
BLACK_DOG = DOG.at(colour="black")
SCENE = Scene("meadow", subjects=(DOG,))


@pytest.fixture(scope="module")
def reader():
    return load_reader()


def seen(scenes, reader):
    return Seen.of(np.stack([render(scene, number) for number, scene in enumerate(scenes)]), reader)


def test_a_frame_counts_attribute_by_attribute():
    right = told(canonical(SCENE))
    assert state_seen(right, SCENE) == [True] * 11  # 5 of the picture, the dog, 5 of the dog
    night = told(canonical(SCENE.at(time="night")))
    assert sum(state_seen(night, SCENE)) == 10
    more = Reading(right.picture, {**right.subjects, "cat": {}})
    assert state_seen(more, SCENE) == [True] * 11 + [False]
    less = Reading(right.picture, {})
    assert sum(state_seen(less, SCENE)) == 5


def test_a_caption_beyond_the_world_is_all_wrong():
    assert told("a dog on the moon") is None
    assert state_seen(None, SCENE) == [False] * 11
    assert story_accuracy([told(canonical(SCENE)), None], [SCENE, SCENE]) == 0.5


def test_frame_prompts_in_other_words_are_refused_by_number():
    assert scenes_told([canonical(SCENE)]) == [SCENE]
    with pytest.raises(InputError, match=r"^frame 2 cannot be judged .* director writes it$"):
        scenes_told([canonical(SCENE), "a fox in the snow"])


def test_rendered_stories_are_told_and_their_shuffled_or_frozen_frames_are_not(reader):
    rng = random.Random("tests: story accuracy")
    whole, frozen, shuffled = [], [], []
    for _ in range(12):
        scenes = sample_story(rng, 8, "heldout").scenes
        told_well = seen(scenes, reader).readings
        whole.append(story_accuracy(told_well, scenes))
        frozen.append(story_accuracy(told_well[:1] * 8, scenes))
        shuffled.append(story_accuracy(told_well[::-1], scenes))
    assert np.mean(whole) > 0.97
    assert max(np.mean(frozen), np.mean(shuffled)) < np.mean(whole) - 0.05


def test_pairs_are_those_in_which_the_story_keeps_a_subject():
    scenes = [
        SCENE,
        SCENE.at(subjects=(DOG.at(position="right"),), time="night"),
        SCENE.at(subjects=(BLACK_DOG,)),
        SCENE.at(subjects=()),
    ]
    assert list(kept_pairs(scenes)) == [(0, 1, "dog")]


def test_another_colour_or_nobody_breaks_identity_and_another_place_does_not(reader):
    meant = [SCENE, SCENE.at(subjects=(DOG.at(position="right"),), weather="rain")]
    same = seen(meant, reader)
    repainted = seen([SCENE, meant[1].at(subjects=(BLACK_DOG.at(position="right"),))], reader)
    lost = seen([SCENE, meant[1].at(subjects=())], reader)
    assert [same_identity(video, meant) for video in (same, repainted, lost)] == [[True], [False], [False]]
    (one,), (other,), (none,) = (same_look(video, meant) for video in (same, repainted, lost))
    assert 1 >= one > other > none == 0


def test_consistent_looks_count_also_where_they_are_wrong(reader):
    wrong = seen([SCENE.at(subjects=(BLACK_DOG,))] * 2, reader)
    assert same_identity(wrong, [SCENE, SCENE]) == [True]
    assert story_accuracy(wrong.readings, [SCENE, SCENE]) == pytest.approx(10 / 11)


def test_enlarged_frames_are_brought_down_and_others_refused(reader):
    frames = np.stack([render(SCENE)])
    assert Seen.of(frames.repeat(8, 1).repeat(8, 2), reader).readings == Seen.of(frames, reader).readings
    with pytest.raises(InputError, match="frames are 64x48"):
        Seen.of(frames[:, :48], reader)
