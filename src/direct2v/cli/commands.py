"""What the drawing commands do: check all that needs no model, then director, engine and files in turn."""

import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from direct2v.cli import interrupts, report
from direct2v.cli.options import Directing, Drawing
from direct2v.cli.quiet import quiet_libraries
from direct2v.cli.storyboards import check_prompt, director_of
from direct2v.cli.unfinished import Job, Started, load_job, start_job
from direct2v.errors import InputError, ModelError, SettingsError
from direct2v.files import published
from direct2v.model_source import ModelSource
from direct2v.models import KNOWN_MODELS, check_model, find_folder, model_defaults, read_object
from direct2v.paces import check_fit, find_pace, model_kind
from direct2v.presets import Preset, at_pace, resolve_settings
from direct2v.storyboard import Storyboard
from direct2v.storybook import model_path
from direct2v.text import printable
from direct2v.video import (
    DEFAULT_FPS,
    ModelRecord,
    Redraw,
    RunRecord,
    check_output,
    check_playback,
    check_smooth,
    check_times,
    load_source,
    parse_hold,
    plan_redraw,
)

if TYPE_CHECKING:
    from direct2v.engine import DirecT2V, Rendering

    Draw = Callable[[DirecT2V, Mapping[str, Any]], Rendering]

__all__ = ["generate", "models", "render", "resume"]


def generate(prompt: str, drawing: Drawing, directing: Directing) -> None:
    """`direct2v generate`."""
    check_prompt(prompt)
    drawing.overrides()
    asked = {"prompt": prompt, "directing": asdict(directing)}
    _generate(start_job(Job(asked=asked, drawing=drawing), prompt))


def render(source: str, drawing: Drawing, *, frame: int | None) -> None:
    """`direct2v render`."""
    if os.path.isfile(os.path.join(source, "run.json")):
        raise InputError(
            f"{printable(source, 200)} is a run folder; give its run.json for the same frames, "
            "or its storyboard.yaml"
        )
    found = load_source(source)
    kind = "record" if isinstance(found, RunRecord) else "storyboard"
    asked = {kind: found.model_dump(mode="json"), "frame": frame}
    story = found.storyboard if isinstance(found, RunRecord) else found
    name = "" if story is None else story.prompt
    _render(start_job(Job(asked=asked, drawing=drawing, source=source), name), found)


def resume(checkpoint: str) -> None:
    """`direct2v resume`."""
    started = load_job(checkpoint)
    asked = started.job.asked
    if "prompt" in asked:
        _generate(started)
    elif "record" in asked:
        _render(started, RunRecord.model_validate(asked["record"]))
    else:
        _render(started, Storyboard.model_validate(asked["storyboard"]))


def _generate(run: Started) -> None:
    started = time.monotonic()
    job = run.job
    given = job.drawing.seed if job.seed is None else job.seed
    seed = secrets.randbelow(2**31) if given is None else given
    drawing = replace(job.drawing, seed=seed)
    directing = Directing(**job.asked["directing"])
    source = _source(drawing)
    director = director_of(directing, source.config or source.name)
    _check(drawing, source, drawing.overrides())
    storyboard = job.storyboard
    if storyboard is None:
        storyboard = director.direct(job.asked["prompt"], directing.frames, seed=seed)
    report.show_storyboard(storyboard)
    run = run.found_out(seed=seed, storyboard=storyboard)
    _draw_storyboard(storyboard, drawing, source, run, started=started)


def _render(run: Started, found: Storyboard | RunRecord) -> None:
    started = time.monotonic()
    drawing, frame = run.job.drawing, run.job.asked["frame"]
    if isinstance(found, RunRecord):
        if frame is not None:
            raise InputError("--frame draws from a storyboard; give the storyboard.yaml beside this run.json")
        _repeat(found, drawing, run, started=started)
    elif frame is not None:
        _redraw(frame, found, drawing, run, started=started)
    else:
        model = _source(drawing)
        _check(drawing, model, drawing.overrides())
        _draw_storyboard(found, drawing, model, run, started=started)


def models() -> None:
    """`direct2v models`."""
    report.show_models(model_path())


def _draw_storyboard(
    storyboard: Storyboard, drawing: Drawing, model: ModelSource, run: Started, *, started: float
) -> None:
    def draw(engine: "DirecT2V", driven: Mapping[str, Any]) -> "Rendering":
        return engine.render(
            storyboard, preset=_preset(drawing), pace=drawing.pace, **driven, **drawing.overrides()
        )

    _produce(draw, drawing, model, storyboard, run, started=started)


def _repeat(recorded: RunRecord, drawing: Drawing, run: Started, *, started: float) -> None:
    """Draws a recorded run again; its model, settings and playback count where no others are given."""
    overrides, source = drawing.overrides(), run.job.source
    storyboard = recorded.repeatable(f"{printable(source, 200)}:", seeded="seed" in overrides)
    for option in ("preset", "pace"):
        if getattr(drawing, option) is not None:
            raise SettingsError(
                f"a run.json records every setting; leave --{option} out, or render its storyboard"
            )
    model = _source(drawing, recorded.model, Path(source))
    drawing = _played_as(recorded, drawing)
    _check(drawing, model, overrides, preset=recorded.preset())

    def draw(engine: "DirecT2V", driven: Mapping[str, Any]) -> "Rendering":
        return engine.repeat(recorded, **driven, **overrides)

    _produce(draw, drawing, model, storyboard, run, started=started, recorded=recorded)


def _played_as(recorded: RunRecord, drawing: Drawing) -> Drawing:
    """With the playback of a recorded run, where the command line does not say another."""
    video = recorded.video
    return replace(
        drawing,
        fps=video.fps if drawing.fps is None else drawing.fps,
        smooth=video.smooth if drawing.smooth is None else drawing.smooth,
        smooth_by=video.smooth_by if drawing.smooth_by is None else drawing.smooth_by,
    )


def _redraw(frame: int, storyboard: Storyboard, drawing: Drawing, run: Started, *, started: float) -> None:
    """Draws one frame anew, beside the others of the run that stands at the output or around the source."""
    if drawing.pace is not None:
        raise SettingsError("one frame is drawn anew at the pace of the others; leave --pace out")
    redraw = plan_redraw(
        frame,
        storyboard,
        source=run.job.source,
        output=drawing.output,
        model=drawing.model,
        preset=drawing.preset,
        overrides=drawing.overrides(),
    )
    drawing = replace(drawing, force=drawing.force or redraw.updates(drawing.output))
    if redraw.base is None:
        model = _source(drawing)
    else:
        before, file = redraw.base.record, redraw.base.folder / "run.json"
        model = _source(drawing, before.model, file)
        drawing = replace(_played_as(before, drawing), smooth_by=drawing.smooth_by)
    model = _check(drawing, model, redraw.overrides, preset=redraw.preset)
    if redraw.base is not None and redraw.keeps_others:
        added = {"lora": model.lora, "embedding": model.embedding}
        redraw.base.check_model(redraw.base.record.model.model_copy(update=added))

    def draw(engine: "DirecT2V", driven: Mapping[str, Any]) -> "Rendering":
        return engine.render(storyboard, preset=redraw.preset, **driven, **redraw.overrides)

    _produce(draw, drawing, model, storyboard, run, started=started, redraw=redraw)


def _source(drawing: Drawing, recorded: ModelRecord | None = None, run: Path | None = None) -> ModelSource:
    """The model to load: as the command line says, and where it does not, as a recorded run did.

    Raises:
        SettingsError: if an option is not accepted.
        ModelError: if a recorded file is not here.
    """
    given = drawing.loading()
    if recorded is None or run is None:
        return ModelSource.of("storybook", **given)
    if "name" in given:
        given = {"config": None, **given}  # the recorded one went with the recorded model
    else:
        given["name"] = recorded.name if recorded.name in KNOWN_MODELS else _beside(recorded.name, run)
        try:
            find_folder(given["name"])
        except ModelError as error:
            raise ModelError(f"{error}; the run was made with it, say with --model where it is") from error
        if recorded.config is not None:
            given.setdefault("config", _beside(recorded.config, run))
    for option in ("lora", "embedding"):
        files = [
            added.model_copy(update={"file": _beside(added.file, run)}) for added in getattr(recorded, option)
        ]
        given.setdefault(option, files)
    return recorded.again(**given)


def _beside(path: str, run: Path) -> str:
    """A recorded path; a relative one is also looked for from where the run's video lies."""
    beside = os.path.join(run.resolve().parent.parent, path)
    return os.path.relpath(beside) if not os.path.exists(path) and os.path.exists(beside) else path


def _check(
    drawing: Drawing,
    model: ModelSource,
    overrides: Mapping[str, Any],
    *,
    preset: str | Preset | None = None,
) -> ModelSource:
    """Refuses what can be refused before torch and a model are loaded.

    Returns:
        The model, with the hashes of the files that are added to it.
    """
    sealed = model.sealed()
    path = find_folder(model.name)
    if path is not None:  # else it is the hub's to give
        check_model(path)
    defaults = None if path is None else model_defaults(path)
    pace = None if drawing.pace is None else find_pace(drawing.pace)
    if pace is not None and path is not None and path.is_dir():
        parts = (read_object(path / part) for part in ("unet/config.json", "scheduler/scheduler_config.json"))
        check_fit(pace, model_kind(*parts), has_lora=bool(model.lora))
    preset = _preset(drawing) if preset is None else preset
    resolve_settings(preset, defaults, **at_pace(pace, preset, defaults, overrides))
    check_playback(DEFAULT_FPS if drawing.fps is None else drawing.fps)
    if drawing.hold is not None:
        parse_hold(drawing.hold)
    check_smooth(1 if drawing.smooth is None else drawing.smooth, _smooth_by(drawing))
    check_output(drawing.output, force=drawing.force)
    return sealed


def _smooth_by(drawing: Drawing) -> Any:
    return "flow" if drawing.smooth_by is None else drawing.smooth_by


def _preset(drawing: Drawing) -> str:
    return "direct2v" if drawing.preset is None else drawing.preset


def _produce(
    draw: "Draw",
    drawing: Drawing,
    model: ModelSource,
    storyboard: Storyboard,
    run: Started,
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
    check_times(drawing.output, storyboard, fps=fps, hold=hold, smooth=drawing.smooth or 1)
    if model.name == "storybook":
        report.note_unknown_words(storyboard)
    if redraw is not None and not redraw.keeps_others:
        report.say(f"There is no earlier run with the other frames: only frame {redraw.frame} is made")
    checkpoint = run.ready()
    report.note_checkpoint(run)
    if drawing.preview:
        report.note_preview()
    with checkpoint.held(), report.Phases() as phases:
        phases.begin("Loading the model")
        loading = time.monotonic()
        quiet_libraries()
        from direct2v.engine import DirecT2V

        interrupts.check()
        engine = DirecT2V.from_pretrained(model)
        load = {"load": round(time.monotonic() - loading, 3)}

        if run.replaces:
            checkpoint.remove()

        def on_step(step: Any) -> None:
            interrupts.offer(report.cancelled(checkpoint, step.completed, step.total))
            interrupts.check()
            phases.step(step.phase, step.step_index + 1, step.num_steps)
            if drawing.preview:
                phases.show(engine.preview(step))

        rendering = draw(engine, {"on_step": on_step, "checkpoint": checkpoint})
        phases.begin("Writing the files")
        interrupts.check()
        rendering = replace(rendering, timings={**load, **rendering.timings})
        published.set(interrupts.ignore)
        saved = rendering.save(
            drawing.output,
            fps=fps,
            hold=hold,
            force=drawing.force,
            redraw=redraw,
            smooth=drawing.smooth,
            smooth_by=_smooth_by(drawing),
        )
    notes = [*rendering.notes, *saved.notes]
    report.show_saved(saved, seconds=time.monotonic() - started, notes=notes, recorded=recorded)
