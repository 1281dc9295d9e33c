"""Do reduced precisions trust the same queries as float32?

    python benchmarks/masks.py --json FILE                    on a CPU: 5 minutes
    python benchmarks/masks.py --device cuda --json FILE

Queries and keys are rounded to each precision first; what is compared is which queries the filter sends back
to their own frame, computed from the rounded values by a path in that precision, and in float64 by tiles. A
query that lies within ``TIE`` of the threshold in the logarithm of its confidence counts as tied. The exit
code is 1 if another one differs.
"""

from __future__ import annotations

import itertools
import math
import sys
from typing import Final, Literal

import torch
from attention import paths_on, tensors
from harness import Row, facts, keep, parser, start
from torch import Tensor

from direct2v.attention.dual_softmax import reliable_queries
from direct2v.attention.kernels import PATHS, log_confidence

FORMS: Final[tuple[Literal["mutual", "literal"], ...]] = ("mutual", "literal")
DTYPES: Final = ("float32", "float16", "bfloat16")
SIZES: Final = ((256, 160), (1024, 80), (4096, 40))
PHIS: Final = (0.05, 0.5)
SHARPNESS: Final = (0.25, 0.5, 1.0)
"""Factors of the queries: from diffuse to sharp; sharper, and all queries are equally sure."""
TIE: Final = 1e-4
NAMES: Final = ("path", "form", "confidence", "tokens", "dtype", "sharpness", "phi")


def groups(x: Tensor, head_dim: int) -> Tensor:
    """[guidance, F, N, C] -> [groups, N, d]."""
    return x.unflatten(-1, (-1, head_dim)).transpose(2, 3).flatten(0, 2)


def compare(log_conf: Tensor, exact: Tensor, phi: float) -> dict[str, int]:
    """How many queries [G, N] are judged otherwise, and how many of these are no ties."""
    differ = reliable_queries(log_conf, phi) != reliable_queries(exact, phi)
    rank = math.floor(phi * (exact.shape[-1] - 1)) + 1
    distance = (exact - exact.kthvalue(rank, dim=-1, keepdim=True).values).abs()
    return {"differ": int(differ.sum()), "wrong": int((differ & (distance > TIE)).sum())}


@torch.inference_mode()
def main() -> None:
    """Compares every path that runs on the device."""
    options = parser(__doc__).parse_args()
    start(options)
    run, wrong = facts(options), 0
    for (tokens, head_dim), dtype, form in itertools.product(SIZES, DTYPES, FORMS):
        asked = f"{tokens} {dtype} {form}"
        paths = [path for path in paths_on(options.device) if options.only in f"{asked} {path}"]
        for sharpness in SHARPNESS if paths else ():
            query, key, value = tensors(tokens, head_dim, torch.float32, options.device)
            # every frame reads the one before it
            mixed = query * sharpness, key.roll(1, dims=1), value.roll(1, dims=1)
            q, k, v = (groups(x, head_dim).to(getattr(torch, dtype)) for x in mixed)
            exact = log_confidence(q.double(), k.double(), form, "mean")
            for path in paths:
                _, log_conf = PATHS[path].attend(q, k, v, form, "mean")
                for phi in PHIS:
                    row: Row = {
                        "path": path,
                        "form": form,
                        "confidence": "mean",
                        "tokens": tokens,
                        "dtype": dtype,
                        "sharpness": sharpness,
                        "phi": phi,
                        "queries": exact.numel(),
                        **compare(log_conf, exact, phi),
                    }
                    wrong += row["wrong"]
                    keep(options.json, row | {"run": run}, NAMES)
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
