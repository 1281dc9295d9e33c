import pytest
import torch
from diffusers.models.attention_processor import Attention, AttnProcessor2_0
from hypothesis import given, settings
from hypothesis import strategies as st

from direct2v.attention import DualSoftmaxFilter, FrameControl
from direct2v.attention.chunks import cut
from direct2v.attention.processor import MappedAttnProcessor
from direct2v.strategies import Reading

READS = st.integers(1, 9).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, n - 1), min_size=1, max_size=3).map(tuple)] * n)
)


def reach(frames):
    """For each frame all that its keys follow from, itself included, by walking."""
    found = []
    for start in range(len(frames)):
        seen, todo = {start}, [start]
        while todo:
            new = set(frames[todo.pop()]) - seen
            seen |= new
            todo += new
        found.append(seen)
    return found


@settings(max_examples=200, deadline=None)
@given(READS, st.integers(1, 9))
def test_frames_go_after_or_with_what_they_read_and_no_chunk_is_larger_than_it_must(frames, size):
    chunks = cut(Reading(frames=frames), size)
    assert sorted(frame for chunk in chunks for frame in chunk.frames) == list(range(len(frames)))
    reached = reach(frames)
    kept = set()
    for chunk in chunks:
        assert list(chunk.frames) == sorted(chunk.frames)
        read = {reference for frame in chunk.frames for reference in frames[frame]}
        assert set(chunk.borrowed) == read - set(chunk.frames)
        assert set(chunk.borrowed) <= kept
        kept |= set(chunk.keep)
        kept -= set(chunk.drop)
        if len(chunk.frames) > min(size, len(frames)):  # only where each follows from each
            assert all(set(chunk.frames) <= reached[frame] for frame in chunk.frames)
    assert not kept


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([(3,)] * 6, [(0, 3), (1, 2), (4, 5)]),  # the frame that all read goes first
        ([(0,), (0,), (1,), (2,), (3,)], [(0, 1), (2, 3), (4,)]),
        ([(1,), (2,), (3,), (3,)], [(2, 3), (0, 1)]),
        ([(1,), (0,), (2,), (4,), (3,)], [(0, 1), (2,), (3, 4)]),
        ([(1,), (2,), (0,), (0,)], [(0, 1, 2), (3,)]),  # a circle of three goes together
    ],
)
def test_worked_by_hand(frames, expected):
    assert [chunk.frames for chunk in cut(Reading(frames=tuple(frames)), 2)] == expected


def test_one_chunk_is_all_frames_in_order():
    reading = Reading(frames=((2,), (2,), (2,)))
    for size in (None, 3, 4):
        (chunk,) = cut(reading, size)
        assert (chunk.frames, chunk.borrowed, chunk.keep) == ((0, 1, 2), (), ())


def test_a_thousand_frames_are_cut_without_recursion():
    frames = tuple((min(frame + 1, 1023),) for frame in range(1024))
    assert len(cut(Reading(frames=frames), 4)) == 256


READINGS = {
    "one": Reading.one([3] * 6),
    "previous": Reading.one([0, 0, 1, 2, 3, 4]),
    "three": Reading(frames=tuple((t, max(0, t - 1), 0) for t in range(6))),
    "chosen": Reading(frames=((0,), (0,), (0, 1), (0, 2), (0, 3), (0, 4)), chosen=True),
    "share": Reading(frames=((0,), *((t, t - 1, 0) for t in range(1, 6))), share=0.5, draw=4),
}


@torch.no_grad()
@pytest.mark.parametrize("name", READINGS)
@pytest.mark.parametrize("phi", [0.0, 0.4])
@pytest.mark.parametrize("size", [1, 4])
def test_two_layers_in_chunks_agree_with_all_frames_at_once(name, phi, size):
    torch.manual_seed(1)
    attn = [Attention(query_dim=8, heads=2, dim_head=4) for _ in range(2)]
    control = FrameControl(lambda *_: READINGS[name], 6, DualSoftmaxFilter(phi=phi))
    control.go_to(0, 1)
    processors = [MappedAttnProcessor(AttnProcessor2_0(), control) for _ in attn]
    hidden = torch.randn(2, 6, 7, 8) * 2

    def model(part):
        x = part.flatten(0, 1)
        for layer, processor in zip(attn, processors, strict=True):
            x = x + processor(layer, x)
        return x.view_as(part)

    whole = model(hidden)
    result = torch.zeros_like(whole)
    sizes = []
    for frames in control.chunks(size):
        result[:, list(frames)] = model(hidden[:, list(frames)])
        sizes.append(len(frames))
    assert max(sizes) == size
    torch.testing.assert_close(result, whole, rtol=0, atol=1e-5)


def test_what_is_kept_does_not_grow_with_the_number_of_frames():
    def most_kept(num_frames):
        control = FrameControl(
            lambda *_: Reading(frames=tuple((t, max(0, t - 1), 0) for t in range(num_frames))), num_frames
        )
        processor = MappedAttnProcessor(AttnProcessor2_0(), control)
        attn, counts = Attention(query_dim=8, heads=2, dim_head=4), []
        for frames in control.chunks(2):
            processor(attn, torch.randn(len(frames), 7, 8))
            counts.append(sum(len(kept) for kept in control._kept._layers.values()))
        assert not control._kept._layers
        return max(counts)

    assert most_kept(8) == most_kept(40) == 3  # the first, the previous, and what is to be the previous


def test_each_layer_has_keys_of_its_own():
    control = FrameControl(lambda *_: Reading.one([0, 0]), 2)
    attn = Attention(query_dim=8, heads=2, dim_head=4)
    layers = [MappedAttnProcessor(AttnProcessor2_0(), control) for _ in range(2)]
    first, other = torch.randn(2, 1, 7, 8)
    with torch.no_grad():
        outputs = [
            [
                layer(attn, hidden if frames == (0,) else first)
                for layer, hidden in zip(layers, (first, other), strict=True)
            ]
            for frames in control.chunks(1)
        ]
    assert not torch.allclose(*outputs[1])
