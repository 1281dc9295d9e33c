"""A cheap look at latents: one linear map from a latent to the colour of the pixels that it covers.

It is fitted to the autoencoder at hand, so that it serves every family of models, also those to come: the
autoencoder encodes a few patterns of colours, and least squares find which colour a latent stands for.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import interpolate

__all__ = ["LatentColours", "fit_colours"]

PATTERNS = 24
LATENTS = 8  # on a side of a pattern
COARSENESS = (1, 2, 4)  # latents on a side of what has one colour, or fades to the next


@dataclass(frozen=True, eq=False)
class LatentColours:
    """The map.

    Attributes:
        weights: [C, 3].
        bias: [3].
    """

    weights: Tensor
    bias: Tensor

    def __call__(self, latents: Tensor) -> npt.NDArray[np.uint8]:
        """Pictures [F, h, w, 3] of latents [F, C, h, w] as the decoder takes them."""
        colours = torch.einsum("fchw,cd->fhwd", latents.float().cpu(), self.weights) + self.bias
        return (colours.clamp(0, 1) * 255).round().byte().numpy()


@torch.no_grad()
def fit_colours(vae: Any, factor: int) -> LatentColours:
    """The map of an autoencoder, in less than a second; the same every time.

    Args:
        vae: of diffusers; it is not changed.
        factor: pixels on a side that a latent covers.
    """
    generator = torch.Generator().manual_seed(0)
    patterns = []
    for number in range(PATTERNS):
        side = LATENTS // COARSENESS[number % len(COARSENESS)]
        colours = torch.rand(1, 3, side, side, generator=generator)
        mode = "nearest" if number % 2 else "bilinear"
        patterns.append(interpolate(colours, size=LATENTS * factor, mode=mode))
    pixels = torch.cat(patterns)
    parameter = next(vae.parameters())
    latents = vae.encode((2 * pixels - 1).to(parameter.device, parameter.dtype)).latent_dist.mode()
    seen = interpolate(pixels, size=latents.shape[-2:], mode="area").permute(0, 2, 3, 1).reshape(-1, 3)
    known = latents.float().cpu().permute(0, 2, 3, 1).flatten(0, 2)
    known = torch.cat([known, torch.ones(len(known), 1)], dim=1)
    solved = torch.linalg.lstsq(known.double(), seen.double()).solution.float()
    return LatentColours(solved[:-1], solved[-1])
