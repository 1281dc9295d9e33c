"""A whole video against as many single pictures: ours, the release's arithmetic, diffusers' Text2Video-Zero.

    python benchmarks/video.py --quick --json benchmarks/rows/video.json    on the embedded model: 5 minutes
    python benchmarks/video.py --json benchmarks/rows/video.json            more pairs, memory three times
    python benchmarks/video.py --model sd15-random --device cuda --steps 50 --json FILE

``ratio`` is to diffusers' StableDiffusionPipeline drawing the same prompts in one batch, in the same
round of runs that take turns; its own row is that run once more: its spread is the noise. All encode the
prompts, take the same steps of the same scheduler with the same guidance, and decode. ``extra_peak_mib`` is
what a run has in memory beyond the loaded model, in a fresh process. Text2Video-Zero takes one prompt for
all frames.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from harness import Call, facts, fresh_peaks, in_turn, keep, parser, peak_mib, ratio_figures, say, start
from released import as_released
from shapes import engine_of, texts_of

from direct2v.diffusion.layout import layout_indices
from direct2v.engine import DirecT2V
from direct2v.presets import resolve_settings
from direct2v.settings import RenderSettings

PLAIN: Final = "stable-diffusion"
RELEASED: Final = "released attention phi=0.05"
NAMES: Final = ("pipeline", "model", "frames", "steps")

Draw = Callable[[Sequence[str]], object]


def plain(engine: DirecT2V, settings: RenderSettings) -> Draw:
    """Stock diffusers: one picture for each prompt, all in one batch."""
    pipeline = engine.backbone.pipeline
    return lambda texts: pipeline(
        list(texts),
        num_inference_steps=settings.num_inference_steps,
        guidance_scale=settings.guidance_scale,
        generator=torch.Generator().manual_seed(0),
    )


def ours(engine: DirecT2V, settings: RenderSettings, **changes: Any) -> Draw:
    """The preset direct2v at the model's defaults."""
    fixed = {"num_inference_steps": settings.num_inference_steps, "seed": 0} | changes
    return lambda texts: engine.render(texts, **fixed)


def released(engine: DirecT2V, settings: RenderSettings) -> Draw:
    """Ours, with the release's arithmetic in the mapped layers."""
    draw = ours(engine, settings, phi=0.05, filter_form="literal", quantile_scope="call")

    def call(texts: Sequence[str]) -> object:
        with as_released():
            return draw(texts)

    return call


def text2video_zero(engine: DirecT2V, settings: RenderSettings) -> Draw:
    """The pipeline of that name in diffusers, with the layout phase where ours has it.

    Raises:
        LookupError: if this diffusers has none any more, or the model is no Stable Diffusion 1.x or 2.x, or
            there are too few steps.
    """
    try:
        from diffusers import TextToVideoZeroPipeline
    except ImportError as error:
        raise LookupError("this version of diffusers has no TextToVideoZeroPipeline") from error
    indices, parts = layout_indices(settings), dict(engine.backbone.pipeline.components)
    if type(engine.backbone.pipeline).__name__ != "StableDiffusionPipeline" or indices is None:
        raise LookupError("TextToVideoZeroPipeline takes Stable Diffusion 1.x or 2.x, and 4 steps or more")
    parts.pop("image_encoder")
    pipeline = TextToVideoZeroPipeline(**parts, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    return lambda texts: pipeline(
        texts[0],
        video_length=len(texts),
        num_inference_steps=settings.num_inference_steps,
        guidance_scale=settings.guidance_scale,
        t0=indices.t0,
        t1=indices.t1,
        generator=torch.Generator().manual_seed(0),
        output_type="pil",
    )


def pipelines(engine: DirecT2V, settings: RenderSettings) -> dict[str, Draw]:
    """What is compared, by name."""
    found = {PLAIN: plain(engine, settings)}
    for phi in dict.fromkeys((0.0, 0.05, settings.phi)):
        found[f"direct2v phi={phi:g}"] = ours(engine, settings, phi=phi)
    found[RELEASED] = released(engine, settings)
    try:
        found["text2video-zero"] = text2video_zero(engine, settings)
    except LookupError as error:
        say(f"text2video-zero is left out: {error}")
    return found


def prepared(options: argparse.Namespace) -> tuple[dict[str, Draw], list[str], RenderSettings]:
    """What is compared, the prompts, and the settings that all share."""
    engine = engine_of(options.model, options.device)
    settings = resolve_settings("direct2v", engine.defaults, num_inference_steps=options.steps)
    return pipelines(engine, settings), texts_of(options.frames), settings


def measure(options: argparse.Namespace) -> None:
    """Writes a row for each pipeline."""
    run = facts(options)
    draws, texts, settings = prepared(options)

    def call(draw: Draw) -> Call:
        return lambda: draw(texts)

    few = dict.fromkeys((PLAIN, "direct2v phi=0", f"direct2v phi={settings.phi:g}", RELEASED))
    compared = [name for name in (few if options.quick else draws) if options.only in name]
    calls = {"base": call(draws[PLAIN])} | {name: call(draws[name]) for name in compared}
    seconds = in_turn(calls, options.pairs or (7 if options.quick else 15), options.device)
    for name in compared:
        row = {
            "pipeline": name,
            "model": options.model,
            "frames": options.frames,
            "steps": settings.num_inference_steps,
            **ratio_figures(seconds["base"], seconds[name]),
            **fresh_peaks(Path(__file__), name, options, 1 if options.quick else 3),
        }
        keep(options.json, row | {"run": run}, NAMES)


def main() -> None:
    """Measures the pipelines asked for, or the peak of one."""
    arguments = parser(__doc__)
    arguments.add_argument(
        "--quick", action="store_true", help="what has targets, 7 pairs, memory once: 5 minutes"
    )
    arguments.add_argument("--model", default="storybook", help="as of direct2v, small-random or sd15-random")
    arguments.add_argument("--frames", type=int, default=8)
    arguments.add_argument("--steps", type=int, help="the model's own without it")
    arguments.add_argument("--pairs", type=int, help="pairs for each ratio")
    arguments.add_argument(
        "--peak", metavar="PIPELINE", help="print the peak memory of this one, and no more"
    )
    options = arguments.parse_args()
    start(options)
    warnings.simplefilter("ignore")  # diffusers calls its Text2Video-Zero deprecated
    if options.peak:
        draws, texts, _ = prepared(options)
        draws[options.peak](texts[:2])  # loads what the first run loads
        print(peak_mib(lambda: draws[options.peak](texts), options.device))
    else:
        measure(options)


if __name__ == "__main__":
    main()
