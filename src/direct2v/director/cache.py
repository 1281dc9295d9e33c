"""Storyboards that language models wrote before, on disk: the same question is never paid for twice."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from direct2v.errors import OutputError, StoryboardError
from direct2v.storyboard import Storyboard

__all__ = ["CacheEntry", "StoryboardCache", "cache_folder"]

_WAIT: Final = 600.0  # seconds for another process that asks the same; then both ask


def cache_folder() -> Path:
    """Where storyboards are kept: DIRECT2V_CACHE_DIR, else the user's cache folder."""
    chosen = os.environ.get("DIRECT2V_CACHE_DIR", "").strip()
    return Path(chosen).expanduser() if chosen else user_cache_path("direct2v") / "storyboards"


class StoryboardCache:
    """One file for each question; files appear whole, and processes that ask the same wait for the first.

    A folder that cannot be written is no error: then nothing is kept.

    Args:
        folder: is made when first needed; None for ``cache_folder()``.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = cache_folder() if folder is None else Path(folder)

    @contextmanager
    def entry(self, key: Mapping[str, Any]) -> Iterator["CacheEntry"]:
        """The place for the answer to one question, held until the block ends.

        Args:
            key: everything that decides the answer, as JSON values.
        """
        canonical = json.dumps(key, sort_keys=True, ensure_ascii=True)
        path = self.folder / f"{hashlib.sha256(canonical.encode()).hexdigest()}.json"
        lock = FileLock(path.with_suffix(".lock"), timeout=_WAIT)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # prompts are private
            lock.acquire()
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
        try:
            storyboard.save(self.path)
        except OutputError:
            return
