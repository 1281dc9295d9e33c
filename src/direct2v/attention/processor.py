"""The attention processor that puts value mapping and filtering into a diffusers attention layer."""

import itertools
from typing import Any

import torch
from torch import Tensor

from direct2v.attention.control import FrameControl
from direct2v.errors import InputError

__all__ = ["MappedAttnProcessor"]

_numbers = itertools.count()


class MappedAttnProcessor:
    """Self-attention in which every frame's queries read the keys and values that ``control`` names.

    Args:
        original: the processor that this one stands in for; it does the work whenever nothing is mapped.
        control: shared by all layers.
    """

    def __init__(self, original: Any, control: FrameControl) -> None:
        self.original = original
        self.control = control
        self._layer = torch.tensor(next(_numbers))  # a plain number would be compiled into the layer

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Tensor:
        """Attention as diffusers calls it; hidden_states [guidance x frames of the batch, N, C]."""
        # a compiled layer must do for every step of the run, also for those that map nothing
        mapped = torch.compiler.is_compiling() or self.control.reading.maps
        if encoder_hidden_states is not None or not mapped:
            result: Tensor = self.original(
                attn, hidden_states, encoder_hidden_states, attention_mask, *args, **kwargs
            )
            return result
        if attention_mask is not None:
            raise InputError("value mapping does not support attention masks in self-attention")
        hidden = hidden_states.reshape(-1, self.control.num_together, *hidden_states.shape[1:])
        source = self.control.sources(hidden)
        output = self.control.attend(
            attn.to_q(hidden), attn.to_k(source), attn.to_v(source), attn.heads, self._layer
        )
        for layer in attn.to_out:
            output = layer(output)
        return output.flatten(0, 1)
