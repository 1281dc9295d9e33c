"""Keys and values of frames that later chunks of the same step read."""

import torch
from torch import Tensor

from direct2v.attention.chunks import Chunk

__all__ = ["KeptKeys"]


class KeptKeys:
    """What chunks leave behind for later ones, layer by layer; it is as large as what is still to be read."""

    def __init__(self) -> None:
        self._layers: dict[int, dict[int, tuple[Tensor, Tensor]]] = {}

    def pass_on(
        self, layer: int, chunk: Chunk, names: tuple[int, ...], key: Tensor, value: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Keeps what later chunks read of these, and adds what this chunk reads of earlier ones.

        Args:
            layer: any number of the layer's own.
            chunk: where the keys come from.
            names: the n frames of ``key``.
            key: [guidance, n, N, C].
            value: as ``key``.

        Returns:
            Keys and values [guidance, n + borrowed, N, C]: of these frames, then of ``chunk.borrowed``.
        """
        kept = self._layers.setdefault(layer, {})
        for frame in chunk.keep:
            row = names.index(frame)
            # clones: a view would hold the keys of the whole chunk
            kept[frame] = key[:, row : row + 1].clone(), value[:, row : row + 1].clone()
        if not chunk.borrowed:
            return key, value
        keys, values = zip(*(kept[frame] for frame in chunk.borrowed), strict=True)
        return torch.cat([key, *keys], dim=1), torch.cat([value, *values], dim=1)

    def drop(self, frames: tuple[int, ...]) -> None:
        """Forgets frames that no later chunk reads."""
        for kept in self._layers.values():
            for frame in frames:
                kept.pop(frame, None)

    def clear(self) -> None:
        """Forgets everything."""
        self._layers.clear()
