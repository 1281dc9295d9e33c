"""Runs that were stopped: where their checkpoint lies, which command it belongs to, and going on with it."""

import itertools
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

from direct2v.checkpoints import SUFFIX, Checkpoint
from direct2v.cli.options import Drawing
from direct2v.errors import Direct2VError, InputError
from direct2v.storyboard import Storyboard
from direct2v.text import slug
from direct2v.video import RunRecord, find_target

__all__ = ["Job", "Started", "load_job", "start_job"]

# Options that decide neither which frames are drawn nor where they go: a command may go on with others.
_FREE = ("fps", "hold", "smooth", "smooth_by", "preview", "force", "checkpoint", "restart")


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a drawing command was asked, and what it has found out before drawing.

    Attributes:
        asked: JSON values: the prompt and who directs, or what the source holds and which frame is drawn.
        drawing: as it was given.
        source: the file that was rendered; "" without one.
        seed: that was given or drawn, where a director needed one.
        storyboard: that a director wrote.
    """

    asked: Mapping[str, Any]
    drawing: Drawing
    source: str = ""
    seed: int | None = None
    storyboard: Storyboard | None = None

    def same(self, other: "Job") -> bool:
        """Whether both draw the same frames to the same place."""
        mine, theirs = (
            {name: value for name, value in asdict(job.drawing).items() if name not in _FREE}
            for job in (self, other)
        )
        return self.asked == other.asked and mine == theirs

    def to_json(self, path: Path) -> dict[str, Any]:
        """JSON values, for the checkpoint at ``path``."""
        return {
            "asked": dict(self.asked),
            "drawing": asdict(self.drawing),
            "source": self.source,
            "seed": self.seed,
            "storyboard": None if self.storyboard is None else self.storyboard.model_dump(mode="json"),
            "folder": os.path.relpath(
                Path.cwd(), path.resolve().parent
            ),  # what relative paths are relative to
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The reverse of ``to_json``; what is wrong with the values raises whatever it raises."""
        board = values["storyboard"]
        known = {field.name for field in fields(Drawing)}
        return cls(
            asked=values["asked"],
            drawing=Drawing(**{name: given for name, given in values["drawing"].items() if name in known}),
            source=values["source"],
            seed=values["seed"],
            storyboard=None if board is None else Storyboard.model_validate(board),
        )


@dataclass(frozen=True, kw_only=True)
class Started:
    """A command on its way.

    Attributes:
        job: what it does; where it goes on, with what was found out before.
        checkpoint: where its state is kept.
        done: steps that are done already, and all; None where it begins.
        replaces: whether the checkpoint of another command lies there, which is given up.
    """

    job: Job
    checkpoint: Checkpoint
    done: tuple[int, int] | None = None
    replaces: bool = False

    def found_out(self, **changes: Any) -> "Started":
        """The same with more of the job known."""
        return replace(self, job=replace(self.job, **changes))

    def ready(self) -> Checkpoint:
        """The checkpoint, to be given to the engine."""
        job = self.job.to_json(self.checkpoint.path)
        return replace(self.checkpoint, job=job)


def start_job(job: Job, name: str) -> Started:
    """Looks whether the same command was stopped before.

    Args:
        job: what is asked now.
        name: that the output gets where none is given: what the story is called.

    Raises:
        InputError: if the checkpoint that was asked for belongs to another command.
    """
    drawing = job.drawing
    if drawing.checkpoint is not None:
        path = Path(drawing.checkpoint)
        before, done = _earlier(path)
        if before is not None and not drawing.restart and not before.same(job):
            raise InputError(
                f"{Checkpoint(path=path).name} belongs to another command; repeat that one, "
                "begin anew with --restart, or choose another --checkpoint"
            )
        return _started(job, path, before, done)
    if drawing.output is not None:
        path = find_target(drawing.output).run.with_suffix(SUFFIX)
        try:
            return _started(job, path, *_earlier(path))
        except InputError:  # damaged, or of another version: it cannot be gone on from
            return Started(job=job, checkpoint=Checkpoint(path=path), replaces=True)
    stem = slug(name)
    for number in itertools.count(1):
        path = Path(f"{stem}{SUFFIX}" if number == 1 else f"{stem}-{number}{SUFFIX}")
        try:
            with Checkpoint(path=path).held():
                before, done = _earlier(path)
        except Direct2VError:  # another run's, or damaged
            continue
        if before is None or before.same(job):
            return _started(job, path, before, done)
    raise AssertionError("unreachable: counting does not end")


def _started(job: Job, path: Path, before: Job | None, done: tuple[int, int]) -> Started:
    checkpoint = Checkpoint(path=path)
    if before is None or job.drawing.restart or not before.same(job):
        return Started(job=job, checkpoint=checkpoint, replaces=before is not None)
    job = replace(job, seed=before.seed, storyboard=before.storyboard)
    if _is_own_output(checkpoint, job.drawing.output):
        job = replace(job, drawing=replace(job.drawing, force=True))
    return Started(job=job, checkpoint=checkpoint, done=done)


def _earlier(path: Path) -> tuple[Job | None, tuple[int, int]]:
    checkpoint = Checkpoint(path=path)
    head = checkpoint.head()
    if head is None:
        return None, (0, 0)
    try:
        done, total = head["done"]
        return Job.from_json(head["job"]), (done, total)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{checkpoint.name} does not say which command wrote it, so this one cannot go on from it; "
            "remove it, or choose another --checkpoint"
        ) from error


def _is_own_output(checkpoint: Checkpoint, output: str | None) -> bool:
    """Whether what stands at the output is this very run, stopped before it could clean up behind itself."""
    head = checkpoint.head()
    if output is None or head is None:
        return False
    try:
        record = RunRecord.load(find_target(output).run / "run.json")
    except Direct2VError:
        return False
    return bool(record.settings.model_dump(mode="json") == head["identity"]["settings"])


def load_job(file: str) -> Started:
    """The command that a checkpoint belongs to; makes its folder the current one.

    Raises:
        InputError: if there is no such file, it is damaged, or no command line wrote it.
    """
    path = Path(file)
    shown = Checkpoint(path=path).name
    try:
        head = Checkpoint(path=path).head()
    except ValueError as error:
        raise InputError(str(error)) from error
    if head is None:
        raise InputError(f"there is no file {shown}; give the checkpoint of a run that was stopped")
    if not head.get("job"):
        raise InputError(
            f"{shown} was not written by a command; give it to the same call of DirecT2V.render again"
        )
    before, done = _earlier(path)
    assert before is not None
    path = path.resolve()
    try:
        os.chdir(path.parent / head["job"]["folder"])
    except OSError as error:
        raise InputError(f"the folder that {shown} was made in is gone; repeat its command") from error
    return _started(
        replace(before, drawing=replace(before.drawing, restart=False)),
        Path(os.path.relpath(path)),
        before,
        done,
    )
