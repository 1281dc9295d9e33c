"""What training never sees: combinations of attributes and wordings, fixed by hash.

`hashlib` gives the same answer in every version of Python, so the split never moves. A scene is held out for
its combination of place, hour, weather and kinds, or for that of one subject's looks and position. Every
single value, and every pair, is seen in training.
"""

import hashlib
from typing import Final

from direct2v.storybook.world.scene import Scene, Subject

__all__ = ["SPLITS", "belongs", "is_heldout", "is_heldout_text", "is_heldout_wording", "share"]

SPLITS: Final = ("train", "heldout")

_SETTING_SHARE: Final = 0.08
_SUBJECT_SHARE: Final = 0.06
_WORDING_SHARE: Final = 0.2
_TEXT_SHARE: Final = 0.1
_SALT: Final = "wording 1159"
"""Chosen so that each list of templates has some held out, and the plainest of each is not."""


def share(*key: str) -> float:
    """A number in 0..1 that depends on `key` alone."""
    digest = hashlib.sha256("\x1f".join(("storybook", *key)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _looks_heldout(subject: Subject) -> bool:
    usual = Subject.usual(subject.kind)
    if subject.colour == usual.colour and subject.size == usual.size:
        return False  # what goes without saying is in most stories: training sees all of it
    form = subject.size or subject.stage or ""
    look = (subject.kind, subject.colour, form, subject.pose or "", subject.position)
    return share("subject", *look) < _SUBJECT_SHARE


def is_heldout(scene: Scene) -> bool:
    """Whether training must not see this scene. The camera and facing play no part."""
    kinds = sorted(subject.kind for subject in scene.subjects)
    # An empty place under each hour and weather is what everything else builds on: all of them are seen.
    if kinds and share("setting", scene.place, scene.time, scene.weather, *kinds) < _SETTING_SHARE:
        return True
    return any(map(_looks_heldout, scene.subjects))


def is_heldout_wording(template: str) -> bool:
    """Whether training must not see texts made with this template (its words are its identity)."""
    return share(_SALT, template) < _WORDING_SHARE


def is_heldout_text(text: str) -> bool:
    """Whether a paraphrase belongs to the held-out split by its very words.

    Templates with slots left out can give the same text; so texts are split too, and no training caption
    ever equals a held-out one.
    """
    return share("text", text.lower()) < _TEXT_SHARE


def belongs(is_held: bool, split: str | None) -> bool:
    """Whether something that is held out or not may be drawn for `split` (None: for any use).

    Raises:
        ValueError: `split` is unknown.
    """
    if split is None:
        return True
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}; accepted: {', '.join(SPLITS)}, None")
    return is_held == (split == "heldout")
