"""Runs stopped by Ctrl-C or kill -9 at any moment: whole files only, and the same frames in the end."""

import json
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from direct2v.checkpoints import Checkpoint
from direct2v.video import RunRecord

STEPS = 8


def frames_of(run: Path) -> np.ndarray:
    return np.stack([np.asarray(Image.open(file)) for file in sorted((run / "frames").glob("*.png"))])


class Killer:
    """See ``killing.py``."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("killing.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, folder: Path, arguments: tuple[object, ...], pause: float | None = None) -> dict[str, Any]:
        order = {"folder": str(folder), "arguments": [*map(str, arguments)], "pause": pause}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def finish(self, folder: Path, arguments: tuple[object, ...]) -> float:
        done = self.run(folder, arguments)
        left = sorted(path.name for path in folder.iterdir())
        assert done["code"] == 0, f"exit code {done['code']}, left {left}, said:\n{done['said']}"
        return done["seconds"]

    def kill_and_finish(self, folder: Path, arguments: tuple[object, ...], pauses: list[float]) -> int:
        """Starts the command and kills it after each pause, then lets it end; gives how often it killed."""
        kills = 0
        for pause in pauses:
            done = self.run(folder, arguments, pause)
            check_whole(folder)
            if done["code"] == 0:  # it was faster
                return kills
            assert done["code"] == -signal.SIGKILL, f"after {pause} s, said:\n{done['said']}"
            kills += 1
        self.finish(folder, arguments)
        return kills


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    killer = Killer()
    yield killer
    assert killer.process.stdin is not None
    assert killer.process.stdout is not None
    killer.process.stdin.close()
    killer.process.wait()
    killer.process.stdout.close()


def command(tiny_sd: Path, *more: object) -> tuple[object, ...]:
    options = ("--model", tiny_sd, "--steps", STEPS, "--frames", 3, "--seed", 3)
    return ("generate", "A storm", *options, "-o", "out.mp4", *more)


def check_whole(folder: Path) -> None:
    """Everything with a name of an output can be read to its end."""
    head = Checkpoint(path=folder / "out.checkpoint").head()
    assert head is None or 1 <= head["done"][0] <= head["done"][1]
    if (folder / "out.run").exists():
        assert RunRecord.load(folder / "out.run" / "run.json").settings.seed == 3
        assert len(frames_of(folder / "out.run")) == 3
    if (folder / "out.mp4").exists():
        with av.open(str(folder / "out.mp4")) as video:
            assert len(list(video.decode(video=0))) == 3


@pytest.fixture(scope="module")
def whole(
    killer: Killer, tiny_sd: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[np.ndarray, float]:
    """The frames of a run that nobody stopped, and how long it took, in seconds."""
    folder = tmp_path_factory.mktemp("whole")
    seconds = killer.finish(folder, command(tiny_sd))
    return frames_of(folder / "out.run"), seconds


def test_killed_at_random_moments(
    killer: Killer, tiny_sd: Path, tmp_path: Path, whole: tuple[np.ndarray, float]
) -> None:
    frames, seconds = whole
    draw, folder = random.Random(0), tmp_path / "run"
    folder.mkdir()
    killer.kill_and_finish(folder, command(tiny_sd), [seconds * draw.uniform(0.2, 0.8) for _ in range(4)])
    assert np.array_equal(frames_of(folder / "out.run"), frames)
    assert sorted(path.name for path in folder.iterdir()) == ["out.mp4", "out.run"]


@pytest.mark.slow
def test_killed_at_fifty_random_moments(
    killer: Killer, tiny_sd: Path, tmp_path: Path, whole: tuple[np.ndarray, float]
) -> None:
    frames, seconds = whole
    draw, kills, number = random.Random(1), 0, 0
    while kills < 50:
        folder = tmp_path / str(number)
        replaces = number % 2 == 1
        if replaces:  # an output that is replaced must never be lost either
            shutil.copytree(tmp_path / "0", folder)
        else:
            folder.mkdir()
        pauses = [seconds * draw.uniform(0.1, 1.0) for _ in range(3)]
        kills += killer.kill_and_finish(folder, command(tiny_sd, *(["--force"] if replaces else [])), pauses)
        assert np.array_equal(frames_of(folder / "out.run"), frames)
        assert sorted(path.name for path in folder.iterdir()) == ["out.mp4", "out.run"]
        number += 1


def stop_in_process(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """The next command meets Ctrl-C behind this step."""
    from direct2v.cli import report

    step = report.Phases.step
    seen = []

    def stopping(self, *arguments: object) -> None:
        step(self, *arguments)
        seen.append(arguments)
        if len(seen) == after:
            monkeypatch.undo()
            raise KeyboardInterrupt

    monkeypatch.setattr(report.Phases, "step", stopping)


@pytest.fixture
def stopped(direct2v: Callable, tiny_sd: Path, tmp_path: Path) -> Callable:
    """Runs a command that is stopped behind a step; its folder is the current one."""

    def stop(after: int, *arguments: object) -> None:
        with pytest.MonkeyPatch.context() as patch:
            stop_in_process(patch, after)
            done = direct2v(*arguments)
            assert done.code == 130, done.err

    return stop


SMALL = ("--set", "height=64", "--set", "width=64")
SHORT = ("--steps", 4, "--frames", 2, *SMALL)


def test_the_same_command_goes_on(direct2v: Callable, stopped: Callable, tiny_sd: Path) -> None:
    options = ("--model", tiny_sd, *SHORT)
    stopped(2, "generate", "A storm", *options)
    (checkpoint,) = Path().iterdir()
    assert checkpoint.name == "a-storm.checkpoint"
    done = direct2v("generate", "A storm", *options)  # without a seed: the one that was drawn is kept
    assert done.code == 0, done.err
    assert "Going on after step 2 of 5, from a-storm.checkpoint; --restart would begin anew" in done.err
    seed = RunRecord.load("a-storm.run/run.json").settings.seed
    assert direct2v("generate", "A storm", *options, "--seed", seed, "-o", "b.mp4").code == 0
    assert np.array_equal(frames_of(Path("a-storm.run")), frames_of(Path("b.run")))
    assert not list(Path().glob("*.checkpoint"))


def test_another_command_begins_anew(direct2v: Callable, stopped: Callable, tiny_sd: Path) -> None:
    options = ("--model", tiny_sd, *SHORT, "-o", "a.mp4")
    stopped(2, "generate", "A storm", *options, "--seed", 1)
    for more in (("--seed", 2), ("--seed", 1, "--restart", "--force")):
        done = direct2v("generate", "A storm", *options, *more)
        assert done.code == 0, done.err
        assert "Going on" not in done.err
        if more[1] == 2:
            assert "Note: a.checkpoint is of another command, or was given up, and is replaced" in done.err
    # the same in a free name is left alone
    stopped(2, "generate", "A storm", "--model", tiny_sd, *SHORT, "--seed", 1)
    assert direct2v("generate", "A storm", "--model", tiny_sd, *SHORT, "--seed", 2).code == 0
    assert Path("a-storm.checkpoint").is_file()
    assert not Path("a-storm-2.checkpoint").exists()


def test_a_checkpoint_of_ones_own_is_refused_where_it_does_not_fit(
    direct2v: Callable, stopped: Callable, tiny_sd: Path
) -> None:
    options = ("--model", tiny_sd, *SHORT, "--checkpoint", "kept")
    stopped(2, "generate", "A storm", *options, "--seed", 1)
    done = direct2v("generate", "A storm", *options, "--seed", 2)
    assert done.code == 2
    assert "Error: kept belongs to another command; repeat that one, begin anew with --restart" in done.err
    Path("other").write_bytes(b"mine")
    done = direct2v("generate", "A storm", "--model", tiny_sd, *SHORT, "--checkpoint", "other")
    assert done.code == 2
    assert "other is damaged, or no checkpoint of an unfinished run" in done.err
    assert Path("other").read_bytes() == b"mine"


def test_resume_takes_the_file_alone(
    direct2v: Callable, stopped: Callable, tiny_sd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("--model", tiny_sd, "--seed", 1, "--steps", 4, *SMALL)
    assert direct2v("generate", "A storm", *options, "--frames", 2, "-o", "a.mp4").code == 0
    run, board = "a.run/run.json", "a.run/storyboard.yaml"
    for name, arguments in {
        "b": ("generate", "A storm", *options, "--frames", 2),
        "c": ("render", run),
        "d": ("render", board, *options),
    }.items():
        stopped(3, *arguments, "-o", f"{name}.gif", "--hold", "2")
        monkeypatch.chdir("/")
        done = direct2v("resume", tmp_path / f"{name}.checkpoint")
        assert done.code == 0, done.err
        assert "Going on after step 3 of 5" in done.err
        assert np.array_equal(frames_of(Path(f"{name}.run")), frames_of(Path("a.run")))
        assert RunRecord.load(f"{name}.run/run.json").hold == (2, 2)
        assert not list(Path().glob("*.checkpoint"))
    before = frames_of(Path("a.run"))
    stopped(3, "render", board, "--frame", 2, "-o", "a.mp4", "--seed", 5)
    assert direct2v("resume", "a.checkpoint").code == 0
    after = frames_of(Path("a.run"))
    assert [np.array_equal(a, b) for a, b in zip(before, after, strict=True)] == [True, False]
    for file, message in (("none", "there is no file none"), (board, "is damaged, or no checkpoint")):
        done = direct2v("resume", file)
        assert done.code == 2
        assert message in done.err


def test_what_was_just_finished_when_it_was_killed_is_no_stranger(
    direct2v: Callable, stopped: Callable, tiny_sd: Path
) -> None:
    arguments = ("generate", "A storm", "--model", tiny_sd, *SHORT, "-o", "a.mp4", "--seed", 1)
    stopped(5, *arguments)
    checkpoint = Path("a.checkpoint").read_bytes()
    assert direct2v(*arguments).code == 0
    frames = frames_of(Path("a.run"))
    Path("a.checkpoint").write_bytes(checkpoint)  # killed between the last file and the cleaning up
    Path("a.mp4").unlink()  # or between the run folder and the video
    assert direct2v(*arguments).code == 0
    assert np.array_equal(frames_of(Path("a.run")), frames)
    assert sorted(path.name for path in Path().iterdir()) == ["a.mp4", "a.run"]
    record = json.loads(Path("a.run/run.json").read_text())
    record["settings"]["seed"] = 2  # another run
    Path("a.run/run.json").write_text(json.dumps(record))
    Path("a.checkpoint").write_bytes(checkpoint)
    done = direct2v(*arguments)
    assert done.code == 1
    assert "exist already" in done.err
