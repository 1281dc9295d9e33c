"""The file in which a run keeps what it has done so far, so that it can go on after it was stopped. No torch.

A safetensors file: tensors, and one JSON text that says whose they are. It is replaced as a whole after every
step: whatever moment a process dies at, the state after a finished step is there, never half of one.
"""

import hashlib
import itertools
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open

from direct2v.errors import InputError, OutputError
from direct2v.files import output_error
from direct2v.text import printable

__all__ = ["KEY", "SUFFIX", "VERSION", "Checkpoint"]

SUFFIX: Final = ".checkpoint"
KEY: Final = "direct2v"  # of the JSON text among the file's metadata
VERSION: Final = 1


@dataclass(frozen=True, eq=False, kw_only=True)
class Checkpoint:
    """Where one run keeps its state.

    Attributes:
        path: of the file; it need not exist yet.
        job: JSON values that whoever starts the run wants to find again beside the state.
    """

    path: Path
    job: Mapping[str, Any] = field(default_factory=dict)
    _lock: list[FileLock] = field(default_factory=list, repr=False)  # made when first needed

    @classmethod
    def at(cls, path: "str | Path | Checkpoint") -> "Checkpoint":
        """From a path, or the same."""
        return path if isinstance(path, Checkpoint) else cls(path=Path(path))

    @property
    def name(self) -> str:
        """The path, safe to print."""
        return printable(str(self.path), 200)

    def part(self, number: int) -> "Checkpoint":
        """Of one of several renders that make one run, numbered from 1; the first has the file itself."""
        if number == 1:
            return self
        return replace(self, path=self.path.with_name(f"{self.path.name}-{number}"), job={})

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keeps other processes of this machine off the file; may be entered again inside.

        Raises:
            OutputError: if another run holds it.
        """
        try:
            if not self._lock:
                self._lock.append(FileLock(_lock_file(self.path)))
            self._lock[0].acquire(timeout=0)
        except Timeout:
            raise OutputError(
                f"{self.name} belongs to a run that is still drawing; wait for it, or choose another output"
            ) from None
        except OSError as error:
            raise output_error(self.path, error) from error
        try:
            yield
        finally:
            self._lock[0].release()

    def head(self) -> dict[str, Any] | None:
        """The JSON part of the file, its job and identity among it; None if there is no file.

        Raises:
            InputError: if it is no checkpoint of this version, or damaged.
        """
        if not os.path.lexists(self.path):
            return None
        try:
            with safe_open(self.path, framework="np") as file:
                head = json.loads((file.metadata() or {})[KEY])
                version = head["version"]
        except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{self.name} is damaged, or no checkpoint of an unfinished run; remove it to begin anew"
            ) from error
        if version != VERSION:
            raise InputError(
                f"{self.name} was written by another version of direct2v (format "
                f"{printable(str(version), 20)}, this one reads {VERSION}); remove it to begin anew"
            )
        return dict(head)

    def write(self, content: bytes) -> None:
        """Puts a new state in the place of the old one, on the disk before this returns.

        Raises:
            OutputError: if it cannot be written.
        """
        # one name for all, so that what a killed process leaves is overwritten by the next one
        temporary = self.path.with_name(f".{self.path.name}.new")
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
            _sync_folder(self.path.parent)
        except OSError as error:
            raise output_error(self.path, error) from error

    def remove(self) -> None:
        """The run is finished, or given up: removes the file, and those of its other parts."""
        for number in itertools.count(1):
            part = self.part(number).path
            if number > 1 and not part.exists():
                return
            for path in (part.with_name(f".{part.name}.new"), part):
                with suppress(OSError):
                    path.unlink()


def _lock_file(path: Path) -> Path:
    """Not beside the output, where a killed process would leave it lying."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir(), f"direct2v-locks-{user}")
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{hashlib.sha256(os.path.realpath(path).encode()).hexdigest()[:32]}.lock"


def _sync_folder(folder: Path) -> None:
    """So that the new name is on the disk too; not every system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
