"""Models to measure: the embedded one, a checkpoint of yours, or shapes of Stable Diffusion without training.

Speed and memory depend on shapes alone, so random weights do where there are no trained ones.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

import torch
from harness import ROOT

sys.path.insert(0, str(ROOT / "tests"))

import tiny
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextModel

from direct2v.engine import DirecT2V

TEXTS: Final = tuple(
    f"a red car on the {position}, a city street, {hour}, {weather}"
    for hour, weather in (("day", "clear sky"), ("sunset", "clear sky"), ("dusk", "rain"), ("night", "snow"))
    for position in ("left", "right")
)
"""Prompts of a video; with more frames they come again."""


def texts_of(num_frames: int) -> list[str]:
    """One prompt for each frame."""
    return [TEXTS[number % len(TEXTS)] for number in range(num_frames)]


def engine_of(model: str, device: str) -> DirecT2V:
    """The model of that name, folder or file, on the device; random ones in float16 on a GPU, as others."""
    if model not in RANDOM:
        return DirecT2V.from_pretrained(model, device=device)
    pipeline = RANDOM[model]()
    pipeline.set_progress_bar_config(disable=True)
    return DirecT2V(pipeline.to(device, torch.float32 if device == "cpu" else torch.float16))


def small_sd() -> Any:
    """Stable Diffusion 1.x as to levels, attention and decoding to 8 pixels a latent; narrow and shallow."""
    return tiny.sd(
        sample_size=32, block_out_channels=(64, 128, 128, 128), attention_head_dim=2, norm_num_groups=16
    )


def sd15() -> Any:
    """Stable Diffusion 1.5 with random weights, and a vocabulary of bytes."""
    pipeline = tiny.sd()
    tokenizer = pipeline.tokenizer
    with torch.random.fork_rng():
        torch.manual_seed(0)
        pipeline.text_encoder = CLIPTextModel(
            tiny._clip(
                tokenizer,
                hidden_size=768,
                intermediate_size=3072,
                num_attention_heads=12,
                num_hidden_layers=12,
            )
        ).eval()
        pipeline.unet = UNet2DConditionModel(
            sample_size=64, cross_attention_dim=768, attention_head_dim=8
        ).eval()
        pipeline.vae = AutoencoderKL(
            block_out_channels=(128, 256, 512, 512),
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=2,
            latent_channels=4,
            sample_size=512,
        ).eval()
    return pipeline


RANDOM: Final[Mapping[str, Callable[[], Any]]] = {"small-random": small_sd, "sd15-random": sd15}
"""Names that ``--model`` takes besides those of direct2v."""
