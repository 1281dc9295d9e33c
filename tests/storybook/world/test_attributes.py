"""Labels: what a reader learns, and how what it reads is judged."""

import random

import numpy as np

from direct2v.storybook.world.attributes import (
    IGNORE,
    PICTURE_FIELDS,
    SUBJECT_FIELDS,
    Reading,
    compare,
    decode,
    labels,
    shapes,
)
from direct2v.storybook.world.captions import Stated, StatedSubject, paraphrase
from direct2v.storybook.world.kinds import KINDS
from direct2v.storybook.world.sampling import random_scene
from direct2v.storybook.world.scene import Scene, Subject

SCENE = Scene(
    "meadow", "dusk", "fog", (Subject.usual("girl", position="left"), Subject.usual("tree", position="right"))
)


def test_a_perfect_reading_agrees_in_everything():
    rng = random.Random(0)
    for _ in range(500):
        scene = random_scene(rng)
        vector = labels(scene)
        for field, (slots, classes) in shapes().items():
            assert vector[field].shape == (slots,)
            assert ((vector[field] == IGNORE) | (vector[field] < classes)).all()
        verdict = compare(decode(vector), scene)
        assert all(all(rights) for rights in verdict.values()), (scene, verdict)
        assert set(verdict) >= {*PICTURE_FIELDS, "no_extra"}
        assert ("two_subjects" in verdict) == (len(scene.subjects) == 2)


def test_mistakes_are_counted_where_they_are():
    seen = decode(labels(SCENE))
    girl = dict(seen.subjects["girl"]) | {"colour": "blue"}
    wrong = Reading(dict(seen.picture) | {"time": "night"}, {"girl": girl, "dog": {}})
    verdict = compare(wrong, SCENE)
    assert verdict["time"] == [False]
    assert verdict["place"] == [True]
    assert verdict["no_extra"] == [False]
    assert verdict["subject"] == [True, False]
    assert verdict["two_subjects"] == [False]
    assert verdict["colour"] == [False, False]
    assert verdict["position"] == [True, False]


def test_what_a_caption_leaves_out_is_not_judged():
    told = Stated(
        time=False, camera=False, subjects=(StatedSubject(colour=False, form=False), StatedSubject())
    )
    vector = labels(SCENE, told)
    assert vector["time"] == IGNORE
    assert vector["pan"] == IGNORE
    slot = list(KINDS).index("girl")
    assert vector["colour"][slot] == vector["size"][slot] == IGNORE
    assert vector["position"][slot] != IGNORE
    verdict = compare(decode(labels(SCENE)), SCENE, told)
    assert "time" not in verdict
    assert "zoom" not in verdict
    assert len(verdict["colour"]) == 1
    rng = random.Random(1)
    for _ in range(200):
        scene = random_scene(rng)
        _, stated = paraphrase(scene, rng)
        judged = compare(decode(labels(scene)), scene, stated)
        assert all(all(rights) for rights in judged.values())
        num_told = sum(int((v != IGNORE).sum()) for f, v in labels(scene, stated).items() if f != "present")
        skip = ("no_extra", "subject", "two_subjects")
        assert num_told == sum(len(rights) for metric, rights in judged.items() if metric not in skip)


def test_every_subject_field_belongs_to_some_kind():
    rng = random.Random(2)
    told = dict.fromkeys(SUBJECT_FIELDS, False)
    for _ in range(300):
        vector = labels(random_scene(rng))
        told = {field: told[field] or bool(np.any(vector[field] != IGNORE)) for field in told}
    assert all(told.values())
