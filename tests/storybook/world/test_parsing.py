"""Canonical captions read back as the very scene that they were written for."""

import random

import pytest

from direct2v.storybook.world.captions import canonical
from direct2v.storybook.world.parsing import parse
from direct2v.storybook.world.sampling import random_scene
from direct2v.storybook.world.stories import sample_story


def test_every_scene_comes_back():
    rng = random.Random(0)
    for _ in range(3000):
        scene = random_scene(rng)
        assert parse(canonical(scene)) == scene
    for _ in range(100):
        story = sample_story(rng, 5)
        assert tuple(map(parse, story.captions)) == story.scenes


@pytest.mark.parametrize(
    ("caption", "text"),
    [
        ("", "caption is ''"),
        ("a storm at sea", "accepted: .subjects, . place, time"),
        ("the moon, by day, clear sky", "place of the caption is 'the moon'"),
        ("the sea, at tea time, clear sky", "time of the caption is 'at tea time'"),
        ("the sea, by day, hail", "weather of the caption is 'hail'"),
        (
            "a big green dog walking right in the centre, in a meadow, by day, clear sky",
            "no 'a big green dog",
        ),
        ("a big orange dog walking right in the centre, on the sea, by day, clear sky", "cannot be at place"),
    ],
)
def test_what_is_not_canonical_is_refused(caption, text):
    with pytest.raises(ValueError, match=text):
        parse(caption)
