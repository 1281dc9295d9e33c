"""Dual-softmax filtering: how far each query trusts a reference frame, and what it does if it does not.

Shapes: G groups (guidance half x frame x head), Nq queries, Nk keys, d head dimension. Memory is O(N).
Notation: S_ij = q_i . k_j / sqrt(d); R_i = ln sum_j exp S_ij (rows); L_j = ln sum_i exp S_ij (columns).

Source: arXiv 2305.14330, C = softmax(Q K^T) o softmax(K Q^T). It has two readings. "mutual" multiplies the
two softmaxes of one pair: C_ij = exp(2 S_ij - R_i - L_j). "literal" follows the print, where entry (i, j)
meets the softmax over queries of k_i . q_j: C_ij = exp(S_ij + S_ji - R_i - L_i).

Everything here is the logarithm of the confidence, in fp32 or better whatever the dtype: the confidence
itself is about 1/N^2, which fp16 cannot hold.
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

__all__ = [
    "DualSoftmaxFilter",
    "attend_with_confidence",
    "log_confidence",
    "reliable_queries",
    "replace_unreliable",
]

FilterForm = Literal["mutual", "literal"]
Confidence = Literal["mean", "max"]

CPU_TILE = 2**19  # scores in one tile: 2 MiB in fp32, about what stays in a core's cache
GPU_TILE = 2**26  # 256 MiB: enough work for one launch
# Scores of one group that the one-exponential form may hold: 64 MiB, N = 4096. The literal form also reads
# them transposed, which beyond the cache costs more than exponentials.
MAX_GROUP_SCORES: dict[FilterForm, int] = {"mutual": 2**24, "literal": 2**20}
SAFE_EXPONENT = 60.0  # sums above e^-60 keep their fp32 accuracy: what underflows (e^-87) is 1e-11 of them


@dataclass(frozen=True, kw_only=True)
class DualSoftmaxFilter:
    """The filter's settings.

    Attributes:
        phi: the quantile of confidence at or below which a query is unreliable, 0 <= phi < 1; 0 is off.
        form: reading of the formula.
        confidence: how the row C_i becomes one number.
        scope: the quantile is taken per (guidance half, frame), or over all that one layer call computes.
    """

    phi: float = 0.05
    form: FilterForm = "mutual"
    confidence: Confidence = "mean"
    scope: Literal["frame", "call"] = "frame"


def attend_with_confidence(
    query: Tensor, key: Tensor, value: Tensor, form: FilterForm, confidence: Confidence
) -> tuple[Tensor, Tensor]:
    """Attention to a reference frame, and how far each query is to be trusted there.

    Args:
        query: [G, Nq, d], of the frame itself.
        key: [G, Nk, d], of the reference frame.
        value: [G, Nk, d], of the reference frame.
        form: reading of the formula; "literal" needs Nq = Nk.
        confidence: "mean" or "max" over a query's row.

    Returns:
        The attention output [G, Nq, d] in the query's dtype, and ln conf [G, Nq] in fp32 or better.
    """
    scores_per_group = query.shape[1] * key.shape[1]
    if query.device.type != "cpu" or scores_per_group > MAX_GROUP_SCORES[form]:
        return (
            scaled_dot_product_attention(query[None], key[None], value[None])[0],
            log_confidence(query, key, form, confidence),
        )
    output = torch.empty_like(query)
    log_conf = query.new_empty(query.shape[:2], dtype=torch.float64)
    block = max(1, CPU_TILE // scores_per_group)
    for start in range(0, query.shape[0], block):
        q, k, v = (x[start : start + block].float() for x in (query, key, value))
        out, conf, safe = _one_exponential(q, k, v, form, confidence)
        output[start : start + block] = out
        log_conf[start : start + block] = conf if safe else log_confidence(q, k, form, confidence)
    return output, log_conf


def _one_exponential(
    query: Tensor, key: Tensor, value: Tensor, form: FilterForm, confidence: Confidence
) -> tuple[Tensor, Tensor, bool]:
    """Output and ln conf of some groups from one exponential per score: E = exp(S - m), m the rows' maxima.

    With c = max m and c' = min L, column sums of E e^(m - c) give L, and rows of (E o E) e^(c' - L) or of
    (E o E^T) e^(m - c) give the confidence. Whether no sum came near underflow is the third value.
    """
    scale = query.shape[-1] ** -0.5
    scores = torch.baddbmm(query.new_zeros(()), query, key.mT, beta=0, alpha=scale)
    m = scores.amax(-1)
    E = scores.sub_(m[..., None]).exp_()
    row_sum = E.sum(-1)
    output = (E @ value) / row_sum[..., None]
    c = m.amax(-1, keepdim=True)
    weight = (m - c).exp()
    column_sum = (weight[:, None] @ E)[:, 0]
    # R - m and L - c. Vectors are fp64: neighbours in rank differ by less than an fp32 logarithm resolves.
    R, L = row_sum.double().log(), column_sum.double().log()
    if form == "mutual":
        floor = L.amin(-1, keepdim=True)
        row = _reduce(E.square_(), (floor - L).exp().float(), confidence)
        log_conf = row.double().log() + (m.double() - c) - floor - R
    else:
        row = _reduce(E * E.mT, weight, confidence)
        log_conf = row.double().log() - R - L
    if confidence == "mean":
        log_conf -= math.log(key.shape[1])
    smallest = torch.minimum(column_sum.amin(), row.amin())
    return output, log_conf, bool(smallest > math.exp(-SAFE_EXPONENT))


def _reduce(products: Tensor, weight: Tensor, confidence: Confidence) -> Tensor:
    """Sum or maximum over j of products_ij weight_j. products: [G, N, N], overwritten; weight: [G, N]."""
    if confidence == "mean":
        return (products @ weight[..., None])[..., 0]
    return products.mul_(weight[:, None]).amax(-1)


def log_confidence(query: Tensor, key: Tensor, form: FilterForm, confidence: Confidence) -> Tensor:
    """The confidence's logarithm from log-sum-exps over tiles: for any range of scores, on any device.

    Args:
        query: [G, Nq, d], of the frame itself.
        key: [G, Nk, d], of the reference frame.
        form: "literal" needs Nq = Nk.
        confidence: "mean" or "max" over a query's row.

    Returns:
        ln conf [G, Nq] in fp32.
    """
    tile = CPU_TILE if query.device.type == "cpu" else GPU_TILE
    block = max(1, tile // (query.shape[1] * key.shape[1]))
    parts = []
    for start in range(0, query.shape[0], block):
        q, k = (x[start : start + block].float() for x in (query, key))
        parts.append(_log_confidence_tiled(q * q.shape[-1] ** -0.5, k, form, confidence, tile))
    return torch.cat(parts)


def _log_confidence_tiled(
    query: Tensor, key: Tensor, form: FilterForm, confidence: Confidence, tile: int
) -> Tensor:
    rows = max(1, tile // (query.shape[0] * key.shape[1]))
    tiles = [slice(start, start + rows) for start in range(0, query.shape[1], rows)]
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


def reliable_queries(log_conf: Tensor, phi: float) -> Tensor:
    """Which queries are above the phi-quantile of confidence along the last axis.

    Above the quantile means above the (floor(phi (n - 1)) + 1)-th smallest value: the same set, without
    interpolation and with no limit on n.

    Args:
        log_conf: [..., n].
        phi: 0 <= phi < 1.

    Returns:
        bool [..., n]. Queries that tie with the threshold are not reliable.
    """
    rank = math.floor(phi * (log_conf.shape[-1] - 1)) + 1
    return log_conf > log_conf.kthvalue(rank, dim=-1, keepdim=True).values


def replace_unreliable(output: Tensor, reliable: Tensor, query: Tensor, key: Tensor, value: Tensor) -> None:
    """Overwrites the output rows of unreliable queries by attention to their own frame, for these only.

    Args:
        output: [G, N, d], changed in place.
        reliable: bool [G, N].
        query: [G, N, d].
        key: [G, N, d], of the frame itself.
        value: [G, N, d], of the frame itself.
    """
    for group, count in enumerate((~reliable).sum(-1).tolist()):
        if count:
            rows = (~reliable[group]).nonzero()[:, 0]
            q, k, v = query[group, rows][None, None], key[group][None, None], value[group][None, None]
            output[group, rows] = scaled_dot_product_attention(q, k, v)[0, 0]
