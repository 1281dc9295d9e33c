"""Filtered cross-frame attention against plain attention on the same tensors, and against the release's.

    python benchmarks/attention.py --quick --json benchmarks/rows/attention.json  the four sizes with targets
    python benchmarks/attention.py --json benchmarks/rows/attention.json            every size; see --only
    python benchmarks/attention.py --device cuda --dtype float16 --json FILE

``ratio`` is to each frame's attention to itself by ``scaled_dot_product_attention``, of calls that follow
each other directly. Path "plain" is that same call once more: its spread is the noise. No frame reads
itself, so that all of them are filtered. ``extra_peak_mib`` is what a call has in memory beyond its inputs,
its output included, in a fresh process. Without filter (phi 0) ours is given the keys of the one frame that
all read, as in a layer.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from harness import Call, facts, fresh_peaks, in_turn, keep, parser, peak_mib, ratio_figures, start
from released import released_attention
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from direct2v.attention import DualSoftmaxFilter
from direct2v.attention.cross_frame import cross_frame_attention
from direct2v.attention.kernels import PATHS, choose_path
from direct2v.strategies import Reading

SIZES: Final = {256: (2, 8, 8), 1024: (2, 2, 8), 4096: (1, 2, 8), 9216: (1, 2, 2)}
"""Tokens -> guidance halves, frames, heads: as many as the release's matrices leave room and time for."""
HEAD_DIMS: Final = (40, 64, 80, 160)
PHIS: Final = (0.0, 0.05, 0.5)
QUICK: Final = ((4096, 40, 0.05), (4096, 40, 0.5), (1024, 80, 0.05), (256, 160, 0.05))
SLOW_TOKENS: Final = 4096
"""From here on there are only 3 pairs of the release, each of which takes many seconds."""
COMMON: Final = 0.6
"""Standard deviation of what is a frame's own in queries and keys, beside the 1 that all have in common."""
NAMES: Final = ("path", "form", "confidence", "tokens", "head_dim", "phi", "dtype")


def paths_on(device: str) -> list[str]:
    """Names of our paths that are meant for a device: FlexAttention on a CPU holds every score."""
    return [name for name in PATHS if device != "cpu" or name != "flex"]


def taken(form: str, tokens: int, head_dim: int, device: str) -> str:
    """The path that the program takes where none is asked for."""
    like = torch.empty(1, tokens, head_dim, device=device)
    return choose_path("auto", like, like, "literal" if form == "literal" else "mutual").name


@dataclass(frozen=True)
class Case:
    """One call that is measured."""

    path: str
    form: str
    confidence: str
    tokens: int
    head_dim: int
    phi: float

    @property
    def name(self) -> str:
        """As ``--only`` and ``--peak`` take it."""
        return f"{self.tokens}x{self.head_dim}@{self.phi:g}:{self.path}:{self.form}:{self.confidence}"

    @classmethod
    def named(cls, name: str) -> Case:
        """The case of that name."""
        size, path, form, confidence = name.split(":")
        shape, phi = size.split("@")
        tokens, head_dim = map(int, shape.split("x"))
        return cls(path, form, confidence, tokens, head_dim, float(phi))


def cases(tokens: int, head_dim: int, phi: float, *, device: str, quick: bool) -> Iterator[Case]:
    """The calls of one size that are compared: plain again, ours, the release's.

    Quick is the path that is taken by itself, and the release once, whose cost does not depend on phi.
    """

    def case(path: str, form: str = "none", confidence: str = "none") -> Case:
        return Case(path, form, confidence, tokens, head_dim, phi)

    yield case("plain")
    if phi == 0:  # then no path is taken
        yield case("unfiltered")
        yield case("released")
        return
    usual = {form: taken(form, tokens, head_dim, device) for form in ("mutual", "literal")}
    for path in [usual["mutual"]] if quick else paths_on(device):
        yield case(path, "mutual", "mean")
    if phi == 0.05 and not quick:
        yield case(usual["mutual"], "mutual", "max")
        yield case(usual["literal"], "literal", "mean")
    if not quick or phi == 0.05:
        yield case("released", "literal", "mean")


def tensors(tokens: int, head_dim: int, dtype: torch.dtype, device: str) -> tuple[Tensor, Tensor, Tensor]:
    """Query, key and value [guidance, F, N, C], alike from frame to frame as those of a video are."""
    halves, frames, heads = SIZES[tokens]
    shape = (halves, frames, tokens, heads * head_dim)
    generator = torch.Generator().manual_seed(0)
    common = torch.randn(halves, 1, tokens, heads * head_dim, generator=generator)
    query, key = (common + COMMON * torch.randn(shape, generator=generator) for _ in range(2))
    made = query, key, torch.randn(shape, generator=generator)
    query, key, value = (x.to(device, dtype) for x in made)
    return query, key, value


def call_of(case: Case, query: Tensor, key: Tensor, value: Tensor) -> Call:
    """What is timed."""
    frames, channels = query.shape[1], query.shape[3]
    heads = channels // case.head_dim
    if case.path == "plain":
        return lambda: plain_attention(query, key, value, heads)
    dual_softmax = DualSoftmaxFilter(
        phi=case.phi,
        form="literal" if case.form == "literal" else "mutual",
        confidence="max" if case.confidence == "max" else "mean",
        scope="call" if case.path == "released" else "frame",
        path=case.path if case.path in PATHS else "auto",
    )
    reading = Reading.one([1] + [0] * (frames - 1))
    if case.path == "released":
        return lambda: released_attention(query, key, value, heads, reading, dual_softmax)
    if case.phi == 0:
        key, value, reading = key[:, :1], value[:, :1], Reading.one([0] * frames)
    return lambda: cross_frame_attention(query, key, value, heads, reading, dual_softmax)


def plain_attention(query: Tensor, key: Tensor, value: Tensor, num_heads: int) -> Tensor:
    """Every frame's attention to itself, as a layer computes it that maps nothing."""
    q, k, v = (x.flatten(0, 1).unflatten(-1, (num_heads, -1)).transpose(1, 2) for x in (query, key, value))
    return scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2).view(query.shape)


def measure(
    case: Case, base: Call, options: argparse.Namespace, inputs: tuple[Tensor, ...]
) -> dict[str, object]:
    """The row of one case."""
    slow, size = case.path == "released" and case.tokens >= SLOW_TOKENS, (case.tokens, case.head_dim)
    calls = {"base": base, "other": call_of(case, *inputs)}
    seconds = in_turn(calls, min(3, options.pairs) if slow else options.pairs, options.device)
    halves, frames, heads = SIZES[case.tokens]
    return {
        "path": case.path,
        "form": case.form,
        "confidence": case.confidence,
        "tokens": case.tokens,
        "head_dim": case.head_dim,
        "phi": case.phi,
        "dtype": options.dtype,
        "groups": halves * frames * heads,
        "auto": case.path == "unfiltered" or case.path == taken(case.form, *size, options.device),
        **ratio_figures(seconds["base"], seconds["other"]),
        **fresh_peaks(Path(__file__), case.name, options, 1),
    }


def print_peak(case: Case, options: argparse.Namespace) -> None:
    """The peak of one call; a small one before it loads what the first call loads."""
    small = [x[:, :, :64] for x in tensors(256, case.head_dim, getattr(torch, options.dtype), options.device)]
    call_of(case, *small)()
    inputs = tensors(case.tokens, case.head_dim, getattr(torch, options.dtype), options.device)
    print(peak_mib(call_of(case, *inputs), options.device))


@torch.inference_mode()
def main() -> None:
    """Measures the cases asked for, or the peak of one."""
    arguments = parser(__doc__)
    arguments.add_argument("--quick", action="store_true", help="only the sizes with targets: 5 minutes")
    arguments.add_argument("--pairs", type=int, default=7, help="pairs for each ratio (7)")
    arguments.add_argument("--dtype", default="float32", choices=("float32", "float16", "bfloat16"))
    arguments.add_argument("--peak", metavar="CASE", help="print the peak memory of this case, and no more")
    options = arguments.parse_args()
    start(options)
    if options.peak:
        print_peak(Case.named(options.peak), options)
        return
    run = facts(options)
    every = [(tokens, head_dim, phi) for tokens in SIZES for head_dim in HEAD_DIMS for phi in PHIS]
    for size in QUICK if options.quick else every:
        wanted = [
            case
            for case in cases(*size, device=options.device, quick=options.quick)
            if options.only in case.name
        ]
        if not wanted:
            continue
        inputs = tensors(*size[:2], getattr(torch, options.dtype), options.device)
        base = call_of(Case("plain", "none", "none", *size), *inputs)
        for case in wanted:
            keep(options.json, measure(case, base, options, inputs) | {"run": run}, NAMES)


if __name__ == "__main__":
    main()
