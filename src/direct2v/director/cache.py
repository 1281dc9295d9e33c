"""Storyboards that language models wrote before, on disk: the same question is never paid for twice."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from direct2v.errors import InputError, OutputError, StoryboardError
from direct2v.files import replacing
from direct2v.storyboard import Storyboard
from direct2v.text import printable

__all__ = ["CacheEntry", "StoryboardCache", "cache_folder"]

_WAIT: Final = 600.0  # seconds for another process that asks the same; then both ask


def cache_folder() -> Path:
    """Where storyboards are kept: DIRECT2V_CACHE_DIR, else the user's cache folder.

    Raises:
        InputError: the variable cannot be used.
    """
    chosen = os.environ.get("DIRECT2V_CACHE_DIR", "").strip()
    if not chosen:
        return user_cache_path("direct2v") / "storyboards"
    try:
        return Path(chosen).expanduser()
    except RuntimeError:  # ~ of nobody
        raise InputError(f"DIRECT2V_CACHE_DIR is {printable(chosen, 200)!r}: there is no such home") from None


class StoryboardCache:
    """One file for each question; files appear whole, and processes that ask the same wait for the first.

    A folder that cannot be written is no error: then nothing is kept.

    Args:
        folder: is made when first needed; None for ``cache_folder()``.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = cache_folder() if folder is None else Path(folder)

    @contextmanager
    def entry(
        self, key: Mapping[str, Any], *, on_wait: Callable[[], object] = lambda: None
    ) -> Iterator["CacheEntry"]:
        """The place for the answer to one question, held until the block ends.

        Args:
            key: everything that decides the answer, as JSON values.
            on_wait: is called once if another process is asking the same.
        """
        canonical = json.dumps(key, sort_keys=True, ensure_ascii=True)
        path = self.folder / f"{hashlib.sha256(canonical.encode()).hexdigest()}.json"
        lock = FileLock(path.with_suffix(".lock"))
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # prompts are private
            try:
                lock.acquire(timeout=1)
            except Timeout:
                on_wait()
                lock.acquire(timeout=_WAIT)
        except (OSError, Timeout, NotImplementedError):
            yield CacheEntry(path)
            return
        try:
            yield CacheEntry(path)
        finally:
            lock.release()


class CacheEntry:
    """The place for one storyboard.

    Args:
        path: of its file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Storyboard | None:
        """What is kept here; None for nothing, also if the file is damaged."""
        try:
            return Storyboard.load(self.path)
        except StoryboardError:
            return None

    def write(self, storyboard: Storyboard) -> None:
        """Keeps `storyboard`, if the folder can be written."""
        with suppress(OutputError), replacing(self.path) as temporary:
            temporary.touch(mode=0o600)
            temporary.write_text(storyboard.to_json(), encoding="utf-8")
