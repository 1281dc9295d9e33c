"""The options that several commands share, each written once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from direct2v.errors import InputError
from direct2v.text import printable

__all__ = [
    "Clip",
    "Dino",
    "Directing",
    "Drawing",
    "File",
    "FileFormat",
    "Force",
    "Model",
    "settings",
    "within",
]

File = Annotated[
    Path | None, typer.Option("--output", "-o", help="The file to write; its extension tells the format.")
]
FileFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help="Where the extension does not tell: storyboard, prompt-relay, prompt-travel, prompt-schedule, "
        "markdown or csv.",
    ),
]
Force = Annotated[bool, typer.Option("--force", metavar="", help="Replace an existing output.")]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="storybook (default), a folder, a .safetensors file or a hub id (OWNER/NAME); "
        "see `direct2v models`.",
        metavar="NAME",
    ),
]
Clip = Annotated[
    str,
    typer.Option(
        "--clip",
        metavar="NAME",
        help="What compares frames and texts: storybook (of the embedded model's world), or a folder or hub "
        "id of a CLIP or SigLIP.",
    ),
]
Dino = Annotated[
    str | None,
    typer.Option(
        "--dino",
        metavar="NAME",
        help="For subject consistency: a folder or hub id of a DINO, as in facebook/dino-vitb16.",
    ),
]


@dataclass(frozen=True, kw_only=True)
class Directing:
    """Who writes the storyboard, and how."""

    frames: Annotated[
        int | None,
        typer.Option("--frames", metavar="N", help="1 to 1024. The default: 8, or all of a storyboard file."),
    ] = None
    director: Annotated[
        str,
        typer.Option(
            "--director",
            metavar="WHO",
            help="Who writes the storyboard: storybook; a language model: openai:NAME, anthropic:NAME, "
            "google:NAME, ollama:NAME, with @URL for a server of your own, or hf:FOLDER_OR_ID; "
            "or a storyboard file.",
        ),
    ] = "storybook"
    shared: Annotated[
        float,
        typer.Option(
            "--shared",
            metavar="X",
            help="Language models only: the share of each text that all frames have in common, 0 to 0.9. "
            "0 is for prompts that stand alone.",
        ),
    ] = 0.0
    lenient: Annotated[
        bool,
        typer.Option(
            "--lenient",
            metavar="",
            help="Language models only: take the best answer even if something is wrong with it; notes say "
            "what.",
        ),
    ] = False
    no_cache: Annotated[
        bool,
        typer.Option(
            "--no-cache", metavar="", help="Ask the language model even if it wrote this storyboard before."
        ),
    ] = False


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """How to draw and what to write; None where the command line does not say."""

    output: Annotated[
        str | None,  # a Path would lose the slash at the end of a folder's name
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="A video: .mp4, .webm, .gif or .webp; or a folder for PNG files. "
            "Without it, a free name .mp4 made from the prompt.",
        ),
    ] = None
    seed: Annotated[
        int | None,
        typer.Option("--seed", metavar="N", help="Same seed, same frames. Without it, a new one."),
    ] = None
    fps: Annotated[
        float | None,
        typer.Option("--fps", metavar="X", help="Frames per second of the video. The default is 2."),
    ] = None
    hold: Annotated[
        str | None,
        typer.Option(
            "--hold",
            metavar="SECONDS",
            help="How long frames are shown: 0.5 (each), 1,1,2 (one number per frame) or 1:0.5,8:2 (only "
            "these).",
        ),
    ] = None
    smooth: Annotated[
        int | None,
        typer.Option(
            "--smooth",
            metavar="N",
            help="Frames in between, for smoother playback: 2 or 4 times as many in the video.",
        ),
    ] = None
    smooth_by: Annotated[
        str | None,
        typer.Option(
            "--smooth-by",
            metavar="HOW",
            help="flow (default) moves what moves, and needs the extra smooth; latent decodes what lies "
            "between latents.",
        ),
    ] = None
    preview: Annotated[
        bool,
        typer.Option("--preview", metavar="", help="Show on the terminal what the frames are going to be."),
    ] = False
    force: Force = False
    checkpoint: Annotated[
        str | None,
        typer.Option(
            "--checkpoint",
            metavar="FILE",
            help="Where the run is kept while it is drawn, to go on if it is stopped: then give the same "
            "command again, or `direct2v resume FILE`. The default: NAME.checkpoint beside the output.",
        ),
    ] = None
    restart: Annotated[
        bool,
        typer.Option(
            "--restart", metavar="", help="Begin anew, even if this run was stopped and could go on."
        ),
    ] = False
    model: Model = None
    config: Annotated[
        str | None,
        typer.Option(
            "--config",
            metavar="FOLDER_OR_ID",
            help="For a model in one .safetensors file: where the configuration of its kind is.",
        ),
    ] = None
    lora: Annotated[
        list[str] | None,
        typer.Option(
            "--lora",
            metavar="FILE[:SCALE]",
            help="A LoRA and how strongly it acts, 1 if not said; can be given several times.",
        ),
    ] = None
    embedding: Annotated[
        list[str] | None,
        typer.Option(
            "--embedding",
            metavar="FILE[:TOKEN]",
            help="A textual inversion: a new word for prompts; can be given several times.",
        ),
    ] = None
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="NAME",
            help="ddim, ddpm, pndm, euler, euler-karras, euler-ancestral, heun, dpm++-2m, dpm++-2m-karras, "
            "unipc or lcm. The default is the model's own.",
        ),
    ] = None
    dtype: Annotated[
        str | None,
        typer.Option(
            "--dtype",
            metavar="NAME",
            help="float32, float16 or bfloat16. The default is float16 on CUDA, else float32.",
        ),
    ] = None
    device: Annotated[
        str | None,
        typer.Option(
            "--device", metavar="NAME", help="auto, cpu, cuda, cuda:1, mps ... The default is auto."
        ),
    ] = None
    offload: Annotated[
        str | None,
        typer.Option(
            "--offload",
            metavar="HOW",
            help="For small GPUs: model keeps one network at a time on it, sequential one layer; or none.",
        ),
    ] = None
    vae_slicing: Annotated[
        bool, typer.Option("--vae-slicing", metavar="", help="Decode one frame at a time.")
    ] = False
    vae_tiling: Annotated[
        bool, typer.Option("--vae-tiling", metavar="", help="Decode large frames in tiles.")
    ] = False
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            metavar="NAME",
            help="direct2v (default), released, text2video-zero, free-bloom, consistent-self-attention, "
            "independent or frozen.",
        ),
    ] = None
    pace: Annotated[
        str | None,
        typer.Option(
            "--pace",
            metavar="NAME",
            help="Fewer steps, and the solver for them: fast (half) or draft (a quarter) with any model; "
            "lcm, lcm-lora or turbo with models distilled for them.",
        ),
    ] = None
    steps: Annotated[
        int | None,
        typer.Option(
            "--steps",
            metavar="N",
            help="Denoising steps, 1 to 1000. The default is the model's (storybook 12, others 50).",
        ),
    ] = None
    guidance: Annotated[
        float | None,
        typer.Option(
            "--guidance",
            metavar="X",
            help="How strongly the words steer, 0 to 100; 1 or less is off. The default is the model's.",
        ),
    ] = None
    phi: Annotated[
        float | None,
        typer.Option(
            "--phi",
            metavar="X",
            help="Share of queries filtered back to their own frame, from 0 (off) to below 1.",
        ),
    ] = None
    period: Annotated[
        str | None,
        typer.Option("--period", help="Steps until the reference frame changes, or auto.", metavar="N|auto"),
    ] = None
    long_prompts: Annotated[
        str | None,
        typer.Option(
            "--long-prompts",
            metavar="refuse|chunk",
            help="Prompts with more tokens than the model reads: refuse them (default), or read them in "
            "chunks.",
        ),
    ] = None
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Any other field of RenderSettings, as in --set strategy=previous; can be given several "
            "times.",
        ),
    ] = None

    def loading(self) -> dict[str, Any]:
        """What was given of how to load the model, by the names of ModelSource."""
        same = ("config", "lora", "embedding", "scheduler", "dtype", "device", "offload")
        given = {"name": self.model, **{name: getattr(self, name) for name in same}}
        given |= {"vae_slicing": self.vae_slicing or None, "vae_tiling": self.vae_tiling or None}
        return {name: value for name, value in given.items() if value is not None and value != []}

    def overrides(self) -> dict[str, Any]:
        """The settings that were given, by the names of RenderSettings.

        Raises:
            InputError: if one is out of range, or given twice.
        """
        within("--seed", self.seed, 0, 2**32 - 1)
        within("--steps", self.steps, 1, 1000)
        within("--guidance", self.guidance, 0, 100)
        if self.phi is not None and not 0 <= self.phi < 1:
            raise InputError(f"--phi is {self.phi:g}; accepted: 0 (no filter) to below 1")
        given = {
            "seed": self.seed,
            "num_inference_steps": self.steps,
            "guidance_scale": self.guidance,
            "phi": self.phi,
            "period": None if self.period is None else _period(self.period),
            "long_prompts": self.long_prompts,
        }
        return settings(self.setting, {name: value for name, value in given.items() if value is not None})


def settings(written: list[str] | None, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The settings of ``--set``, beside those that were given by options of their own.

    Raises:
        InputError: if one is not NAME=VALUE, or given twice.
    """
    found = dict(given or {})
    for name, value in map(_setting, written or ()):
        if name in found:
            raise InputError(f"{printable(name, 40)} is given twice; give it once")
        found[name] = value
    return found


def within(name: str, value: float | None, minimum: int, maximum: int) -> None:
    """Refuses a number out of range, in the words of the command line.

    Raises:
        InputError: naming the option, the number and the range.
    """
    if value is not None and not minimum <= value <= maximum:
        raise InputError(f"{name} is {value}; accepted: {minimum} to {maximum}")


def _period(text: str) -> int | str:
    if text == "auto":
        return text
    if text.isascii() and text.isdigit() and 1 <= len(text) <= 9 and int(text) >= 1:
        return int(text)
    raise InputError(f"--period is {printable(text, 40)!r}; accepted: a whole number from 1, or auto")


def _setting(text: str) -> tuple[str, Any]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise InputError(f"--set is {printable(text, 40)!r}; accepted: NAME=VALUE, as in strategy=previous")
    try:
        return name, json.loads(value)
    except (ValueError, RecursionError):
        return name, value
