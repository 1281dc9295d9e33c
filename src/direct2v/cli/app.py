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
def evaluate(
    source: Annotated[
        str,
        typer.Argument(
            metavar="RUN_OR_VIDEO",
            help="A run folder, a video file, or a folder of PNG.",
            show_default=False,
        ),
    ],
    storyboard: Annotated[
        Path | None,
        typer.Option(
            "--storyboard", metavar="FILE", help="What the frames should show. The default is the run's own."
        ),
    ] = None,
    prompt: Annotated[
        str | None,
        typer.Option("--prompt", metavar="TEXT", help="The user's own sentence, if no storyboard says it."),
    ] = None,
    json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the figures to this file too.")
    ] = None,
    clip: options.Clip = "storybook",
    dino: options.Dino = None,
    force: options.Force = False,
) -> None:
    """Measure how well frames show their prompts, and how well they go together."""
    from direct2v.cli.evaluation import evaluate as command

    command(source, storyboard=storyboard, prompt=prompt, clip=clip, dino=dino, json=json, force=force)


@app.command()
@spread
def compare(
    story: Annotated[
        str,
        typer.Argument(
            metavar="PROMPT", help="The story in one sentence, or a storyboard file.", show_default=False
        ),
    ],
    directing: options.Directing,
    presets: Annotated[
        str,
        typer.Option(
            "--presets",
            metavar="A,B,C",
            help="Two or more of the presets of `generate`.",
            show_default=False,
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FILE", help="A video: .mp4, .webm, .gif or .webp.", show_default=False
        ),
    ],
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="The same for all. Without it, a new one.")
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option("--fps", metavar="X", help="Frames per second of the video. The default is 2."),
    ] = None,
    model: options.Model = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A field of RenderSettings for all presets, as in --set num_inference_steps=8; can be given "
            "several times.",
        ),
    ] = None,
    clip: options.Clip = "storybook",
    dino: options.Dino = None,
    force: options.Force = False,
) -> None:
    """Draw one story with several presets from the same seed, side by side, and measure each.

    Leaves the video and beside it NAME.compare with a contact sheet, the storyboard and metrics.json.
    """
    from direct2v.cli.evaluation import compare as command

    options.within("--frames", directing.frames, 1, 1024)
    options.within("--seed", seed, 0, 2**32 - 1)
    command(
        story,
        directing,
        presets=presets,
        output=output,
        fps=fps,
        model=model or "storybook",
        overrides=options.settings(setting, {} if seed is None else {"seed": seed}),
        clip=clip,
        dino=dino,
        force=force,
    )


@app.command()
def schema() -> None:
    """Print the JSON Schema of storyboard files, for editors and other programs."""
    from direct2v.cli.storyboards import schema as command

    command()


@app.command()
def experiment(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="director-sanity, rvm-ablation, dsf-sensitivity or baselines.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="DIR",
            help="The folder of its results; one that was begun is gone on with.",
            show_default=False,
        ),
    ],
    quick: Annotated[
        bool, typer.Option("--quick", metavar="", help="Few stories, for a first look in some minutes.")
    ] = False,
    director: Annotated[
        str,
        typer.Option("--director", metavar="WHO", help="For director-sanity: who writes, as in `generate`."),
    ] = "storybook",
    processes: Annotated[
        int, typer.Option("--processes", metavar="N", help="Of one thread each, 1 to 64. The default is 1.")
    ] = 1,
    minutes: Annotated[
        float | None,
        typer.Option("--minutes", metavar="X", help="Stop after so long; the same command goes on later."),
    ] = None,
) -> None:
    """Run an experiment on the embedded world, where it is known what each frame should show.

    Leaves DIR with summary.json, report.html and cells.parquet. A run that was stopped or killed goes on
    where it was with the same command, and gives the same summary.
    """
    from direct2v.cli.experiments import experiment as command

    command(name, out, quick=quick, director=director, processes=processes, minutes=minutes)


@app.command()
def models() -> None:
    """List the models that are here, and how to name others."""
    from direct2v.cli.commands import models as command

    command()
