"""Ctrl-C and SIGTERM in real processes, at every stage: one line, nothing left, nothing lost."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

LINE = "Cancelled; nothing was written."


def start(folder: Path, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "direct2v", *map(str, arguments)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(process: "subprocess.Popen[str]", phase: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(phase):
            return
    raise AssertionError(f"ended before {phase}")


def check_cancelled(
    process: "subprocess.Popen[str]", code: int, folder: Path, *, drawn: bool = False
) -> None:
    _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    last = err.splitlines()[-1]
    assert last.startswith("Cancelled after step ") if drawn else last == LINE, err
    assert last.endswith(" resume out.checkpoint") == drawn
    assert "Traceback" not in err
    assert err.count("Cancelled") == 1
    assert (folder / "out.checkpoint").is_file() == drawn
    (folder / "out.checkpoint").unlink(missing_ok=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"out.mp4": b"old"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "out.mp4").write_bytes(b"old")
    return tmp_path


@pytest.mark.parametrize(
    ("phase", "pause", "number"),
    [
        ("Loading", 0.0, signal.SIGINT),  # importing torch
        ("Loading", 1.0, signal.SIGTERM),
        ("Drawing the frames", 0.3, signal.SIGINT),
    ],
)
def test_cancelled_at_any_time(
    folder: Path, tiny_sd: Path, phase: str, pause: float, number: signal.Signals
) -> None:
    options = ("--model", tiny_sd, "--steps", 900, "--force", "-o", "out.mp4")
    process = start(folder, "generate", "A storm", *options)
    wait_for(process, phase)
    time.sleep(pause)
    process.send_signal(number)
    time.sleep(0.05)
    process.send_signal(number)  # the impatient second one changes nothing
    check_cancelled(process, 128 + number, folder, drawn=phase == "Drawing the frames")


def test_cancelled_while_writing(folder: Path, tiny_sd: Path) -> None:
    options = ("--model", tiny_sd, "--steps", 1, "--frames", 60, "--force", "-o", "out.mp4")
    process = start(folder, "generate", "A storm", *options)
    wait_for(process, "Writing")
    time.sleep(0.1)
    assert len(list(folder.iterdir())) == 3  # the old file, the checkpoint and the staging folder
    process.send_signal(signal.SIGINT)
    check_cancelled(process, 130, folder, drawn=True)


def test_cancelled_at_start_up(folder: Path) -> None:
    for pause in (0.1, 0.2, 0.3, 0.5):
        process = start(folder, "generate", "A storm", "--force", "-o", "out.mp4")
        time.sleep(pause)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        # before Python has read a line of ours it reports the interrupt in its own way
        if err.splitlines()[-1:] != ["KeyboardInterrupt"]:
            assert err.splitlines()[-1] == LINE
            assert process.returncode == 130
        assert [path.name for path in folder.iterdir()] == ["out.mp4"]


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    process = start(tmp_path, "generate", "--help")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    process.wait()


def test_a_terminal_gets_a_table_and_a_bar(tmp_path: Path, tiny_sd: Path) -> None:
    master, slave = pty.openpty()
    arguments = [
        "generate",
        "A [bold]storm",
        "--model",
        tiny_sd,
        "--steps",
        3,
        "--frames",
        2,
        "-o",
        "out.mp4",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "direct2v", *map(str, arguments)],
        cwd=tmp_path,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"},
    )
    os.close(slave)
    seen = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # how Linux says that the other side has closed
            break
        if not part:
            break
        seen += part
    os.close(master)
    assert process.wait() == 0
    text = seen.decode()
    assert "A [bold]storm" in text
    assert "\x1b[" in text
    assert "Drawing the frames" in text
    assert "torchvision" not in text
    assert "Run folder  out.run" in text
