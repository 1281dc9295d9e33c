"""Latents in between: on the sphere, where latents lie, and not on the straight line, which is paler.

Source: Free-Bloom, arXiv 2309.14494, interpolates latents that are still noisy;
here finished ones are, and decoded.
"""

import torch
from torch import Tensor

__all__ = ["latents_between"]

PARALLEL = 1e-4  # radians: below, the sphere is flat


def latents_between(latents: Tensor, count: int) -> Tensor:
    """What leads from each frame to the next, evenly spaced on the great circle through both.

    Args:
        latents: [F, C, h, w].
        count: in each gap.

    Returns:
        [F - 1, count, C, h, w].
    """
    before, after = latents[:-1].flatten(1).float(), latents[1:].flatten(1).float()
    angle = torch.acos(torch.nn.functional.cosine_similarity(before, after).clamp(-1, 1))
    share = torch.arange(1, count + 1, device=latents.device) / (count + 1)
    away = angle[:, None] * (1 - share), angle[:, None] * share
    weights = [
        torch.where(angle[:, None] > PARALLEL, part.sin() / angle.sin()[:, None], plain)
        for part, plain in zip(away, (1 - share, share), strict=True)
    ]
    made = weights[0][..., None] * before[:, None] + weights[1][..., None] * after[:, None]
    return made.to(latents.dtype).reshape(len(latents) - 1, count, *latents.shape[1:])
