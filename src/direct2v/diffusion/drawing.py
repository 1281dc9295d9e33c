"""From noise to pictures: denoised, kept after each step, decoded, and rolled again where flagged."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from torch import Generator, Tensor

from direct2v.diffusion.backbone import StableDiffusionBackbone
from direct2v.diffusion.decoding import Decoded
from direct2v.diffusion.denoise import Step, denoise
from direct2v.diffusion.motion import CameraPath
from direct2v.diffusion.randomness import NoiseSource, choose_noise, roll_again
from direct2v.diffusion.resuming import Keeper
from direct2v.diffusion.words import Words
from direct2v.settings import RenderSettings
from direct2v.text import numbered

__all__ = ["Clock", "Drawing", "Drawn"]

MAX_ROLLS = 3  # renders more, for frames that a safety checker flags


class Clock:
    """How long each phase took, in seconds."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, name: str) -> None:
        """What passed since the last lap was spent on this phase."""
        now = time.monotonic()
        self.laps[name] = round(self.laps.get(name, 0.0) + now - self._last, 3)
        self._last = now


@dataclass(frozen=True, eq=False)
class Drawn:
    """What came out.

    Attributes:
        latents: [F, C, h, w].
        pictures: None if latents were all that was asked for.
        settings: that it was drawn with at last: rolls among them.
        notes: what is worth knowing.
    """

    latents: Tensor
    pictures: Decoded | None
    settings: RenderSettings
    notes: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class Drawing:
    """What stays the same while frames are drawn, also when some of them are drawn again.

    Attributes:
        backbone: the model.
        words: for F frames.
        scheduler: of diffusers; None for the model's own.
        latents: standard normal start, see ``denoise``.
        path: how the camera moves over the layout.
        generator: where the caller's randomness comes from; None for the seed.
        output_type: "pil", "np" or "latent".
        on_step: called with each ``Step``; what it raises ends the drawing.
        keeper: keeps the state after each step.
        clock: gets the laps "denoise" and "decode".
        notes: what is worth knowing so far.
    """

    backbone: StableDiffusionBackbone
    words: Words
    scheduler: Any
    latents: Tensor | None
    path: CameraPath | None
    generator: Generator | None
    output_type: str
    on_step: Callable[[Step], object] | None
    keeper: Keeper
    clock: Clock
    notes: list[str] = field(default_factory=list)

    def draw(self, settings: RenderSettings, noise: NoiseSource) -> Drawn:
        """Draws, and again with the next noise what a safety checker flags, up to ``MAX_ROLLS`` times."""
        for tries_left in reversed(range(MAX_ROLLS + 1)):
            latents = self._denoise(settings, noise)
            if self.output_type == "latent":
                return Drawn(latents, None, settings, tuple(self.notes))
            pictures = self.backbone.decode(latents, self.output_type, settings.chunk_size)
            self.clock.lap("decode")
            if not pictures.flagged or not tries_left:
                break
            self.notes.append(
                f"the safety checker flagged {numbered(pictures.flagged)}; drawn again with the next noise"
            )
            settings = roll_again(settings, pictures.flagged, self.words.num_frames)
            settings, noise = choose_noise(settings, None, self.generator)
        if pictures.flagged:
            stay = "stays" if len(pictures.flagged) == 1 else "stay"
            self.notes.append(
                f"the safety checker still flags {numbered(pictures.flagged)}, which {stay} black"
            )
        return Drawn(latents, pictures, settings, (*self.notes, *pictures.notes))

    def _denoise(self, settings: RenderSettings, noise: NoiseSource) -> Tensor:
        resumed, notes = self.keeper.begin(settings)
        self.notes += notes
        run = denoise(
            self.backbone,
            self.words,
            settings,
            noise,
            scheduler=self.scheduler,
            latents=self.latents,
            path=self.path,
            resumed=resumed,
        )
        with closing(run):  # also when on_step raises
            for step in run:
                self.notes += self.keeper.keep(step)
                if self.on_step is not None:
                    self.on_step(step)
        self.clock.lap("denoise")
        return step.latents
