"""The world told in words, and words beyond it."""

import random

from direct2v.storybook.captions import canonical, paraphrase
from direct2v.storybook.sampling import random_scene
from direct2v.storybook.vocabulary import unknown_words, world_in_words


def test_words_of_the_world_are_known_and_others_named_once() -> None:
    rng = random.Random(0)
    scenes = [random_scene(rng) for _ in range(300)]
    texts = [text for scene in scenes for text in (canonical(scene), paraphrase(scene, rng)[0])]
    assert unknown_words(texts) == []
    assert unknown_words(["A Dragon on the sea", "the dragon, a castle"]) == ["dragon", "castle"]


def test_the_world_told_in_words_uses_words_that_the_model_knows() -> None:
    lists = world_in_words().split("Examples: ")[1].split(" | ")
    assert len(lists) == 2
    assert unknown_words(lists) == []
    assert "hot air balloon (red, blue, yellow, green, purple)" in world_in_words()
