"""What is finished, on disk: one line a cell, safe against kill -9 at any moment."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import filelock

from direct2v.errors import InputError, OutputError
from direct2v.evaluation.experiments.plan import Cell
from direct2v.files import output_error, replacing
from direct2v.text import printable

__all__ = ["Journal", "Row", "working_in"]


@dataclass(frozen=True)
class Row:
    """A finished cell.

    Attributes:
        cell: which.
        metrics: by name.
        seconds: it took, on the wall.
    """

    cell: Cell
    metrics: Mapping[str, float]
    seconds: float


class Journal:
    """The rows of one experiment in a folder.

    Args:
        folder: of the experiment.
        plan: all that decides the figures, as JSON values; a folder keeps to the first one.

    Raises:
        InputError: the folder holds rows of another plan.
        OutputError: it cannot be written.
    """

    def __init__(self, folder: Path, plan: Mapping[str, Any]) -> None:
        self._path = folder / "cells.jsonl"
        before = folder / "plan.json"
        text = json.dumps(plan, indent=2) + "\n"
        if before.exists() and before.read_text(encoding="utf-8") != text:
            raise InputError(
                f"{printable(str(folder))} holds another experiment, or one of another size, director or "
                "model; give another folder, or remove this one"
            )
        with replacing(before) as temporary:
            temporary.write_text(text, encoding="utf-8")
        self.rows = self._read()

    def _read(self) -> dict[Cell, Row]:
        """The rows that were written whole; what a kill left of another is cut off."""
        if not self._path.exists():
            return {}
        content = self._path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            os.truncate(self._path, len(whole))
        rows = (json.loads(line) for line in whole.splitlines())
        found = (Row(Cell(**row["cell"]), row["metrics"], row["seconds"]) for row in rows)
        return {row.cell: row for row in found}

    def add(self, row: Row) -> None:
        """Writes a row down; when this returns, it survives a kill and a power cut.

        Raises:
            OutputError: it cannot be written.
        """
        line = json.dumps({"cell": asdict(row.cell), "metrics": dict(row.metrics), "seconds": row.seconds})
        try:
            with self._path.open("ab") as file:
                file.write(line.encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise output_error(self._path, error) from error
        self.rows[row.cell] = row


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Makes the folder and keeps other processes out of it; the system lets go of it when this one dies.

    Raises:
        OutputError: another process works there, or it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder / ".lock", timeout=0):
            yield
    except filelock.Timeout:
        raise OutputError(
            f"another process runs an experiment in {printable(str(folder))}; wait for it"
        ) from None
    except OSError as error:
        raise output_error(folder, error) from error
