import math

import pytest
import torch
import twins

from direct2v.attention import dual_softmax
from direct2v.attention.dual_softmax import attend_with_confidence, reliable_queries, replace_unreliable
from direct2v.attention.kernels import log_confidence, tiled

FORMS = [("mutual", "mean"), ("mutual", "max"), ("literal", "mean"), ("literal", "max")]


def draw(groups, nq, nk, d, scale=1.0, seed=0, dtype=torch.float32):
    generator = torch.Generator().manual_seed(seed)
    q, k, v = (torch.randn(groups, n, d, generator=generator) * scale for n in (nq, nk, nk))
    return q.to(dtype), k.to(dtype), v.to(dtype)


@pytest.mark.parametrize(("form", "confidence"), FORMS)
@pytest.mark.parametrize(("n", "d"), [(1, 4), (2, 3), (7, 8), (33, 5)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_both_ways_agree_with_the_slow_twin(form, confidence, n, d, dtype):
    q, k, v = draw(3, n, n, d, scale=2.0, dtype=dtype)
    output, log_conf = attend_with_confidence(q, k, v, form, confidence)
    tiled = log_confidence(q, k, form, confidence)
    assert output.dtype == dtype
    assert min(torch.finfo(log_conf.dtype).bits, torch.finfo(tiled.dtype).bits) >= 32
    for g in range(3):
        expected = twins.confidence(q[g], k[g], form, confidence)
        torch.testing.assert_close(log_conf[g].double().exp(), expected, rtol=1e-5, atol=0)
        torch.testing.assert_close(tiled[g].double().exp(), expected, rtol=2e-5, atol=0)
        torch.testing.assert_close(
            output[g].double(),
            twins.attention(q[g], k[g], v[g]),
            rtol=0,
            atol=1e-5 if dtype == torch.float32 else 2e-2,
        )


@pytest.mark.parametrize("confidence", ["mean", "max"])
def test_mutual_form_takes_fewer_queries_than_keys(confidence):
    q, k, v = draw(2, 3, 11, 6)
    _, log_conf = attend_with_confidence(q, k, v, "mutual", confidence)
    for g in range(2):
        expected = twins.confidence(q[g], k[g], "mutual", confidence)
        torch.testing.assert_close(log_conf[g].double().exp(), expected, rtol=2e-5, atol=0)


@pytest.mark.parametrize(
    ("form", "confidence", "expected"),
    [
        # S = [[ln 3, 0], [ln 2, 0]]: rows (3/4, 1/4), (2/3, 1/3); columns (3/5, 2/5), (1/2, 1/2)
        ("mutual", "mean", [(3 / 4 * 3 / 5 + 1 / 4 * 1 / 2) / 2, (2 / 3 * 2 / 5 + 1 / 3 * 1 / 2) / 2]),
        ("mutual", "max", [3 / 4 * 3 / 5, 2 / 3 * 2 / 5]),
        ("literal", "mean", [(3 / 4 * 3 / 5 + 1 / 4 * 2 / 5) / 2, (2 / 3 * 1 / 2 + 1 / 3 * 1 / 2) / 2]),
        ("literal", "max", [3 / 4 * 3 / 5, 2 / 3 * 1 / 2]),
    ],
)
def test_a_case_worked_by_hand(form, confidence, expected):
    q = torch.tensor([[[math.log(3)], [math.log(2)]]])
    k = torch.tensor([[[1.0], [0.0]]])
    _, log_conf = attend_with_confidence(q, k, k, form, confidence)
    torch.testing.assert_close(log_conf[0].exp().float(), torch.tensor(expected))
    torch.testing.assert_close(log_confidence(q, k, form, confidence)[0].exp(), torch.tensor(expected))


@pytest.mark.parametrize(("form", "confidence"), FORMS)
@pytest.mark.parametrize("tile", [1, 64, 700])
def test_sizes_that_no_tile_divides(monkeypatch, form, confidence, tile):
    q, k, v = draw(5, 37, 37, 8)
    whole = log_confidence(q, k, form, confidence)
    monkeypatch.setattr(tiled, "CPU_TILE", tile)
    torch.testing.assert_close(log_confidence(q, k, form, confidence), whole)
    _, log_conf = attend_with_confidence(q, k, v, form, confidence)
    torch.testing.assert_close(log_conf.float(), whole, rtol=1e-5, atol=1e-5)
    output, log_conf = attend_with_confidence(q, k, v, form, confidence, "tiled")
    torch.testing.assert_close(log_conf.float(), whole)
    torch.testing.assert_close(output[0].double(), twins.attention(q[0], k[0], v[0]), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("form", "confidence"), FORMS)
@pytest.mark.parametrize("scale", [3.0, 6.0, 8.0, 12.0, 40.0])
def test_extreme_scores_are_exact_because_of_the_guard(form, confidence, scale):
    q, k, v = draw(2, 24, 24, 16, scale=scale)
    _, log_conf = attend_with_confidence(q, k, v, form, confidence)
    S = q.double() @ k.double().mT / 4
    R, L = S.logsumexp(-1), S.logsumexp(-2)
    pairs = 2 * S - L[:, None] if form == "mutual" else S + S.mT - L[..., None]
    expected = (pairs.logsumexp(-1) - math.log(24) if confidence == "mean" else pairs.amax(-1)) - R
    torch.testing.assert_close(log_conf.double(), expected, rtol=1e-5, atol=1e-6 * S.abs().max())


@pytest.mark.parametrize("n", [1, 2, 5, 100])
@pytest.mark.parametrize("phi", [0.0, 0.05, 0.3, 0.5, 0.9, 0.99])
def test_reliable_means_above_the_quantile(n, phi):
    conf = torch.rand(3, n, generator=torch.Generator().manual_seed(n))
    reliable = reliable_queries(conf, phi)
    for row, mask in zip(conf, reliable, strict=True):
        assert mask.tolist() == [x > twins.quantile(row, phi) for x in row.tolist()]


def test_queries_that_tie_with_the_threshold_are_not_reliable():
    assert not reliable_queries(torch.zeros(1, 8), 0.05).any()


@pytest.mark.parametrize("scores_per_call", [0, 10**6], ids=["one by one", "together"])
def test_only_unreliable_rows_are_replaced(monkeypatch, scores_per_call):
    monkeypatch.setattr(dual_softmax, "SCORES_PER_CALL", scores_per_call)
    q, k, v = draw(3, 9, 9, 4)
    reliable = torch.ones(3, 9, dtype=torch.bool)
    reliable[0, [2, 7]] = False
    reliable[2] = False
    output = torch.full((3, 9, 4), 5.0)
    replace_unreliable(output, reliable, q, k, v)
    for g in range(3):
        expected = twins.attention(q[g], k[g], v[g]).float()
        torch.testing.assert_close(output[g][~reliable[g]], expected[~reliable[g]])
        assert (output[g][reliable[g]] == 5.0).all()
