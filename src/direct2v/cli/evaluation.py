"""The commands that measure: a video that is there, or one story by several presets."""

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from direct2v.cli import interrupts, report
from direct2v.cli.options import Directing
from direct2v.cli.quiet import quiet_libraries
from direct2v.cli.storyboards import check_prompt, check_target, director_of
from direct2v.errors import InputError
from direct2v.files import published
from direct2v.interchange import SUFFIXES, load_storyboard
from direct2v.models import check_model, find_folder, model_defaults
from direct2v.storyboard import Storyboard
from direct2v.text import printable
from direct2v.video import DEFAULT_FPS, check_playback, check_times

if TYPE_CHECKING:
    from direct2v.diffusion import Step

__all__ = ["compare", "evaluate"]


def evaluate(
    source: str,
    *,
    storyboard: Path | None,
    prompt: str | None,
    clip: str,
    dino: str | None,
    json: Path | None,
    force: bool,
) -> None:
    """`direct2v evaluate`."""
    from direct2v.evaluation.extra import check_extra
    from direct2v.evaluation.footage import load_footage

    if json is not None:
        check_target(json, force=force)
    check_extra()
    footage = load_footage(source, storyboard)
    quiet_libraries()
    from direct2v.cli import figures
    from direct2v.evaluation.encoders import load_encoders
    from direct2v.evaluation.evaluator import evaluate_footage

    evaluation = evaluate_footage(footage, prompt=prompt, models=load_encoders(clip, dino))
    if json is not None:
        check_target(json, force=force)  # again: measuring took its time
        evaluation.save(json)
    figures.show_evaluation(evaluation)
    if json is not None:
        print(f"Figures     {printable(str(json), 200)}")


def compare(
    story: str,
    directing: Directing,
    *,
    presets: str,
    output: str,
    fps: float | None,
    model: str,
    overrides: dict[str, Any],
    clip: str,
    dino: str | None,
    force: bool,
) -> None:
    """`direct2v compare`."""
    from direct2v.evaluation.contenders import check_presets
    from direct2v.evaluation.extra import check_extra
    from direct2v.evaluation.side_by_side import check_comparison_output

    names = [name.strip() for name in presets.split(",") if name.strip()]
    overrides = {"seed": secrets.randbelow(2**31), **overrides}
    storyboard = _given(story, directing)
    director = None if storyboard is not None else director_of(directing, model)
    check_extra()
    path = find_folder(model)
    if path is not None:  # else it is the hub's to give
        check_model(path)
    check_presets(names, None if path is None else model_defaults(path), **overrides)
    check_playback(DEFAULT_FPS if fps is None else fps)
    check_comparison_output(output, force=force)
    if director is not None:
        storyboard = director.direct(story, directing.frames, seed=overrides["seed"])
    assert storyboard is not None
    check_times(output, storyboard, fps=DEFAULT_FPS if fps is None else fps)
    report.show_storyboard(storyboard)
    with report.Phases() as phases:
        phases.begin("Loading the models")
        quiet_libraries()
        from direct2v.cli import figures
        from direct2v.evaluation.comparison import compare

        def on_step(preset: str, step: "Step") -> None:
            interrupts.check()
            phases.step(f"{preset}, {step.phase}", step.step_index + 1, step.num_steps)

        comparison = compare(
            storyboard,
            names,
            model=model,
            clip=clip,
            dino=dino,
            on_step=on_step,
            **overrides,
        )
        phases.begin("Writing the files")
        interrupts.check()
        published.set(interrupts.ignore)
        saved = comparison.save(output, fps=fps, force=force)
    figures.show_comparison(comparison, saved)


def _given(story: str, directing: Directing) -> Storyboard | None:
    """The storyboard that a file holds; None for a sentence.

    Raises:
        InputError: if there is no such file, or options of a director are given beside it.
    """
    if not story.lower().endswith(tuple(SUFFIXES)) or (len(story.split()) > 1 and not os.path.isfile(story)):
        check_prompt(story)
        return None
    storyboard = load_storyboard(story)
    if directing != Directing():
        raise InputError("a storyboard needs no director; leave --frames and the other options of one out")
    return storyboard
