"""What the commands do: check everything that needs no model, then director, engine and files in turn."""

import dataclasses
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from direct2v.cli import interrupts, report
from direct2v.cli.quiet import quiet_libraries
from direct2v.director import resolve_director
from direct2v.documents import SUFFIXES
from direct2v.errors import InputError, ModelError, SettingsError
from direct2v.files import published
from direct2v.models import KNOWN_MODELS, check_folder, find_folder, model_defaults
from direct2v.presets import Preset, resolve_settings
from direct2v.storyboard import Storyboard
from direct2v.text import is_unicode, printable
from direct2v.video import DEFAULT_FPS, RunRecord, check_output, check_playback, load_source

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
    if prompt.lower().endswith(SUFFIXES) and os.path.isfile(prompt):  # False also for what no path can be
        raise InputError(f"the prompt is a file; to draw it: direct2v render {printable(prompt, 200)}")
    overrides = {"seed": secrets.randbelow(2**31), **overrides}
    model = model or "storybook"
    directs = resolve_director(director)
    _check(output, force=force, fps=fps, model=model, preset=preset or "direct2v", overrides=overrides)
    storyboard = directs.direct(prompt, num_frames, seed=overrides["seed"])
    report.show_storyboard(storyboard)
    _produce(
        storyboard,
        started=started,
        output=output,
        force=force,
        model=model,
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
    if os.path.isfile(os.path.join(source, "run.json")):
        raise InputError(
            f"{printable(source, 200)} is a run folder; give its run.json for the same frames, "
            "or its storyboard.yaml"
        )
    found = load_source(source)
    recorded = found if isinstance(found, RunRecord) else None
    chosen: str | Preset = preset or "direct2v"
    if isinstance(found, Storyboard):
        storyboard = found
    else:
        storyboard = _repeatable(found, printable(source, 200), reseeded="seed" in overrides)
        if preset is not None:
            raise SettingsError(
                "a run.json records every setting; leave --preset out, or render its storyboard"
            )
        chosen = Preset(name="recorded", summary=source, settings=found.settings.model_dump())
        model = model or _recorded_model(found, Path(source))
        fps = found.video.fps if fps is None else fps
    model = model or "storybook"
    _check(output, force=force, fps=fps, model=model, preset=chosen, overrides=overrides)
    _produce(
        storyboard,
        started=started,
        output=output,
        force=force,
        model=model,
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


def _repeatable(recorded: RunRecord, name: str, *, reseeded: bool) -> Storyboard:
    """The storyboard of a run that its record tells in full, or whose start a new seed replaces.

    Raises:
        InputError: if the run cannot be repeated.
    """
    if recorded.storyboard is None:
        raise InputError(f"{name}: was made from embeddings, it has no words to render")
    if not reseeded and (recorded.latents_given or recorded.settings.seed is None):
        start = "given latents" if recorded.latents_given else "a generator in use"
        raise InputError(f"{name}: started from {start}, which no seed repeats; give --seed for other frames")
    return recorded.storyboard


def _recorded_model(recorded: RunRecord, source: Path) -> str:
    """The model to repeat a run with; a relative folder is also looked for from where its video lies.

    Raises:
        ModelError: if it is not here.
    """
    name = recorded.model.name
    if name in KNOWN_MODELS:
        return name
    try:
        beside = source.resolve().parent.parent / name
        if not Path(name).is_dir() and beside.is_dir():
            return os.path.relpath(beside)
        find_folder(name)
    except (ModelError, OSError, ValueError) as error:
        raise ModelError(f"{error}; the run was made with it, say with --model where it is") from error
    return name


def _check(
    output: Path | None,
    *,
    force: bool,
    fps: float | None,
    model: str,
    preset: str | Preset,
    overrides: Mapping[str, Any],
) -> None:
    """Refuses what can be refused before torch and a model are loaded."""
    folder = find_folder(model)
    if folder is not None:  # else it is the hub's to give
        check_folder(folder)
    resolve_settings(preset, None if folder is None else model_defaults(folder), **overrides)
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
        dtype = None if recorded is None else recorded.model.dtype
        engine = DirecT2V.from_pretrained(model, device=device, dtype=dtype)
        load = {"load": round(time.monotonic() - loading, 3)}

        def on_step(step: Any) -> None:
            interrupts.check()
            phases.step(step.phase, step.step_index + 1, step.num_steps)

        rendering = engine.render(storyboard, preset=preset, on_step=on_step, **overrides)
        phases.begin("Writing the files")
        interrupts.check()
        rendering = dataclasses.replace(rendering, timings={**load, **rendering.timings})
        published.set(interrupts.ignore)
        saved = rendering.save(output, fps=fps, hold=hold, force=force)
    report.show_saved(saved, seconds=time.monotonic() - started, notes=rendering.notes, recorded=recorded)
