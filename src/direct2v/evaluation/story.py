"""Story accuracy: whether each frame shows what the story tells, as the storybook reader sees it.

Only stories of the storybook world can be judged so: its frame prompts parse back into scenes, and its reader
tells pictures back into attributes. The reader errs too; `reader_accuracy` says how often.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from direct2v.errors import InputError
from direct2v.storybook import reader_figures_path
from direct2v.storybook.reader import SceneReader
from direct2v.storybook.world.attributes import Reading, compare, decode, labels
from direct2v.storybook.world.parsing import parse
from direct2v.storybook.world.render import SIZE
from direct2v.storybook.world.scene import Scene
from direct2v.text import printable

__all__ = [
    "Seen",
    "as_reading",
    "reader_accuracy",
    "scenes_told",
    "state_seen",
    "story_accuracy",
    "told",
]

_NOT_OF_STATE = ("two_subjects", "no_extra")
"""Metrics that say again what the others say, or nothing about what should be there."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A video as the reader sees it, frame by frame.

    Attributes:
        frames: uint8 [F, 64, 64, 3].
        readings: the most likely attributes of each frame.
        looks: [F, kinds, width], how each kind looks where it is seen; see ``SceneReader.sights``.
        scores: [F, kinds, 8, 8], where each kind is seen.
    """

    frames: NDArray[np.uint8]
    readings: tuple[Reading, ...]
    looks: Tensor
    scores: Tensor

    @classmethod
    def of(cls, frames: NDArray[np.uint8], reader: SceneReader) -> Self:
        """Looks at a video.

        Args:
            frames: uint8 [F, height, width, 3]; larger ones are brought down to 64 x 64 by means over blocks.
            reader: as `load_reader` gives it.

        Raises:
            InputError: if height and width are not the same whole multiple of 64.
        """
        frames = _at_world_size(frames)
        looks, scores = reader.sights(frames)
        return cls(frames, tuple(reader.read(frames)), looks, scores)


def _at_world_size(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    num_frames, height, width, channels = frames.shape
    if height != width or height % SIZE:
        raise InputError(
            f"frames are {width}x{height}; the storybook reader takes {SIZE}x{SIZE} or whole multiples of it"
        )
    factor = height // SIZE
    blocks = frames.reshape(num_frames, SIZE, factor, SIZE, factor, channels)
    reduced: NDArray[np.uint8] = np.rint(blocks.mean((2, 4))).astype(np.uint8)
    return reduced


def reader_accuracy() -> dict[str, Any]:
    """The shipped reader's own accuracy on rendered held-out pictures, to stand beside what it judges.

    Returns:
        Attribute -> {"mean", "se", "n"}; "story" and "identity" are what rendered stories get as story
        accuracy and as identity, where a perfect reader would say 1. Empty where that was not measured for
        the shipped weights.
    """
    path = reader_figures_path()
    figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return figures


def told(caption: str) -> Reading | None:
    """What a caption of the director says; None if it is not in the world's words."""
    try:
        return as_reading(parse(caption))
    except ValueError:
        return None


def scenes_told(texts: Sequence[str]) -> list[Scene]:
    """The scenes that frame prompts tell.

    Raises:
        InputError: naming the first that is not in the storybook world's own words.
    """
    scenes = []
    for number, text in enumerate(texts, 1):
        try:
            scenes.append(parse(text))
        except ValueError as error:
            raise InputError(
                f"frame {number} cannot be judged by the storybook reader: {printable(str(error), 200)}; "
                "story accuracy needs a storyboard as the storybook director writes it"
            ) from error
    return scenes


def as_reading(scene: Scene) -> Reading:
    """What a perfect reader sees in a picture of the scene."""
    return decode(labels(scene))


def of_state(verdict: Mapping[str, list[bool]]) -> list[bool]:
    """One outcome for every attribute that the scene has, and a wrong one if the frame has a subject more."""
    stated = [right for metric, rights in verdict.items() if metric not in _NOT_OF_STATE for right in rights]
    return stated + [False] * (not all(verdict["no_extra"]))


def state_seen(reading: Reading | None, scene: Scene) -> list[bool]:
    """Scene state of one frame; None, a frame that is not there or cannot be understood, is all wrong."""
    if reading is None:
        return [False] * len(of_state(compare(as_reading(scene), scene)))
    return of_state(compare(reading, scene))


def story_accuracy(readings: Sequence[Reading | None], scenes: Sequence[Scene]) -> float:
    """The share of right attributes over all frames of a story, 0..1.

    Args:
        readings: one for each frame; None is all wrong.
        scenes: what each frame should show.
    """
    rights = [state_seen(reading, scene) for reading, scene in zip(readings, scenes, strict=True)]
    return float(np.mean([right for frame in rights for right in frame]))
