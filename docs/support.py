"""Writes docs/support.md: which feature works with which kind of model, each cell from a run at tiny size.

Usage: python docs/support.py            (needs the extras for tests; minutes on one CPU)
A cell that fails says so in the table, and makes the exit code 1.
"""

import functools
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import (
    ControlNetModel,
    EulerAncestralDiscreteScheduler,
    StableDiffusionControlNetPipeline,
    StableDiffusionXLControlNetPipeline,
)

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import tiny
import tiny_files

import direct2v
from direct2v.diffusion import PerFrameNoise
from direct2v.diffusion.loading import quiet
from direct2v.engine import DirecT2V
from direct2v.model_source import SCHEDULERS
from direct2v.presets import PRESETS
from direct2v.text import printable

TABLE = Path(__file__).with_name("support.md")
TEXTS = ["a red fox", "a red fox sleeps", "a red fox at night"]
STEPS = 4  # enough for a layout phase
# presets whose noise needs a scheduler with whole timesteps, which that of SDXL is not
WHOLE_TIMESTEPS = {name for name, preset in PRESETS.items() if preset.settings.get("renoise") == "released"}
INTRODUCTION = """\
# What works with which model

Written by `python docs/support.py`, which runs each cell on a random model at tiny size made of the real
classes of diffusers: it shows that the parts go together, not how good the pictures are. No model of full
size was run. Offloading needs a GPU or another accelerator, and was not run.

"""


def _turbo() -> Any:
    return tiny.sdxl(
        scheduler=EulerAncestralDiscreteScheduler(**tiny.BETAS, timestep_spacing="trailing", steps_offset=1)
    )


@dataclass(frozen=True)
class Kind:
    """A kind of model, and the guidance that it takes."""

    build: Callable[[], Any]
    guidance_scale: float = 5.0


KINDS = {
    "SD 1.x": Kind(tiny.sd),
    "SD 2.x (v)": Kind(tiny.sd2),
    "SDXL": Kind(tiny.sdxl),
    "LCM": Kind(tiny.lcm, guidance_scale=8.5),
    "SDXL Turbo": Kind(_turbo, guidance_scale=0.0),
}


class Column:
    """One kind of model, on which features are tried."""

    def __init__(self, name: str, work: Path) -> None:
        self.work, self.kind = work, KINDS[name]
        self.common = {
            "num_inference_steps": STEPS,
            "guidance_scale": self.kind.guidance_scale,
            "output_type": "latent",
        }
        self.folder = tiny.save(self.kind.build(), work / "model")

    def load(self, model: Path | None = None, **options: Any) -> DirecT2V:
        """The model, or another, as from the command line."""
        return DirecT2V.from_pretrained(model or self.folder, device="cpu", **options)

    def render(self, engine: DirecT2V, **arguments: Any) -> torch.Tensor:
        """Finished latents of a few frames."""
        words = {} if "prompt_embeds" in arguments else {"prompts": TEXTS}
        return _finite(engine.render(**{**words, "seed": 1, **self.common, **arguments}).latents)

    @functools.cached_property
    def plain(self) -> torch.Tensor:
        """What is drawn where nothing is added."""
        return self.render(self.load())

    def stock(self, pipeline: Any, texts: Sequence[str] = TEXTS, **arguments: Any) -> torch.Tensor:
        """Frames by a pipeline of diffusers; frame k has the noise of frame k."""
        pipeline.set_progress_bar_config(disable=True)
        generators = PerFrameNoise(1).step_generators(range(len(texts)))
        return _finite(pipeline(list(texts), generator=generators, **self.common, **arguments).images)

    def attached(self, pipeline: Any, **arguments: Any) -> None:
        """Value mapping in a stock pipeline changes every frame but the one that all read, and goes again."""
        before = self.stock(pipeline, **arguments)
        with direct2v.attach(pipeline, num_frames=len(TEXTS), strategy="first", layers="all"):
            inside = self.stock(pipeline, **arguments)
        _require(torch.allclose(inside[0], before[0], atol=1e-3), "the first frame changed")
        _require(not torch.allclose(inside[1:], before[1:], atol=1e-3), "nothing is mapped")
        _require(torch.equal(self.stock(pipeline, **arguments), before), "something stayed behind")


def _finite(latents: torch.Tensor) -> torch.Tensor:
    _require(bool(torch.isfinite(latents).all()), "latents are not finite")
    return latents


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


def _one_frame(column: Column) -> None:
    pipeline = column.load().backbone.pipeline
    shape = DirecT2V(pipeline).backbone.latents_shape()
    start = torch.randn(1, *shape, generator=torch.Generator().manual_seed(0))
    ours = column.render(DirecT2V(pipeline), prompts=TEXTS[:1], latents=start, layout="off")
    _require(torch.equal(ours, column.stock(pipeline, TEXTS[:1], latents=start)), "not bit for bit")


def _preset(name: str, column: Column) -> None:
    column.render(column.load(scheduler="ddim" if name in WHOLE_TIMESTEPS else None), preset=name)


def _scheduler(name: str, column: Column) -> None:
    engine = column.load(scheduler=name)
    _require(type(engine.backbone.pipeline.scheduler).__name__ == SCHEDULERS[name][0], "another class")
    column.render(engine)


def _single_file(column: Column) -> None:
    file = tiny_files.single_file(column.kind.build(), column.work / "model.safetensors")
    latents = column.render(column.load(file, config=column.folder))
    _require(torch.equal(latents, column.plain), "other frames than from the folder")


def _lora(column: Column) -> None:
    file = tiny_files.lora(column.kind.build(), column.work / "lora.safetensors")
    latents = column.render(column.load(lora=f"{file}:0.5"))
    _require(not torch.allclose(latents, column.plain, atol=1e-3), "the LoRA does nothing")


def _embedding(column: Column) -> None:
    file = tiny_files.embedding(column.kind.build(), column.work / "fox.safetensors")
    latents = column.render(column.load(embedding=f"{file}:fox"))
    _require(not torch.allclose(latents, column.plain, atol=1e-3), "the new word does nothing")


def _embeddings_given(column: Column) -> None:
    engine = column.load()
    words = engine.backbone.encode(TEXTS)
    latents = column.render(engine, prompt_embeds=words.tokens, pooled_prompt_embeds=words.pooled)
    _require(torch.equal(latents, column.plain), "other frames than from the words")


def _dtype(name: str, column: Column) -> None:
    _require(column.render(column.load(dtype=name)).dtype == getattr(torch, name), "another dtype")


def _size(column: Column) -> None:
    frames = column.load().render(TEXTS, seed=1, **column.common | {"output_type": "pil"}, width=192).frames
    _require(frames[0].width == 192, "another size")


def _vae(option: str, column: Column) -> None:
    pictures = [
        np.stack(column.load(**options).backbone.decode(column.plain, "np").frames)
        for options in ({}, {option: True})
    ]
    seams = 0.2 if option == "vae_tiling" else 1e-3  # tiles are blended
    _require(float(np.abs(pictures[0] - pictures[1]).mean()) < seams, "other pictures")


def _attach(column: Column) -> None:
    column.attached(column.load().backbone.pipeline)


def _controlnet(column: Column) -> None:
    pipeline = column.load().backbone.pipeline
    xl = hasattr(pipeline, "text_encoder_2")
    kind = StableDiffusionXLControlNetPipeline if xl else StableDiffusionControlNetPipeline
    control = ControlNetModel.from_unet(pipeline.unet)
    extra = {} if xl else {"requires_safety_checker": False}
    size = pipeline.unet.config.sample_size * pipeline.vae_scale_factor
    pictures = [torch.rand(3, size, size, generator=torch.Generator().manual_seed(k)) for k in range(3)]
    column.attached(kind(**pipeline.components | {"controlnet": control}, **extra), image=pictures)


def _ip_adapter(column: Column) -> None:
    pipeline = column.load().backbone.pipeline
    halves = 2 if DirecT2V(pipeline).backbone.uses_guidance(column.kind.guidance_scale) else 1
    size = tiny_files.add_ip_adapter(pipeline)
    pictures = torch.randn(halves * len(TEXTS), 1, size, generator=torch.Generator().manual_seed(0))
    column.attached(pipeline, ip_adapter_image_embeds=[pictures])


FEATURES: dict[str, Callable[[Column], None]] = {
    "one frame is the stock pipeline's, bit for bit": _one_frame,
    **{
        f"preset `{name}`" + " with `--scheduler ddim`" * (name in WHOLE_TIMESTEPS): functools.partial(
            _preset, name
        )
        for name in PRESETS
    },
    **{f"`--scheduler {name}`": functools.partial(_scheduler, name) for name in SCHEDULERS},
    "one .safetensors file": _single_file,
    "`--lora`": _lora,
    "`--embedding`": _embedding,
    "`prompt_embeds`": _embeddings_given,
    "another size": _size,
    **{f"`--dtype {name}` on a CPU": functools.partial(_dtype, name) for name in ("bfloat16", "float16")},
    "`--vae-slicing`": functools.partial(_vae, "vae_slicing"),
    "`--vae-tiling`": functools.partial(_vae, "vae_tiling"),
    "`attach` in the stock pipeline": _attach,
    "`attach` under a ControlNet": _controlnet,
    "`attach` with an IP-Adapter": _ip_adapter,
}

# What cannot be, and why; no cell is left out for another reason
IMPOSSIBLE = {
    ("LCM", "one .safetensors file"): "diffusers does not convert its guidance embedding",
    ("LCM", "`attach` under a ControlNet"): "diffusers has no such pipeline",
}


def run_cell(column: Column, name: str, feature: str) -> str:
    """What stands in the table."""
    if reason := IMPOSSIBLE.get((name, feature)):
        return f"no: {reason}"
    try:
        with warnings.catch_warnings(action="ignore"), quiet():
            FEATURES[feature](column)
    except Exception as error:
        return f"**FAILS**: {type(error).__name__}: {printable(str(error), 120)}"
    return "yes"


def main() -> None:
    """Writes docs/support.md."""
    cells: dict[tuple[str, str], str] = {}
    for name in KINDS:
        with tempfile.TemporaryDirectory() as work:
            column = Column(name, Path(work))
            for feature in FEATURES:
                cells[feature, name] = run_cell(column, name, feature)
                print(f"{name}: {feature}: {cells[feature, name]}", flush=True)
    rows = [["", *KINDS], ["---"] * (1 + len(KINDS))]
    rows += [[feature, *(cells[feature, name] for name in KINDS)] for feature in FEATURES]
    TABLE.write_text(INTRODUCTION + "".join(f"| {' | '.join(row)} |\n" for row in rows), encoding="utf-8")
    sys.exit(any("FAILS" in cell for cell in cells.values()))


if __name__ == "__main__":
    main()
