"""The commands around storyboard files: write one, check one, convert one, and tell their form."""

import json
import os
import secrets
import sys
from pathlib import Path

from direct2v.cli import interrupts, report
from direct2v.cli.editing import Draft, find_editor
from direct2v.cli.options import Directing
from direct2v.director import Director, resolve_director
from direct2v.director.contract import check
from direct2v.director.tokens import token_budget
from direct2v.errors import InputError, ModelError, OutputError
from direct2v.interchange import SUFFIXES, load_storyboard, losses, resolve_format, save_storyboard
from direct2v.models import find_folder
from direct2v.storyboard import storyboard_schema
from direct2v.text import is_unicode, printable

__all__ = ["check_prompt", "check_target", "convert", "direct", "director_of", "lint", "schema"]


def direct(
    prompt: str,
    directing: Directing,
    *,
    seed: int | None,
    output: Path | None,
    form: str | None,
    force: bool,
    edit: bool,
    model: str,
) -> None:
    """`direct2v direct`."""
    check_prompt(prompt)
    director = director_of(directing, model)
    find_folder(model)  # an unknown model is refused before anybody is asked
    if output is None and (edit or form is not None):
        raise InputError(
            f"{'--edit' if edit else '--format'} needs a file; name it with -o, as in -o story.yaml"
        )
    seed = secrets.randbelow(2**31) if seed is None else seed
    if output is None:
        sys.stdout.write(director.direct(prompt, directing.frames, seed=seed).to_yaml())
        return
    form = resolve_format(output, form)
    check_target(output, force=force)
    editor = find_editor() if edit else None
    draft = Draft(output) if edit else None
    budget = token_budget(model)
    storyboard = director.direct(prompt, directing.frames, seed=seed)
    if draft is not None and editor is not None:
        storyboard = draft.edit(storyboard, editor)
    findings = check(storyboard, num_frames=directing.frames, budget=budget)
    check_target(output, force=force)  # again: editing and directing take their time
    if draft is not None and output.suffix.lower() in (".yaml", ".yml"):
        draft.take(output)
    else:
        save_storyboard(storyboard, output, form)
    interrupts.ignore()
    if draft is not None:
        draft.drop()
    report.show_storyboard(storyboard)
    report.show_written(output, storyboard, lost=losses(storyboard, form), seed=seed)
    report.show_findings([finding for finding in findings if str(finding) not in storyboard.notes])


def check_prompt(prompt: str) -> None:
    """Refuses a sentence that nobody could direct.

    Raises:
        InputError: saying what to give instead.
    """
    if not prompt.strip():
        raise InputError('the prompt is empty; say in one sentence what happens, as in "A flower grows"')
    if not is_unicode(prompt):
        raise InputError("the prompt is not valid UTF-8; check the terminal's encoding")
    if prompt.lower().endswith(tuple(SUFFIXES)) and os.path.isfile(prompt):  # False for what no path can be
        raise InputError(f"the prompt is a file; to draw it: direct2v render {printable(prompt, 200)}")


def director_of(directing: Directing, model: str) -> Director:
    """Who writes the storyboard; what a language model is doing is told on stderr.

    Raises:
        InputError: there is no such director.
    """
    return resolve_director(
        directing.director,
        model=model,
        shared=directing.shared,
        lenient=directing.lenient,
        cache=not directing.no_cache,
        on_event=report.say,
    )


def lint(source: str, *, model: str, num_frames: int | None) -> int:
    """`direct2v lint`: 0 if nothing was found, else 1."""
    storyboard = load_storyboard(source)
    try:
        budget = token_budget(model)
    except ModelError as error:
        raise InputError(str(error)) from error  # exit code 1 is for findings
    findings = check(storyboard, num_frames=num_frames, budget=budget)
    if model == "storybook":
        report.note_unknown_words(storyboard)
    report.show_lint(printable(source, 200), storyboard, findings)
    return 1 if findings else 0


def schema() -> None:
    """`direct2v schema`."""
    print(json.dumps(storyboard_schema(), indent=2, ensure_ascii=False))


def convert(source: str, *, output: Path, form: str | None, force: bool) -> None:
    """`direct2v convert`."""
    form = resolve_format(output, form)
    check_target(output, force=force)
    storyboard = load_storyboard(source)
    save_storyboard(storyboard, output, form)
    report.show_written(output, storyboard, lost=losses(storyboard, form))


def check_target(path: Path, *, force: bool) -> None:
    """Refuses a file that cannot or must not be written, before anything is made for it.

    Raises:
        OutputError: naming the file and what to do.
    """
    name = printable(str(path), 200)
    if path.is_dir():
        raise OutputError(f"{name} is a folder; name a file")
    if not path.parent.is_dir():
        raise OutputError(
            f"cannot write {name}: the folder {printable(str(path.parent), 200)} does not exist"
        )
    if path.exists() and not force:
        raise OutputError(f"{name} exists already; choose another name, or replace with --force")
