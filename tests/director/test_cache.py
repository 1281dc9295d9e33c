"""The cache: what was written comes back, damage is no error, and processes at once lose nothing."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from direct2v.director.cache import StoryboardCache, cache_folder
from direct2v.errors import InputError
from direct2v.storyboard import Storyboard

BOARD = Storyboard.from_prompts("a story", ["one", "two"], director="test")


def test_what_was_written_comes_back_under_the_same_key_only(tmp_path: Path) -> None:
    cache = StoryboardCache(tmp_path / "new" / "folder")
    with cache.entry({"a": 1, "b": [2]}) as entry:
        assert entry.read() is None
        entry.write(BOARD)
    with cache.entry({"b": [2], "a": 1}) as entry:
        assert entry.read() == BOARD
        assert entry.path.stat().st_mode & 0o077 == 0  # prompts are private
    with cache.entry({"b": [2], "a": 2}) as entry:
        assert entry.read() is None
    assert (tmp_path / "new" / "folder").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b'{"prompt": "x", "frames": []}'])
def test_a_damaged_entry_is_no_entry(tmp_path: Path, damage: bytes) -> None:
    cache = StoryboardCache(tmp_path)
    with cache.entry({}) as entry:
        entry.path.write_bytes(damage)
    with cache.entry({}) as entry:
        assert entry.read() is None
        entry.write(BOARD)
        assert entry.read() == BOARD


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with StoryboardCache(tmp_path / "file" / "folder").entry({}) as entry:
        assert entry.read() is None
        entry.write(BOARD)
        assert entry.read() is None


def test_the_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIRECT2V_CACHE_DIR", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.setenv("DIRECT2V_CACHE_DIR", "~surely-nobody/cache")
    with pytest.raises(
        InputError, match="DIRECT2V_CACHE_DIR is '~surely-nobody/cache': there is no such home"
    ):
        cache_folder()
    monkeypatch.delenv("DIRECT2V_CACHE_DIR")
    assert "direct2v" in cache_folder().parts


def test_who_waits_for_another_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    cache = StoryboardCache(tmp_path)

    def second() -> None:
        with cache.entry({}, on_wait=lambda: told.append("waiting")) as entry:
            told.append(str(entry.read() == BOARD))

    with cache.entry({}) as entry:
        thread = threading.Thread(target=second)
        thread.start()
        while not told:
            time.sleep(0.05)
        entry.write(BOARD)
    thread.join(30)
    assert told == ["waiting", "True"]


WORKER = """
import sys
from direct2v.director.cache import StoryboardCache
from direct2v.storyboard import Storyboard
folder, worker = sys.argv[1:]
cache = StoryboardCache(folder)
asked = 0
for question in range(12):
    with cache.entry({"question": question}) as entry:
        if entry.read() is None:
            asked += 1
            entry.write(Storyboard.from_prompts("a story", [f"answer {question}"] * 50, director=worker))
    with cache.entry({"worker": worker, "question": question}) as entry:
        entry.write(Storyboard.from_prompts("a story", [f"{worker} {question}"]))
print(asked)
"""


def test_eight_processes_at_once_lose_nothing_and_ask_each_question_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WORKER, str(tmp_path)]
    workers = [
        subprocess.Popen([*command, str(worker)], stdout=subprocess.PIPE, text=True, env=os.environ)
        for worker in range(8)
    ]
    asked = [int(worker.communicate(timeout=120)[0]) for worker in workers]
    assert all(worker.returncode == 0 for worker in workers)
    assert sum(asked) == 12
    cache = StoryboardCache(tmp_path)
    for question in range(12):
        with cache.entry({"question": question}) as entry:
            board = entry.read()
            assert board is not None
            assert board.texts() == [f"answer {question}"] * 50
        for worker in range(8):
            with cache.entry({"worker": str(worker), "question": question}) as entry:
                board = entry.read()
                assert board is not None
                assert board.texts() == [f"{worker} {question}"]
