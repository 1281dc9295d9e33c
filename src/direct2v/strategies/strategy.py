"""The seam between a strategy, which is a pure function of the step, and the layers that follow it."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Any, ParamSpec

from direct2v.errors import SettingsError

__all__ = ["STRATEGIES", "Reading", "Strategy", "bind", "dice", "never_read", "strategy"]

P = ParamSpec("P")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What every frame reads at one step.

    Attributes:
        frames: for each frame, the frames whose keys and values it reads, as one long sequence.
        chosen: each query reads the one of them that it trusts most, instead of all of them.
        share: of the tokens that are read of every frame but one's own, 0 < share <= 1.
        draw: a seed: which tokens those are.
    """

    frames: tuple[tuple[int, ...], ...]
    chosen: bool = False
    share: float = 1.0
    draw: int = 0

    @classmethod
    def one(cls, references: Iterable[int]) -> "Reading":
        """Every frame reads a single frame."""
        return cls(frames=tuple((reference,) for reference in references))

    @property
    def maps(self) -> bool:
        """Whether any frame reads another one."""
        return any(set(read) != {frame} for frame, read in enumerate(self.frames))

    def within(self, frames: Sequence[int], names: Sequence[int]) -> "Reading":
        """What some frames read, counted by where it stands in ``names``, which has all that they read."""
        place = {name: index for index, name in enumerate(names)}
        reads = tuple(tuple(place[reference] for reference in self.frames[frame]) for frame in frames)
        return replace(self, frames=reads)

    def check(self, num_frames: int) -> None:
        """Refuses what cannot be read.

        Raises:
            SettingsError: if a frame reads none, or one that is not there.
        """
        if len(self.frames) != num_frames or not all(self.frames):
            raise SettingsError(f"the strategy must name the frames that each of {num_frames} frames reads")
        for frame, read in enumerate(self.frames):
            for reference in read:
                if not 0 <= reference < num_frames:
                    raise SettingsError(
                        f"the strategy lets frame {frame} read frame {reference}, but there are only "
                        f"{num_frames}, counted from 0; give more frames, or another strategy"
                    )


Strategy = Callable[[int, int, int], Reading]
"""(step_index from 0, num_frames, num_steps of the all-frames phase) -> what every frame reads."""

STRATEGIES: dict[str, Callable[..., Reading]] = {}
"""By name; what they take besides the three arguments of a ``Strategy`` are settings of the same name."""


def strategy(name: str) -> Callable[[Callable[P, Reading]], Callable[P, Reading]]:
    """Makes a function a strategy that settings can name.

    Raises:
        ValueError: if there is one of that name.
    """

    def enter(function: Callable[P, Reading]) -> Callable[P, Reading]:
        if name in STRATEGIES:
            raise ValueError(f"there is a strategy {name!r} already")
        STRATEGIES[name] = function
        return function

    return enter


def bind(settings: Any) -> Strategy:
    """The strategy that ``settings.strategy`` names, with its options taken from the settings."""
    function = STRATEGIES[settings.strategy]
    options = list(inspect.signature(function).parameters)[3:]
    return partial(function, **{name: getattr(settings, name) for name in options if hasattr(settings, name)})


def dice(seed: int | None, step_index: int) -> Random:
    """Chance that depends on (seed, step_index) alone; no seed counts as 0."""
    return Random(f"{0 if seed is None else seed} {step_index}")


def never_read(strategy: Strategy, num_steps: int, num_frames: int) -> list[int]:
    """The frames that no other frame reads in any of ``num_steps`` steps."""
    used = {
        reference
        for step_index in range(num_steps)
        for frame, read in enumerate(strategy(step_index, num_frames, num_steps).frames)
        for reference in read
        if reference != frame
    }
    return [frame for frame in range(num_frames) if frame not in used]
