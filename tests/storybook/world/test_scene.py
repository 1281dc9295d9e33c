"""Scenes: what is outside the world is refused, what is drawn at random is valid."""

import random

import pytest

from direct2v.storybook.world import kinds
from direct2v.storybook.world.kinds import KINDS
from direct2v.storybook.world.sampling import random_scene
from direct2v.storybook.world.scene import Scene, Subject, apart

DOG = Subject.usual("dog")


def test_the_world_is_as_large_as_promised():
    assert len(kinds.PLACES) >= 10
    assert len(kinds.TIMES) >= 5
    assert len(kinds.WEATHERS) >= 7
    assert len(KINDS) >= 20
    assert len(kinds.COLOURS) >= 8
    assert (len(kinds.POSITIONS), len(kinds.SIZES)) == (5, 2)
    groups = {kind.group for kind in KINDS.values()}
    assert groups == {"people", "animals", "plants", "vehicles", "buildings", "dragons"}
    assert [name for name, kind in KINDS.items() if kind.group == "dragons"] == ["dragon"]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Scene("moon"), "place is 'moon'; accepted: sea,"),
        (lambda: Scene("sea", time="noon"), "time is 'noon'"),
        (lambda: Scene("sea", weather="hail"), "weather is 'hail'"),
        (lambda: Scene("sea", pan="up"), "pan is 'up'"),
        (lambda: Scene("sea", subjects=(DOG,)), "a dog cannot be at place 'sea'; accepted: meadow,"),
        (
            lambda: Scene("sea", time="night", weather="rainbow"),
            "'rainbow' at 'night'; accepted: by daylight",
        ),
        (lambda: Scene("meadow", subjects=(DOG,) * 3), "at most 2"),
        (lambda: Scene("meadow", subjects=(DOG, DOG.at(position="far left"))), "one of each kind"),
        (lambda: Scene("meadow", subjects=(DOG, Subject.usual("cat", position="left"))), "overlap"),
        (lambda: Scene("meadow", zoom="close"), "one subject in the centre"),
        (lambda: Scene("meadow", subjects=(DOG,), pan="left", zoom="close"), "with pan 'centre'"),
        (lambda: Subject("unicorn", "white"), "kind is 'unicorn'"),
        (lambda: Subject.usual("unicorn"), "kind is 'unicorn'"),
        (lambda: Subject.usual("dog", colour="green"), "colour of a dog is 'green'"),
        (lambda: Subject.usual("dog", pose=None), "pose of a dog is None"),
        (lambda: Subject.usual("car", pose="sitting"), "pose of a car is 'sitting', but this kind has none"),
        (lambda: Subject.usual("house", facing="left"), "facing of a house is 'left'"),
        (lambda: Subject.usual("flower", size="large"), "size of a flower is 'large'"),
        (lambda: Subject.usual("flower", stage=None), "stage of a flower is None"),
    ],
)
def test_scenes_outside_the_world_are_refused(make, text):
    with pytest.raises(ValueError, match=text):
        make()


def test_what_flies_can_be_anywhere():
    for place in kinds.PLACES:
        Scene(
            place,
            subjects=(Subject.usual("dragon", pose="flying"), Subject.usual("balloon", position="left"))[:1],
        )
    with pytest.raises(ValueError, match="a dragon cannot be at place 'sea'"):
        Scene("sea", subjects=(Subject.usual("dragon", pose="sitting"),))


def test_random_scenes_show_the_whole_world():
    rng = random.Random(0)
    seen = [random_scene(rng) for _ in range(4000)]
    subjects = [subject for scene in seen for subject in scene.subjects]
    assert {scene.place for scene in seen} == set(kinds.PLACES)
    assert {scene.weather for scene in seen} == set(kinds.WEATHERS)
    assert {(scene.pan, scene.zoom) for scene in seen} >= {
        ("left", "wide"),
        ("right", "wide"),
        ("centre", "close"),
    }
    for name, kind in KINDS.items():
        mine = [subject for subject in subjects if subject.kind == name]
        assert {s.colour for s in mine} == set(kind.colours)
        assert {s.pose for s in mine} == set(kind.poses or (None,))
        assert {s.stage for s in mine} == set(kind.stages or (None,))
        assert {s.position for s in mine} == set(kinds.POSITIONS)
    assert all(apart(*scene.subjects) for scene in seen if len(scene.subjects) == 2)
    assert random_scene(random.Random(5)) == random_scene(random.Random(5))
