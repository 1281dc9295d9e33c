"""The options that several commands share, each written once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from direct2v.errors import InputError
from direct2v.text import printable

__all__ = [
    "Device",
    "Directing",
    "Director",
    "Drawing",
    "File",
    "FileFormat",
    "Force",
    "Fps",
    "Frames",
    "Guidance",
    "Hold",
    "Lenient",
    "Model",
    "NoCache",
    "Output",
    "Period",
    "Phi",
    "PresetName",
    "Seed",
    "Shared",
    "Steps",
    "overrides",
    "within",
]

Output = Annotated[
    str | None,  # a Path would lose the slash at the end of a folder's name
    typer.Option(
        "--output",
        "-o",
        metavar="PATH",
        help="A video: .mp4, .webm, .gif or .webp; or a folder for PNG files. "
        "Without it, a free name .mp4 made from the prompt.",
    ),
]
Frames = Annotated[
    int | None,
    typer.Option("--frames", metavar="N", help="1 to 1024. The default: 8, or all of a storyboard file."),
]
Director = Annotated[
    str,
    typer.Option(
        "--director",
        metavar="WHO",
        help="Who writes the storyboard: storybook; a language model: openai:NAME, anthropic:NAME, "
        "google:NAME, ollama:NAME, with @URL for a server of your own, or hf:FOLDER_OR_ID; "
        "or a storyboard file.",
    ),
]
Shared = Annotated[
    float,
    typer.Option(
        "--shared",
        metavar="X",
        help="Language models only: the share of each text that all frames have in common, 0 to 0.9. "
        "0 is for prompts that stand alone.",
    ),
]
Lenient = Annotated[
    bool,
    typer.Option(
        "--lenient",
        metavar="",
        help="Language models only: take the best answer even if something is wrong with it; notes say what.",
    ),
]
NoCache = Annotated[
    bool,
    typer.Option(
        "--no-cache", metavar="", help="Ask the language model even if it wrote this storyboard before."
    ),
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
Seed = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", help="Same seed, same frames. Without it, a new one."),
]
Model = Annotated[
    str | None,
    typer.Option("--model", help="See `direct2v models`. The default is storybook.", metavar="NAME"),
]
PresetName = Annotated[
    str | None,
    typer.Option(
        "--preset",
        help="direct2v (default), released, text2video-zero or independent.",
        metavar="NAME",
    ),
]
Steps = Annotated[
    int | None,
    typer.Option(
        "--steps",
        metavar="N",
        help="Denoising steps, 1 to 1000. The default is the model's (storybook 12, others 50).",
    ),
]
Guidance = Annotated[
    float | None,
    typer.Option("--guidance", metavar="X", help="How strongly the words steer, 0 to 100; 1 is off."),
]
Phi = Annotated[
    float | None,
    typer.Option(
        "--phi",
        metavar="X",
        help="Share of queries filtered back to their own frame, from 0 (off) to below 1.",
    ),
]
Period = Annotated[
    str | None,
    typer.Option("--period", help="Steps until the reference frame changes, or auto.", metavar="N|auto"),
]
Fps = Annotated[
    float | None, typer.Option("--fps", metavar="X", help="Frames per second of the video. The default is 2.")
]
Hold = Annotated[
    str | None,
    typer.Option(
        "--hold",
        metavar="SECONDS",
        help="How long frames are shown: 0.5 (each), 1,1,2 (one number per frame) or 1:0.5,8:2 (only these).",
    ),
]
Device = Annotated[str, typer.Option("--device", metavar="NAME", help="auto, cpu, cuda, cuda:1, mps ...")]


@dataclass(frozen=True, kw_only=True)
class Directing:
    """Who writes the storyboard, and how."""

    director: str
    num_frames: int | None
    shared: float
    lenient: bool
    cache: bool


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """How to draw and what to write; None where the command line does not say."""

    output: str | None
    force: bool
    model: str | None
    device: str
    preset: str | None
    overrides: Mapping[str, Any]
    fps: float | None
    hold: str | None


def overrides(
    *, seed: int | None, steps: int | None, guidance: float | None, phi: float | None, period: str | None
) -> dict[str, Any]:
    """The settings that were given on the command line, by the names of RenderSettings.

    Raises:
        InputError: if one is out of range.
    """
    within("--seed", seed, 0, 2**32 - 1)
    within("--steps", steps, 1, 1000)
    within("--guidance", guidance, 0, 100)
    if phi is not None and not 0 <= phi < 1:
        raise InputError(f"--phi is {phi:g}; accepted: 0 (no filter) to below 1")
    given = {
        "seed": seed,
        "num_inference_steps": steps,
        "guidance_scale": guidance,
        "phi": phi,
        "period": None if period is None else _period(period),
    }
    return {name: value for name, value in given.items() if value is not None}


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
