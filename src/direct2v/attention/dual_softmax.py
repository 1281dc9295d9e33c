"""Dual-softmax filtering: how far each query trusts a reference frame, and what it does if it does not.

Shapes: G groups (guidance half x frame x head), Nq queries, Nk keys, d head dimension. Memory is O(N).
Notation: S_ij = q_i . k_j / sqrt(d); R_i = ln sum_j exp S_ij (rows); L_j = ln sum_i exp S_ij (columns).

Source: arXiv 2305.14330, C = softmax(Q K^T) o softmax(K Q^T). It has two readings. "mutual" multiplies the
two softmaxes of one pair: C_ij = exp(2 S_ij - R_i - L_j). "literal" follows the print, where entry (i, j)
meets the softmax over queries of k_i . q_j: C_ij = exp(S_ij + S_ji - R_i - L_i).

Everything here is the logarithm of the confidence, in fp32 or better whatever the dtype: the confidence
itself is about 1/N^2, which fp16 cannot hold. ``direct2v.attention.kernels`` computes it.
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from direct2v.attention.kernels import choose_path

__all__ = [
    "DualSoftmaxFilter",
    "attend_with_confidence",
    "reliable_queries",
    "replace_unreliable",
]

FilterForm = Literal["mutual", "literal"]
Confidence = Literal["mean", "max"]

SCORES_PER_CALL = 2**14  # that take as long as one more call


@dataclass(frozen=True, kw_only=True)
class DualSoftmaxFilter:
    """The filter's settings.

    Attributes:
        phi: the quantile of confidence at or below which a query is unreliable, 0 <= phi < 1; 0 is off.
        form: reading of the formula.
        confidence: how the row C_i becomes one number.
        scope: the quantile is taken per (guidance half, frame), or over all that one layer call computes.
        path: how it is computed, see ``direct2v.attention.kernels``.
    """

    phi: float = 0.05
    form: FilterForm = "mutual"
    confidence: Confidence = "mean"
    scope: Literal["frame", "call"] = "frame"
    path: str = "auto"


def attend_with_confidence(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    form: FilterForm,
    confidence: Confidence,
    path: str = "auto",
) -> tuple[Tensor, Tensor]:
    """Attention to a reference frame, and how far each query is to be trusted there.

    Args:
        query: [G, Nq, d], of the frame itself.
        key: [G, Nk, d], of the reference frame.
        value: [G, Nk, d], of the reference frame.
        form: reading of the formula; "literal" needs Nq = Nk.
        confidence: "mean" or "max" over a query's row.
        path: in ``PATHS``, or "auto".

    Returns:
        The attention output [G, Nq, d] in the query's dtype, and ln conf [G, Nq] in fp32 or better.
    """
    return choose_path(path, query, key, form).attend(query, key, value, form, confidence)


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

    Groups go one by one, each with its own number of rows, or all at once with rows up to the longest, which
    wastes some of them and saves calls: whichever is less.

    Args:
        output: [G, N, d], changed in place.
        reliable: bool [G, N].
        query: [G, N, d].
        key: [G, N, d], of the frame itself.
        value: [G, N, d], of the frame itself.
    """
    counts = (~reliable).sum(-1).tolist()
    longest = max(counts)
    if longest == 0:
        return
    if (len(counts) * longest - sum(counts)) * key.shape[1] <= len(counts) * SCORES_PER_CALL:
        _replace_together(output, reliable, query, key, value, longest)
        return
    for group, count in enumerate(counts):
        if count:
            rows = (~reliable[group]).nonzero()[:, 0]
            q, k, v = query[group, rows][None, None], key[group][None, None], value[group][None, None]
            output[group, rows] = scaled_dot_product_attention(q, k, v)[0, 0]


def _replace_together(
    output: Tensor, reliable: Tensor, query: Tensor, key: Tensor, value: Tensor, longest: int
) -> None:
    num_groups, num_tokens, size = query.shape
    # unreliable rows come first in a stable order; reliable ones that follow keep what they have
    rows = reliable.byte().argsort(dim=-1, stable=True)[:, :longest]
    rows = (rows + num_tokens * torch.arange(num_groups, device=rows.device)[:, None]).flatten()
    q = query.flatten(0, 1).index_select(0, rows).view(1, num_groups, longest, size)
    own = scaled_dot_product_attention(q, key[None], value[None]).flatten(0, 2)
    wanted = (~reliable.flatten().index_select(0, rows)).nonzero()[:, 0]
    rows = rows.index_select(0, wanted)
    output[rows // num_tokens, rows % num_tokens] = own.index_select(0, wanted)
