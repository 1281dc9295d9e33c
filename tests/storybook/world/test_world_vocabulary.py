"""Words beyond the world: replaced by the nearest or named, never silently."""

import random
import re

from direct2v.storybook.world.captions import canonical, paraphrase
from direct2v.storybook.world.sampling import random_scene
from direct2v.storybook.world.stories import sample_story
from direct2v.storybook.world.vocabulary import NEAREST, caption_words, prompt_words, translate


def test_everything_that_the_world_says_is_known():
    rng = random.Random(0)
    for _ in range(1200):
        scene = random_scene(rng)
        for text in (canonical(scene), paraphrase(scene, rng)[0]):
            assert set(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower())) <= caption_words(), text
    for _ in range(600):
        prompt = sample_story(rng, 4).prompt
        assert translate(prompt).text == prompt
        assert not translate(prompt).unknown
    assert len(prompt_words()) < 700


def test_what_is_near_is_replaced_and_said():
    told = translate("A brown fox and two unicorns cross the jungle")
    assert told.text == "An orange dog and two horse cross the forest"
    assert told.nearest == (("brown", "orange"), ("fox", "dog"), ("unicorns", "horse"), ("jungle", "forest"))
    assert translate("dogs in the rain").text == "dog in the rain"
    assert translate("A thunderstorm developing over a sea").text == "A thunderstorm developing over a sea"


def test_what_is_not_near_is_named():
    told = translate("A quantum committee votes in Zürich")
    assert told.unknown == ("quantum", "committee", "votes", "zürich")
    assert told.text == "A quantum committee votes in Zürich"


def test_nearest_words_lead_into_the_world():
    assert set(NEAREST.values()) <= prompt_words()
    assert not set(NEAREST) & prompt_words()
