"""Writing files so that nobody ever sees half of one."""

import os
import secrets
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from direct2v.errors import OutputError
from direct2v.text import printable

__all__ = ["output_error", "published", "replacing", "uninterrupted"]

# Called once a run is in place, before signals are let in again: there the command line stops listening.
published: ContextVar[Callable[[], object]] = ContextVar("published", default=lambda: None)


def output_error(path: Path, error: OSError) -> OutputError:
    """The one-line error for a file that the operating system would not let us write."""
    return OutputError(f"cannot write {printable(str(path))}: {error.strerror or error}")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Gives a temporary path beside ``path`` to write to; renames it to ``path`` when the block ends well.

    After any exception, Ctrl-C included, the temporary file is gone and what stood at ``path`` is untouched.

    Raises:
        OutputError: if the folder or the file cannot be written.
    """
    # only named here, made by whoever writes: no moment at which a signal could leave it behind
    temporary = path.with_name(f".{path.stem[:40]}-{secrets.token_hex(8)}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        with suppress(FileNotFoundError, NotADirectoryError):
            temporary.unlink()


def _drop(*_: object) -> None:
    """A signal that comes too late."""


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Lets no Ctrl-C or SIGTERM into a few quick last steps: it is too late to cancel, they are dropped.

    A handler that is set inside the block stays; without one, those from before come back.
    """
    if threading.current_thread() is not threading.main_thread():  # only the main thread is ever interrupted
        yield
        return
    before = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.getsignal(number)
            signal.signal(number, _drop)
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is _drop:
                signal.signal(number, handler)
