"""The arithmetic of the authors' release of July 2023, made anew: what is compared with, never what is used.

Shapes: guidance halves, F frames, N tokens, C = heads x d channels. Every matrix is N x N, several at once.

Source: the release's attention processor for torch 1, github.com/KU-CVLAB/DirecT2V (Apache-2.0): both
softmaxes in full, their product without a transpose, its mean over keys, one quantile over guidance halves,
heads, frames and queries of the call, and both attentions in full, of which ``torch.where`` takes one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import torch
from torch import Tensor

from direct2v.attention import DualSoftmaxFilter, control
from direct2v.strategies import Reading


def released_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    num_heads: int,
    reading: Reading,
    dual_softmax: DualSoftmaxFilter,
    *_: object,
) -> Tensor:
    """What ``cross_frame_attention`` does, as the release does it, for readings of one frame each.

    What a layer gives besides is about chunks of frames, which the release does not know. With phi = 0 the
    release runs torch's attention on copies of the reference's keys and values.
    """
    references = [read[0] for read in reading.frames]
    if key.shape[1] == 1:
        references = [0] * query.shape[1]
    q, own_k, own_v = (_groups(x, num_heads) for x in (query, key, value))
    k, v = (_groups(x[:, references], num_heads) for x in (key, value))
    if dual_softmax.phi == 0:
        attended = torch.nn.functional.scaled_dot_product_attention(q, k, v)
        return _channels(attended, query, num_heads)
    scale = q.shape[-1] ** -0.5
    probs = torch.baddbmm(q.new_empty(()), q, k.mT, beta=0, alpha=scale).softmax(-1)
    transposed = torch.baddbmm(q.new_empty(()), k, q.mT, beta=0, alpha=scale).softmax(-1)
    confidence = (probs * transposed).mean(-1)
    del transposed  # as early as can be: what the release needs is not to be overstated
    threshold = torch.quantile(confidence.float(), dual_softmax.phi)
    mapped = torch.bmm(probs, v)
    own = torch.baddbmm(q.new_empty(()), q, own_k.mT, beta=0, alpha=scale).softmax(-1)
    attended = torch.where((confidence > threshold)[..., None], mapped, torch.bmm(own, own_v))
    return _channels(attended, query, num_heads)


@contextmanager
def as_released() -> Iterator[None]:
    """Within it, every mapped layer computes as the release does."""
    with mock.patch.object(control, "cross_frame_attention", released_attention):
        yield


def _groups(x: Tensor, num_heads: int) -> Tensor:
    """[guidance, F, N, C] -> [guidance x F x heads, N, d]."""
    return x.unflatten(-1, (num_heads, -1)).transpose(2, 3).flatten(0, 2)


def _channels(x: Tensor, like: Tensor, num_heads: int) -> Tensor:
    """[guidance x F x heads, N, d] -> the shape of ``like``."""
    return x.view(*like.shape[:2], num_heads, *x.shape[1:]).transpose(2, 3).reshape(like.shape)
