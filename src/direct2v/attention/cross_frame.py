"""Attention of each frame to the keys and values of the frames that a strategy lets it read.

Shapes: guidance halves, F frames, N tokens, C = heads x d channels. Keys may have more frames than queries:
the first ones are the queries' own.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from direct2v.attention.dual_softmax import (
    DualSoftmaxFilter,
    attend_with_confidence,
    reliable_queries,
    replace_unreliable,
)
from direct2v.strategies import Reading

__all__ = ["cross_frame_attention", "key_positions"]

FILTERED_TOGETHER = 2**18  # numbers in the queries: 1 MiB in fp32; fresh memory is slow where it is large

Read = tuple[int, tuple[int, ...]]
"""A frame, and the frames that it reads."""


def cross_frame_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    num_heads: int,
    reading: Reading,
    dual_softmax: DualSoftmaxFilter,
    names: tuple[int, ...] | None = None,
) -> Tensor:
    """O_t = softmax(Q_t K^T / sqrt(d)) V over the keys K and values V of all that frame t reads.

    With the filter on, queries that do not trust what they read attend to their own frame instead. Several
    frames that are read together are one sequence of columns to it: its rows run over all of them.

    Args:
        query: [guidance, F, N, C].
        key: [guidance, F or more, N, C] of these frames and others that they read, or [guidance, 1, N, C] of
            the single frame that all read, where the filter is off.
        value: as ``key``.
        num_heads: heads in C.
        reading: what each frame reads, counted as ``key`` has them.
        dual_softmax: the filter; phi = 0 leaves it off.
        names: the numbers of the frames of ``key`` in the story, on which depends what is drawn of their
            tokens; None for 0, 1, 2 ...

    Returns:
        [guidance, F, N, C].
    """
    if key.shape[1] == 1:  # the queries of all frames make one long sequence, no key is copied
        return _attend(query.flatten(1, 2), key[:, 0], value[:, 0], num_heads).view(query.shape)
    # reading one frame several times is reading it once
    reads = [(frame, read[:1] if len({*read}) == 1 else read) for frame, read in enumerate(reading.frames)]
    output = torch.empty_like(query)
    if reading.maps and (reading.chosen or dual_softmax.phi > 0):
        # A frame that reads itself has nothing to filter; only a quantile over a whole call must know of it.
        judged = [read for read in reads if dual_softmax.scope == "call" or read[1] != (read[0],)]
        for here, part in _parts(judged, query, dual_softmax):
            q, k, v = query[here], key[here], value[here]
            _filter(output[here], q, k, v, num_heads, part, reading, dual_softmax, names)
        reads = [read for read in reads if read not in judged]
    drawn = (key.shape[2], reading.share, reading.draw, key.device, names if reading.share < 1 else None)
    for frames, positions in key_positions(tuple(reads), *drawn):
        whole = len(frames) == len(reading.frames)
        q = query if whole else query[:, _at(frames)]
        k, v = _columns(key, positions), _columns(value, positions)
        attended = _attend(q.flatten(0, 1), k.flatten(0, 1), v.flatten(0, 1), num_heads).view(q.shape)
        if whole:
            return attended
        output[:, _at(frames)] = attended
    return output


def _parts(
    reads: Sequence[Read], query: Tensor, dual_softmax: DualSoftmaxFilter
) -> Iterator[tuple[slice, Sequence[Read]]]:
    """Guidance halves and frames that are filtered together: all, but on a CPU only what stays at hand.

    One frame of one half at a time is read where it lies; several heads of several of them are copied.
    """
    size, halves = len(reads), query.shape[0]
    if query.device.type == "cpu" and dual_softmax.scope == "frame":
        size = max(1, FILTERED_TOGETHER // query[:, 0].numel())
        halves = halves if size > 1 else 1
    for start in range(0, len(reads), max(1, size)):
        for half in range(0, query.shape[0], halves):
            yield slice(half, half + halves), reads[start : start + size]


def _filter(
    output: Tensor,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    num_heads: int,
    reads: Sequence[Read],
    reading: Reading,
    dual_softmax: DualSoftmaxFilter,
    names: tuple[int, ...] | None,
) -> None:
    """Writes the filtered attention of the frames in ``reads`` into ``output``."""
    here = _at([frame for frame, _ in reads])
    q, k, v = (_groups(x[:, here], num_heads) for x in (query, key, value))
    mapped, log_conf = _most_trusted(q, key, value, num_heads, reads, reading, dual_softmax, names)
    if dual_softmax.phi > 0:
        pool = log_conf.flatten() if dual_softmax.scope == "call" else log_conf.flatten(2)
        reliable = reliable_queries(pool, dual_softmax.phi).view(log_conf.shape)
        reliable[:, [index for index, (frame, read) in enumerate(reads) if read == (frame,)]] = True
        replace_unreliable(mapped, reliable.flatten(0, 2), q, k, v)
    heads_last = mapped.view(*log_conf.shape, -1).transpose(2, 3)
    output.view(*output.shape[:-1], num_heads, -1)[:, here] = heads_last


def _most_trusted(
    q: Tensor,
    key: Tensor,
    value: Tensor,
    num_heads: int,
    reads: Sequence[Read],
    reading: Reading,
    dual_softmax: DualSoftmaxFilter,
    names: tuple[int, ...] | None,
) -> tuple[Tensor, Tensor]:
    """Attention of q [guidance x n x heads, N, d] to what each of n frames reads, and its ln confidence.

    Where frames are chosen, each query has the output of the one that it trusts most; of two that it trusts
    the same, of the one named first.

    Returns:
        The output, shaped as q, and ln conf [guidance, n, heads, N].
    """
    halves, num_tokens = key.shape[0], key.shape[2]
    frames = [frame for frame, _ in reads]
    rounds = [tuple(reads)]
    if reading.chosen:
        most = max(len(read) for _, read in reads)
        rounds = [tuple((frame, (read[i],)) for frame, read in reads if i < len(read)) for i in range(most)]
    drawn = (num_tokens, reading.share, reading.draw, key.device, names if reading.share < 1 else None)
    parts = [part for candidates in rounds for part in key_positions(candidates, *drawn)]
    queries = q.view(halves, len(frames), num_heads, num_tokens, -1)
    mapped: Tensor | None = None
    for part, positions in parts:
        rows = [frames.index(frame) for frame in part]
        whole = len(rows) == len(frames)
        k, v = (_groups(_columns(x, positions), num_heads) for x in (key, value))
        output, log_conf = attend_with_confidence(
            q if whole else queries[:, rows].flatten(0, 2),
            k,
            v,
            dual_softmax.form,
            dual_softmax.confidence,
            dual_softmax.path,
        )
        log_conf = log_conf.view(halves, len(rows), num_heads, num_tokens)
        if len(parts) == 1:
            return output, log_conf
        if mapped is None:
            mapped, best = torch.zeros_like(queries), log_conf.new_full(queries.shape[:-1], -torch.inf)
        better = (log_conf > best[:, rows]) | log_conf.isnan()  # NaN must not be lost
        mapped[:, rows] = torch.where(better[..., None], output.view_as(queries[:, rows]), mapped[:, rows])
        best[:, rows] = torch.where(better, log_conf, best[:, rows])
    assert mapped is not None
    return mapped.flatten(0, 2), best


@lru_cache(maxsize=16)
def key_positions(
    reads: tuple[Read, ...],
    num_tokens: int,
    share: float,
    draw: int,
    device: torch.device,
    names: tuple[int, ...] | None = None,
) -> list[tuple[list[int], Tensor]]:
    """Which of all frames' F x N tokens each frame reads; frames that read equally many together.

    Args:
        reads: the frames, and what each reads.
        num_tokens: N.
        share: of the tokens that are read of every frame but one's own; that many are drawn of each frame,
            the same for all who read it.
        draw: seed; drawn on the CPU, so that it means the same everywhere.
        device: of the positions.
        names: the frames' numbers in the story, on which the draw depends; None for 0, 1, 2 ...

    Returns:
        Frames, and the positions [n, L] of what these n read; or [n], where each reads one whole frame.
    """
    tokens = torch.arange(num_tokens)

    def of(reference: int, reader: int) -> Tensor:
        if reference == reader or share == 1:
            return reference * num_tokens + tokens
        generator = torch.Generator().manual_seed(draw + (reference if names is None else names[reference]))
        kept = max(1, round(share * num_tokens))
        return reference * num_tokens + torch.randperm(num_tokens, generator=generator)[:kept]

    together: dict[int, list[tuple[int, Tensor]]] = {}
    for frame, read in reads:
        if len(read) == 1 and (read[0] == frame or share == 1):
            together.setdefault(0, []).append((frame, torch.tensor(read[0])))
        else:
            positions = torch.cat([of(reference, frame) for reference in read])
            together.setdefault(len(positions), []).append((frame, positions))
    with torch.inference_mode(False):  # what is kept must do in any mode
        return [
            ([frame for frame, _ in part], torch.stack([positions for _, positions in part]).to(device))
            for part in together.values()
        ]


def _at(frames: list[int]) -> slice | list[int]:
    """Frames as an index that copies nothing, where there is one."""
    first, last = frames[0], frames[-1]
    return slice(first, last + 1) if frames == list(range(first, last + 1)) else frames


def _columns(x: Tensor, positions: Tensor) -> Tensor:
    """[guidance, F, N, C] at positions [n, L], or frames [n] -> [guidance, n, L, C]."""
    if positions.ndim == 1 and len(positions) == 1:
        return x.narrow(1, int(positions), 1)
    if positions.ndim == 1:
        return x.index_select(1, positions)
    columns = x.flatten(1, 2).index_select(1, positions.flatten())
    return columns.view(x.shape[0], *positions.shape, -1)


def _attend(query: Tensor, key: Tensor, value: Tensor, num_heads: int) -> Tensor:
    """[B, Nq, C], [B, Nk, C], [B, Nk, C] -> [B, Nq, C]."""
    q, k, v = (_heads_first(x, num_heads) for x in (query, key, value))
    return scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)


def _heads_first(x: Tensor, num_heads: int) -> Tensor:
    """[B, N, C] -> [B, heads, N, d]."""
    return x.reshape(*x.shape[:-1], num_heads, -1).transpose(1, 2)


def _groups(x: Tensor, num_heads: int) -> Tensor:
    """[guidance, frames, N, C] -> [guidance x frames x heads, N, d]."""
    return _heads_first(x.flatten(0, 1), num_heads).flatten(0, 1)
