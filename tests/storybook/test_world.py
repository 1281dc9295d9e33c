"""The world: scenes are checked, pictures show what scenes say, captions tell scenes apart."""

import random
from dataclasses import fields

import numpy as np
import pytest

from direct2v.storybook import scene
from direct2v.storybook.captions import PLACE_WORDS, canonical, paraphrase
from direct2v.storybook.palette import FIXED
from direct2v.storybook.render import NUM_VARIANTS, SIZE, render, subject_mask
from direct2v.storybook.sampling import random_scene
from direct2v.storybook.scene import Scene, Subject
from direct2v.storybook.sprites import SPRITES

DOG = Subject("dog", "orange", "left", "right")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Scene("moon"), "place is 'moon'; accepted: sea,"),
        (lambda: Scene("sea", subjects=(DOG,)), "kind of subject at the sea is 'dog'"),
        (lambda: Scene("meadow", weather="rain", sun="high"), "cannot be seen in weather 'rain'"),
        (lambda: Scene("meadow", sun=None), "sun is None"),
        (lambda: Scene("meadow", subjects=(DOG,) * 3), "at most 2"),
        (lambda: Subject("dog", "green", "left", "right"), "colour of a dog is 'green'"),
        (lambda: Subject("dog", "orange", "left"), "facing of a dog is None"),
        (lambda: Subject("house", "red", facing="left"), "no facing"),
        (lambda: Subject("house", "red", stage="bud"), "no stages"),
        (lambda: Subject("flower", "red"), "stage of a flower is None"),
    ],
)
def test_scenes_outside_the_world_are_refused(make, text):
    with pytest.raises(ValueError, match=text):
        make()


def test_the_sun_follows_the_weather():
    rainy = Scene("sea", sun="low").at(weather="rain")
    assert rainy.sun is None
    assert rainy.at(weather="clear").sun == "high"
    assert rainy.at(weather="cloudy", sun="low").sun == "low"


def test_sprites_use_known_letters_and_cover_every_kind_and_stage():
    assert {letter for text in SPRITES.values() for letter in text} <= set(FIXED) | set("MDL.\n")
    wanted = {(kind, stage) for kind in scene.KINDS for stage in scene.STAGES_OF.get(kind, (None,))}
    assert set(SPRITES) == wanted


def test_rendering_is_a_pure_function():
    rng = random.Random(0)
    for _ in range(50):
        drawn = random_scene(rng)
        picture = render(drawn, 1)
        assert picture.shape == (SIZE, SIZE, 3)
        assert picture.dtype == np.uint8
        picture_before = picture.copy()
        picture[:] = 0  # what a caller does to its copy must not reach the caches
        assert np.array_equal(render(drawn, 1), picture_before)


def test_every_attribute_changes_the_picture():
    rng = random.Random(1)
    for _ in range(150):
        drawn = random_scene(rng)
        changed = [drawn.at(place=p) for p in scene.PLACES if p != drawn.place and fits(drawn, p)]
        changed += [drawn.at(time=t) for t in scene.TIMES if t != drawn.time]
        changed += [drawn.at(weather=w) for w in scene.WEATHERS if w != drawn.weather]
        if drawn.sun:
            changed.append(drawn.at(sun="low" if drawn.sun == "high" else "high"))
        for index, subject in enumerate(drawn.subjects):
            others = [subject.at(position=p) for p in scene.POSITIONS if p != subject.position]
            if subject.stage not in ("seed", "sprout"):
                others += [
                    subject.at(colour=c) for c in scene.COLOURS_OF[subject.kind] if c != subject.colour
                ]
            if subject.facing:
                others.append(subject.at(facing="left" if subject.facing == "right" else "right"))
            rest = drawn.subjects[:index], drawn.subjects[index + 1 :]
            changed += [drawn.at(subjects=(*rest[0], other, *rest[1])) for other in others]
        before = render(drawn).astype(int)
        for other_scene in changed:
            differing = (np.abs(render(other_scene).astype(int) - before).max(-1) > 12).sum()
            assert differing >= 8, (drawn, other_scene)


def fits(drawn: Scene, place: str) -> bool:
    return all(subject.kind in scene.kinds_at(place) for subject in drawn.subjects)


def test_variants_change_patterns_only_and_are_checked():
    rainy = Scene("sea", weather="rain", sun=None)
    assert len({render(rainy, v).tobytes() for v in range(NUM_VARIANTS)}) == NUM_VARIANTS
    with pytest.raises(ValueError, match="variant is 3; accepted: 0 to 2"):
        render(rainy, 3)


def test_the_mask_is_where_the_subject_changes_the_picture():
    drawn = Scene("meadow", subjects=(DOG,))
    mask = subject_mask(drawn)
    changed = (render(drawn) != render(drawn.at(subjects=()))).any(-1)
    assert mask.sum() > 80
    assert not (changed & ~mask).any()


def test_canonical_captions_tell_scenes_apart():
    rng = random.Random(2)
    scenes = {random_scene(rng) for _ in range(4000)}
    by_caption: dict[str, set[Scene]] = {}
    for drawn in scenes:
        by_caption.setdefault(canonical(drawn), set()).add(drawn)
    assert all(len(same) == 1 for same in by_caption.values())
    assert canonical(Scene("sea", "night", "rain", None)) == "the sea, at night, rain"


def test_paraphrases_tell_only_what_they_state():
    rng = random.Random(3)
    silent = {field.name: 0 for field in fields(paraphrase(random_scene(rng), rng)[1])}
    for _ in range(3000):
        drawn = random_scene(rng)
        text, stated = paraphrase(drawn, rng)
        assert "  " not in text
        assert text == text.strip()
        assert any(words in text for words in PLACE_WORDS[drawn.place])
        for name in silent:
            silent[name] += not getattr(stated, name)
        if not stated.colour:
            words = text.replace("green meadow", "").replace("green hills", "").replace("blue ocean", "")
            words = words.replace("white clouds", "").replace("grey clouds", "").replace("green sprout", "")
            assert not set(words.replace(",", "").split()) & set(scene.COLOURS), text
        if not stated.position:
            assert not any(
                w in text for w in ("centre", "in the middle", "on the left", "on the right", "edge")
            ), text
    assert all(count > 100 for count in silent.values()), silent
