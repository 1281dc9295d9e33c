"""Pictures show what scenes say: every attribute can be seen, nothing covers anything, colours stay apart."""

import itertools
import random
from collections import defaultdict

import numpy as np
import pytest

from direct2v.storybook.world import kinds
from direct2v.storybook.world.kinds import KINDS
from direct2v.storybook.world.materials import INDEX, LETTERS, MATERIALS
from direct2v.storybook.world.palette import PAGE, table
from direct2v.storybook.world.places import land
from direct2v.storybook.world.render import SIZE, render, sprite_name, subject_masks
from direct2v.storybook.world.sampling import random_scene
from direct2v.storybook.world.scene import Scene, Subject
from direct2v.storybook.world.sprites import MAX_HEIGHT, MAX_WIDTH, SPRITES, letters

FLOORS = {
    # how many of the 4096 pixels change at least, by more than 16 of 255
    "place": 100,
    "time": 400,
    "weather": 100,
    "pan": 40,
    "zoom": 300,
    "presence": 50,
    "colour": 16,
    "position": 90,
    "size": 60,
    "stage": 60,
    "pose": 14,
    "facing": 12,
}
CHANGED = 16
SIMILAR = 24.0


def forms(name):
    kind = KINDS[name]
    for pose, form in itertools.product(kind.poses or (None,), kind.stages or kinds.SIZES):
        yield Subject.usual(name, pose=pose, **{"stage" if kind.stages else "size": form})


def test_every_form_has_a_drawing_that_fits():
    wanted = {sprite_name(subject) for name in KINDS for subject in forms(name)}
    assert set(SPRITES) == wanted
    for name, text in SPRITES.items():
        assert set(text) <= set(LETTERS) | set("MDLwy.\n"), name
        assert len({len(row) for row in text.split("\n")}) == 1, f"{name} is ragged"
        height, width = letters(name).shape
        assert width <= MAX_WIDTH, name
        assert height <= MAX_HEIGHT, name
        assert sum(text.count(letter) for letter in "MDL") > 20, f"{name} shows too little of its colour"


def test_small_things_are_smaller():
    for name, kind in KINDS.items():
        for pose in kind.poses or (None,):
            if not kind.stages:
                small, large = (
                    letters(sprite_name(Subject.usual(name, pose=pose, size=size))) for size in kinds.SIZES
                )
                assert (small != ".").sum() < 0.68 * (large != ".").sum(), (name, pose)


def test_rendering_is_a_pure_function():
    rng = random.Random(0)
    for seed in range(60):
        scene = random_scene(rng)
        picture = render(scene, seed)
        assert (picture.shape, picture.dtype) == ((SIZE, SIZE, 3), np.uint8)
        before = picture.copy()
        picture[:] = 0  # what a caller does to its copy must not reach the caches
        assert np.array_equal(render(scene, seed), before)


def test_the_seed_varies_only_what_the_scene_leaves_open():
    scene = Scene("sea", weather="cloudy", subjects=(Subject.usual("sailboat"),))
    pictures = [render(scene, seed) for seed in range(40)]
    assert len({picture.tobytes() for picture in pictures}) > 4
    (mask,) = subject_masks(scene)
    assert all(np.array_equal(picture[mask], pictures[0][mask]) for picture in pictures)
    for place in kinds.PLACES:
        skies = [land(place, "centre", "wide", variant) == 0 for variant in range(4)]
        assert all((sky != skies[0]).sum() < 90 for sky in skies), place


def neighbours(scene):
    """(attribute, scene that differs in it alone)."""
    wide = {"place": kinds.PLACES, "time": kinds.TIMES, "weather": kinds.WEATHERS, "pan": kinds.PANS}
    for field, values in (wide | {"zoom": kinds.ZOOMS}).items():
        for value in values:
            yield field, lambda field=field, value=value: scene.at(**{field: value})
    for number, subject in enumerate(scene.subjects):
        kind = KINDS[subject.kind]
        rest = scene.subjects[:number], scene.subjects[number + 1 :]
        yield "presence", lambda rest=rest: scene.at(subjects=(*rest[0], *rest[1]))
        values = {
            "colour": kind.colours,
            "position": kinds.POSITIONS,
            "size": () if kind.stages else kinds.SIZES,
            "stage": kind.stages,
            "pose": kind.poses,
            "facing": kinds.FACINGS if kind.faces else (),
        }
        for field, value in ((field, value) for field, all_of in values.items() for value in all_of):

            def changed(subject=subject, rest=rest, field=field, value=value):
                return scene.at(subjects=(*rest[0], subject.at(**{field: value}), *rest[1]))

            yield field, changed


def test_every_change_of_one_attribute_can_be_seen():
    rng = random.Random(1)
    seen = defaultdict(list)
    for _ in range(200):
        scene = random_scene(rng)
        before = render(scene).astype(int)
        made = list(neighbours(scene))
        for field, make in rng.sample(made, min(len(made), 16)):
            try:
                other = make()
            except ValueError:
                continue
            if other != scene:
                pixels = (np.abs(render(other).astype(int) - before).max(-1) > CHANGED).sum()
                seen[field].append((int(pixels), other, scene))
    assert set(seen) == set(FLOORS)
    for field, floor in FLOORS.items():
        fewest = min(seen[field], key=lambda row: row[0])
        assert fewest[0] >= floor, (field, fewest)


def test_subjects_never_cover_each_other():
    rng = random.Random(2)
    pairs = 0
    for _ in range(1500):
        scene = random_scene(rng)
        masks = subject_masks(scene)
        assert all(mask.sum() > 40 for mask in masks)
        if len(masks) == 2:
            pairs += 1
            assert not (masks[0] & masks[1]).any(), scene
    assert pairs > 300


def test_the_mask_is_where_the_subject_is():
    scene = Scene("meadow", subjects=(Subject.usual("dragon"),))
    (mask,) = subject_masks(scene)
    changed = (render(scene) != render(scene.at(subjects=()))).any(-1)
    assert mask.sum() > 100
    assert (changed & mask).sum() > 0.9 * mask.sum()
    assert not (changed & ~mask).any()


def lab(rgb):
    """CIELAB of an sRGB colour (D65)."""
    linear = np.asarray(rgb, float) / 255
    linear = np.where(linear > 0.04045, ((linear + 0.055) / 1.055) ** 2.4, linear / 12.92)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ linear / (0.9505, 1.0, 1.089)
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("time", kinds.TIMES)
def test_the_colours_stay_apart_in_every_light(time):
    for weather in kinds.WEATHERS:
        if kinds.has_weather(time, weather):
            seen = {colour: lab(table(time, weather)[INDEX[f"M {colour}"]]) for colour in kinds.COLOURS}
            for one, other in itertools.combinations(seen, 2):
                distance = np.linalg.norm(seen[one] - seen[other])
                assert distance > SIMILAR, (time, weather, one, other, distance)


@pytest.mark.parametrize("time", kinds.TIMES)
def test_stems_and_moon_stand_out(time):
    names = ("O", "grass1", "grass2", "grass3")
    colours = {name: lab(table(time, "clear")[INDEX[name]]) for name in names}
    for grass in ("grass1", "grass2", "grass3"):
        assert np.linalg.norm(colours["O"] - colours[grass]) > 25, "the outline of stems is lost in the grass"
    if time in kinds.DARK_TIMES:
        sky = [lab(table(time, "clear")[INDEX[f"sky{band}"]]) for band in range(10)]
        for light in ("moon", "star"):
            shown = lab(table(time, "clear")[INDEX[light]])
            assert min(np.linalg.norm(shown - band) for band in sky) > 45


def test_lamps_shine_in_the_dark():
    for name in ("w", "y", "pane"):
        day, night = (table(time, "clear")[INDEX[name]].astype(int) for time in ("day", "night"))
        assert night[0] - night[2] > 100 > day[0] - day[2], name
    assert len(MATERIALS) <= PAGE
