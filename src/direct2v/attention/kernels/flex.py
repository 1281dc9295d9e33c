"""The way for CUDA: torch's public FlexAttention, which gives log-sum-exps with its output.

Shapes and notation are those of ``direct2v.attention.dual_softmax``. Three fused kernels, none of which holds
a matrix of scores: attention and R; L, as the same of keys to queries; and the log-sum-exp of 2 S - L
("mutual"), or of S_ij + S_ji, the scores of [q, k] and [k, q] side by side ("literal"). The kernels
accumulate in fp32 whatever the dtype. On a CPU the same calls run uncompiled, with all scores in memory: only
good for comparing. Maxima come from FlexAttention on CUDA alone, where none of this was run: tiles compute
those.
"""

import importlib.util
import math
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn.functional import pad

from direct2v.attention.kernels import tiled

__all__ = ["attend", "is_trusted"]

SMALLEST_HEAD = 16  # channels; FlexAttention takes no fewer


@torch.no_grad()
def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    form: Literal["mutual", "literal"],
    confidence: Literal["mean", "max"],
) -> tuple[Tensor, Tensor]:
    """Attention and confidence."""
    if confidence == "max":
        return tiled.attend(query, key, value, form, confidence)
    scale, size = query.shape[-1] ** -0.5, query.shape[-1]
    q, k, v = (pad(x, (0, max(0, SMALLEST_HEAD - size))) for x in (query, key, value))
    run = _compiled if query.device.type == "cuda" else _uncompiled
    output, R = run(_plain, q, k, v, scale)
    _, L = run(_plain, k, q, q[..., :SMALLEST_HEAD], scale)
    if form == "mutual":
        _, pairs = run(_weighted, q, k, k[..., :SMALLEST_HEAD], scale, L)
        rest = R
    else:
        side_by_side = torch.cat([q, k], -1), torch.cat([k, q], -1)
        _, pairs = run(_plain, *side_by_side, k[..., :SMALLEST_HEAD], scale)
        rest = R + L
    return output[..., :size], pairs - rest - math.log(key.shape[1])


Statistics = tuple[Tensor, Tensor]
"""Output [G, Nq, d] and log-sum-exp [G, Nq]."""


def _plain(query: Tensor, key: Tensor, value: Tensor, scale: float) -> Statistics:
    return _flex(query, key, value, scale, None)


def _weighted(query: Tensor, key: Tensor, value: Tensor, scale: float, L: Tensor) -> Statistics:
    def mutual(score: Tensor, batch: Tensor, group: Tensor, row: Tensor, column: Tensor) -> Tensor:
        return 2 * score - L[group, column]

    return _flex(query, key, value, scale, mutual)


def _flex(query: Tensor, key: Tensor, value: Tensor, scale: float, score_mod: Any) -> Statistics:
    from torch.nn.attention.flex_attention import AuxRequest, flex_attention  # torch 2.9 and later

    output, statistics = flex_attention(
        query[None],
        key[None],
        value[None],
        score_mod=score_mod,
        scale=scale,
        return_aux=AuxRequest(lse=True),
    )
    assert statistics.lse is not None
    return output[0], statistics.lse[0]


def _compiled(function: Callable[..., Statistics], *arguments: Any) -> Statistics:
    return _compile(function)(*arguments)


@lru_cache(maxsize=2)
def _compile(function: Callable[..., Statistics]) -> Callable[..., Statistics]:
    return torch.compile(function)


def _uncompiled(function: Callable[..., Statistics], *arguments: Any) -> Statistics:
    with warnings.catch_warnings(action="ignore"):  # that it holds all scores, which is known here
        return function(*arguments)


@lru_cache(maxsize=8)
def is_trusted(device: torch.device) -> bool:
    """Whether it compiles on a device, and gives there what tiles give for a small problem.

    It was written where no GPU was at hand; so it is only chosen where it has shown this.
    """
    if device.type != "cuda" or importlib.util.find_spec("triton") is None:
        return False
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(2, 160, 40, generator=generator).to(device, torch.float16) for _ in range(3))
    try:
        output, log_conf = attend(q, k, v, "mutual", "mean")
        expected, exact = tiled.attend(q, k, v, "mutual", "mean")
        close = torch.allclose(log_conf, exact, rtol=0, atol=1e-3)
        return close and torch.allclose(output, expected, rtol=0, atol=1e-2)
    except Exception:  # whatever a compiler says; tiles need none
        return False
