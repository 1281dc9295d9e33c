"""From latents to pictures without surprises: overflow, black frames and what a safety checker flags."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from direct2v.errors import NumericsError
from direct2v.text import numbered

__all__ = ["Decoded", "not_finite", "precise", "refuse_broken"]

BLACK = 3  # of 255: the brightest value of what counts as black


@dataclass(frozen=True, eq=False)
class Decoded:
    """Pictures of all frames.

    Attributes:
        frames: PIL pictures, or fp32 arrays [height, width, 3] in 0..1.
        flagged: indices of those that a safety checker flagged, and blackened.
        notes: what is worth knowing about the others.
    """

    frames: list[Any]
    flagged: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, frames: list[Any], flagged: Sequence[int], overflown: Sequence[int]) -> "Decoded":
        """With notes on black frames, and on those that overflowed in half precision."""
        notes = []
        if overflown:
            notes.append(
                f"the decoder overflowed in half precision at {numbered(overflown)}, decoded again in float32"
            )
        black = [k for k, frame in enumerate(frames) if k not in flagged and _is_black(frame)]
        if black:
            notes.append(
                f"{numbered(black)} came out black; try dtype float32, another seed or a lower guidance_scale"
            )
        return cls(frames, tuple(flagged), tuple(notes))


def _is_black(frame: Any) -> bool:
    pixels = np.asarray(frame)
    limit = BLACK if pixels.dtype == np.uint8 else BLACK / 255
    return bool(pixels.max() <= limit)


def not_finite(image: Tensor) -> list[int]:
    """Indices of the pictures [F, 3, height, width] that hold NaN or infinity."""
    finite = torch.isfinite(image).flatten(1).all(dim=1)
    return [int(k) for k in (~finite).nonzero().flatten()]


def refuse_broken(broken: Sequence[int], start: int, dtype: torch.dtype) -> None:
    """Raises if pictures are not finite.

    Args:
        broken: their indices, counted from ``start``.
        start: index of the first picture.
        dtype: that the decoder has when it is not made precise.

    Raises:
        NumericsError: naming them.
    """
    if broken:
        kind = str(dtype).removeprefix("torch.")
        raise NumericsError(
            f"the decoder gives NaN or infinity for {numbered([start + k for k in broken])}, also in float32 "
            f"(loaded as {kind}); its weights may be damaged, or take another VAE or a lower guidance_scale"
        )


@contextmanager
def precise(vae: Any, wanted: bool) -> Iterator[None]:
    """Decodes in fp32 inside the block, where that is wanted; afterwards the VAE has its own dtype again."""
    dtype = vae.dtype
    if not wanted or dtype == torch.float32:
        yield
        return
    vae.to(torch.float32)
    try:
        yield
    finally:
        vae.to(dtype)
