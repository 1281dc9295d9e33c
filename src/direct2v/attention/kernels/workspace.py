"""Memory for scores that is kept from call to call: the system clears what is fresh, every time anew."""

import math
import threading

import torch
from torch import Tensor

__all__ = ["KEPT_BYTES", "release", "scratch"]

KEPT_BYTES = 2**26  # per thread: the scores of one head at N = 4096 in fp32

_mine = threading.local()


def scratch(shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """An uninitialised tensor, overwritten by whoever asks next in this thread; beyond a size, a fresh one.

    Args:
        shape: of the tensor.
        dtype: of the tensor.
        device: only the CPU's is kept; torch keeps the memory of others itself.
    """
    wanted = math.prod(shape) * dtype.itemsize
    if device.type != "cpu" or wanted > KEPT_BYTES:
        return torch.empty(shape, dtype=dtype, device=device)
    kept: Tensor | None = getattr(_mine, "kept", None)
    if kept is None or kept.numel() < wanted:
        _mine.kept = None  # given back before more is asked for
        with torch.inference_mode(False):  # what is kept must do in any mode
            _mine.kept = kept = torch.empty(wanted, dtype=torch.uint8)
    return kept[:wanted].view(dtype).view(shape)


def release() -> None:
    """Gives back what this thread keeps; the end of a thread does as well."""
    _mine.kept = None
