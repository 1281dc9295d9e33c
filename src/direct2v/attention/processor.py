"""The attention processor that puts value mapping and filtering into a diffusers attention layer.

Shapes: batch = (guidance halves, F frames), N tokens, C = heads x d channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from direct2v.attention.dual_softmax import (
    DualSoftmaxFilter,
    attend_with_confidence,
    reliable_queries,
    replace_unreliable,
)
from direct2v.errors import InputError

__all__ = ["FrameControl", "MappedAttnProcessor", "filtered_attention", "mapped_attention"]


@dataclass
class FrameControl:
    """What all mapped layers follow; whoever drives the denoiser changes it between calls.

    Attributes:
        references: for each frame of the batch, the frame whose keys and values it reads. A single frame,
            or frames that all read themselves, make every layer behave as if nothing were attached.
    """

    references: tuple[int, ...] = (0,)

    @property
    def maps(self) -> bool:
        """Whether any frame reads another one."""
        return any(reference != frame for frame, reference in enumerate(self.references))


class MappedAttnProcessor:
    """Self-attention in which frame t's queries read the keys and values of frame ``control.references[t]``.

    Args:
        original: the processor that this one stands in for; it does the work whenever nothing is mapped.
        control: shared by all layers.
        dual_softmax: the filter; None or phi = 0 leaves it off.
    """

    def __init__(self, original: Any, control: FrameControl, dual_softmax: DualSoftmaxFilter | None) -> None:
        self.original = original
        self.control = control
        self.dual_softmax = dual_softmax if dual_softmax is not None and dual_softmax.phi > 0 else None

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Tensor:
        """Attention as diffusers calls it; hidden_states [batch, N, C]."""
        if encoder_hidden_states is not None or not self.control.maps:
            result: Tensor = self.original(
                attn, hidden_states, encoder_hidden_states, attention_mask, *args, **kwargs
            )
            return result
        if attention_mask is not None:
            raise InputError("value mapping does not support attention masks in self-attention")
        references = self.control.references
        if hidden_states.shape[0] % len(references):
            raise InputError(
                f"the denoiser got a batch of {hidden_states.shape[0]}, which is no multiple of "
                f"{len(references)} frames"
            )
        hidden = hidden_states.reshape(-1, len(references), *hidden_states.shape[1:])
        if self.dual_softmax is None:
            used = sorted(set(references))
            source = hidden[:, used]
            where = [used.index(reference) for reference in references]
            output = mapped_attention(
                attn.to_q(hidden), attn.to_k(source), attn.to_v(source), attn.heads, where
            )
        else:
            output = filtered_attention(
                attn.to_q(hidden),
                attn.to_k(hidden),
                attn.to_v(hidden),
                attn.heads,
                references,
                self.dual_softmax,
            )
        for layer in attn.to_out:
            output = layer(output)
        return output.flatten(0, 1)


def mapped_attention(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int, references: Sequence[int]
) -> Tensor:
    """O_t = softmax(Q_t K_r^T / sqrt(d)) V_r for r = references[t].

    Args:
        query: [guidance, F, N, C].
        key: [guidance, U, N, C], of the U frames that are read.
        value: [guidance, U, N, C].
        num_heads: heads in C.
        references: for each of the F frames, an index into U.

    Returns:
        [guidance, F, N, C].
    """
    if key.shape[1] == 1:  # one reference for all: their queries make one long sequence, no key is copied
        query_all, key_all, value_all = query.flatten(1, 2), key[:, 0], value[:, 0]
    else:
        index = list(references)
        query_all, key_all, value_all = (x.flatten(0, 1) for x in (query, key[:, index], value[:, index]))
    output = scaled_dot_product_attention(
        _heads_first(query_all, num_heads),
        _heads_first(key_all, num_heads),
        _heads_first(value_all, num_heads),
    )
    return output.transpose(1, 2).reshape(query.shape)


def filtered_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    num_heads: int,
    references: Sequence[int],
    dual_softmax: DualSoftmaxFilter,
) -> Tensor:
    """As ``mapped_attention``, but queries that do not trust the reference attend to their own frame.

    Args:
        query: [guidance, F, N, C].
        key: [guidance, F, N, C], of every frame.
        value: [guidance, F, N, C].
        num_heads: heads in C.
        references: for each of the F frames, the frame that it reads.
        dual_softmax: the filter.

    Returns:
        [guidance, F, N, C].
    """
    own = [frame for frame, reference in enumerate(references) if reference == frame]
    # A frame that reads itself has nothing to filter; only a quantile over the whole call must know of it.
    frames = [frame for frame in range(len(references)) if dual_softmax.scope == "call" or frame not in own]
    sources = [references[frame] for frame in frames]
    halves, _, num_tokens, _ = query.shape

    q, k, v = (_groups(x[:, frames], num_heads) for x in (query, key, value))
    k_ref, v_ref = (_groups(x[:, sources], num_heads) for x in (key, value))
    mapped, log_conf = attend_with_confidence(q, k_ref, v_ref, dual_softmax.form, dual_softmax.confidence)

    pool = log_conf.flatten() if dual_softmax.scope == "call" else log_conf.view(halves, len(frames), -1)
    reliable = reliable_queries(pool, dual_softmax.phi).view(halves, len(frames), num_heads, num_tokens)
    reliable[:, [index for index, frame in enumerate(frames) if frame in own]] = True
    replace_unreliable(mapped, reliable.flatten(0, 2), q, k, v)

    output = torch.empty_like(query)
    output[:, frames] = mapped.view(halves, len(frames), num_heads, num_tokens, -1).transpose(2, 3).flatten(3)
    if rest := [frame for frame in own if frame not in frames]:
        output[:, rest] = mapped_attention(
            query[:, rest], key[:, rest], value[:, rest], num_heads, range(len(rest))
        )
    return output


def _heads_first(x: Tensor, num_heads: int) -> Tensor:
    """[B, N, C] -> [B, heads, N, d]."""
    return x.reshape(*x.shape[:-1], num_heads, -1).transpose(1, 2)


def _groups(x: Tensor, num_heads: int) -> Tensor:
    """[guidance, frames, N, C] -> [guidance x frames x heads, N, d]."""
    return _heads_first(x.flatten(0, 1), num_heads).flatten(0, 1)
