"""Whether a video tells its story, where the storybook reader can say so: in its world's words and size."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from direct2v.errors import InputError
from direct2v.evaluation.failures import SIGNATURES
from direct2v.evaluation.judging import judge
from direct2v.evaluation.pixels import Frames
from direct2v.evaluation.story import Seen, reader_accuracy, scenes_told
from direct2v.storyboard import Storyboard
from direct2v.storybook.reader import SceneReader, load_reader

__all__ = ["Telling", "telling"]


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What the reader says of a video.

    Attributes:
        metrics: every one in ``STORY_METRICS``; empty where it cannot say.
        notes: why it cannot; else its own accuracy, and what to try against the failures that it saw.
    """

    metrics: Mapping[str, float | None]
    notes: tuple[str, ...]


def telling(frames: Frames, storyboard: Storyboard) -> Telling:
    """Judges frames by what their prompts say.

    Args:
        frames: [F, H, W, 3] uint8, as many as the storyboard's.
        storyboard: of these frames.
    """
    try:
        scenes = scenes_told(storyboard.texts())
        seen = Seen.of(frames, _reader())
    except InputError as error:
        return Telling(metrics={}, notes=(f"no story accuracy: {error}",))
    metrics = judge(seen, scenes)
    remedies = [
        f"{name} in {metrics[name]:.0%} of frames: {signature.shows}; what may help: {signature.knobs[0]}"
        for name, signature in SIGNATURES.items()
        if metrics[name]
    ]
    return Telling(metrics=metrics, notes=(*_own_accuracy(), *remedies))


def _own_accuracy() -> tuple[str, ...]:
    """What the reader says of the world's own pictures: no video can be told to be better."""
    own = reader_accuracy()
    if not own:
        return ()
    story, identity = (own[name]["mean"] for name in ("story", "identity"))
    return (f"of flawless pictures the reader says story accuracy {story:.3f} and identity {identity:.3f}",)


@cache
def _reader() -> SceneReader:
    return load_reader()
