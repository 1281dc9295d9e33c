"""Where the time goes: from Enter to the file by phase, and within the denoiser by layer.

    python benchmarks/profiles.py --json benchmarks/rows/profile.json    2 minutes

Phases: `direct2v generate` with the README's sentence as a process of its own, from before it starts until
it has ended. "start" is what `direct2v --help` takes; "direct" the rest until the storyboard is printed;
"load", "encode", "denoise" and "decode" stand in its run.json; "write" is what is left, files and the end
of the process. Layers: one video by the engine at the embedded model's defaults, with a clock on every part
of the UNet.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import torch
from diffusers.models.attention import FeedForward
from diffusers.models.attention_processor import Attention
from diffusers.models.downsampling import Downsample2D
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.upsampling import Upsample2D
from harness import ROOT, Row, facts, keep, parser, quartiles, rounded, start, wait
from shapes import engine_of, texts_of

from direct2v.attention.attach import mapped_layers

PHASES: Final = ("start", "direct", "load", "encode", "denoise", "decode", "write")
REST: Final = "projections, norms and the rest"
NAMES: Final = ("kind", "name", "block", "model")

Part = tuple[str, str]
"""(block of the UNet, what a layer does)."""


def readme_sentence() -> str:
    """The sentence that the README begins with."""
    found = re.search(r'direct2v generate "([^"]+)"', (ROOT / "README.md").read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


def from_enter_to_file(sentence: str, *more: str) -> dict[str, float]:
    """Seconds by phase of one run of the program; they add up to "total"."""
    program = [sys.executable, "-m", "direct2v"]
    began = time.monotonic()
    subprocess.run([*program, "--help"], check=True, capture_output=True)
    begin = time.monotonic() - began
    with tempfile.TemporaryDirectory() as folder:
        command = [*program, "generate", sentence, "-o", f"{folder}/story.mp4", "--seed", "0", *more]
        environment = os.environ | {"DIRECT2V_CACHE_DIR": f"{folder}/cache"}  # nothing from an earlier run
        began = time.monotonic()
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        ) as running:
            assert running.stdout is not None
            running.stdout.readline()
            directed = time.monotonic() - began
            running.stdout.read()
        total = time.monotonic() - began
        if running.returncode:
            sys.exit(f"Error: {' '.join(command)} ended with {running.returncode}")
        record = json.loads(Path(folder, "story.run", "run.json").read_text(encoding="utf-8"))
    inside = {name: record["timings"][name] for name in ("load", "encode", "denoise", "decode")}
    begin = min(begin, directed)
    written = total - directed - sum(inside.values())
    return {"start": begin, "direct": directed - begin, **inside, "write": written, "total": total}


def part_of(name: str, module: torch.nn.Module, mapped: set[str]) -> Part | None:
    """What a module of the UNet is counted as; None for what only holds others."""
    block = ".".join(name.split(".")[: 1 if name.startswith("mid_block") else 2])
    if isinstance(module, Attention):
        if f"{name}.processor" in mapped:
            return block, "self-attention, mapped"
        return block, "self-attention" if name.endswith("attn1") else "cross-attention"
    for kind, part in (
        (FeedForward, "feed-forward"),
        (ResnetBlock2D, "convolutions"),
        ((Downsample2D, Upsample2D), "resampling"),
    ):
        if isinstance(module, kind):
            return block, part
    return None


class LayerClock:
    """Seconds by part of a UNet, for as long as it is open."""

    def __init__(self, unet: Any, layers: str, device: str) -> None:
        self.seconds: Counter[Part] = Counter()
        self.device = device
        mapped = mapped_layers(unet, layers)
        parts = {name: part_of(name, module, mapped) for name, module in unet.named_modules()}
        modules = dict(unet.named_modules())
        timed = [(modules[name], part) for name, part in parts.items() if part is not None]
        self.hooks = [hook for module, part in [*timed, (unet, ("", ""))] for hook in self._on(module, part)]

    def _on(self, module: torch.nn.Module, part: Part) -> list[Any]:
        began = 0.0

        def before(*_: Any) -> None:
            nonlocal began
            wait(self.device)
            began = time.perf_counter()

        def after(*_: Any) -> None:
            wait(self.device)
            self.seconds[part] += time.perf_counter() - began

        return [module.register_forward_pre_hook(before), module.register_forward_hook(after)]

    def taken(self) -> dict[Part, float]:
        """What each part took so far, the rest of the UNet included; and begins anew."""
        whole = self.seconds.pop(("", ""))
        parts = dict(self.seconds)
        self.seconds.clear()
        return {**parts, ("", REST): whole - sum(parts.values())}

    def close(self) -> None:
        """Takes the clocks off."""
        for hook in self.hooks:
            hook.remove()


def by_layer(options: argparse.Namespace) -> list[Row]:
    """A row for each part of the UNet."""
    engine = engine_of(options.model, options.device)
    texts = texts_of(options.frames)
    settings = engine.render(texts, seed=0).settings  # also loads what the first run loads
    clock = LayerClock(engine.backbone.denoiser, settings.layers, options.device)
    runs = []
    for seed in range(options.runs):
        engine.render(texts, seed=seed)
        runs.append(clock.taken())
    clock.close()
    whole = sum(quartiles(run[part] for run in runs)["median"] for part in runs[0])
    rows = []
    for block, name in runs[0]:
        taken = quartiles(run[block, name] for run in runs)
        rows.append(
            {
                "kind": "layer",
                "name": name,
                "block": block,
                "model": options.model,
                "seconds": taken["median"],
                "seconds_quartiles": taken["quartiles"],
                "n": taken["n"],
                "share": rounded(taken["median"] / whole),
            }
        )
    return rows


def by_phase(options: argparse.Namespace) -> list[Row]:
    """A row for each phase from Enter to the file, and for the total."""
    sentence = readme_sentence()
    runs = [from_enter_to_file(sentence, "--device", options.device) for _ in range(options.runs)]
    rows = []
    for name in (*PHASES, "total"):
        taken = quartiles(run[name] for run in runs)
        rows.append(
            {
                "kind": "phase",
                "name": name,
                "block": "",
                "model": "storybook",
                "seconds": taken["median"],
                "seconds_quartiles": taken["quartiles"],
                "n": taken["n"],
            }
        )
    return rows


def main() -> None:
    """Measures both."""
    arguments = parser(__doc__)
    arguments.add_argument("--model", default="storybook", help="for the layers: as of video.py")
    arguments.add_argument("--frames", type=int, default=8)
    arguments.add_argument("--runs", type=int, default=5, help="of each (5)")
    options = arguments.parse_args()
    start(options)
    run = facts(options)
    for name, measured in (("phase", by_phase), ("layer", by_layer)):
        if options.only in name:
            for row in measured(options):
                keep(options.json, row | {"run": run}, NAMES)


if __name__ == "__main__":
    main()
