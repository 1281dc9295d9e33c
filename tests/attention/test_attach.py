import pytest
import torch
import twins
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import Attention, AttnProcessor2_0

from direct2v.attention import DualSoftmaxFilter, FrameControl, attach
from direct2v.attention.attach import mapped_layers
from direct2v.attention.processor import MappedAttnProcessor
from direct2v.errors import InputError, SettingsError


@pytest.fixture(scope="module")
def unet():
    torch.manual_seed(0)
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(8, 8, 16),
        layers_per_block=1,
        cross_attention_dim=8,
        attention_head_dim=2,
        norm_num_groups=4,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
    ).eval()


@torch.no_grad()
def predict(unet, frames=3, halves=2):
    generator = torch.Generator().manual_seed(1)
    latents = torch.randn(halves * frames, 4, 8, 8, generator=generator)
    words = torch.randn(halves * frames, 5, 8, generator=generator)
    return unet(latents, 500, encoder_hidden_states=words).sample


def test_the_very_processors_come_back(unet):
    before = dict(unet.attn_processors)
    with attach(unet, layers="all", dual_softmax=DualSoftmaxFilter()):
        inside = unet.attn_processors
        mapped = {name for name, processor in inside.items() if isinstance(processor, MappedAttnProcessor)}
        assert mapped == {name for name in before if "attn1" in name}
        assert all(inside[name] is before[name] for name in set(before) - mapped)
    after = unet.attn_processors
    assert list(after) == list(before)
    assert all(after[name] is before[name] for name in before)


def test_they_come_back_after_an_exception_too(unet):
    before = dict(unet.attn_processors)
    with pytest.raises(KeyboardInterrupt), attach(unet):
        raise KeyboardInterrupt
    assert all(unet.attn_processors[name] is processor for name, processor in before.items())


@pytest.mark.parametrize("references", [(0,), (0, 1, 2)])
def test_without_a_mapping_the_denoiser_is_stock_bit_for_bit(unet, references):
    stock = predict(unet)
    with attach(unet, layers="all", dual_softmax=DualSoftmaxFilter(phi=0.5)) as control:
        control.references = references
        assert torch.equal(predict(unet), stock)
    assert torch.equal(predict(unet), stock)


def test_mapping_filter_and_layers_all_change_the_prediction(unet):
    results = [predict(unet)]
    for layers in ("last_two", "all"):
        for phi in (0.0, 0.05, 0.9):
            for references in ((0, 0, 0), (2, 2, 2)):
                with attach(unet, layers=layers, dual_softmax=DualSoftmaxFilter(phi=phi)) as control:
                    control.references = references
                    results.append(predict(unet))
    for index, a in enumerate(results):
        assert all(not torch.allclose(a, b, atol=1e-5) for b in results[index + 1 :])


def test_the_last_two_blocks_are_counted_from_the_end(unet):
    assert {name.split(".")[1] for name in mapped_layers(unet, "last_two")} == {"1", "2"}


def test_a_batch_that_does_not_hold_the_frames_is_refused(unet):
    with attach(unet) as control:
        control.references = (0, 0, 0, 0)
        with pytest.raises(InputError, match="batch of 6, which is no multiple of 4 frames"):
            predict(unet)


def test_a_denoiser_without_self_attention_is_refused():
    plain = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(8, 8),
        norm_num_groups=4,
        layers_per_block=1,
        cross_attention_dim=8,
        attention_head_dim=2,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D"),
    )
    with pytest.raises(SettingsError, match="no self-attention in its last two up blocks; try layers='all'"):
        mapped_layers(plain, "last_two")


def slow_layer(attn, hidden, references, dual_softmax):
    """One self-attention layer frame by frame and head by head; hidden [guidance, F, N, C]."""
    halves, frames, num_tokens, channels = hidden.shape
    d = channels // attn.heads
    q, k, v = (
        layer(hidden).view(halves, frames, num_tokens, attn.heads, d)
        for layer in (attn.to_q, attn.to_k, attn.to_v)
    )
    out = torch.zeros_like(q, dtype=torch.float64)
    conf = torch.zeros(halves, frames, attn.heads, num_tokens, dtype=torch.float64)
    for g in range(halves):
        for t, r in enumerate(references):
            for h in range(attn.heads):
                out[g, t, :, h] = twins.attention(q[g, t, :, h], k[g, r, :, h], v[g, r, :, h])
                conf[g, t, h] = twins.confidence(
                    q[g, t, :, h], k[g, r, :, h], dual_softmax.form, dual_softmax.confidence
                )
    for g in range(halves):
        for t, r in enumerate(references):
            pool = conf if dual_softmax.scope == "call" else conf[g, t]
            threshold = twins.quantile(pool.flatten(), dual_softmax.phi)
            for h in range(attn.heads):
                own = twins.attention(q[g, t, :, h], k[g, t, :, h], v[g, t, :, h])
                for i in range(num_tokens):
                    if dual_softmax.phi > 0 and r != t and not conf[g, t, h, i] > threshold:
                        out[g, t, i, h] = own[i]
    return attn.to_out[0](out.flatten(3).float())


@torch.no_grad()
@pytest.mark.parametrize("references", [(1, 1, 1), (0, 0, 1), (2, 0, 1)])
@pytest.mark.parametrize("form", ["mutual", "literal"])
@pytest.mark.parametrize("scope", ["frame", "call"])
@pytest.mark.parametrize("phi", [0.0, 0.3])
def test_a_whole_layer_agrees_with_the_slow_twin(references, form, scope, phi):
    torch.manual_seed(3)
    attn = Attention(query_dim=8, heads=2, dim_head=4)
    hidden = torch.randn(2, 3, 7, 8) * 2
    dual_softmax = DualSoftmaxFilter(phi=phi, form=form, scope=scope)
    processor = MappedAttnProcessor(AttnProcessor2_0(), FrameControl(references), dual_softmax)
    result = processor(attn, hidden.flatten(0, 1))
    expected = slow_layer(attn, hidden, references, dual_softmax).flatten(0, 1)
    torch.testing.assert_close(result, expected, rtol=0, atol=2e-5)


@torch.no_grad()
@pytest.mark.parametrize("scope", ["frame", "call"])
def test_a_frame_that_reads_itself_is_not_filtered(scope):
    torch.manual_seed(3)
    attn = Attention(query_dim=8, heads=2, dim_head=4)
    hidden = torch.randn(6, 7, 8)
    processor = MappedAttnProcessor(
        AttnProcessor2_0(), FrameControl((1, 1, 1)), DualSoftmaxFilter(phi=0.9, scope=scope)
    )
    plain = AttnProcessor2_0()(attn, hidden)
    torch.testing.assert_close(processor(attn, hidden)[[1, 4]], plain[[1, 4]])
