"""What the mapped layers of a denoiser follow, step by step."""

import weakref
from collections.abc import Iterator
from itertools import chain, count
from typing import Any

import torch
from torch import Tensor

from direct2v.attention.chunks import Chunk, cut
from direct2v.attention.cross_frame import cross_frame_attention
from direct2v.attention.dual_softmax import DualSoftmaxFilter
from direct2v.attention.kept import KeptKeys
from direct2v.errors import SettingsError
from direct2v.strategies import Reading, Strategy

__all__ = ["FrameControl"]

_OFF = DualSoftmaxFilter(phi=0.0)
_numbers = count()
_controls: "weakref.WeakValueDictionary[int, FrameControl]" = weakref.WeakValueDictionary()


class FrameControl:
    """A strategy at one step of its run; whoever drives the denoiser takes it from step to step.

    At a step all frames make one batch, unless ``chunks`` takes them through in several.

    Nothing about a step may be compiled into the denoiser, or every step would compile it again. So what a
    compiled layer takes from here is the frame whose keys it projects, as a tensor that changes in place,
    and one opaque operator, which looks up here what to do when it runs.

    Args:
        strategy: whom each frame reads.
        num_frames: F.
        dual_softmax: the filter; None leaves it off.

    Attributes:
        reading: at the step where the control stands.

    Raises:
        SettingsError: if the strategy does not fit the frames or the filter.
    """

    def __init__(
        self, strategy: Strategy, num_frames: int, dual_softmax: DualSoftmaxFilter | None = None
    ) -> None:
        self.strategy = strategy
        self.num_frames = num_frames
        self.dual_softmax = _OFF if dual_softmax is None else dual_softmax
        self._kept = KeptKeys()
        self._sources = torch.empty(0, dtype=torch.int64)
        self._number = torch.tensor(next(_numbers))
        _controls[int(self._number)] = self
        self.go_to(0, 1)

    def __deepcopy__(self, memo: dict[int, Any]) -> "FrameControl":
        """Itself: the hook of a copied denoiser goes on driving this one."""
        return self

    def go_to(self, step_index: int, num_steps: int) -> None:
        """Stands before a step of the all-frames phase.

        Raises:
            SettingsError: if the strategy does not fit the frames or the filter.
        """
        self.reading = self._read(step_index, num_steps)
        filtered = self.reading.chosen or self.dual_softmax.phi > 0
        read = set(chain.from_iterable(self.reading.frames))
        self._sole = None if filtered or len(read) > 1 else read.pop()  # the one frame whose keys are needed
        self._stand_at(Chunk(frames=tuple(range(self.num_frames))))

    def chunks(self, size: int | None) -> Iterator[tuple[int, ...]]:
        """Stands before each chunk of a call of the denoiser, and tells the frames of its batch.

        Between chunks it keeps, for every layer, the keys and values that later chunks read.

        Args:
            size: see ``cut``.
        """
        try:
            for chunk in cut(self.reading, size):
                self._stand_at(chunk)
                yield chunk.frames
                self._kept.drop(chunk.drop)
        finally:
            self._kept.clear()

    def refuse_chunks(self, size: int | None) -> None:
        """Refuses chunks where one quantile runs over all frames.

        Raises:
            SettingsError: saying so.
        """
        whole = size is None or size >= self.num_frames
        if self.dual_softmax.scope == "call" and self.dual_softmax.phi > 0 and not whole:
            raise SettingsError(
                f"quantile_scope 'call' takes one quantile over all {self.num_frames} frames, which chunks "
                f"of {size} cannot; use quantile_scope 'frame', phi 0, or leave out chunk_size"
            )

    def _stand_at(self, chunk: Chunk) -> None:
        # once all frames were needed they stay: another shape would compile a layer again
        if self._sole is not None and len(self._sources) <= 1:
            names = tuple(frame for frame in chunk.frames if frame == self._sole)
        else:
            names = chunk.frames
        with torch.inference_mode(False):  # a tensor made in that mode could not change outside it
            sources = torch.tensor([chunk.frames.index(frame) for frame in names], dtype=torch.int64)
            if sources.shape == self._sources.shape:
                self._sources.copy_(sources)
            else:
                self._sources = sources
        self._chunk, self._names = chunk, names
        self._here = self.reading.within(chunk.frames, (*names, *chunk.borrowed))

    def _read(self, step_index: int, num_steps: int) -> Reading:
        reading = self.strategy(step_index, self.num_frames, num_steps)
        reading.check(self.num_frames)
        together = not reading.chosen and any(len(set(read)) > 1 for read in reading.frames)
        if together and self.dual_softmax.phi > 0 and self.dual_softmax.form == "literal":
            raise SettingsError(
                "filter_form 'literal' pairs each token with the same token of one other frame, but this "
                "strategy reads several frames together; use filter_form 'mutual', or phi 0"
            )
        return reading

    @property
    def num_together(self) -> int:
        """Frames of the batch."""
        return len(self._chunk.frames)

    def sources(self, hidden: Tensor) -> Tensor:
        """The frames whose keys and values the batch must give, of hidden [guidance, n, N, C].

        All, or of one that all read only this one, which may be in another chunk.
        """
        if len(self._sources) == self.num_together:
            return hidden
        return hidden.index_select(1, self._sources.to(hidden.device))

    def attend(self, query: Tensor, key: Tensor, value: Tensor, num_heads: int, layer: Tensor) -> Tensor:
        """``cross_frame_attention`` as this step has it.

        Args:
            query: [guidance, n, N, C] of the batch.
            key: [guidance, sources, N, C] of ``sources``.
            value: as ``key``.
            num_heads: heads in C.
            layer: a number of the layer's own, on the CPU.
        """
        if torch.compiler.is_compiling():
            attended: Tensor = _attend(query, key, value, num_heads, layer, self._number)
            return attended
        key, value = self._kept.pass_on(int(layer), self._chunk, self._names, key, value)
        names = (*self._names, *self._chunk.borrowed)
        return cross_frame_attention(query, key, value, num_heads, self._here, self.dual_softmax, names)


@torch.library.custom_op("direct2v::attend", mutates_args=())
def _attend(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int, layer: Tensor, control: Tensor
) -> Tensor:
    # Numbers come as tensors on the CPU, which also keeps the graph out of CUDA graphs: these would play back
    # the step at which they were recorded.
    return _controls[int(control)].attend(query, key, value, num_heads, layer)


@_attend.register_fake
def _(query: Tensor, key: Tensor, value: Tensor, num_heads: int, layer: Tensor, control: Tensor) -> Tensor:
    return torch.empty_like(query)
