"""Failure signatures, on pictures that are spoilt on purpose."""

import random

import numpy as np
import pytest
import torch

from direct2v.evaluation.failures import (
    BLURRED,
    SIGNATURES,
    TWIN_MARGIN,
    background_sharpness,
    failures,
    twin_margin,
)
from direct2v.evaluation.story import Seen
from direct2v.storybook.reader import load_reader
from direct2v.storybook.world.kinds import KINDS, POSITIONS
from direct2v.storybook.world.render import render, subject_masks
from direct2v.storybook.world.sampling import random_scene
from direct2v.storybook.world.scene import Scene, Subject

CAR = Subject.usual("car", colour="red", position="far left")
BALLOON = Subject.usual("balloon", colour="blue", position="far right")
SCENE = Scene("city", subjects=(CAR, BALLOON))


@pytest.fixture(scope="module")
def reader():
    return load_reader()


def found(shown, meant, reader):
    seen = Seen.of(np.stack([render(shown)]), reader)
    return {name for name, (occurs,) in failures(seen, [meant]).items() if occurs}


def blurred(picture, sigma):
    weights = torch.exp(-(torch.arange(-3, 4) ** 2) / (2 * sigma**2))
    kernel = torch.outer(weights, weights) / weights.sum() ** 2
    channels = torch.from_numpy(picture).float().permute(2, 0, 1)[:, None]
    padded = torch.nn.functional.pad(channels, (3, 3, 3, 3), mode="replicate")
    out = torch.nn.functional.conv2d(padded, kernel[None, None])[:, 0]
    return out.permute(1, 2, 0).round().byte().numpy()


def test_a_picture_of_the_scene_shows_none(reader):
    assert found(SCENE, SCENE, reader) == set()


def test_each_signature_is_told_from_what_is_wrong(reader):
    blue_car = CAR.at(colour="blue")
    assert found(SCENE.at(subjects=(CAR,)), SCENE, reader) == {"missing"}
    assert found(SCENE.at(subjects=(blue_car,)), SCENE, reader) == {"missing", "merged", "misread"}
    assert found(SCENE, SCENE.at(subjects=(CAR,)), reader) == {"duplicated"}
    assert found(SCENE.at(time="night"), SCENE, reader) == {"misread"}
    assert found(SCENE.at(subjects=(CAR.at(colour="green"), BALLOON)), SCENE, reader) == {"misread"}


def test_every_signature_names_its_knobs():
    assert set(SIGNATURES) == {"missing", "duplicated", "merged", "blurred", "misread"}
    named = {knob.partition(":")[0] for signature in SIGNATURES.values() for knob in signature.knobs}
    assert named == {"phi", "period", "layers", "director"}


def test_second_ones_are_found_and_rarely_imagined(reader):
    rng, slots = random.Random("tests: twins"), {kind: slot for slot, kind in enumerate(KINDS)}
    alone, pasted, kinds = [], [], []
    while len(kinds) < 200:
        scene = random_scene(rng, "heldout")
        if len(scene.subjects) != 1 or scene.zoom == "close":
            continue
        (subject,) = scene.subjects
        at = POSITIONS.index(subject.position)
        place = rng.choice([position for i, position in enumerate(POSITIONS) if abs(i - at) >= 2])
        twin = scene.at(subjects=(subject.at(position=place),))
        picture, (mask,) = render(scene, 1), subject_masks(twin)
        both = picture.copy()
        both[mask] = render(twin, 1)[mask]
        alone.append(picture)
        pasted.append(both)
        kinds.append(slots[subject.kind])
    shares = []
    for pictures in (alone, pasted):
        scores = reader.sights(np.stack(pictures))[1]
        shares.append(np.mean([twin_margin(s[k]) < TWIN_MARGIN for s, k in zip(scores, kinds, strict=True)]))
    assert shares[0] <= 0.03
    assert shares[1] >= 0.8


def test_a_blur_of_a_pixel_is_told_from_other_patterns_of_the_same_scene():
    rng = random.Random("tests: blur")
    sharp, soft = [], []
    for _ in range(60):
        scene = random_scene(rng, "heldout")
        picture = render(scene, rng.randrange(1 << 16))
        sharp.append(background_sharpness(picture, scene))
        soft.append(background_sharpness(blurred(picture, 1.0), scene))
    assert min(sharp) > 0.9 > BLURRED
    assert np.mean(np.array(soft) < BLURRED) > 0.95
