"""Writing files so that nobody ever sees half of one."""

import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from direct2v.errors import OutputError
from direct2v.text import printable

__all__ = ["output_error", "replacing", "uninterrupted"]


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
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:40]}-", suffix=path.suffix)
        os.close(handle)
    except OSError as error:
        raise output_error(path, error) from error
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes private files; what we publish has the rights that any new file gets
        temporary.chmod(0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Lets no Ctrl-C or SIGTERM into a few quick last steps: it is too late to cancel, they are dropped."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread is ever interrupted
        yield
        return
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
