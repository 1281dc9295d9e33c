"""All paths give the same output, confidence and masks; which one is chosen; what memory is kept."""

import math
import threading

import pytest
import torch
import twins

from direct2v.attention import DualSoftmaxFilter
from direct2v.attention.cross_frame import cross_frame_attention
from direct2v.attention.dual_softmax import reliable_queries
from direct2v.attention.kernels import PATHS, choose_path, flex, one_exponential, tiled, workspace
from direct2v.settings import AttentionSettings, RenderSettings
from direct2v.strategies import Reading

FORMS = [("mutual", "mean"), ("mutual", "max"), ("literal", "mean"), ("literal", "max")]
DTYPES = [torch.float32, torch.float16, torch.bfloat16]


def draw(*shape, scale=1.0, seed=0, dtype=torch.float32, device="cpu"):
    generator = torch.Generator().manual_seed(seed)
    return [(torch.randn(shape, generator=generator) * scale).to(device, dtype) for _ in range(3)]


def exact(q, k, form, confidence):
    """Ln conf in fp64, with all scores in memory; checked against the loop-written twin below."""
    S = q.double() @ k.double().mT * q.shape[-1] ** -0.5
    R, L = S.logsumexp(-1), S.logsumexp(-2)
    pairs = 2 * S - L[:, None] if form == "mutual" else S + S.mT - L[..., None]
    return (pairs.logsumexp(-1) - math.log(k.shape[1]) if confidence == "mean" else pairs.amax(-1)) - R


def check_masks(log_conf, expected, phi):
    """The same queries are reliable, but for those that are as close to the threshold as rounding is."""
    differ = reliable_queries(log_conf.double(), phi) ^ reliable_queries(expected, phi)
    rank = math.floor(phi * (expected.shape[-1] - 1)) + 1
    distance = (expected - expected.kthvalue(rank, dim=-1, keepdim=True).values).abs()
    assert (distance[differ] < 1e-5).all()
    assert differ.float().mean() < 0.01


@pytest.mark.parametrize(("form", "confidence"), FORMS)
def test_the_exact_form_is_the_twins(form, confidence):
    q, k, _ = draw(2, 9, 6, scale=2.0)
    for g in range(2):
        expected = twins.confidence(q[g], k[g], form, confidence).log()
        torch.testing.assert_close(exact(q, k, form, confidence)[g], expected)


@pytest.mark.parametrize(("form", "confidence"), FORMS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("path", PATHS)
def test_all_paths_give_the_same_masks(path, dtype, form, confidence):
    q, k, v = draw(3, 200, 12, scale=1.5, dtype=dtype)
    output, log_conf = PATHS[path].attend(q, k, v, form, confidence)
    expected = exact(q, k, form, confidence)
    torch.testing.assert_close(log_conf.double(), expected, rtol=0, atol=1e-5)
    for phi in (0.05, 0.5):
        check_masks(log_conf, expected, phi)
    attention = (q.double() @ k.double().mT * 12**-0.5).softmax(-1) @ v.double()
    assert output.dtype == dtype
    tolerance = {torch.float32: 1e-5, torch.float16: 5e-3, torch.bfloat16: 4e-2}[dtype]
    torch.testing.assert_close(output.double(), attention, rtol=0, atol=tolerance)


@pytest.mark.parametrize("path", PATHS)
def test_a_layer_filters_alike_by_every_path(path):
    q, k, v = draw(2, 3, 100, 16)
    reading = Reading.one([1, 0, 0])

    def layer(name):
        return cross_frame_attention(q, k, v, 2, reading, DualSoftmaxFilter(phi=0.3, path=name))

    differ = (layer(path) - layer("auto")).abs().amax(-1) > 1e-4
    assert differ.float().mean() < 0.01  # ties


@pytest.mark.parametrize("scale", [8.0, 9.0])
def test_small_blocks_with_large_scores_are_done_in_fp64(monkeypatch, scale):
    q, k, v = draw(2, 64, 16, scale=scale)
    expected = exact(q, k, "mutual", "mean")
    assert expected.min() < -one_exponential.SAFE_EXPONENT[torch.float32]
    monkeypatch.delattr(tiled, "log_confidence")
    output, log_conf = one_exponential.attend(q, k, v, "mutual", "mean")
    torch.testing.assert_close(log_conf, expected, rtol=1e-12, atol=1e-9)
    attention = (q.double() @ k.double().mT / 4).softmax(-1) @ v.double()
    torch.testing.assert_close(output.double(), attention, rtol=0, atol=1e-4)


@pytest.mark.parametrize(("nq", "scale"), [(64, 60.0), (800, 12.0)], ids=["beyond fp64", "a large block"])
def test_what_neither_holds_is_done_by_tiles(monkeypatch, nq, scale):
    calls = []

    def spy(*arguments, log_confidence=tiled.log_confidence):
        calls.append(arguments)
        return log_confidence(*arguments)

    monkeypatch.setattr(tiled, "log_confidence", spy)
    q, k, v = draw(1, nq, 16, scale=scale)
    _, log_conf = one_exponential.attend(q, k, v, "mutual", "mean")
    assert len(calls) == 1
    torch.testing.assert_close(log_conf, exact(q, k, "mutual", "mean"), rtol=1e-5, atol=1e-3)


def test_nan_is_not_hidden():
    q, k, v = draw(2, 16, 4)
    q[1, 3, 0] = math.nan
    output, log_conf = one_exponential.attend(q, k, v, "mutual", "mean")
    assert log_conf[1].isnan().any()
    assert output[1, 3].isnan().all()
    assert not log_conf[0].isnan().any()


def test_the_path_is_chosen_by_size_and_gradients_and_can_be_named():
    small, large = torch.empty(1, 64, 8), torch.empty(1, 5000, 8)
    assert choose_path("auto", small, small, "mutual").name == "one-exponential"
    assert choose_path("auto", large, large, "mutual").name == "tiled"
    assert choose_path("auto", large[:, :2000], large[:, :2000], "literal").name == "tiled"
    assert choose_path("auto", small.requires_grad_(), small, "mutual").name == "tiled"
    for name in PATHS:
        assert choose_path(name, large, large, "mutual").name == name
    assert not flex.is_trusted(torch.device("cpu"))


def test_a_gradient_through_the_filter_is_refused_and_never_wrong():
    q, k, v = (x.requires_grad_() for x in draw(1, 3, 20, 8))
    output = cross_frame_attention(q, k, v, 2, Reading.one([1, 0, 0]), DualSoftmaxFilter(phi=0.3))
    with pytest.raises(RuntimeError, match="inplace"):
        output.sum().backward()


def test_settings_name_the_paths():
    accepted = AttentionSettings.model_fields["attention_path"].annotation.__args__
    assert accepted == ("auto", *PATHS)
    assert RenderSettings.of(attention_path="tiled").model_dump()["attention_path"] == "tiled"


def test_scores_are_kept_between_calls_within_bounds_for_each_thread_alone():
    workspace.release()
    cpu = torch.device("cpu")
    first = workspace.scratch((2, 3), torch.float32, cpu)
    assert workspace.scratch((3, 2), torch.float32, cpu).data_ptr() == first.data_ptr()
    assert workspace.scratch((3,), torch.float64, cpu).data_ptr() == first.data_ptr()
    beyond = (workspace.KEPT_BYTES // 4 + 1,)
    assert workspace.scratch(beyond, torch.float32, cpu).data_ptr() != first.data_ptr()
    elsewhere = []
    thread = threading.Thread(
        target=lambda: elsewhere.append(workspace.scratch((2, 3), torch.float32, cpu).data_ptr())
    )
    thread.start()
    thread.join()
    assert elsewhere[0] != first.data_ptr()
    workspace.release()


@pytest.mark.gpu
@pytest.mark.parametrize(("form", "confidence"), FORMS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(("n", "d"), [(256, 160), (1024, 80), (4096, 40)])
def test_compiled_on_a_gpu_flex_gives_the_same_masks(n, d, dtype, form, confidence):
    assert flex.is_trusted(torch.device("cuda"))
    q, k, v = draw(4, n, d, dtype=dtype, device="cuda")
    output, log_conf = PATHS["flex"].attend(q, k, v, form, confidence)
    expected = exact(q, k, form, confidence)
    torch.testing.assert_close(log_conf.double(), expected, rtol=0, atol=1e-3)
    differ = reliable_queries(log_conf.double(), 0.05) ^ reliable_queries(expected, 0.05)
    assert differ.float().mean() < 0.005
    attention = (q.double() @ k.double().mT * d**-0.5).softmax(-1) @ v.double()
    torch.testing.assert_close(output.double(), attention, rtol=0, atol=2e-2)
