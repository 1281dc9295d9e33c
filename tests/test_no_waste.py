"""What is computed once where once is enough, counted where it is computed."""

import pytest
import tiny
import torch

from direct2v.attention.attach import mapped_layers
from direct2v.engine import DirecT2V

TEXTS = ["a red fox", "a red fox sleeps", "a red fox"]


def shapes_at(module, run):
    """Shapes of the first input of ``module`` while ``run`` runs."""
    seen = []
    hook = module.register_forward_pre_hook(lambda _, args: seen.append(tuple(args[0].shape)))
    try:
        run()
    finally:
        hook.remove()
    return seen


@pytest.fixture(scope="module")
def pipeline():
    return tiny.sd()


def render(pipeline, **settings):
    common = {"seed": 0, "num_inference_steps": 2, "layout": "off", "output_type": "latent"}
    return DirecT2V(pipeline).render(TEXTS, **common | settings)


@pytest.mark.parametrize(("phi", "frames"), [(0.0, 1), (0.05, 3)])
def test_keys_and_values_of_the_one_frame_that_all_read_are_projected_once(pipeline, phi, frames):
    name = min(mapped_layers(pipeline.unet, "last_two")).removesuffix(".processor")
    layer = pipeline.unet.get_submodule(name)
    for projection, expected in ((layer.to_q, 3), (layer.to_k, frames), (layer.to_v, frames)):
        shapes = shapes_at(projection, lambda: render(pipeline, phi=phi, period=1))
        assert [shape[:2] for shape in shapes] == [(2, expected)] * 2  # halves, frames; at each step


def test_each_text_is_encoded_once(pipeline):
    rows = shapes_at(pipeline.text_encoder.final_layer_norm, lambda: render(pipeline))
    assert [shape[0] for shape in rows] == [2, 1]  # of three frames two texts; what not to show


@pytest.mark.parametrize(("frames", "calls"), [(3, [3]), (20, [8, 8, 4])])
def test_frames_are_decoded_in_slices(pipeline, frames, calls):
    latents = torch.zeros(frames, 4, 8, 8)
    backbone = DirecT2V(pipeline).backbone
    shapes = shapes_at(pipeline.vae.decoder, lambda: backbone.decode(latents, "np"))
    assert [shape[0] for shape in shapes] == calls


def test_the_layout_phase_draws_one_frame(pipeline):
    shapes = shapes_at(pipeline.unet, lambda: render(pipeline, num_inference_steps=4, layout="on"))
    rows = [shape[0] for shape in shapes]
    assert set(rows) == {2, 6}  # guidance halves of one frame, then of all
    assert rows == sorted(rows)
