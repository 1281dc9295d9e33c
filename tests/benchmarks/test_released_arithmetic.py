"""What is called the release's arithmetic is the release's: by its own outputs, and by loops."""

from pathlib import Path

import pytest
import torch
from attention import SIZES, Case, call_of, tensors
from released import as_released, released_attention
from safetensors.torch import load_file
from twins import attention as attention_twin
from twins import confidence, quantile

from direct2v.attention import DualSoftmaxFilter, FrameControl, control
from direct2v.attention.cross_frame import cross_frame_attention
from direct2v.attention.processor import MappedAttnProcessor
from direct2v.engine import DirecT2V
from direct2v.strategies import Reading

GOLDEN = Path(__file__).parents[1] / "data" / "golden"
LITERAL = DualSoftmaxFilter(phi=0.3, form="literal", scope="call")
HEADS, HEAD_DIM = 2, 3


def random_inputs(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(2, 3, 5, HEADS * HEAD_DIM, generator=generator) for _ in range(3)]


def heads_of(x):
    """[2, 3, 5, C] -> {(half, frame, head): [5, d]}"""
    return {
        (half, frame, head): x[half, frame, :, head * HEAD_DIM : (head + 1) * HEAD_DIM]
        for half in range(2)
        for frame in range(3)
        for head in range(HEADS)
    }


def test_it_is_what_loops_compute():
    query, key, value = random_inputs()
    references = (1, 0, 0)
    q, k, v = (heads_of(x) for x in (query, key, value))
    of = {place: (place[0], references[place[1]], place[2]) for place in q}
    trust = {place: confidence(q[place], k[of[place]], "literal", "mean") for place in q}
    threshold = quantile(torch.cat(list(trust.values())), LITERAL.phi)
    expected = torch.zeros_like(query)
    for place in q:
        mapped = attention_twin(q[place], k[of[place]], v[of[place]])
        own = attention_twin(q[place], k[place], v[place])
        heads_of(expected)[place][:] = torch.where((trust[place] > threshold)[:, None], mapped, own).float()
    made = released_attention(query, key, value, HEADS, Reading.one(references), LITERAL)
    torch.testing.assert_close(made, expected, rtol=0, atol=1e-5)


def test_ours_gives_the_same_under_the_releases_settings():
    query, key, value = random_inputs(1)
    for phi in (0.0, 0.3):
        arguments = query, key, value, HEADS, Reading.one((2, 2, 0))
        dual_softmax = DualSoftmaxFilter(phi=phi, form="literal", scope="call")
        ours, theirs = (f(*arguments, dual_softmax) for f in (cross_frame_attention, released_attention))
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)


@torch.no_grad()
def test_a_layer_computes_what_the_release_computed():
    release = load_file(GOLDEN / "release.safetensors")
    unet = DirecT2V.from_pretrained(GOLDEN / "tiny", device="cpu").backbone.denoiser
    attn = unet.up_blocks[2].attentions[0].transformer_blocks[0].attn1
    dual_softmax = DualSoftmaxFilter(phi=0.05, form="literal", scope="call")
    followed = FrameControl(lambda *_: Reading.one([1] * 8), 8, dual_softmax)
    followed.go_to(4, 19)
    ours = control.cross_frame_attention
    with as_released():
        assert control.cross_frame_attention is released_attention
        result = MappedAttnProcessor(attn.processor, followed)(attn, release["dsf.step5.in"])
    assert control.cross_frame_attention is ours
    torch.testing.assert_close(result, release["dsf.step5.out"], rtol=0, atol=2e-6)


@pytest.mark.parametrize("phi", [0.0, 0.5])
def test_what_is_timed_computes_the_same_by_every_path(monkeypatch, phi):
    monkeypatch.setitem(SIZES, 64, (1, 2, 2))
    inputs = tensors(64, 8, torch.float32, "cpu")
    filtered = ("one-exponential", "tiled") if phi else ("unfiltered",)
    outputs = {
        path: call_of(Case(path, "mutual" if phi else "none", "mean", 64, 8, phi), *inputs)()
        for path in ("plain", *filtered)
    }
    plain = outputs.pop("plain")
    own = attention_twin(*(x[0, 1, :, :8] for x in inputs))  # the first head of the second frame
    torch.testing.assert_close(plain[0, 1, :, :8].double(), own, rtol=0, atol=1e-5)
    assert not torch.allclose(next(iter(outputs.values())), plain, atol=0.1)
    for made in outputs.values():
        torch.testing.assert_close(made, next(iter(outputs.values())), rtol=0, atol=1e-5)
