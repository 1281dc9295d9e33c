"""The fast way on a CPU: one exponential per score, for all scores of a head at once.

Shapes and notation are those of ``direct2v.attention.dual_softmax``. With P the softmax of the scores over
keys, which torch computes in one pass, and c = max R, a product with e^(R - c) gives the column sums L, and
another of P o P with e^(min L - L) the confidence: three products with P, none with a matrix of its size.
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
    block = max(1, tiled.CPU_TILE // scores_per_group)
    for start in range(0, query.shape[0], block):
        here = slice(start, start + block)
        q, k, v = (x[here].float() for x in (query, key, value))
        output[here], log_conf[here], safe = _of_block(q, k, v, form, confidence)
        if not safe and scores_per_group <= tiled.CPU_TILE:
            _, log_conf[here], safe = _of_block(q.double(), k.double(), v.double(), form, confidence)
        if not safe:
            log_conf[here] = tiled.log_confidence(q, k, form, confidence)
    return output, log_conf


def _of_block(
    query: Tensor, key: Tensor, value: Tensor, form: str, confidence: str
) -> tuple[Tensor, Tensor, bool]:
    """Output and ln conf of some groups, and whether no sum came near underflow."""
    P = scratch((*query.shape[:2], key.shape[1]), query.dtype, query.device)
    torch.bmm(query * query.shape[-1] ** -0.5, key.mT, out=P)
    sample = P[..., :: max(1, key.shape[1] // SAMPLED)]
    score = sample.amax(-1)
    torch.softmax(P, -1, out=P)
    probability = sample.amax(-1)
    output = P @ value
    # Vectors are fp64: neighbours in rank differ by less than an fp32 logarithm resolves.
    R = score.double() - probability.double().log()
    c = R.amax(-1, keepdim=True)
    weight = (R - c).exp().to(P.dtype)
    column_sum = (weight[:, None] @ P)[:, 0]
    L = column_sum.double().log()  # and + c
    if form == "mutual":
        floor = L.amin(-1, keepdim=True)
        row = _reduce(P.square_(), (floor - L).exp().to(P.dtype), confidence)
        log_conf = row.double().log() + (R - c) - floor
    else:
        row = _reduce(P * P.mT, weight, confidence)
        log_conf = row.double().log() - L
    if confidence == "mean":
        log_conf -= math.log(key.shape[1])
    smallest = torch.stack([probability.amin(), column_sum.amin(), row.amin()]).amin()
    return output, log_conf, bool(smallest > math.exp(-SAFE_EXPONENT[P.dtype]))


def _reduce(products: Tensor, weight: Tensor, confidence: str) -> Tensor:
    """Sum or maximum over j of products_ij weight_j. products: [G, N, N], overwritten; weight: [G, N]."""
    if confidence == "mean":
        return (weight[:, None] @ products.mT)[:, 0]  # as a column it would be ten times as slow
    return products.mul_(weight[:, None]).amax(-1)
