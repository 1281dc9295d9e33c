"""Which way computes: chosen at run time by device, size and whether gradients are wanted, or by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from direct2v.attention.kernels import flex, one_exponential, tiled

__all__ = ["PATHS", "Path", "choose_path"]

Attend = Callable[
    [Tensor, Tensor, Tensor, Literal["mutual", "literal"], Literal["mean", "max"]], tuple[Tensor, Tensor]
]
"""query [G, Nq, d], key, value [G, Nk, d], form, confidence -> output [G, Nq, d], ln conf [G, Nq]."""


@dataclass(frozen=True, kw_only=True)
class Path:
    """One way to compute attention with its confidence.

    Attributes:
        name: what ``attention_path`` takes.
        attend: the function.
    """

    name: str
    attend: Attend


PATHS: Mapping[str, Path] = {
    path.name: path
    for path in (
        Path(name="one-exponential", attend=one_exponential.attend),
        Path(name="tiled", attend=tiled.attend),
        Path(name="flex", attend=flex.attend),
    )
}


def choose_path(name: str, query: Tensor, key: Tensor, form: Literal["mutual", "literal"]) -> Path:
    """The path of that name; for "auto", the fastest that fits.

    Args:
        name: in ``PATHS``, or "auto".
        query: [G, Nq, d].
        key: [G, Nk, d].
        form: of the filter.
    """
    if name != "auto":
        return PATHS[name]
    if torch.is_grad_enabled() and (query.requires_grad or key.requires_grad):
        return PATHS["tiled"]  # the others would drop the gradient silently
    if query.device.type == "cpu":
        fits = query.shape[1] * key.shape[1] <= one_exponential.MAX_SCORES[form]
        return PATHS["one-exponential" if fits else "tiled"]
    return PATHS["flex" if flex.is_trusted(query.device) else "tiled"]
