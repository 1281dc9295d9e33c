"""Random scenes: what the image model, the reader and the tests are fed with."""

import random

from direct2v.storybook.world import kinds as world
from direct2v.storybook.world.heldout import belongs, is_heldout
from direct2v.storybook.world.kinds import KINDS, PLACES, POSITIONS
from direct2v.storybook.world.scene import Scene, Subject, apart

__all__ = ["random_scene", "random_subject"]


def random_subject(rng: random.Random, kind: str, place: str | None = None) -> Subject:
    """A subject of this kind with everything drawn, in a pose that it can have at `place` (None: any)."""
    known = KINDS[kind]
    poses = [pose for pose in known.poses if place is None or world.may_be(kind, pose, place)]
    return Subject(
        kind,
        colour=rng.choice(known.colours),
        position=rng.choice(POSITIONS),
        size=None if known.stages else rng.choice(world.SIZES),
        stage=rng.choice(known.stages) if known.stages else None,
        pose=rng.choice(poses) if poses else None,
        facing=rng.choice(world.FACINGS) if known.faces else None,
    )


def _draw(rng: random.Random) -> Scene:
    num_subjects = rng.choices((0, 1, 2), (12, 55, 33))[0]
    subjects: list[Subject] = []
    place = rng.choice(PLACES)
    if num_subjects:
        # The kind first, then a place for it: every kind is seen equally often.
        first = random_subject(rng, rng.choice(list(KINDS)))
        place = rng.choice([p for p in PLACES if world.may_be(first.kind, first.pose, p)])
        subjects.append(first)
    if num_subjects == 2:
        others = [k for k in KINDS if k != first.kind and _can_be(k, place)]
        second = random_subject(rng, rng.choice(others), place)
        free = [p for p in POSITIONS if apart(first, second.at(position=p))]
        if free:
            subjects.append(second.at(position=rng.choice(free)))
        else:  # one in the centre leaves only the edges
            subjects[0] = first.at(position="far left")
            subjects.append(second.at(position=rng.choice(POSITIONS[2:])))
        rng.shuffle(subjects)
    time = rng.choice(world.TIMES)
    weather = rng.choice([w for w in world.WEATHERS if world.has_weather(time, w)])
    pan, zoom = "centre", "wide"
    if len(subjects) == 1 and rng.random() < 0.12:
        zoom = "close"
        subjects[0] = subjects[0].at(position="centre")
    elif rng.random() < 0.3:
        pan = rng.choice(("left", "right"))
    return Scene(place, time, weather, tuple(subjects), pan, zoom)


def _can_be(kind: str, place: str) -> bool:
    return any(world.may_be(kind, pose, place) for pose in KINDS[kind].poses or (None,))


def random_scene(rng: random.Random, split: str | None = None) -> Scene:
    """A scene drawn from the whole world: 12 % empty, 55 % with one subject, 33 % with two.

    Args:
        rng: Where the choices come from.
        split: "train" or "heldout" draws only scenes of that split; None from the whole world.
    """
    while True:
        scene = _draw(rng)
        if belongs(is_heldout(scene), split):
            return scene
