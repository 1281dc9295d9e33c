"""The commands and their help. Whatever they need is imported when they run, so that help answers at once."""

from typing import Annotated

import typer

from direct2v.cli import options

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
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """One sentence in, a story video out."""


@app.command()
def generate(
    prompt: Annotated[
        str, typer.Argument(metavar="PROMPT", help="The story in one sentence.", show_default=False)
    ],
    output: options.Output = None,
    frames: Annotated[
        int | None,
        typer.Option("--frames", metavar="N", help="1 to 1024. The default: 8, or all of a storyboard file."),
    ] = None,
    seed: options.Seed = None,
    fps: options.Fps = None,
    force: options.Force = False,
    director: Annotated[
        str,
        typer.Option(
            "--director",
            metavar="NAME|FILE",
            help="Who writes the storyboard: storybook, or a storyboard file.",
        ),
    ] = "storybook",
    model: options.Model = None,
    device: options.Device = "auto",
    preset: options.PresetName = None,
    steps: options.Steps = None,
    guidance: options.Guidance = None,
    phi: options.Phi = None,
    period: options.Period = None,
) -> None:
    """Turn a sentence into a storyboard and the storyboard into a video.

    Leaves NAME.mp4 and beside it NAME.run with every frame, a contact sheet, the storyboard and run.json.
    """
    from direct2v.cli.commands import generate as command

    options.within("--frames", frames, 1, 1024)
    given = options.overrides(seed=seed, steps=steps, guidance=guidance, phi=phi, period=period)
    command(
        prompt,
        num_frames=frames,
        director=director,
        output=output,
        force=force,
        model=model,
        device=device,
        preset=preset,
        overrides=given,
        fps=fps,
    )


@app.command()
def render(
    source: Annotated[
        str,
        typer.Argument(
            metavar="STORYBOARD_OR_RUN_JSON",
            help="A storyboard (.yaml, .json), or the run.json of an earlier run to make it again.",
            show_default=False,
        ),
    ],
    output: options.Output = None,
    seed: options.Seed = None,
    fps: options.Fps = None,
    force: options.Force = False,
    model: options.Model = None,
    device: options.Device = "auto",
    preset: options.PresetName = None,
    steps: options.Steps = None,
    guidance: options.Guidance = None,
    phi: options.Phi = None,
    period: options.Period = None,
) -> None:
    """Turn a storyboard into a video, or repeat a recorded run.

    A run.json brings its own model and settings, the seed included: the frames come out the same.
    Options given here change it.
    """
    from direct2v.cli.commands import render as command

    given = options.overrides(seed=seed, steps=steps, guidance=guidance, phi=phi, period=period)
    command(
        source,
        output=output,
        force=force,
        model=model,
        device=device,
        preset=preset,
        overrides=given,
        fps=fps,
    )


@app.command()
def models() -> None:
    """List the models that are here, and how to name others."""
    from direct2v.cli.commands import models as command

    command()
