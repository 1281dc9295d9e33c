"""The safe way: log-sum-exps over tiles of scores. For any range of scores, on any device.

Shapes and notation are those of ``direct2v.attention.dual_softmax``.
"""

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

__all__ = ["CPU_TILE", "attend", "log_confidence", "rows_within"]

CPU_TILE = 2**19  # scores in one tile: 2 MiB in fp32, about what stays in a core's cache
GPU_TILE = 2**26  # 256 MiB: enough work for one launch


def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    form: Literal["mutual", "literal"],
    confidence: Literal["mean", "max"],
) -> tuple[Tensor, Tensor]:
    """Attention by torch's own kernel, and the confidence."""
    output = scaled_dot_product_attention(query[None], key[None], value[None])[0]
    return output, log_confidence(query, key, form, confidence)


@torch.no_grad()
def log_confidence(
    query: Tensor, key: Tensor, form: Literal["mutual", "literal"], confidence: Literal["mean", "max"]
) -> Tensor:
    """The confidence's logarithm.

    Args:
        query: [G, Nq, d], of the frame itself.
        key: [G, Nk, d], of the reference frame.
        form: "literal" needs Nq = Nk.
        confidence: "mean" or "max" over a query's row.

    Returns:
        ln conf [G, Nq] in fp32, or fp64 for inputs in fp64.
    """
    tile = CPU_TILE if query.device.type == "cpu" else GPU_TILE
    block = max(1, tile // (query.shape[1] * key.shape[1]))
    parts = []
    for start in range(0, query.shape[0], block):
        q, k = (_precise(x[start : start + block]) for x in (query, key))
        parts.append(_of_block(q * q.shape[-1] ** -0.5, k, form, confidence, tile))
    return torch.cat(parts)


def rows_within(tile: int, query: Tensor, key: Tensor) -> list[slice]:
    """All queries in turn, as many at a time as have at most `tile` scores with all keys of all groups."""
    rows = max(1, tile // (query.shape[0] * key.shape[1]))
    return [slice(start, start + rows) for start in range(0, query.shape[1], rows)]


def _precise(x: Tensor) -> Tensor:
    return x if x.dtype == torch.float64 else x.float()


def _of_block(query: Tensor, key: Tensor, form: str, confidence: str, tile: int) -> Tensor:
    tiles = rows_within(tile, query, key)
    L = torch.full_like(key[..., 0], -torch.inf)
    for here in tiles:
        L = torch.logaddexp(L, (query[:, here] @ key.mT).logsumexp(1))
    result = []
    for here in tiles:
        scores = query[:, here] @ key.mT
        R = scores.logsumexp(-1)
        if form == "mutual":
            pairs, rest = 2 * scores - L[:, None], R
        else:
            pairs, rest = scores + key[:, here] @ query.mT, R + L[:, here]
        if confidence == "mean":
            result.append(pairs.logsumexp(-1) - rest - math.log(key.shape[1]))
        else:
            result.append(pairs.amax(-1) - rest)
    return torch.cat(result, dim=1)
