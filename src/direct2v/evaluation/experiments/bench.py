"""What a process measures with: models, each loaded when it is first needed."""

import warnings
from functools import cached_property

from direct2v.director import Director, resolve_director
from direct2v.engine import DirecT2V
from direct2v.evaluation.encoders import Encoders, load_encoders
from direct2v.storybook.reader import SceneReader, load_reader

__all__ = ["Bench"]


class Bench:
    """The embedded models on the CPU, where the same cell gives the same figures in any process.

    Args:
        director: whom director experiments ask, as `--director` names it.
    """

    def __init__(self, director: str = "storybook") -> None:
        self.director_name = director

    @cached_property
    def engine(self) -> DirecT2V:
        """The image model."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a library's notices, once for each process
            return DirecT2V.from_pretrained("storybook", device="cpu")

    @cached_property
    def reader(self) -> SceneReader:
        """The judge of stories."""
        return load_reader()

    @cached_property
    def encoders(self) -> Encoders:
        """The world's own CLIP."""
        return load_encoders(device="cpu")

    @cached_property
    def director(self) -> Director:
        """Asked anew every time: what is kept from before would not be a measurement."""
        return resolve_director(self.director_name, cache=False)
