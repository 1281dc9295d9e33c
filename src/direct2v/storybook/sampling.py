"""Random scenes: what the image model, the reader and the tests are fed with."""

import random

from direct2v.storybook.scene import (
    COLOURS_OF,
    FACINGS,
    MOVERS,
    PLACES,
    POSITIONS,
    STAGES_OF,
    SUN_WEATHERS,
    SUNS,
    TIMES,
    WEATHERS,
    Scene,
    Subject,
    kinds_at,
)


def random_subject(rng: random.Random, kind: str, position: str) -> Subject:
    """A subject of this kind at this position, everything else drawn."""
    return Subject(
        kind=kind,
        colour=rng.choice(COLOURS_OF[kind]),
        position=position,
        facing=rng.choice(FACINGS) if kind in MOVERS else None,
        stage=rng.choice(STAGES_OF[kind]) if kind in STAGES_OF else None,
    )


def random_scene(rng: random.Random) -> Scene:
    """A scene drawn from the whole world: 20 % empty, 55 % with one subject, 25 % with two kinds."""
    place, weather = rng.choice(PLACES), rng.choice(WEATHERS)
    num_subjects = rng.choices((0, 1, 2), (20, 55, 25))[0]
    kinds = rng.sample(kinds_at(place), num_subjects)
    # Two subjects keep a distance, so that neither hides the other.
    where = rng.sample(range(len(POSITIONS)), 1)
    if num_subjects == 2:
        where = list(rng.choice([(a, b) for a in range(5) for b in range(5) if abs(a - b) >= 2]))
    return Scene(
        place=place,
        time=rng.choice(TIMES),
        weather=weather,
        sun=rng.choice(SUNS) if weather in SUN_WEATHERS else None,
        subjects=tuple(
            random_subject(rng, kind, POSITIONS[i]) for kind, i in zip(kinds, where, strict=False)
        ),
    )
