"""What the storybook recipes share: two single-thread processes, Muon, EMA, resumable checkpoints, scene
targets.

On a CPU, two single-thread processes with one flat gloo all-reduce beat one process with two threads by far,
so every training here is data-parallel over `--procs` processes. On one GPU, use `--procs 1 --device cuda`.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor, nn

from direct2v.storybook import render, scene
from direct2v.storybook.reader import GLOBAL_FIELDS, SUBJECT_FIELDS
from direct2v.storybook.sampling import random_scene
from direct2v.storybook.scene import Scene

IGNORE = -100
"""Cross-entropy target of an attribute that is absent or not stated."""


MINUTES = {"autoencoder": 13, "text_encoder": 2.5, "reader": 4, "unet": 48, "decoder": 9}
"""How long each stage of the shipped model was trained, with two processes."""


def parser(doc: str, minutes: float | None) -> argparse.ArgumentParser:
    """The options that every recipe takes."""
    out = argparse.ArgumentParser(description=doc, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    out.add_argument(
        "--work", type=Path, default=Path("build/storybook"), help="checkpoints and finished parts"
    )
    out.add_argument("--minutes", type=float, default=minutes, help="training time, over all resumptions")
    out.add_argument("--procs", type=int, default=2, help="processes, one thread each")
    out.add_argument("--device", default="cpu", help="cpu or cuda")
    out.add_argument("--seed", type=int, default=0)
    return out


def launch(train: Callable[[int, argparse.Namespace], None], args: argparse.Namespace) -> None:
    """Runs `train(rank, args)` in `args.procs` processes that can all-reduce."""
    args.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        args.rendezvous = f"file://{folder}/rendezvous"
        if args.procs == 1:
            _entry(0, train, args)
        else:
            os.environ["OMP_NUM_THREADS"] = "1"
            mp.spawn(_entry, (train, args), nprocs=args.procs)


def _entry(rank: int, train: Callable[[int, argparse.Namespace], None], args: argparse.Namespace) -> None:
    if args.procs > 1:
        torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=args.rendezvous, rank=rank, world_size=args.procs)
    torch.manual_seed(args.seed * 1000 + rank)
    try:
        train(rank, args)
    finally:
        dist.destroy_process_group()


def say(rank: int, text: str) -> None:
    """One line of progress, from the first process only."""
    if rank == 0:
        print(text, flush=True)
        sys.stdout.flush()


class Clock:
    """Training time over all resumptions; every process follows the first one's."""

    def __init__(self, minutes: float, spent: float = 0.0) -> None:
        self.total, self.spent, self.start = minutes * 60, spent, time.monotonic()

    def seconds(self) -> float:
        return self.spent + time.monotonic() - self.start

    def progress(self) -> float:
        """0 at the start, 1 at the end, equal in all processes."""
        shared = torch.tensor([self.seconds() / self.total])
        dist.broadcast(shared, 0)
        return min(float(shared), 1.0)


def learning_rate(progress: float, cool_from: float = 0.6, warm_until: float = 0.01) -> float:
    """Short warm-up, flat, then a linear cool-down to zero."""
    return min(progress / warm_until, 1.0, max((1 - progress) / (1 - cool_from), 0.0)) + 1e-4


def _orthogonalize(update: Tensor, steps: int = 5) -> Tensor:
    """The nearest (semi-)orthogonal matrix, by the quintic Newton-Schulz iteration of Muon (Jordan, 2024)."""
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = update.shape[0] > update.shape[1]
    matrix = update.T if tall else update  # fp32: CPUs without bf16 tile units multiply bf16 more slowly
    matrix = matrix / (matrix.norm() + 1e-7)
    for _ in range(steps):
        gram = matrix @ matrix.T
        matrix = a * matrix + (b * gram + c * gram @ gram) @ matrix
    return matrix.T if tall else matrix


class Optimizer:
    """Muon on matrices and convolutions, AdamW on the rest; Muon is sharded over the processes."""

    def __init__(self, matrices: list[nn.Parameter], rest: list[dict[str, Any]], muon_rate: float) -> None:
        self.matrices, self.muon_rate = matrices, muon_rate
        self.matrices.sort(key=lambda p: -p.numel())  # so that alternating shares them evenly
        self.momenta = [torch.zeros_like(p) for p in matrices]
        self.adam = torch.optim.AdamW(rest, betas=(0.9, 0.98), weight_decay=0.0)
        self.base_rates = [group["lr"] for group in self.adam.param_groups]
        self.everything = matrices + [p for group in self.adam.param_groups for p in group["params"]]

    def step(self, scale: float) -> None:
        """Applies the gradients at `scale` times the base learning rates, then clears them."""
        rank, world = dist.get_rank(), dist.get_world_size()
        if world > 1:
            _all_reduce([p.grad for p in self.everything if p.grad is not None], 1 / world)
        for group, rate in zip(self.adam.param_groups, self.base_rates, strict=True):
            group["lr"] = rate * scale
        self.adam.step()
        updates = []
        for index, (p, momentum) in enumerate(zip(self.matrices, self.momenta, strict=True)):
            momentum.lerp_(p.grad, 0.05)
            update = torch.zeros_like(p)
            if index % world == rank:
                flat = p.grad.lerp(momentum, 0.95).flatten(1)
                gain = max(1.0, flat.shape[0] / flat.shape[1]) ** 0.5
                update = (_orthogonalize(flat) * gain).view_as(p).contiguous()
            updates.append(update)
        if world > 1:
            _all_reduce(updates, 1.0)
        with torch.no_grad():
            for p, update in zip(self.matrices, updates, strict=True):
                p.mul_(1 - 0.01 * scale * self.muon_rate).add_(update, alpha=-self.muon_rate * scale)
        for p in self.everything:
            p.grad = None

    def state(self) -> dict[str, Any]:
        return {"momenta": self.momenta, "adam": self.adam.state_dict()}

    def load(self, state: dict[str, Any]) -> None:
        self.adam.load_state_dict(state["adam"])
        for mine, theirs in zip(self.momenta, state["momenta"], strict=True):
            mine.copy_(theirs)


def _all_reduce(tensors: list[Tensor], scale: float) -> None:
    flat = torch.cat([t.reshape(-1) for t in tensors])
    dist.all_reduce(flat)
    for t, part in zip(tensors, flat.split([t.numel() for t in tensors]), strict=True):
        t.copy_(part.view_as(t)).mul_(scale)


def split_parameters(
    module: nn.Module, not_muon: Iterable[str] = ()
) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """(matrices and convolutions for Muon, the rest and names starting with `not_muon` for AdamW)."""
    matrices, rest = [], []
    for name, p in module.named_parameters():
        (matrices if p.ndim >= 2 and not name.startswith(tuple(not_muon)) else rest).append(p)
    return matrices, rest


class Average:
    """Exponential moving average of a module's parameters."""

    def __init__(self, modules: Iterable[nn.Module], decay: float) -> None:
        self.live = [p for module in modules for p in module.parameters()]
        self.mean = [p.detach().clone() for p in self.live]
        self.decay, self.count = decay, 0

    @torch.no_grad()
    def update(self) -> None:
        self.count += 1
        decay = min(self.decay, (1 + self.count) / (10 + self.count))
        torch._foreach_lerp_(self.mean, self.live, 1 - decay)

    @torch.no_grad()
    def swap(self) -> None:
        """Exchanges the live parameters and their mean, for evaluation or saving."""
        for mine, live in zip(self.mean, self.live, strict=True):
            kept = live.detach().clone()
            live.copy_(mine)
            mine.copy_(kept)


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Written whole or not at all."""
    torch.save(state, path.with_suffix(".tmp"))
    os.replace(path.with_suffix(".tmp"), path)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    return torch.load(path, weights_only=True) if path.exists() else None


def pictures(scenes: list[Scene], rng: random.Random) -> Tensor:
    """[B, 3, 64, 64] in -1..1."""
    stack = np.stack([render.render(s, rng.randrange(render.NUM_VARIANTS)) for s in scenes])
    return torch.from_numpy(stack).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def masks(scenes: list[Scene]) -> Tensor:
    """[B, 1, 64, 64] in 0..1: where the subjects are."""
    return torch.from_numpy(np.stack([render.subject_mask(s) for s in scenes]))[:, None].float()


def draw_scenes(rng: random.Random, count: int) -> list[Scene]:
    return [random_scene(rng) for _ in range(count)]


def targets(scene_: Scene) -> dict[str, list[int]]:
    """Class indices: one per global field; for `present` and every subject field one per kind."""
    out = {
        "place": [scene.PLACES.index(scene_.place)],
        "time": [scene.TIMES.index(scene_.time)],
        "weather": [scene.WEATHERS.index(scene_.weather)],
        "sun": [GLOBAL_FIELDS["sun"].index(scene_.sun or "none")],
        "present": [0] * len(scene.KINDS),
    }
    out |= {field: [IGNORE] * len(scene.KINDS) for field in SUBJECT_FIELDS}
    for subject in scene_.subjects:
        kind = scene.KINDS.index(subject.kind)
        out["present"][kind] = 1
        for field, names in SUBJECT_FIELDS.items():
            value = getattr(subject, field)
            if value is not None:
                out[field][kind] = names.index(value)
    return out


def stack_targets(rows: list[dict[str, list[int]]]) -> dict[str, Tensor]:
    return {field: torch.tensor([row[field] for row in rows]) for field in rows[0]}


def heads_loss(logits: dict[str, Tensor], truth: dict[str, Tensor]) -> Tensor:
    losses = []
    for field, values in logits.items():
        wanted = truth[field].flatten()
        if (wanted != IGNORE).any():
            losses.append(nn.functional.cross_entropy(values.flatten(0, 1), wanted, ignore_index=IGNORE))
    return torch.stack(losses).sum()


def accuracy(logits: dict[str, Tensor], truth: dict[str, Tensor]) -> dict[str, float]:
    """Share of right answers per field; `present` counts scenes in which every kind is right."""
    out = {}
    for field, values in logits.items():
        wanted = truth[field].cpu()
        right, known = values.argmax(-1).cpu() == wanted, wanted != IGNORE
        out[field] = float(right.all(1).float().mean() if field == "present" else right[known].float().mean())
    return out
