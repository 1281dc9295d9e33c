"""Identity consistency: whether a subject stays the same where the story does not change it.

A pair is two frames of one story in whose scenes a subject has the same kind, colour and form (size, or
stage of growth). It may move, turn, act otherwise and stand in another light. Whether it is drawn *right* is
story accuracy's business: here a black dog for a white one is consistent if it is black in both frames. Only
what is not there has no identity: a pair counts as broken where the kind is not seen in both frames.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

import torch

from direct2v.evaluation.story import Seen
from direct2v.storybook.world.kinds import KINDS
from direct2v.storybook.world.scene import Scene, Subject

__all__ = ["kept_pairs", "same_identity", "same_look"]

_SLOTS: Final = {kind: slot for slot, kind in enumerate(KINDS)}
_LOOKS: Final = ("colour", "size", "stage")


def kept_pairs(scenes: Sequence[Scene]) -> Iterator[tuple[int, int, str]]:
    """(frame, later frame, kind) for every pair of frames in which the story keeps a subject unchanged."""
    for (i, before), (j, after) in combinations(enumerate(scenes), 2):
        for subject in before.subjects:
            if any(_looks(subject) == _looks(other) for other in after.subjects):
                yield i, j, subject.kind


def _looks(subject: Subject) -> tuple[str | None, ...]:
    return subject.kind, subject.colour, subject.size, subject.stage


def same_identity(seen: Seen, scenes: Sequence[Scene]) -> list[bool]:
    """For each pair, whether the same kind, colour and form are read in both of its frames."""
    return [_read(seen, i, kind) == _read(seen, j, kind) is not None for i, j, kind in kept_pairs(scenes)]


def _read(seen: Seen, frame: int, kind: str) -> tuple[str | None, ...] | None:
    fields = seen.readings[frame].subjects.get(kind)
    return None if fields is None else tuple(fields.get(field) for field in _LOOKS)


def same_look(seen: Seen, scenes: Sequence[Scene]) -> list[float]:
    """For each pair, the cosine of how the subject looks in its two frames, -1..1; 0 where it is not seen.

    Compared are the reader's trunk features under its attention to the kind (``SceneReader.sights``), which
    follow the subject wherever it is, not crops at a fixed place.
    """
    cosines = []
    for i, j, kind in kept_pairs(scenes):
        if kind in seen.readings[i].subjects and kind in seen.readings[j].subjects:
            one, other = (seen.looks[frame, _SLOTS[kind]] for frame in (i, j))
            cosines.append(float(torch.nn.functional.cosine_similarity(one, other, dim=0)))
        else:
            cosines.append(0.0)
    return cosines
