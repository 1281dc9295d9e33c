"""Trains the reader: pictures of the storybook world -> scene attributes.

The pictures are drawn with their own seeds and spoilt as a generator spoils them: blur, soft edges, noise,
shifted colours and brightness.
"""

from __future__ import annotations

import argparse
import random

import torch
from common import (
    MINUTES,
    Clock,
    Optimizer,
    accuracy,
    draw_scenes,
    heads_loss,
    launch,
    learning_rate,
    parser,
    pictures,
    say,
    split_parameters,
    stack_targets,
    targets,
)
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from direct2v.storybook.reader import SceneReader

BATCH = 64


def spoil(clean: Tensor) -> Tensor:
    """[B, 3, 64, 64]: each picture blurred, tinted and made noisy by its own amounts."""
    count = len(clean)

    def amount(high: float) -> Tensor:
        return high * torch.rand(count, 1, 1, 1)

    soft = F.avg_pool2d(F.pad(clean, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    coarse = F.interpolate(F.avg_pool2d(clean, 2), scale_factor=2, mode="bilinear")
    out = torch.lerp(clean, soft, amount(0.9))
    out = torch.lerp(out, coarse, amount(0.7))
    out = out * (1 + 0.12 * torch.randn(count, 3, 1, 1)) + 0.06 * torch.randn(count, 3, 1, 1)
    return (out + amount(0.15) * torch.randn_like(out)).clamp(-1, 1)


def train(rank: int, args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    model = SceneReader().to(args.device)
    matrices, rest = split_parameters(model, ("heads",))
    optimizer = Optimizer(matrices, [{"params": rest, "lr": 2e-3}], muon_rate=0.01)
    torch.manual_seed(args.seed + rank + 1)
    rng = random.Random(f"reader {args.seed} {rank}")
    clock, step = Clock(args.minutes), 0
    while (progress := clock.progress()) < 1:
        scenes = draw_scenes(rng, BATCH // args.procs)
        truth = {field: t.to(args.device) for field, t in stack_targets([targets(s) for s in scenes]).items()}
        logits = model(spoil(pictures(scenes, rng)).to(args.device))
        loss = heads_loss(logits, truth)
        loss.backward()
        optimizer.step(learning_rate(progress))
        step += 1
        if step % 100 == 0:
            right = "  ".join(f"{k} {v:.2f}" for k, v in accuracy(logits, truth).items())
            say(rank, f"{clock.seconds():5.0f} s  step {step}  loss {loss.item():.3f}  {right}")
    if rank == 0:
        model = model.cpu().eval()
        weights = {name: t.half() for name, t in model.state_dict().items()}
        save_file(weights, args.work / "reader.safetensors")
        scenes = draw_scenes(random.Random("reader held out"), 1000)
        with torch.inference_mode():
            logits = model(pictures(scenes, random.Random(1)))
        right = accuracy(logits, stack_targets([targets(s) for s in scenes]))
        print("held out, 1000 clean pictures: " + "  ".join(f"{k} {v:.4f}" for k, v in right.items()))


if __name__ == "__main__":
    launch(train, parser(__doc__ or "", minutes=MINUTES["reader"]).parse_args())
