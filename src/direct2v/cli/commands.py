"""What the commands do: check everything that needs no model, then director, engine and files in turn."""

import dataclasses
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from direct2v.cli import interrupts, report
from direct2v.cli.quiet import quiet_libraries
from direct2v.director import resolve_director
from direct2v.errors import InputError, SettingsError
from direct2v.presets import Preset, resolve_settings
from direct2v.storyboard import Storyboard
from direct2v.text import is_unicode, printable
from direct2v.video import DEFAULT_FPS, RunRecord, check_output, check_playback, is_run_file

__all__ = ["generate", "models", "render"]


def generate(
    prompt: str,
    *,
    num_frames: int | None,
    director: str,
    output: Path | None,
    force: bool,
    model: str | None,
    device: str,
    preset: str | None,
    overrides: Mapping[str, Any],
    fps: float | None,
) -> None:
    """`direct2v generate`."""
    started = time.monotonic()
    if not prompt.strip():
        raise InputError('the prompt is empty; say in one sentence what happens, as in "A flower grows"')
    if not is_unicode(prompt):
        raise InputError("the prompt is not valid UTF-8; check the terminal's encoding")
    overrides = {"seed": secrets.randbelow(2**31), **overrides}
    _check(output, force=force, fps=fps, preset=preset or "direct2v", overrides=overrides)
    storyboard = resolve_director(director).direct(prompt, num_frames, seed=overrides["seed"])
    report.show_storyboard(storyboard)
    _produce(
        storyboard,
        started=started,
        output=output,
        force=force,
        model=model or "storybook",
        device=device,
        preset=preset or "direct2v",
        overrides=overrides,
        fps=DEFAULT_FPS if fps is None else fps,
    )


def render(
    source: str,
    *,
    output: Path | None,
    force: bool,
    model: str | None,
    device: str,
    preset: str | None,
    overrides: Mapping[str, Any],
    fps: float | None,
) -> None:
    """`direct2v render`."""
    started = time.monotonic()
    recorded = RunRecord.load(source) if is_run_file(source) else None
    chosen: str | Preset = preset or "direct2v"
    if recorded is None:
        storyboard = Storyboard.load(source)
    else:
        if recorded.storyboard is None:
            raise InputError(f"{printable(source, 200)}: was made from embeddings, it has no words to render")
        if preset is not None:
            raise SettingsError(
                "a run.json records every setting; leave --preset out, or render its storyboard"
            )
        storyboard = recorded.storyboard
        chosen = Preset(name="recorded", summary=source, settings=recorded.settings.model_dump())
        model = model or recorded.model.name
        fps = recorded.video.fps if fps is None else fps
    _check(output, force=force, fps=fps, preset=chosen, overrides=overrides)
    _produce(
        storyboard,
        started=started,
        output=output,
        force=force,
        model=model or "storybook",
        device=device,
        preset=chosen,
        overrides=overrides,
        fps=DEFAULT_FPS if fps is None else fps,
        hold=0.0 if recorded is None else recorded.video.hold,
        recorded=recorded,
    )


def models() -> None:
    """`direct2v models`."""
    from direct2v.storybook import model_path

    report.show_models(model_path())


def _check(
    output: Path | None,
    *,
    force: bool,
    fps: float | None,
    preset: str | Preset,
    overrides: Mapping[str, Any],
) -> None:
    """Refuses what can be refused before torch and a model are loaded."""
    resolve_settings(preset, **overrides)
    check_playback(DEFAULT_FPS if fps is None else fps)
    check_output(output, force=force)


def _produce(
    storyboard: Storyboard,
    *,
    started: float,
    output: Path | None,
    force: bool,
    model: str,
    device: str,
    preset: str | Preset,
    overrides: Mapping[str, Any],
    fps: float,
    hold: float = 0.0,
    recorded: RunRecord | None = None,
) -> None:
    with report.Phases() as phases:
        phases.begin("Loading the model")
        loading = time.monotonic()
        quiet_libraries()
        from direct2v.engine import DirecT2V

        interrupts.check()
        engine = DirecT2V.from_pretrained(model, device=device)
        load = {"load": round(time.monotonic() - loading, 3)}

        def on_step(step: Any) -> None:
            interrupts.check()
            phases.step(step.phase, step.step_index + 1, step.num_steps)

        rendering = engine.render(storyboard, preset=preset, on_step=on_step, **overrides)
        phases.begin("Writing the files")
        interrupts.check()
        rendering = dataclasses.replace(rendering, timings={**load, **rendering.timings})
        saved = rendering.save(output, fps=fps, hold=hold, force=force)
        interrupts.ignore()
    report.show_saved(saved, seconds=time.monotonic() - started, notes=rendering.notes, recorded=recorded)
