"""The training loop of the storybook recipes: Muon with AdamW, an average of the weights, and checkpoints."""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from common import Team
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

PRINT_STEPS = 50
SAVE_SECONDS = 120
"""Between two checkpoints, by the clock on the wall."""
LOOK_SECONDS = 1500
"""Between two looks at the quality so far, in training time: they take some of it."""


def learning_rate(progress: float, cool_from: float = 0.5, warm_until: float = 0.01) -> float:
    """Short warm-up, flat, then a linear cool-down."""
    return min(progress / warm_until, 1.0, max((1 - progress) / (1 - cool_from), 0.0)) + 1e-4


def _orthogonalize(update: Tensor, steps: int = 5) -> Tensor:
    """The nearest (semi-)orthogonal matrix, by the quintic Newton-Schulz iteration of Muon (Jordan, 2024).

    Every step multiplies the matrix X by a polynomial of X X^T. All of them commute, so they are multiplied
    up in the small square space of X X^T and meet X once at the end: half the work for wide matrices.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = update.shape[0] > update.shape[1]
    matrix = update.T if tall else update  # fp32: CPUs without bf16 tile units multiply bf16 more slowly
    matrix = matrix / (matrix.norm() + 1e-7)
    gram = matrix @ matrix.T
    product = torch.eye(len(gram), device=gram.device)
    for _ in range(steps):
        factor = torch.addmm(gram, gram, gram, beta=b, alpha=c)
        factor.diagonal().add_(a)
        product = factor @ product
        gram = factor @ factor @ gram
    matrix = product @ matrix
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


class _Endless(IterableDataset[Any]):
    def __init__(self, make: Callable[[random.Random], Any], name: str) -> None:
        self.make, self.name = make, name

    def __iter__(self) -> Iterator[Any]:
        worker = get_worker_info()
        rng = random.Random(f"{self.name} {worker.id if worker else 0}")
        while True:
            yield self.make(rng)


class Training:
    """A training that can be stopped and gone on with: checkpoint, average, clock and progress.

    On a CPU the clock counts processor time, so that a training whose cores are busy with other work takes
    longer but comes to the same.

    Args:
        team: The processes that take part.
        args: The options of `parser`.
        name: Of the checkpoint in `--work`.
        parts: What is trained, and kept in the checkpoint by these names.
        optimizer: Of all their parameters.
        decay: Of the average.
        cool_from: From which progress on the learning rate sinks.
    """

    def __init__(
        self,
        team: Team,
        args: argparse.Namespace,
        name: str,
        parts: dict[str, nn.Module],
        optimizer: Optimizer,
        decay: float = 0.997,
        cool_from: float = 0.5,
    ) -> None:
        self.team, self.args, self.parts, self.optimizer = team, args, parts, optimizer
        self.path = args.work / f"{name}.pt"
        self.average = Average(parts.values(), decay)
        self.cool_from, self.samples, self.loss, spent = cool_from, 0, 0.0, 0.0
        if self.path.exists():
            state = torch.load(self.path, map_location=args.device, weights_only=True)
            for part, module in parts.items():
                module.load_state_dict(state[part])
            if "optimizer" in state:
                optimizer.load(state["optimizer"])
                self.average.load(state["average"])
            else:  # made by `unpack.py`: the weights are all there is
                self.average = Average(parts.values(), decay)
            self.samples, spent = state["samples"], state["seconds"]
        self._now = time.process_time if args.device == "cpu" else time.monotonic
        self._start = self._now() - spent
        self._step, self._progress = 0, 0.0

    def seconds(self) -> float:
        """How long it has trained, over all resumptions."""
        return self._now() - self._start

    def save(self) -> None:
        state = {part: module.state_dict() for part, module in self.parts.items()}
        state |= {"optimizer": self.optimizer.state(), "average": self.average.state()}
        save_whole(self.path, state | {"samples": self.samples, "seconds": self.seconds()})

    def batches(self, make: Callable[[random.Random], Any], look: Callable[[], None]) -> Iterator[Any]:
        """Batches of `make(rng)` until the time is over, other ones in every process and resumption.

        After each, `learn` is called. The first process prints progress, saves, and calls `look`, with the
        average in place, to write and measure what there is.
        """
        torch.manual_seed(self.args.seed + 7919 * self.team.rank + self.samples)
        name = f"{self.path.stem} {self.args.seed} {self.team.rank} {self.samples}"
        feed = DataLoader(_Endless(make, name), batch_size=None, num_workers=self.args.workers)
        saved, looked = time.monotonic(), self.seconds()
        for batch in feed:
            self._progress = self.team.agree(self.seconds() / (60 * self.args.minutes))
            if self._progress >= 1:
                break
            yield batch
            if self.team.rank == 0:
                if self._step % PRINT_STEPS == 0:
                    self._say()
                if time.monotonic() - saved > SAVE_SECONDS:
                    self.save()
                    saved = time.monotonic()
                if self.seconds() - looked > LOOK_SECONDS:
                    self._look(look)
                    looked = self.seconds()
        if self.team.rank == 0:
            self.save()
            self._look(look)

    def learn(self, loss: Tensor) -> None:
        """One step of all parts down the loss."""
        loss.backward()
        self.optimizer.step(learning_rate(min(self._progress, 1.0), self.cool_from))
        self.average.update()
        self.samples += self.args.batch * self.team.size
        self._step += 1
        self.loss += (loss.item() - self.loss) / min(self._step, 50)

    def _say(self) -> None:
        seconds = self.seconds()
        rate = self.samples / seconds
        print(f"{seconds:6.0f} s  samples {self.samples}  {rate:.1f}/s  loss {self.loss:.4f}", flush=True)

    def _look(self, look: Callable[[], None]) -> None:
        with self.average, torch.no_grad():
            look()


def save_whole(path: Path, state: dict[str, Any]) -> None:
    """Written whole or not at all."""
    torch.save(state, path.with_suffix(".tmp"))
    os.replace(path.with_suffix(".tmp"), path)
