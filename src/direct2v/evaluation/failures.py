"""The failure signatures of the method, told from pictures, each with the settings that its causes suggest.

The paper shows missing and merged objects, blurred backgrounds and misread prompts where references are
chosen badly. In the storybook world each can be told: the scene says what should be there, the reader what
is, and the renderer how sharp such a background is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from direct2v.evaluation.story import Seen
from direct2v.storybook.world.attributes import PICTURE_FIELDS, SUBJECT_FIELDS, Reading
from direct2v.storybook.world.kinds import KINDS
from direct2v.storybook.world.render import NUM_VARIANTS, SIZE, render, subject_masks
from direct2v.storybook.world.scene import Scene

__all__ = ["SIGNATURES", "Signature", "background_sharpness", "failures", "twin_margin"]

TWIN_MARGIN: Final = 3.5
"""How much weaker, in the reader's score, a second sight of a kind may be to count as a second thing. On
rendered pictures 1 % of subjects have one by mistake, and 87 % of pasted second ones are found
(tests/evaluation/test_failures.py)."""
_APART: Final = 2  # cells of 8 pixels: a nearer sight is the same thing
BLURRED: Final = 0.75
"""Sharpness of a background relative to the renderer's, below which it is blurred. Rendered pictures stay
above 0.93; a Gaussian blur of one pixel brings 99 % below."""
_SLOTS: Final = {kind: slot for slot, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class Signature:
    """One way to fail.

    Attributes:
        name: in tables.
        shows: what is seen.
        knobs: settings that its causes suggest, the likeliest first, each with what to do.
        occurs: whether a frame of a scene shows it.
    """

    name: str
    shows: str
    knobs: tuple[str, ...]
    occurs: Callable[[Seen, int, Scene], bool]


def failures(seen: Seen, scenes: Sequence[Scene]) -> dict[str, list[bool]]:
    """Signature -> whether each frame shows it."""
    return {
        name: [signature.occurs(seen, frame, scene) for frame, scene in enumerate(scenes)]
        for name, signature in SIGNATURES.items()
    }


def _missing(seen: Seen, frame: int, scene: Scene) -> bool:
    return any(subject.kind not in seen.readings[frame].subjects for subject in scene.subjects)


def _duplicated(seen: Seen, frame: int, scene: Scene) -> bool:
    there = seen.readings[frame].subjects
    return any(
        kind not in {subject.kind for subject in scene.subjects}
        or twin_margin(seen.scores[frame, _SLOTS[kind]]) < TWIN_MARGIN
        for kind in there
    )


def twin_margin(scores: Tensor) -> float:
    """How much weaker the best sight of a kind is elsewhere than where it is seen best.

    Args:
        scores: [8, 8], one kind's of one picture.
    """
    sights = scores.numpy()
    y, x = np.unravel_index(sights.argmax(), sights.shape)
    rows, columns = np.indices(sights.shape)
    elsewhere = np.maximum(np.abs(rows - y), np.abs(columns - x)) > _APART
    return float(sights.max() - sights[elsewhere].max())


def _merged(seen: Seen, frame: int, scene: Scene) -> bool:
    """One of two is seen, in a colour that only the other should have."""
    there = seen.readings[frame].subjects
    colours = {subject.kind: subject.colour for subject in scene.subjects}
    shown = [kind for kind in colours if kind in there]
    if len(colours) != 2 or len(shown) != 1 or len(set(colours.values())) != 2:
        return False
    return there[shown[0]]["colour"] in set(colours.values()) - {colours[shown[0]]}


def _blurred(seen: Seen, frame: int, scene: Scene) -> bool:
    return background_sharpness(seen.frames[frame], scene) < BLURRED


def background_sharpness(picture: NDArray[np.uint8], scene: Scene) -> float:
    """Mean brightness gradient beside the subjects, relative to the renderer's of the same scene.

    Args:
        picture: uint8 [64, 64, 3].
        scene: what it should show; where its subjects belong is left out.
    """
    return _gradient(picture, scene) / _rendered_gradient(scene)


@lru_cache(maxsize=4096)
def _rendered_gradient(scene: Scene) -> float:
    return float(np.mean([_gradient(render(scene, seed), scene) for seed in range(NUM_VARIANTS)]))


def _gradient(picture: NDArray[np.uint8], scene: Scene) -> float:
    grey = picture.astype(np.float64).mean(2)
    gradient = np.hypot(np.diff(grey, axis=1)[:-1], np.diff(grey, axis=0)[:, :-1])
    things = np.zeros((SIZE, SIZE), np.bool_)
    for mask in subject_masks(scene):
        things |= mask
    return float(gradient[~things[:-1, :-1]].mean())


def _misread(seen: Seen, frame: int, scene: Scene) -> bool:
    reading = seen.readings[frame]
    return any(reading.picture[field] != getattr(scene, field) for field in PICTURE_FIELDS) or any(
        _other_looks(reading, subject.kind, {field: getattr(subject, field) for field in SUBJECT_FIELDS})
        for subject in scene.subjects
    )


def _other_looks(reading: Reading, kind: str, wanted: Mapping[str, str | None]) -> bool:
    fields = reading.subjects.get(kind)
    return fields is not None and any(
        value is not None and fields[field] != value for field, value in wanted.items()
    )


SIGNATURES: Final[Mapping[str, Signature]] = {
    signature.name: signature
    for signature in (
        Signature(
            "missing",
            "something that the prompt names is not there",
            (
                "phi: raise it; queries that the reference has no answer to read their own frame",
                "layers: map fewer; early layers decide what is where",
            ),
            _missing,
        ),
        Signature(
            "duplicated",
            "something is there twice, or that no word asked for",
            (
                "layers: map fewer; what another frame has is drawn here as well",
                "phi: raise it",
            ),
            _duplicated,
        ),
        Signature(
            "merged",
            "of two things one is seen, in the other's colour",
            (
                "phi: raise it; two things read the values of one",
                "period: longer, so that a thing is formed under one reference",
            ),
            _merged,
        ),
        Signature(
            "blurred",
            "the background has lost its edges",
            (
                "period: longer; fewer references are averaged into a frame",
                "phi: raise it where frames differ in place or light",
            ),
            _blurred,
        ),
        Signature(
            "misread",
            "what is there looks, stands or is lit otherwise than the prompt says",
            (
                "director: look at the storyboard; a prompt may say something else than the story",
                "phi: raise it where a frame takes the looks of another",
            ),
            _misread,
        ),
    )
}
