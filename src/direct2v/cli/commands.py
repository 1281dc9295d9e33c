"""What the drawing commands do: check all that needs no model, then director, engine and files in turn."""

import os
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from direct2v.cli import interrupts, report
from direct2v.cli.options import Directing, Drawing
from direct2v.cli.quiet import quiet_libraries
from direct2v.cli.storyboards import check_prompt, director_of
from direct2v.errors import InputError, ModelError, SettingsError
from direct2v.files import published
from direct2v.models import KNOWN_MODELS, check_folder, find_folder, model_defaults
from direct2v.presets import Preset, resolve_settings
from direct2v.storyboard import Storyboard, check_camera
from direct2v.storybook import model_path
from direct2v.text import printable
from direct2v.video import (
    DEFAULT_FPS,
    Redraw,
    RunRecord,
    check_output,
    check_playback,
    check_times,
    load_source,
    parse_hold,
    plan_redraw,
)

if TYPE_CHECKING:
    from direct2v.engine import DirecT2V, Rendering

    Draw = Callable[[DirecT2V, Callable[[Any], None]], Rendering]

__all__ = ["generate", "models", "render"]


def generate(prompt: str, drawing: Drawing, directing: Directing) -> None:
    """`direct2v generate`."""
    started = time.monotonic()
    check_prompt(prompt)
    seed = drawing.overrides.get("seed", secrets.randbelow(2**31))
    drawing = replace(drawing, overrides={**drawing.overrides, "seed": seed})
    director = director_of(directing, drawing.model or "storybook")
    _check(drawing)
    storyboard = director.direct(prompt, directing.num_frames, seed=seed)
    report.show_storyboard(storyboard)
    _draw_storyboard(storyboard, drawing, started=started)


def render(source: str, drawing: Drawing, *, frame: int | None) -> None:
    """`direct2v render`."""
    started = time.monotonic()
    if os.path.isfile(os.path.join(source, "run.json")):
        raise InputError(
            f"{printable(source, 200)} is a run folder; give its run.json for the same frames, "
            "or its storyboard.yaml"
        )
    found = load_source(source)
    if isinstance(found, RunRecord):
        if frame is not None:
            raise InputError("--frame draws from a storyboard; give the storyboard.yaml beside this run.json")
        _repeat(found, source, drawing, started=started)
    elif frame is not None:
        _redraw(frame, found, source, drawing, started=started)
    else:
        _check(drawing)
        _draw_storyboard(found, drawing, started=started)


def models() -> None:
    """`direct2v models`."""
    report.show_models(model_path())


def _draw_storyboard(storyboard: Storyboard, drawing: Drawing, *, started: float) -> None:
    def draw(engine: "DirecT2V", on_step: Callable[[Any], None]) -> "Rendering":
        preset = drawing.preset or "direct2v"
        return engine.render(storyboard, preset=preset, on_step=on_step, **drawing.overrides)

    _produce(draw, drawing, storyboard, started=started)


def _repeat(recorded: RunRecord, source: str, drawing: Drawing, *, started: float) -> None:
    """Draws a recorded run again; its model, settings and playback count where no others are given."""
    storyboard = recorded.repeatable(f"{printable(source, 200)}:", seeded="seed" in drawing.overrides)
    if drawing.preset is not None:
        raise SettingsError("a run.json records every setting; leave --preset out, or render its storyboard")
    drawing = replace(
        drawing,
        model=drawing.model or _recorded_model(recorded, Path(source)),
        fps=recorded.video.fps if drawing.fps is None else drawing.fps,
    )
    _check(drawing, preset=recorded.preset())

    def draw(engine: "DirecT2V", on_step: Callable[[Any], None]) -> "Rendering":
        return engine.repeat(recorded, on_step=on_step, **drawing.overrides)

    _produce(draw, drawing, storyboard, started=started, recorded=recorded)


def _redraw(frame: int, storyboard: Storyboard, source: str, drawing: Drawing, *, started: float) -> None:
    """Draws one frame anew, beside the others of the run that stands at the output or around the source."""
    redraw = plan_redraw(
        frame,
        storyboard,
        source=source,
        output=drawing.output,
        model=drawing.model,
        preset=drawing.preset,
        overrides=drawing.overrides,
    )
    force = drawing.force or redraw.updates(drawing.output)
    drawing = replace(drawing, overrides=redraw.overrides, force=force)
    if redraw.base is not None:
        before, file = redraw.base.record, redraw.base.folder / "run.json"
        drawing = replace(
            drawing,
            model=drawing.model or _recorded_model(before, file),
            fps=before.video.fps if drawing.fps is None else drawing.fps,
        )
    _check(drawing, preset=redraw.preset)

    def draw(engine: "DirecT2V", on_step: Callable[[Any], None]) -> "Rendering":
        return engine.render(storyboard, preset=redraw.preset, on_step=on_step, **redraw.overrides)

    _produce(draw, drawing, storyboard, started=started, redraw=redraw)


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


def _check(drawing: Drawing, *, preset: str | Preset | None = None) -> None:
    """Refuses what can be refused before torch and a model are loaded."""
    folder = find_folder(drawing.model or "storybook")
    if folder is not None:  # else it is the hub's to give
        check_folder(folder)
    defaults = None if folder is None else model_defaults(folder)
    resolve_settings(preset or drawing.preset or "direct2v", defaults, **drawing.overrides)
    check_playback(DEFAULT_FPS if drawing.fps is None else drawing.fps)
    if drawing.hold is not None:
        parse_hold(drawing.hold)
    check_output(drawing.output, force=drawing.force)


def _produce(
    draw: "Draw",
    drawing: Drawing,
    storyboard: Storyboard,
    *,
    started: float,
    recorded: RunRecord | None = None,
    redraw: Redraw | None = None,
) -> None:
    """Loads the model, draws, and writes the files."""
    hold = None if recorded is None else recorded.hold
    if drawing.hold is not None:
        hold = parse_hold(drawing.hold, storyboard.num_frames)
    fps = DEFAULT_FPS if drawing.fps is None else drawing.fps
    check_times(drawing.output, storyboard, fps=fps, hold=hold)
    check_camera(storyboard)
    model = drawing.model or "storybook"
    if model == "storybook":
        report.note_unknown_words(storyboard)
    if redraw is not None and not redraw.keeps_others:
        report.say(f"There is no earlier run with the other frames: only frame {redraw.frame} is made")
    with report.Phases() as phases:
        phases.begin("Loading the model")
        loading = time.monotonic()
        quiet_libraries()
        from direct2v.engine import DirecT2V

        interrupts.check()
        before = recorded if redraw is None or redraw.base is None else redraw.base.record
        dtype = None if before is None else before.model.dtype
        engine = DirecT2V.from_pretrained(model, device=drawing.device, dtype=dtype)
        load = {"load": round(time.monotonic() - loading, 3)}

        def on_step(step: Any) -> None:
            interrupts.check()
            phases.step(step.phase, step.step_index + 1, step.num_steps)

        rendering = draw(engine, on_step)
        phases.begin("Writing the files")
        interrupts.check()
        rendering = replace(rendering, timings={**load, **rendering.timings})
        published.set(interrupts.ignore)
        saved = rendering.save(drawing.output, fps=fps, hold=hold, force=drawing.force, redraw=redraw)
    notes = [*rendering.notes, *saved.notes]
    report.show_saved(saved, seconds=time.monotonic() - started, notes=notes, recorded=recorded)
