"""Giving value mapping to a denoiser for a while, and taking it away without a trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from direct2v.attention.dual_softmax import DualSoftmaxFilter
from direct2v.attention.processor import FrameControl, MappedAttnProcessor
from direct2v.errors import SettingsError

__all__ = ["attach", "mapped_layers"]

Layers = Literal["last_two", "all"]


@contextmanager
def attach(
    denoiser: Any, *, layers: Layers = "last_two", dual_softmax: DualSoftmaxFilter | None = None
) -> Iterator[FrameControl]:
    """Value mapping in a denoiser's self-attention, for the length of a ``with`` block.

    The very processor objects found come back at its end, also after an exception.

    Args:
        denoiser: a diffusers UNet.
        layers: which self-attention layers take part.
        dual_softmax: the filter; None or phi = 0 leaves it off.

    Yields:
        What the layers follow. While its ``references`` map no frame, the denoiser is stock, bit for bit.

    Raises:
        SettingsError: if the denoiser has no such layers.
    """
    found = dict(denoiser.attn_processors)
    chosen = mapped_layers(denoiser, layers)
    control = FrameControl()
    # set_attn_processor empties the dictionary that it is given
    denoiser.set_attn_processor(
        {
            name: MappedAttnProcessor(processor, control, dual_softmax) if name in chosen else processor
            for name, processor in found.items()
        }
    )
    try:
        yield control
    finally:
        denoiser.set_attn_processor(dict(found))


def mapped_layers(denoiser: Any, layers: Layers) -> set[str]:
    """Names of the processors of the self-attention layers that take part.

    Raises:
        SettingsError: if there are none.
    """
    names = {name for name in denoiser.attn_processors if ".attn1." in name}
    if layers == "last_two":
        count = len(denoiser.up_blocks)
        last_two = tuple(f"up_blocks.{index}." for index in range(max(0, count - 2), count))
        names = {name for name in names if name.startswith(last_two)}
    if not names:
        where = " in its last two up blocks; try layers='all'" if layers == "last_two" else ""
        raise SettingsError(f"this model has no self-attention{where}")
    return names
