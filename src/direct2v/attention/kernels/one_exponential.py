"""The fast way on a CPU: one exponential per score, for all scores of a head at once.

Shapes and notation are those of ``direct2v.attention.dual_softmax``. With P the softmax of the scores over
keys, which torch computes in one pass, and c = max R, a product with e^(R - c) gives the column sums L, and
another of P o P with e^(min L - L) the confidence: three products with P, none with a matrix of its size.
Each is made of some rows at a time, so that what one step writes is still near when the next reads it.
"""

import math
from typing import Literal

import torch
from torch import Tensor

from direct2v.attention.kernels import tiled
from direct2v.attention.kernels.workspace import scratch

__all__ = ["MAX_SCORES", "attend"]

# Scores of one head that are worth holding: 64 MiB, N = 4096. The literal form also reads them transposed,
# which beyond the cache costs more than exponentials.
MAX_SCORES = {"mutual": 2**24, "literal": 2**20}
TILE = 2**21  # scores that are worked on together: of several groups, or of some rows of one
SAMPLED = 8  # columns that tell a row's log-sum-exp: one whose probability did not underflow would do
# Sums above e^-60 keep the accuracy of fp32: what underflows (e^-87) is 1e-11 of them. In fp64 it is e^-708.
SAFE_EXPONENT = {torch.float32: 60.0, torch.float64: 600.0}


@torch.no_grad()
def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    form: Literal["mutual", "literal"],
    confidence: Literal["mean", "max"],
) -> tuple[Tensor, Tensor]:
    """Attention and confidence, block by block.

    Where sums come near underflow the attention is still right, and the confidence is computed again: of
    small blocks in fp64, which holds almost any range; of what that does not hold, by tiles.
    """
    output = torch.empty_like(query)
    log_conf = query.new_empty(query.shape[:2], dtype=torch.float64)
    scores_per_group = query.shape[1] * key.shape[1]
    block = max(1, TILE // scores_per_group)
    for start in range(0, query.shape[0], block):
        here = slice(start, start + block)
        q, k, v = (x[here].float() for x in (query, key, value))
        log_conf[here], safe = _of_block(q, k, v, form, confidence, output[here])
        if not safe and scores_per_group <= tiled.CPU_TILE:
            q64, k64, v64 = (x.double() for x in (q, k, v))
            log_conf[here], safe = _of_block(q64, k64, v64, form, confidence, output[here])
        if not safe:
            log_conf[here] = tiled.log_confidence(q, k, form, confidence)
    return output, log_conf


def _of_block(
    query: Tensor, key: Tensor, value: Tensor, form: str, confidence: str, output: Tensor
) -> tuple[Tensor, bool]:
    """Fills `output`; returns ln conf of some groups, and whether no sum came near underflow."""
    P = scratch((*query.shape[:2], key.shape[1]), query.dtype, query.device)
    scaled = query * query.shape[-1] ** -0.5
    tiles = tiled.rows_within(TILE, query, key)
    parts = [_attend_rows(scaled[:, here], key, value, P[:, here], output[:, here]) for here in tiles]
    row_sums, smallest, tops, sums = zip(*parts, strict=True)
    # Vectors are fp64: neighbours in rank differ by less than an fp32 logarithm resolves.
    R, top = torch.cat(row_sums, 1), torch.cat(tops, 1)
    c = top.amax(-1, keepdim=True)
    column_sum = ((top - c).exp().to(P.dtype)[:, None] @ torch.cat(sums, 1))[:, 0]
    L = column_sum.double().log()  # and + c
    floor = L.amin(-1, keepdim=True)
    weight = (floor - L if form == "mutual" else R - c).exp().to(P.dtype)
    row = torch.cat([_reduce(_products(P, here, form), weight, confidence) for here in tiles], 1)
    log_conf = row.double().log() + (R - c - floor if form == "mutual" else -L)
    if confidence == "mean":
        log_conf -= math.log(key.shape[1])
    least = torch.stack([*smallest, column_sum.amin(), row.amin()]).amin()
    return log_conf, bool(least > math.exp(-SAFE_EXPONENT[P.dtype]))


def _attend_rows(
    query: Tensor, key: Tensor, value: Tensor, P: Tensor, output: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Fills rows of P, and of the output.

    Returns:
        R; the least probability that R was told by; max R [G, 1]; and the columns' sums of e^(R - max R) P
        [G, 1, Nk].
    """
    torch.bmm(query, key.mT, out=P)
    sample = P[..., :: max(1, key.shape[1] // SAMPLED)]
    score = sample.amax(-1)
    torch.softmax(P, -1, out=P)
    probability = sample.amax(-1)
    R = score.double() - probability.double().log()
    top = R.amax(-1, keepdim=True)
    output.copy_(P @ value)
    return R, probability.amin(), top, (R - top).exp().to(P.dtype)[:, None] @ P


def _products(P: Tensor, rows: slice, form: str) -> Tensor:
    """What is summed over j for some rows i: P_ij P_ij, in their place, or P_ij P_ji."""
    here = P[:, rows]
    return here.square_() if form == "mutual" else here * P.mT[:, rows]


def _reduce(products: Tensor, weight: Tensor, confidence: str) -> Tensor:
    """Sum or maximum over j of products_ij weight_j. products: [G, N, Nk], overwritten; weight: [G, Nk]."""
    if confidence == "mean":
        return (weight[:, None] @ products.mT)[:, 0]  # as a column it would be ten times as slow
    return products.mul_(weight[:, None]).amax(-1)
