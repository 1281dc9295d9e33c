"""Trains the denoiser of the storybook model, and the text encoder with it.

A stock UNet2DConditionModel with self-attention at 16x16, 8x8 and 4x4, so that value mapping and filtering
have tokens to act on. v-prediction, scaled-linear betas rescaled to zero terminal SNR, trailing timesteps.
Scenes are encoded once; their captions are drawn anew at each visit.
"""

from __future__ import annotations

import argparse
import random

import torch
from common import (
    MINUTES,
    Average,
    Clock,
    Optimizer,
    draw_scenes,
    launch,
    learning_rate,
    load_checkpoint,
    masks,
    parser,
    pictures,
    save_checkpoint,
    say,
    split_parameters,
)
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from text_encoder import encode
from torch import Tensor
from torch.nn import functional as F
from transformers import CLIPTextModel, CLIPTokenizer

from direct2v.storybook.captions import paraphrase
from direct2v.storybook.scene import Scene

BATCH = 32
NUM_SCENES = 14_000
CAPTION_DROP = 0.10


def build() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=4,
        out_channels=4,
        layers_per_block=1,
        block_out_channels=(64, 128, 160),
        down_block_types=("CrossAttnDownBlock2D",) * 3,
        up_block_types=("CrossAttnUpBlock2D",) * 3,
        mid_block_type="UNetMidBlock2DCrossAttn",
        attention_head_dim=(2, 4, 5),
        cross_attention_dim=128,
        norm_num_groups=16,
    )


def scheduler() -> DDIMScheduler:
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        steps_offset=1,
        clip_sample=False,
        set_alpha_to_one=True,
    )


@torch.no_grad()
def encode_scenes(
    vae: AutoencoderKL, scenes: list[Scene], rng: random.Random, device: str
) -> tuple[Tensor, Tensor]:
    """(latents [n, 4, 16, 16], loss weights [n, 1, 16, 16]: more where the subjects are)."""
    latents, weights = [], []
    for start in range(0, len(scenes), 64):
        part = scenes[start : start + 64]
        latents.append(vae.encode(pictures(part, rng).to(device)).latent_dist.mode())
        weights.append(1 + 4 * F.max_pool2d(masks(part), 4).to(device))
    return torch.cat(latents), torch.cat(weights)


def draw_timesteps(count: int) -> Tensor:
    """Biased to high noise, where layout and content are decided."""
    return (999 * (1 - torch.rand(count) ** 1.5)).round().long()


def train(rank: int, args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    tokenizer = CLIPTokenizer.from_pretrained(args.work / "tokenizer")
    text = (
        CLIPTextModel.from_pretrained(args.work / "text_encoder_pretrained", dtype=torch.float32)
        .to(args.device)
        .train()
    )
    vae = AutoencoderKL.from_pretrained(args.work / "vae").to(args.device)
    unet = build().to(args.device, memory_format=torch.channels_last)
    unet.set_attn_processor(
        AttnProcessor()
    )  # on a CPU its backward is faster than scaled_dot_product_attention's
    matrices, rest = split_parameters(unet, ("conv_in", "conv_out"))
    optimizer = Optimizer(
        matrices, [{"params": rest, "lr": 1e-3}, {"params": list(text.parameters()), "lr": 5e-4}], 0.02
    )
    average = Average([unet, text], 0.997)
    path = args.work / "unet.pt"
    state = load_checkpoint(path)
    clock, step = Clock(args.minutes, state["seconds"] if state else 0.0), 0
    if state:
        unet.load_state_dict(state["unet"])
        text.load_state_dict(state["text"])
        optimizer.load(state["optimizer"])
        average.mean, average.count, step = state["average"], state["step"], state["step"]
    torch.manual_seed(args.seed + 1000 * rank + step)
    rng = random.Random(f"unet {args.seed} {rank} {step}")
    scenes = draw_scenes(random.Random(f"unet scenes {args.seed} {rank}"), NUM_SCENES)
    latents, weights = encode_scenes(vae, scenes, random.Random(rank), args.device)
    say(
        rank,
        f"{clock.seconds():6.0f} s  encoded; latents have std {float(latents.std()):.2f}",
    )
    noise_schedule = scheduler()
    running = 0.0
    while (progress := clock.progress()) < 1:
        chosen = [rng.randrange(NUM_SCENES) for _ in range(BATCH)]
        captions = ["" if rng.random() < CAPTION_DROP else paraphrase(scenes[i], rng)[0] for i in chosen]
        clean = latents[chosen]
        noise, timesteps = torch.randn_like(clean), draw_timesteps(BATCH).to(args.device)
        noisy = noise_schedule.add_noise(clean, noise, timesteps).to(memory_format=torch.channels_last)
        wanted = noise_schedule.get_velocity(clean, noise, timesteps)
        with torch.autocast(args.device, torch.bfloat16, enabled=args.bf16):
            states = text(encode(tokenizer, captions).to(args.device)).last_hidden_state
            made = unet(noisy, timesteps, states).sample
        loss = (weights[chosen] * (made.float() - wanted) ** 2).mean()
        loss.backward()
        optimizer.step(learning_rate(progress))
        average.update()
        step += 1
        running += (loss.item() - running) / min(step, 100)
        if step % 20 == 0:
            say(
                rank,
                f"{clock.seconds():6.0f} s  samples {step * BATCH * args.procs}  loss {running:.4f}",
            )
        if step % 200 == 0 and rank == 0:
            save_checkpoint(
                path,
                {
                    "unet": unet.state_dict(),
                    "text": text.state_dict(),
                    "optimizer": optimizer.state(),
                    "average": average.mean,
                    "step": step,
                    "seconds": clock.seconds(),
                },
            )
    if rank == 0:
        average.swap()
        unet.save_pretrained(args.work / "unet")
        text.save_pretrained(args.work / "text_encoder")


if __name__ == "__main__":
    options = parser(__doc__ or "", minutes=MINUTES["unet"])
    options.add_argument(
        "--bf16", action=argparse.BooleanOptionalAction, default=False, help="autocast to bfloat16"
    )
    launch(train, options.parse_args())
