"""Putting finished outputs in place, all of them or none, so that what stood there is never lost."""

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from direct2v.files import output_error, uninterrupted

__all__ = ["publish", "staging"]

_ASIDE = "replaced-"
_STAGING = ".direct2v-"
_LOCK = "lock"  # held by whoever works in the folder: the system lets go of it when a process dies


@contextmanager
def staging(home: Path) -> Iterator[Path]:
    """A hidden folder beside the output, on the same disk; gone afterwards whatever happens.

    What processes that were killed have left there is cleared up first.

    Raises:
        OutputError: if something cannot be written inside the block.
    """
    # absolute: from inside a run folder that moves aside, relative paths would lead elsewhere
    folder = Path(os.path.abspath(home), f"{_STAGING}{secrets.token_hex(8)}")
    complete = False
    try:
        for abandoned in folder.parent.glob(f"{_STAGING}*"):
            _clear(abandoned)
        folder.mkdir(mode=0o700)
        with FileLock(folder / _LOCK):
            yield folder
        complete = True
    except OSError as error:
        raise output_error(home, error) from error
    finally:
        with uninterrupted():
            # what was moved aside and could not be moved back is all that is left of it
            if complete or not any(folder.glob(f"{_ASIDE}*")):
                shutil.rmtree(folder, ignore_errors=True)


def _clear(folder: Path) -> None:
    """Removes a staging folder that nobody works in; what it holds of an output goes back if that is gone."""
    if not (folder / _LOCK).is_file():  # another process is just making it
        return
    try:
        with FileLock(folder / _LOCK, timeout=0):
            for aside in folder.glob(f"{_ASIDE}*"):
                place = folder.parent / aside.name.removeprefix(_ASIDE)
                if not os.path.lexists(place):
                    os.rename(aside, place)
    except (Timeout, OSError):
        return
    shutil.rmtree(folder, ignore_errors=True)


def publish(moves: Sequence[tuple[Path, Path]], folder: Path, *, force: bool) -> None:
    """Renames new files and folders into place; folders that stand there move aside first.

    Args:
        moves: what is new, in ``folder``, and where it goes; a file, which needs no moving aside, comes last.
        folder: from ``staging``; holds what was replaced until it is removed.
        force: replace an existing file.

    Raises:
        OSError: if one cannot be moved, or was put there meanwhile; then all is as it was.
    """
    undo: list[tuple[Path, Path]] = []
    moves = [(new, Path(os.path.abspath(place))) for new, place in moves]
    try:
        for new, place in moves:
            if place.is_dir() and not place.is_symlink():
                aside = folder / f"{_ASIDE}{place.name}"
                os.rename(place, aside)
                undo.append((aside, place))
            if new.is_dir():
                os.rename(new, place)  # fails if another process put its own there meanwhile
            elif force:
                os.replace(new, place)
            else:
                _rename_to_free(new, place)
            undo.append((place, new))
    except BaseException:
        for source, target in reversed(undo):
            with suppress(OSError):
                os.rename(source, target)
        raise


def _rename_to_free(source: Path, target: Path) -> None:
    """Renames, but unlike ``os.rename`` never onto an existing file."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise FileExistsError(target) from None
        os.rename(source, target)
