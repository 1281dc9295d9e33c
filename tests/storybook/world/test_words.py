"""Captions: the canonical one tells everything, a paraphrase what it states, and the splits never mix."""

import random
import re

import pytest

from direct2v.storybook.world import words
from direct2v.storybook.world.captions import (
    EMPTY_TEMPLATES,
    TEMPLATES,
    Stated,
    canonical,
    paraphrase,
)
from direct2v.storybook.world.heldout import is_heldout, is_heldout_wording, share
from direct2v.storybook.world.sampling import random_scene
from direct2v.storybook.world.scene import Scene, Subject
from direct2v.storybook.world.stories import WRAPPERS


def num_tokens(text):
    """Words and punctuation marks, as a CLIP tokenizer splits before merging."""
    return len(re.findall(r"\w+|[^\w\s]", text))


def test_canonical_captions_tell_scenes_apart():
    rng = random.Random(0)
    scenes = {random_scene(rng) for _ in range(3000)}
    captions = {canonical(scene) for scene in scenes}
    assert len(captions) == len(scenes)
    assert max(map(num_tokens, captions)) <= 60


def test_canonical_captions_read_well():
    car = Subject.usual("car", position="left")
    assert canonical(Scene("city", "night", "rain", (car,))) == (
        "a big red car driving right on the left, in a city, at night, rain"
    )
    house = Subject.usual("house", colour="orange", size="small")
    assert canonical(Scene("meadow", subjects=(house,), zoom="close")) == (
        "a small house with an orange roof in the centre, in a meadow, by day, clear sky, close-up"
    )
    assert canonical(Scene("sea", "dawn", "fog", pan="left")) == "the sea, at dawn, fog, camera panned left"


def says(text, wordings):
    return any(re.search(rf"\b{re.escape(wording)}\b", text) for wording in wordings)


def test_paraphrases_tell_what_they_state_and_nothing_else():
    rng = random.Random(1)
    of_subjects = ("colour", "form", "position", "pose", "facing")
    silent = dict.fromkeys(("place", "time", "weather", "camera", *of_subjects), 0)
    for _ in range(2500):
        scene = random_scene(rng)
        text, stated = paraphrase(scene, rng)
        assert text == text.strip(" ,:")
        assert "  " not in text
        assert not re.search(r"[\[\]{}]|\ba [aeiou]", text), text
        assert num_tokens(text) <= 64
        assert says(text, [noun for _, noun in words.PLACE[scene.place]]) == stated.place, text
        assert says(text, words.TIME[scene.time]) == stated.time, text
        for field in ("place", "time", "weather", "camera"):
            silent[field] += not getattr(stated, field)
        for subject, told in zip(scene.subjects, stated.subjects, strict=True):
            named = (
                *words.KIND[subject.kind],
                words.SMALL_NAMES.get(subject.kind, "-"),
                "sapling",
                "bulb",
                "sprout",
            )
            assert says(text, named), text
            for field in of_subjects:
                silent[field] += not getattr(told, field)
        if scene.subjects:
            told_all = stated.subjects
            if not any(told.colour for told in told_all):
                assert not says(text, [w for ws in words.COLOUR.values() for w in ws]), text
            if not any(told.position for told in told_all):
                assert not says(text, [w for ws in words.POSITION.values() for w in ws]), text
            if not any(told.form for told in told_all):
                sizes = [w for ws in words.SIZE.values() for w in ws]
                assert not says(text, [*sizes, *words.SMALL_NAMES.values()]), text
    assert all(count > 30 for count in silent.values()), silent


def test_complete_paraphrases_state_everything():
    rng = random.Random(2)
    scene = Scene("farm", subjects=(Subject.usual("horse"), Subject.usual("balloon", position="left")))
    seen = [paraphrase(scene, rng) for _ in range(300)]
    complete = [text for text, stated in seen if stated == Stated.everything(scene)]
    assert len({text for text, _ in seen}) > 290
    assert 60 < len(complete) < 180


def test_hashes_never_move():
    assert share("a", "b") == pytest.approx(0.89050, abs=1e-5)
    assert share("a", "b") != share("ab")


def test_the_splits_hold_what_they_should():
    rng = random.Random(3)
    held = sum(is_heldout(random_scene(rng)) for _ in range(3000)) / 3000
    assert 0.08 < held < 0.2
    for templates in (TEMPLATES, EMPTY_TEMPLATES, WRAPPERS):
        num_held = sum(map(is_heldout_wording, templates))
        assert 2 < num_held < len(templates) / 3
        assert not any(map(is_heldout_wording, templates[:2]))
    with pytest.raises(ValueError, match="split is 'test'; accepted: train, heldout, None"):
        random_scene(rng, "test")


def test_what_goes_without_saying_is_seen_in_training():
    for weather in ("clear", "cloudy", "overcast", "rain", "storm"):
        assert not is_heldout(Scene("sea", weather=weather))
        assert not is_heldout(Scene("sea", weather=weather, time="night"))


def test_no_training_caption_equals_a_heldout_one():
    rng = random.Random(4)
    texts = {}
    for split in ("train", "heldout"):
        scenes = [random_scene(rng, split) for _ in range(1000)]
        assert all(is_heldout(scene) == (split == "heldout") for scene in scenes)
        texts[split] = {canonical(scene) for scene in scenes}
        texts[split] |= {paraphrase(scene, rng, split)[0] for scene in scenes}
    assert not texts["train"] & texts["heldout"]
