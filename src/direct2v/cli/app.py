"""The commands and their help. Whatever they need is imported when they run, so that help answers at once."""

from pathlib import Path
from typing import Annotated

import typer

from direct2v.cli import options
from direct2v.cli.spread import spread

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        import direct2v

        typer.echo(f"direct2v {direct2v.__version__}")
        raise typer.Exit


@app.callback()
def _direct2v(
    version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", callback=_version, is_eager=True, help="Show the version and leave."
        ),
    ] = False,
) -> None:
    """One sentence in, a story video out."""


@app.command()
@spread
def generate(
    prompt: Annotated[
        str, typer.Argument(metavar="PROMPT", help="The story in one sentence.", show_default=False)
    ],
    directing: options.Directing,
    drawing: options.Drawing,
) -> None:
    """Turn a sentence into a storyboard and the storyboard into a video.

    Leaves NAME.mp4 and beside it NAME.run with every frame, a contact sheet, the storyboard and run.json.
    """
    from direct2v.cli.commands import generate as command

    options.within("--frames", directing.frames, 1, 1024)
    command(prompt, drawing, directing)


@app.command()
@spread
def render(
    source: Annotated[
        str,
        typer.Argument(
            metavar="STORYBOARD_OR_RUN_JSON",
            help="A storyboard in any format, or the run.json of an earlier run to make it again.",
            show_default=False,
        ),
    ],
    drawing: options.Drawing,
    frame: Annotated[
        int | None,
        typer.Option(
            "--frame",
            metavar="K",
            help="Draw only frame K, from 1, and keep the others of the run that stands beside the output.",
        ),
    ] = None,
) -> None:
    """Turn a storyboard into a video, or repeat a recorded run.

    A run.json brings its own model, all that was added to it, and settings, the seed included: the frames
    come out the same. Options given here change it.
    """
    from direct2v.cli.commands import render as command

    options.within("--frame", frame, 1, 1024)
    command(source, drawing, frame=frame)


@app.command()
def resume(
    checkpoint: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="The .checkpoint that a stopped run left behind.", show_default=False
        ),
    ],
) -> None:
    """Go on with a run that was stopped, to the frames that it would have had.

    The same as to repeat its command: generate or render, with the options that it had, in its folder.
    """
    from direct2v.cli.commands import resume as command

    command(checkpoint)


@app.command()
@spread
def direct(
    prompt: Annotated[
        str, typer.Argument(metavar="PROMPT", help="The story in one sentence.", show_default=False)
    ],
    directing: options.Directing,
    output: options.File = None,
    edit: Annotated[
        bool,
        typer.Option(
            "--edit", metavar="", help="Open the storyboard in $VISUAL or $EDITOR before it is written."
        ),
    ] = False,
    seed: Annotated[
        int | None,
        typer.Option("--seed", metavar="N", help="Of language models that take one. Without it, a new one."),
    ] = None,
    model: options.Model = None,
    form: options.FileFormat = None,
    force: options.Force = False,
) -> None:
    """Turn a sentence into a storyboard file, to look at and edit before `render` draws it.

    Without -o the storyboard goes to the standard output, as YAML.
    """
    from direct2v.cli.storyboards import direct as command

    options.within("--frames", directing.frames, 1, 1024)
    options.within("--seed", seed, 0, 2**32 - 1)
    command(
        prompt,
        directing,
        seed=seed,
        output=output,
        form=form,
        force=force,
        edit=edit,
        model=model or "storybook",
    )


@app.command()
def lint(
    source: Annotated[
        str, typer.Argument(metavar="FILE", help="A storyboard, in any format.", show_default=False)
    ],
    frames: Annotated[
        int | None, typer.Option("--frames", metavar="N", help="How many frames it must have.")
    ] = None,
    model: options.Model = None,
) -> None:
    """Check that an image model can draw each frame prompt on its own, and that the story moves.

    The exit code is 0 without findings, 1 with findings, and 2 if the file cannot be used.
    """
    from direct2v.cli.storyboards import lint as command

    options.within("--frames", frames, 1, 1024)
    raise typer.Exit(command(source, model=model or "storybook", num_frames=frames))


@app.command()
def convert(
    source: Annotated[
        str, typer.Argument(metavar="FILE", help="A storyboard, in any format.", show_default=False)
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.", show_default=False)],
    form: options.FileFormat = None,
    force: options.Force = False,
) -> None:
    """Turn a storyboard into another format: YAML, JSON, CSV, Markdown, Prompt Relay, prompt travel."""
    from direct2v.cli.storyboards import convert as command

    command(source, output=output, form=form, force=force)


@app.command()
def schema() -> None:
    """Print the JSON Schema of storyboard files, for editors and other programs."""
    from direct2v.cli.storyboards import schema as command

    command()


@app.command()
def models() -> None:
    """List the models that are here, and how to name others."""
    from direct2v.cli.commands import models as command

    command()
