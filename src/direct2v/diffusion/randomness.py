"""Where a render's random numbers come from.

Noise is drawn on the generator's device (the CPU unless the caller brings another one), so that a seed means
the same wherever the model runs.
"""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import torch
from torch import Generator, Tensor

from direct2v.errors import InputError
from direct2v.settings import MAX_SEED, NoiseSharing, RenderSettings

__all__ = ["NoiseSource", "PerFrameNoise", "SequentialNoise", "Stream", "choose_noise", "roll_again"]

Stream = Literal["initial", "renewal", "steps"]

_STREAMS: tuple[Stream, ...] = ("initial", "renewal", "steps")
_COMMON = 2**32 - 1  # a frame index that no frame has


class NoiseSource(ABC):
    """Standard normal noise for frames, and generators for what a scheduler draws itself."""

    def draw(
        self, stream: Stream, frames: Sequence[int], shape: Sequence[int], sharing: NoiseSharing, rho: float
    ) -> Tensor:
        """Noise [len(frames), *shape] in fp32.

        Args:
            stream: what it is for.
            frames: frame indices.
            shape: of one frame's latents.
            sharing: the same for all frames, a common part of variance rho plus an own part, or own only.
            rho: 0..1.
        """
        if sharing == "independent":
            return self._own(stream, frames, shape)
        common = self._common(stream, shape).expand(len(frames), *shape)
        if sharing == "shared":
            return common.clone()
        mixed: Tensor = rho**0.5 * common + (1 - rho) ** 0.5 * self._own(stream, frames, shape)
        return mixed

    @abstractmethod
    def step_generators(self, frames: Sequence[int]) -> Generator | list[Generator]:
        """What a scheduler's step takes for these frames; state is kept from step to step."""

    @abstractmethod
    def states(self) -> dict[str, Tensor]:
        """Of all generators that are in use, by name."""

    @abstractmethod
    def restore(self, states: Mapping[str, Tensor]) -> None:
        """Brings generators to where ``states`` says."""

    @abstractmethod
    def _common(self, stream: Stream, shape: Sequence[int]) -> Tensor: ...

    @abstractmethod
    def _own(self, stream: Stream, frames: Sequence[int], shape: Sequence[int]) -> Tensor: ...


class PerFrameNoise(NoiseSource):
    """Frame k's noise depends on (seed, k) alone: not on how many frames there are or what else is drawn.

    Args:
        seed: 0 or more.
        rolls: for each frame how often its noise was drawn anew; frames beyond these never.
    """

    def __init__(self, seed: int, rolls: Sequence[int] = ()) -> None:
        self.seed = seed
        self.rolls = tuple(rolls)
        self._step_generators: dict[int, Generator] = {}

    def draw(
        self, stream: Stream, frames: Sequence[int], shape: Sequence[int], sharing: NoiseSharing, rho: float
    ) -> Tensor:
        """As in the base class; a frame whose noise was drawn anew has its own, whatever the others share."""
        drawn = super().draw(stream, frames, shape, sharing, rho)
        rows = [row for row, k in enumerate(frames) if self._roll(k)]
        if rows:
            drawn[rows] = self._own(stream, [frames[row] for row in rows], shape)
        return drawn

    def step_generators(self, frames: Sequence[int]) -> list[Generator]:
        """One generator for each frame."""
        for k in frames:
            if k not in self._step_generators:
                self._step_generators[k] = self._generator("steps", k)
        return [self._step_generators[k] for k in frames]

    def states(self) -> dict[str, Tensor]:
        """Of each frame's generator."""
        return {str(k): generator.get_state() for k, generator in self._step_generators.items()}

    def restore(self, states: Mapping[str, Tensor]) -> None:
        """Brings each frame's generator to where ``states`` says."""
        for k, state in states.items():
            self.step_generators([int(k)])[0].set_state(state)

    def _common(self, stream: Stream, shape: Sequence[int]) -> Tensor:
        return torch.randn(*shape, generator=self._generator(stream, _COMMON))

    def _own(self, stream: Stream, frames: Sequence[int], shape: Sequence[int]) -> Tensor:
        rows = [torch.randn(*shape, generator=self._generator(stream, k)) for k in frames]
        return torch.stack(rows) if rows else torch.empty(0, *shape)

    def _generator(self, stream: Stream, frame: int) -> Generator:
        roll = (self._roll(frame),) if self._roll(frame) else ()
        (word,) = np.random.SeedSequence((self.seed, _STREAMS.index(stream), frame, *roll)).generate_state(1)
        return torch.Generator().manual_seed(int(word))

    def _roll(self, frame: int) -> int:
        return self.rolls[frame] if frame < len(self.rolls) else 0


class SequentialNoise(NoiseSource):
    """One generator, drawn from in the order of use, as diffusers' pipelines and the authors' release do.

    Args:
        generator: on any device.
    """

    def __init__(self, generator: Generator) -> None:
        self.generator = generator

    def step_generators(self, frames: Sequence[int]) -> Generator:
        """The one generator."""
        return self.generator

    def states(self) -> dict[str, Tensor]:
        """Of the one generator."""
        return {"all": self.generator.get_state()}

    def restore(self, states: Mapping[str, Tensor]) -> None:
        """Brings the one generator to where ``states`` says."""
        self.generator.set_state(states["all"])

    def _common(self, stream: Stream, shape: Sequence[int]) -> Tensor:
        return self._own(stream, [0], shape)[0]

    def _own(self, stream: Stream, frames: Sequence[int], shape: Sequence[int]) -> Tensor:
        device = self.generator.device
        return torch.randn(len(frames), *shape, generator=self.generator, device=device)


def choose_noise(
    settings: RenderSettings, seed: int | None, generator: Generator | None
) -> tuple[RenderSettings, NoiseSource]:
    """Where the noise comes from, and the settings with the seed that says so.

    Raises:
        InputError: if both a seed and a generator are given.
    """
    if generator is not None:
        if seed is not None:
            raise InputError("give seed or generator, not both")
        if settings.noise_source == "sequential":
            seed = generator.initial_seed()
            fresh = torch.Generator(generator.device).manual_seed(seed)
            unused = torch.equal(fresh.get_state(), generator.get_state())
            if not (unused and 0 <= seed <= MAX_SEED and generator.device.type == "cpu"):
                seed = None  # no seed says what it gives
            return settings.model_copy(update={"seed": seed}), SequentialNoise(generator)
        seed = int(torch.randint(MAX_SEED + 1, (), generator=generator, device=generator.device))
    elif settings.seed is not None:
        seed = settings.seed
    else:
        seed = secrets.randbelow(2**31)
    settings = settings.model_copy(update={"seed": seed})
    if settings.noise_source == "sequential":
        # its order of use is that of all frames: another roll of one is another seed for all
        rolled = (seed + max(settings.rolls, default=0)) % (MAX_SEED + 1)
        return settings, SequentialNoise(torch.Generator().manual_seed(rolled))
    return settings, PerFrameNoise(seed, settings.rolls)


def roll_again(settings: RenderSettings, frames: Sequence[int], num_frames: int) -> RenderSettings:
    """The settings under which these frames, of ``num_frames``, get their next noise."""
    rolls = [*settings.rolls, *[0] * (num_frames - len(settings.rolls))]
    for k in frames:
        rolls[k] += 1
    return settings.model_copy(update={"rolls": tuple(rolls)})
