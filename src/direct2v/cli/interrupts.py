"""Ctrl-C and SIGTERM: the first raises KeyboardInterrupt, later ones cannot disturb the cleaning up."""

import os
import signal
import sys
from types import FrameType
from typing import Any, NoReturn

__all__ = ["check", "farewell", "ignore", "offer", "received", "watch"]

_received: list[int] = []
_offered = ["Cancelled; nothing was written."]
_watched: list[int] = []


def watch() -> None:
    """From now on the first signal cancels the run."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _cancel)
            _watched.append(number)
    sys.unraisablehook = _quiet


def received() -> bool:
    """Whether the run was cancelled."""
    return bool(_received)


def check() -> None:
    """Raises KeyboardInterrupt again, in case foreign code swallowed the first.

    Raises:
        KeyboardInterrupt: if a signal was received.
    """
    if _received:
        raise KeyboardInterrupt


def ignore() -> None:
    """The work is done and in place: from now on it is too late to cancel."""
    for number in _watched:
        signal.signal(number, signal.SIG_IGN)


def offer(line: str) -> None:
    """What to say from now on where the run is cancelled: how it can go on."""
    _offered[0] = line


def farewell() -> NoReturn:
    """Says one line and ends the process with the code that shells expect: 128 + the signal's number."""
    ignore()
    # straight to the descriptor: the signal may have arrived inside a write of sys.stderr
    os.write(2, f"{_offered[0]}\n".encode(errors="replace"))
    # at once: an ordinary exit would wait for threads, and where the signal met code inside exec(), as of a
    # dataclass being made, Python would end by sending itself the signal again
    os._exit(128 + _received[0])


def _cancel(number: int, _: FrameType | None) -> None:
    if not _received:
        _received.append(number)
        raise KeyboardInterrupt


def _quiet(unraisable: Any) -> None:
    # inside a callback or destructor Python cannot raise, and would print a traceback; `check` raises later
    if not (_received and issubclass(unraisable.exc_type, KeyboardInterrupt)):
        sys.__unraisablehook__(unraisable)
