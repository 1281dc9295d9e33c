"""Where a local model runs, and in which precision; both decide what it writes."""

import torch

__all__ = ["choose_device"]


def choose_device() -> tuple[str, torch.dtype]:
    """The first of CUDA, Apple's GPU and the CPU that is there, and the precision that it is good at."""
    if torch.cuda.is_available():
        in_hardware = torch.cuda.is_bf16_supported(including_emulation=False)
        return "cuda", torch.bfloat16 if in_hardware else torch.float16
    if torch.mps.is_available():
        return "mps", torch.float16
    return "cpu", torch.float32
