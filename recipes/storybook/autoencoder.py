"""Trains the autoencoder of the storybook model: 64 x 64 pictures <-> latents of 4 x 16 x 16.

No posterior sampling and no KL term: a little fixed noise on the latents keeps them smooth. At the end the
latents' mean and scale are folded into quant_conv and post_quant_conv, so that `scaling_factor` is 1 and
latents have unit variance. `--decoder-only` resumes with the encoder frozen, so that a trained UNet stays
valid.
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
from diffusers import AutoencoderKL
from torch import Tensor
from torch.nn import functional as F

LATENT_NOISE = 0.05
BATCH = 8


def build() -> AutoencoderKL:
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        latent_channels=4,
        block_out_channels=(24, 48, 80),
        layers_per_block=1,
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        norm_num_groups=8,
        mid_block_add_attention=False,
        sample_size=64,
        scaling_factor=1.0,
    )


def loss_of(made: Tensor, real: Tensor, subjects: Tensor) -> Tensor:
    weight = (
        1 + 3 * subjects + 1.5 * (real.mean((1, 2, 3), keepdim=True) < -0.35)
    )  # dark pictures lose detail first
    l1 = (weight * (made - real).abs()).mean()
    l2 = (weight * (made - real) ** 2).mean()
    edges = sum(F.l1_loss(made.diff(dim=d), real.diff(dim=d)) for d in (2, 3))
    return l1 + 2 * l2 + 0.3 * edges


def psnr(made: Tensor, real: Tensor) -> float:
    """In dB over pictures in -1..1."""
    return float(10 * torch.log10(4 / F.mse_loss(made.clamp(-1, 1), real)))


@torch.no_grad()
def fold(vae: AutoencoderKL, real: Tensor) -> None:
    """Makes the latents of `real` zero-mean and unit-variance per channel, decoding unchanged."""
    latents = vae.encode(real).latent_dist.mean
    mean, std = latents.mean((0, 2, 3)), latents.std((0, 2, 3))
    quant, post = vae.quant_conv, vae.post_quant_conv
    quant.weight[:4] /= std[:, None, None, None]
    quant.bias[:4] = (quant.bias[:4] - mean) / std
    quant.weight[4:] = 0.0  # the posterior is (nearly) a point
    quant.bias[4:] = -12.0
    post.bias += (post.weight[:, :, 0, 0] * mean).sum(1)
    post.weight *= std[None, :, None, None]


def train(rank: int, args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    path, final = args.work / "autoencoder.pt", args.work / "vae"
    vae = AutoencoderKL.from_pretrained(final) if args.decoder_only else build()
    path = path.with_stem("decoder") if args.decoder_only else path
    vae = vae.to(args.device, memory_format=torch.channels_last)
    frozen = (vae.encoder, vae.quant_conv) if args.decoder_only else ()
    for module in frozen:
        module.requires_grad_(False)
    matrices, rest = split_parameters(
        vae, ("encoder.conv_in", "decoder.conv_out", "quant_conv", "post_quant_conv")
    )
    matrices, rest = [[p for p in group if p.requires_grad] for group in (matrices, rest)]
    optimizer = Optimizer(
        matrices, [{"params": rest, "lr": 1e-3}], muon_rate=0.01 if not args.decoder_only else 0.004
    )
    average = Average([vae], 0.997)
    state = load_checkpoint(path)
    clock = Clock(args.minutes, state["seconds"] if state else 0.0)
    step = 0
    if state:
        vae.load_state_dict(state["model"])
        optimizer.load(state["optimizer"])
        average.mean, average.count, step = state["average"], state["step"], state["step"]
    rng = random.Random(f"autoencoder {args.seed} {rank} {step} {args.decoder_only}")
    held_out = draw_scenes(random.Random("held out"), 96)
    while (progress := clock.progress()) < 1:
        scenes = draw_scenes(rng, BATCH)
        real = pictures(scenes, rng).to(args.device, memory_format=torch.channels_last)
        subjects = masks(scenes).to(args.device)
        # fp32: at these widths bf16 autocast takes 1.7 times as long on a CPU.
        latents = vae.quant_conv(vae.encoder(real))[:, :4]
        noise = LATENT_NOISE * latents.detach().std() * torch.randn_like(latents)
        loss = loss_of(vae.decoder(vae.post_quant_conv(latents + noise)), real, subjects)
        loss.backward()
        optimizer.step(learning_rate(progress, cool_from=0.5))
        average.update()
        step += 1
        if step % 200 == 0 and rank == 0:
            save_checkpoint(
                path,
                {
                    "model": vae.state_dict(),
                    "optimizer": optimizer.state(),
                    "average": average.mean,
                    "step": step,
                    "seconds": clock.seconds(),
                },
            )
        if step % 50 == 0:
            say(
                rank,
                f"{clock.seconds():6.0f} s  pictures {step * BATCH * args.procs}  loss {loss.item():.4f}",
            )
        if step % 500 == 0 and rank == 0:
            evaluate(vae, average, held_out)
    if rank == 0:
        average.swap()
        if not args.decoder_only:
            fold(vae.cpu(), pictures(draw_scenes(random.Random("fold"), 512), random.Random(0)))
        print(f"held out: {psnr(roundtrip(vae, held_out), pictures(held_out, random.Random(0))):.2f} dB")
        vae.save_pretrained(final)


@torch.no_grad()
def roundtrip(vae: AutoencoderKL, scenes: list) -> Tensor:
    latents = vae.encode(pictures(scenes, random.Random(0)).to(vae.device)).latent_dist.mode()
    return vae.decode(latents).sample.cpu()


def evaluate(vae: AutoencoderKL, average: Average, scenes: list) -> None:
    average.swap()
    print(
        f"        held out {psnr(roundtrip(vae, scenes), pictures(scenes, random.Random(0))):.2f} dB",
        flush=True,
    )
    average.swap()


if __name__ == "__main__":
    options = parser(__doc__ or "", minutes=None)
    options.add_argument(
        "--decoder-only", action="store_true", help="refine the decoder of a finished autoencoder"
    )
    arguments = options.parse_args()
    if arguments.minutes is None:
        arguments.minutes = MINUTES["decoder" if arguments.decoder_only else "autoencoder"]
    launch(train, arguments)
