"""What the storybook recipes share: options, processes, streams of scenes, Muon, averages, checkpoints.

On a CPU, two single-thread processes with one flat gloo all-reduce beat one process with two threads by far,
so every training here is data-parallel over `--procs` processes. On one GPU, `--device cuda` takes one
process, and `--workers` draw and render for it.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from direct2v.storybook.world.attributes import IGNORE
from direct2v.storybook.world.render import render, subject_masks
from direct2v.storybook.world.sampling import random_scene
from direct2v.storybook.world.scene import Scene

SAVE_SECONDS = 120
"""Between two checkpoints, by the clock on the wall."""
LOOK_SECONDS = 300
"""Between two looks at the quality so far, in training time: they take some of it."""


def parser(doc: str | None, minutes: float, batch: int) -> argparse.ArgumentParser:
    """The options that every recipe takes."""
    out = argparse.ArgumentParser(description=doc, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    out.add_argument("--work", type=Path, default=Path("build/storybook"), help="checkpoints, finished parts")
    out.add_argument("--minutes", type=float, default=minutes, help="training time (processor time on a CPU)")
    out.add_argument("--batch", type=int, default=batch, help="samples a step and process")
    out.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    out.add_argument("--procs", type=int, help="processes of one thread each (2 on cpu, 1 on cuda)")
    out.add_argument("--workers", type=int, help="processes that draw scenes (0 on cpu, 12 on cuda)")
    out.add_argument("--seed", type=int, default=0)
    return out


@dataclass(frozen=True)
class Team:
    """The processes that train together; this one is number `rank` of `size`."""

    rank: int
    size: int

    def add(self, tensors: list[Tensor], scale: float = 1.0) -> None:
        """Sums tensors over the processes, in place and in one exchange, then scales them."""
        if self.size == 1:
            return
        flat = torch.cat([t.reshape(-1) for t in tensors])
        dist.all_reduce(flat)
        for t, part in zip(tensors, flat.mul_(scale).split([t.numel() for t in tensors]), strict=True):
            t.copy_(part.view_as(t))

    def agree(self, value: float) -> float:
        """The value of the first process, in all of them."""
        if self.size == 1:
            return value
        shared = torch.tensor([value], dtype=torch.float64)
        dist.broadcast(shared, 0)
        return float(shared)

    def say(self, text: str) -> None:
        """A line of progress, from the first process only."""
        if self.rank == 0:
            print(text, flush=True)


Train = Callable[[Team, argparse.Namespace], None]


def launch(train: Train, args: argparse.Namespace) -> None:
    """Runs `train(team, args)` in every process."""
    args.procs = args.procs or (2 if args.device == "cpu" else 1)
    args.workers = args.workers if args.workers is not None else (0 if args.device == "cpu" else 12)
    args.work.mkdir(parents=True, exist_ok=True)
    torch.set_float32_matmul_precision("high")
    if args.procs == 1:
        torch.manual_seed(args.seed)
        train(Team(0, 1), args)
        return
    os.environ["OMP_NUM_THREADS"] = "1"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the processes end with this one
    with tempfile.TemporaryDirectory() as folder:
        mp.spawn(_join, (train, args, f"file://{folder}/rendezvous"), nprocs=args.procs, daemon=True)


def _join(rank: int, train: Train, args: argparse.Namespace, rendezvous: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=rendezvous, rank=rank, world_size=args.procs)
    torch.manual_seed(args.seed)  # equal weights everywhere; recipes reseed with `reseed` afterwards
    try:
        train(Team(rank, args.procs), args)
    finally:
        dist.destroy_process_group()


class _Endless(IterableDataset[Any]):
    def __init__(self, make: Callable[[random.Random], Any], name: str) -> None:
        self.make, self.name = make, name

    def __iter__(self) -> Iterator[Any]:
        worker = get_worker_info()
        rng = random.Random(f"{self.name} {worker.id if worker else 0}")
        while True:
            yield self.make(rng)


def stream(
    make: Callable[[random.Random], Any], args: argparse.Namespace, team: Team, samples: int
) -> Iterator[Any]:
    """Endless batches of `make(rng)`; other ones in every process and after every resumption."""
    torch.manual_seed(args.seed + 7919 * team.rank + samples)
    name = f"{make.__module__} {args.seed} {team.rank} {samples}"
    return iter(DataLoader(_Endless(make, name), batch_size=None, num_workers=args.workers))


class Clock:
    """Training time over all resumptions; every process follows the first one's.

    On a CPU it is processor time, so that a training whose cores are busy with other work takes longer but
    comes to the same.
    """

    def __init__(self, team: Team, args: argparse.Namespace, state: dict[str, Any] | None) -> None:
        self.team, self.total = team, args.minutes * 60
        self.now = time.process_time if args.device == "cpu" else time.monotonic
        self.start = self.now() - (state["seconds"] if state else 0.0)
        self.saved, self.looked = time.monotonic(), self.seconds()

    def seconds(self) -> float:
        return self.now() - self.start

    def progress(self) -> float:
        """0 at the start, 1 at the end, equal in all processes."""
        return min(self.team.agree(self.seconds() / self.total), 1.0)

    def save_now(self) -> bool:
        """Whether it is the first process's time to write a checkpoint."""
        if self.team.rank or time.monotonic() - self.saved < SAVE_SECONDS:
            return False
        self.saved = time.monotonic()
        return True

    def look_now(self) -> bool:
        """Whether it is the first process's time to write the parts so far and to measure them."""
        if self.team.rank or self.seconds() - self.looked < LOOK_SECONDS:
            return False
        self.looked = self.seconds()
        return True


def learning_rate(progress: float, cool_from: float = 0.5, warm_until: float = 0.01) -> float:
    """Short warm-up, flat, then a linear cool-down."""
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

    def __init__(
        self, team: Team, matrices: list[nn.Parameter], rest: list[dict[str, Any]], muon_rate: float
    ) -> None:
        self.team, self.muon_rate = team, muon_rate
        self.matrices = sorted(matrices, key=lambda p: -p.numel())  # so that alternating shares them evenly
        self.momenta = [torch.zeros_like(p) for p in self.matrices]
        self.adam = torch.optim.AdamW(rest, betas=(0.9, 0.98), weight_decay=0.0)
        self.base_rates = [group["lr"] for group in self.adam.param_groups]
        self.everything = self.matrices + [p for group in self.adam.param_groups for p in group["params"]]

    @torch.no_grad()
    def step(self, scale: float) -> None:
        """Applies the gradients at `scale` times the base learning rates, then clears them."""
        self.team.add([p.grad for p in self.everything if p.grad is not None], 1 / self.team.size)
        for group, rate in zip(self.adam.param_groups, self.base_rates, strict=True):
            group["lr"] = rate * scale
        self.adam.step()
        updates = [torch.zeros_like(p) for p in self.matrices]
        for index, (p, momentum) in enumerate(zip(self.matrices, self.momenta, strict=True)):
            assert p.grad is not None
            momentum.lerp_(p.grad, 0.05)
            if index % self.team.size == self.team.rank:
                flat = p.grad.lerp(momentum, 0.95).flatten(1)
                gain = max(1.0, flat.shape[0] / flat.shape[1]) ** 0.5
                updates[index].copy_((_orthogonalize(flat) * gain).view_as(p))
        self.team.add(updates)
        rate = self.muon_rate * scale
        for p, update in zip(self.matrices, updates, strict=True):
            p.mul_(1 - 0.01 * rate).add_(update, alpha=-rate)
        for p in self.everything:
            p.grad = None

    def state(self) -> dict[str, Any]:
        return {"momenta": self.momenta, "adam": self.adam.state_dict()}

    def load(self, state: dict[str, Any]) -> None:
        self.adam.load_state_dict(state["adam"])
        for mine, theirs in zip(self.momenta, state["momenta"], strict=True):
            mine.copy_(theirs)


def split_parameters(
    module: nn.Module, not_muon: Iterable[str] = ()
) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """(matrices and convolutions for Muon, the rest and names starting with `not_muon` for AdamW)."""
    matrices, rest = [], []
    for name, p in module.named_parameters():
        if p.requires_grad:
            (matrices if p.ndim >= 2 and not name.startswith(tuple(not_muon)) else rest).append(p)
    return matrices, rest


class Average:
    """Exponential moving average of modules' parameters; as a context, it takes their place."""

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
    def _swap(self) -> None:
        for mine, live in zip(self.mean, self.live, strict=True):
            kept = live.detach().clone()
            live.copy_(mine)
            mine.copy_(kept)

    def __enter__(self) -> None:
        self._swap()

    def __exit__(self, *_: object) -> None:
        self._swap()

    def state(self) -> dict[str, Any]:
        return {"mean": self.mean, "count": self.count}

    def load(self, state: dict[str, Any]) -> None:
        self.count = state["count"]
        for mine, theirs in zip(self.mean, state["mean"], strict=True):
            mine.copy_(theirs)


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Written whole or not at all."""
    torch.save(state, path.with_suffix(".tmp"))
    os.replace(path.with_suffix(".tmp"), path)


def load_checkpoint(path: Path, device: str) -> dict[str, Any] | None:
    return torch.load(path, map_location=device, weights_only=True) if path.exists() else None


def draw(rng: random.Random, count: int, split: str | None = "train") -> list[Scene]:
    return [random_scene(rng, split) for _ in range(count)]


def pictures(scenes: list[Scene], rng: random.Random) -> Tensor:
    """[B, 3, 64, 64] uint8, each with patterns of its own."""
    stack = np.stack([render(scene, rng.randrange(1 << 16)) for scene in scenes])
    return torch.from_numpy(stack).permute(0, 3, 1, 2)


def signed(images: Tensor) -> Tensor:
    """uint8 -> -1..1, as every network here takes pictures."""
    return images.float().div(127.5).sub(1)


def masks(scenes: list[Scene]) -> Tensor:
    """[B, 1, 64, 64] bool: where the subjects are."""
    nowhere = np.zeros((64, 64), np.bool_)
    return torch.from_numpy(np.stack([sum(subject_masks(s), nowhere) for s in scenes]))[:, None]


def heads_loss(logits: dict[str, Tensor], truth: dict[str, Tensor]) -> Tensor:
    """Sum over the fields of the mean cross-entropy of what is there to tell."""
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
        right, known = values.argmax(-1) == truth[field], truth[field] != IGNORE
        share = right.all(1) if field == "present" else right[known]
        out[field] = float(share.float().mean())
    return out


def listed(figures: dict[str, float], digits: int = 3) -> str:
    return "  ".join(f"{name} {value:.{digits}f}" for name, value in figures.items())
