"""What a person sees: a table and a moving bar on a terminal, plain lines everywhere else."""

import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import TaskID
from rich.table import Table
from rich.text import Text

from direct2v.checkpoints import Checkpoint
from direct2v.cli.bars import Bars
from direct2v.cli.unfinished import Started
from direct2v.director.contract import Finding
from direct2v.storyboard import CameraMove, Storyboard
from direct2v.storybook.world.vocabulary import unknown_words
from direct2v.text import printable
from direct2v.video import RunRecord, Saved

__all__ = [
    "Phases",
    "cancelled",
    "note_checkpoint",
    "note_preview",
    "say",
    "show_findings",
    "show_lint",
    "show_models",
    "show_saved",
    "show_storyboard",
    "show_written",
]

_SHOWN = 300  # characters of one frame prompt


def show_storyboard(storyboard: Storyboard) -> None:
    """Prints who wrote it, one numbered prompt per frame, and the director's notes."""
    author = f", by {printable(storyboard.director, 80)}" if storyboard.director else ""
    title = f"Storyboard{author}: {printable(storyboard.prompt, 200)}"
    prompts = [printable(frame.prompt, _SHOWN) for frame in storyboard.frames]
    moves = [_camera(frame.camera) for frame in storyboard.frames]
    common = [
        ("Every frame", storyboard.shared),
        ("Style", storyboard.style),
        ("Never", storyboard.negative_prompt),
    ]
    footer = [f"{name}: {printable(text, _SHOWN)}" for name, text in common if text.strip()]
    footer += [f"Note: {printable(note, _SHOWN)}" for note in storyboard.notes]
    if not sys.stdout.isatty():
        lines = [
            f"{i}. {prompt}{move and f' [{move}]'}"
            for i, (prompt, move) in enumerate(_zip(prompts, moves), 1)
        ]
        print("\n".join([title, *lines, *footer]), flush=True)
        return
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="bold cyan", no_wrap=True)
    table.add_column()
    table.add_column(style="dim")
    for i, (prompt, move) in enumerate(_zip(prompts, moves), 1):
        table.add_row(str(i), Text(prompt), move)
    console = Console(highlight=False)
    console.print(Text(title, style="bold"))
    console.print(table)
    for line in footer:
        console.print(Text(line, style="dim"))


def _zip(prompts: list[str], moves: list[str]) -> list[tuple[str, str]]:
    return list(zip(prompts, moves, strict=True))


def _camera(move: CameraMove | None) -> str:
    changed = {} if move is None else move.model_dump(exclude_defaults=True)
    return ", ".join(f"{name} {value:g}" for name, value in changed.items())


def say(line: str) -> None:
    """One line on stderr, of what is going on."""
    print(printable(line, _SHOWN), file=sys.stderr, flush=True)


def note_checkpoint(run: Started) -> None:
    """Says on stderr where a run goes on, or that the state of another one is given up."""
    if run.done is not None:
        done, total = run.done
        say(f"Going on after step {done} of {total}, from {run.checkpoint.name}; --restart would begin anew")
    elif run.replaces:
        say(f"Note: {run.checkpoint.name} is of another command, or was given up, and is replaced")


def note_preview() -> None:
    """Says on stderr where there is no terminal to show a preview on."""
    if not sys.stderr.isatty():
        say("Note: --preview needs a terminal, and this is none; nothing is shown before the video is there")


def cancelled(checkpoint: Checkpoint, done: int, total: int) -> str:
    """What is said if the run is stopped now."""
    file = shlex.quote(str(checkpoint.path))
    return f"Cancelled after step {done} of {total}; to go on: {_invocation()} resume {file}"


def note_unknown_words(storyboard: Storyboard) -> None:
    """Says on stderr which words the embedded model was never taught."""
    words = unknown_words(storyboard.texts())
    if words:
        named = ", ".join(words[:12]) + (" ..." if len(words) > 12 else "")
        say(f"Note: the embedded model was not trained on these words, and draws what it knows: {named}")


def show_written(path: Path, storyboard: Storyboard, *, lost: Sequence[str], seed: int | None = None) -> None:
    """Prints which storyboard file was written, what its format could not hold, and how to draw it."""
    print(f"Storyboard  {path} ({_frames(storyboard.num_frames)})")
    if lost:
        print(f"Note        this format does not hold: {printable(', '.join(lost), _SHOWN)}")
    print(f"To draw it  {_invocation()} render {shlex.quote(str(path))}")
    if seed is not None:
        print(f"Seed        {seed}")


def show_findings(findings: Sequence[Finding]) -> None:
    """Prints what the contract checks found in a storyboard, one line each."""
    for finding in findings:
        print(f"Note        {printable(str(finding), _SHOWN)}")


def show_lint(name: str, storyboard: Storyboard, findings: Sequence[Finding]) -> None:
    """Prints the findings in a file as a compiler would, and how many there are."""
    for finding in findings:
        print(f"{name}: {printable(str(finding), _SHOWN)} [{finding.check}]")
    count = len(findings)
    found = "no findings" if not count else f"{count} finding{'' if count == 1 else 's'}"
    print(f"{name}: {_frames(storyboard.num_frames)}, {found}")


def show_saved(
    saved: Saved, *, seconds: float, notes: Sequence[str], recorded: RunRecord | None = None
) -> None:
    """Prints what was written, how long it took, and how to have the same frames again."""
    record = saved.record
    video, timings = record.video, record.timings
    parts = ", ".join(f"{name} {spent:.1f} s" for name, spent in timings.items() if spent >= 0.05)
    size = f"{video.width * video.upscale}x{video.height * video.upscale}"
    print(f"Video       {saved.video} ({_frames(saved.num_frames)}, {size}, {saved.seconds:.1f} s)")
    print(f"Run folder  {saved.folder} (frames, contact sheet, storyboard, run.json)")
    print(f"Time        {seconds:.1f} s{parts and f' ({parts})'}")
    differences = [] if recorded is None else _differences(recorded, record)
    for note in (*notes, *(f"{difference}; frames may differ" for difference in differences)):
        print(f"Note        {printable(note, _SHOWN)}")
    again = f"{_invocation()} render {shlex.quote(str(saved.folder / 'run.json'))}"
    print(f"Seed        {record.settings.seed}. The same frames again: {again}")


def _frames(count: int) -> str:
    return f"{count} frame{'' if count == 1 else 's'}"


def _invocation() -> str:
    """How this program was called, so that a line to copy works where the script is not on the PATH."""
    script = sys.argv[0]
    if Path(script).stem != "direct2v":
        return f"{shlex.quote(sys.executable)} -m direct2v"
    found = shutil.which("direct2v")
    on_path = found is not None and Path(script).is_file() and Path(found).samefile(script)
    return "direct2v" if on_path else shlex.quote(script)


def _differences(before: RunRecord, now: RunRecord) -> list[str]:
    found = []
    if before.model.sha256 != now.model.sha256:
        found.append(f"the recorded run used other weights, of {printable(before.model.name, 80)}")
    if not before.model.same_additions(now.model):
        found.append("the recorded run used other LoRAs or textual inversions")
    for name in ("scheduler", "dtype", "device"):
        was, is_now = getattr(before.model, name), getattr(now.model, name)
        if was not in (None, "auto", is_now):
            found.append(f"recorded with {name} {printable(was, 40)}, now {is_now}")
    for name in ("torch", "diffusers", "transformers"):
        if before.versions.get(name) != now.versions.get(name):
            was = printable(before.versions.get(name, "none"), 40)
            found.append(f"recorded with {name} {was}, now {now.versions.get(name)}")
    return found


def show_models(embedded: Path) -> None:
    """Prints the names that ``--model`` takes."""
    state = "ready" if (embedded / "model_index.json").is_file() else "missing from this installation"
    print(f"storybook     embedded, works offline ({state}): 64x64 pixel-art stories; the default")
    print()
    print("Any Stable Diffusion 1.x, 2.x or XL model, also distilled ones (LCM, Turbo):")
    print("FOLDER        in diffusers format, with model_index.json, as in --model ./my-model")
    print("FILE          one .safetensors file, with --config FOLDER_OR_ID for the kind of model that it is")
    print("OWNER/NAME    from the Hugging Face Hub, downloaded at first use, as in")
    print("              --model stable-diffusion-v1-5/stable-diffusion-v1-5")


class Phases:
    """What is being done, on stderr: moving bars on a terminal, else one line per phase."""

    def __init__(self) -> None:
        self._bars = None if not sys.stderr.isatty() else Bars()
        self._task: TaskID | None = None
        self._phase = ""

    def __enter__(self) -> Self:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._end(done=kind is None)
            self._bars.stop()

    def begin(self, title: str, total: int | None = None) -> None:
        """Starts a phase and ends the one before."""
        if self._bars is None:
            steps = "" if total is None else f", {total} {'step' if total == 1 else 'steps'}"
            print(f"{title}{steps}", file=sys.stderr, flush=True)
            return
        self._end(done=True)
        if total is None:
            self._bars.pictures = None
        self._task = self._bars.add_task(title, total=total, count="")

    def step(self, phase: str, done: int, total: int) -> None:
        """One step of the engine is done."""
        if phase != self._phase:
            self._phase = phase
            self.begin(_TITLES.get(phase, phase.capitalize()), total)
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, completed=done, count=f"{done}/{total}")

    def show(self, pictures: Any) -> None:
        """Pictures, uint8 [N, h, w, 3], above the bars of a terminal, until drawing is done."""
        if self._bars is not None:
            self._bars.pictures = pictures

    def _end(self, *, done: bool) -> None:
        if self._bars is not None and self._task is not None and done:
            total = self._bars.tasks[-1].total or 1
            self._bars.update(self._task, total=total, completed=total)


_TITLES = {"layout": "Drawing the layout", "frames": "Drawing the frames"}
