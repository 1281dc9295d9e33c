"""An experiment as data: settings that differ in one factor, crossed with stories and seeds."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from direct2v.storybook.world.stories import Story, sample_story

if TYPE_CHECKING:  # loads the models
    from direct2v.evaluation.experiments.bench import Bench

__all__ = ["NUM_FRAMES", "SPLITS", "Cell", "Experiment", "Outcome", "Setting", "Size", "Split", "story_of"]

NUM_FRAMES = 8
Split = Literal["development", "heldout"]
SPLITS: tuple[Split, ...] = ("development", "heldout")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One way to do it.

    Attributes:
        name: in tables; one of a kind in its experiment.
        factor: what it varies; settings of one factor can be chosen between.
        values: what the experiment's `measure` takes.
        num_seeds: fewer seeds than the others, for what takes long; None for as many.
    """

    name: str
    factor: str
    values: Mapping[str, Any]
    num_seeds: int | None = None


@dataclass(frozen=True, order=True)
class Cell:
    """One measurement: a setting on a story with a seed."""

    split: Split
    story: int
    seed: int
    setting: str


@dataclass(frozen=True)
class Size:
    """How many stories of each split, and how many seeds on each."""

    development: int
    heldout: int
    seeds: int


@dataclass(frozen=True)
class Outcome:
    """What one cell gave.

    Attributes:
        metrics: by name; what has no value here is left out.
        frames: uint8 [F, H, W, 3], if it drew any.
    """

    metrics: Mapping[str, float]
    frames: NDArray[np.uint8] | None = None


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """What is asked, and how it is answered.

    Attributes:
        name: what the command line takes.
        title: of its report.
        question: one or two sentences.
        settings: what is compared; all on the same stories and seeds.
        control: the setting that every other one is paired with.
        compared: metrics whose differences from the control are tested.
        full: how large it is.
        quick: how large for a first look.
        measure: a cell's outcome; a function of a module, since processes must find it.
        directs: whether it asks a director.
    """

    name: str
    title: str
    question: str
    settings: tuple[Setting, ...]
    control: str
    compared: tuple[str, ...]
    full: Size
    quick: Size
    measure: "Callable[[Bench, Setting, Story, int], Outcome]"
    directs: bool = False

    def setting(self, name: str) -> Setting:
        """The setting of that name."""
        return next(setting for setting in self.settings if setting.name == name)

    def cells(self, size: Size) -> list[Cell]:
        """All cells, story by story: whatever is finished first, compares all settings."""
        return [
            Cell(split, story, seed, setting.name)
            for split in SPLITS
            for story in range(getattr(size, split))
            for seed in range(size.seeds)
            for setting in self.settings
            if setting.num_seeds is None or seed < setting.num_seeds
        ]


def story_of(split: Split, number: int) -> Story:
    """Story `number` of a split, the same in every experiment.

    Development stories are of scenes and wordings that training may see, held-out ones of those that it may
    not; seeds are of no training and of no other report.
    """
    rng = random.Random(f"experiments: {split} {number}")
    return sample_story(rng, NUM_FRAMES, "train" if split == "development" else "heldout")
