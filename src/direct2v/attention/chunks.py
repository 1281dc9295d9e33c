"""In which parts, and in which order, frames can go through the denoiser although they read each other.

The keys of a frame at some layer follow from what it read at the layers before. So a frame can go only after,
or together with, all that it reads; frames that read each other in a circle can only go together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from direct2v.strategies import Reading

__all__ = ["Chunk", "cut"]


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Frames that go through the denoiser together.

    Attributes:
        frames: in ascending order.
        borrowed: other frames that they read, whose keys earlier chunks have kept.
        keep: those of ``frames`` that later chunks read.
        drop: those that no later chunk reads any more.
    """

    frames: tuple[int, ...]
    borrowed: tuple[int, ...] = ()
    keep: tuple[int, ...] = ()
    drop: tuple[int, ...] = ()


def cut(reading: Reading, size: int | None) -> tuple[Chunk, ...]:
    """Chunks in the order in which they can go.

    Args:
        reading: what each of F frames reads.
        size: frames of a chunk, 1 or more; only those that read each other in a circle may be more. None, or
            F and more, puts all frames into one chunk.
    """
    num_frames = len(reading.frames)
    if size is None or size >= num_frames:
        return (Chunk(frames=tuple(range(num_frames))),)
    parts: list[list[int]] = [[]]
    for circle in _circles(reading.frames):
        if parts[-1] and len(parts[-1]) + len(circle) > size:
            parts.append([])
        parts[-1].extend(circle)
    chunks = [tuple(sorted(part)) for part in parts]
    borrowed = [
        tuple(sorted({*chain.from_iterable(reading.frames[frame] for frame in frames)}.difference(frames)))
        for frames in chunks
    ]
    last_read = {frame: index for index, read in enumerate(borrowed) for frame in read}
    return tuple(
        Chunk(
            frames=frames,
            borrowed=read,
            keep=tuple(frame for frame in frames if frame in last_read),
            drop=tuple(frame for frame in read if last_read[frame] == index),
        )
        for index, (frames, read) in enumerate(zip(chunks, borrowed, strict=True))
    )


def _circles(reads: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Frames that read each other in a circle, or single ones, each after all that they read.

    Source: Tarjan 1972, strongly connected components, without recursion, which 1024 frames would exceed.
    """
    entered: dict[int, int] = {}  # frame -> its number in the order of entering
    low: dict[int, int] = {}  # frame -> the earliest open frame that it is known to reach
    open_frames: list[int] = []
    done: set[int] = set()
    for root in range(len(reads)):
        path = [(root, iter(reads[root]))] if root not in entered else []
        while path:
            frame, rest = path[-1]
            if frame not in entered:
                entered[frame] = low[frame] = len(entered)
                open_frames.append(frame)
            for read in rest:
                if read not in entered:
                    path.append((read, iter(reads[read])))
                    break
                if read not in done:
                    low[frame] = min(low[frame], low[read])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[frame])
                if low[frame] == entered[frame]:
                    circle = [open_frames.pop()]
                    while circle[-1] != frame:
                        circle.append(open_frames.pop())
                    done.update(circle)
                    yield circle
