"""Asynchronous work in a thread of its own, so that the caller can be interrupted at any time."""

import asyncio
import contextlib
import logging
import threading
import warnings
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, TypeVar

__all__ = ["quiet_libraries", "run"]

Result = TypeVar("Result")

_LIBRARIES: Final = (
    "openai", "anthropic", "google_genai", "google", "httpx2", "httpcore2", "httpx", "httpcore", "pydantic_ai"
)  # fmt: skip
_LOOK_SECONDS: Final = 0.1
_GRACE_SECONDS: Final = 0.5


def run(work: Callable[[], Awaitable[Result]]) -> Result:
    """The result of `work`, in a new event loop: it makes no difference whether one runs here already.

    Ctrl-C reaches the main thread only, which here does nothing but wait: it ends the waiting at once.

    Raises:
        BaseException: whatever `work` raises.
    """
    done, stopped = threading.Event(), threading.Event()
    results: list[Result] = []
    errors: list[BaseException] = []
    tasks: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = []

    async def main() -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.append((asyncio.get_running_loop(), task))
        try:
            if stopped.is_set():
                return
            results.append(await work())
        except BaseException as error:  # also a cancellation: who waits is told everything
            errors.append(error)
        finally:
            done.set()  # the loop may go on to wait for a name server

    def target() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:
            errors.append(error)
        finally:
            done.set()

    threading.Thread(target=target, name="direct2v-request", daemon=True).start()
    try:
        # by short waits: not every system wakes a waiting thread for Ctrl-C
        while not done.wait(_LOOK_SECONDS):
            pass
    except BaseException:
        stopped.set()
        for loop, task in tasks:
            with contextlib.suppress(RuntimeError):  # the loop has just ended
                loop.call_soon_threadsafe(task.cancel)
        done.wait(_GRACE_SECONDS)  # until the connection is closed, so that the server stops too
        raise
    if results:
        return results[0]
    raise errors[0]


class _Quiet:
    """Counts who wants quiet: warnings and levels belong to the whole process, threads would mix them up."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.guests = 0
        self.warnings = warnings.catch_warnings()
        self.levels: dict[str, int] = {}

    def enter(self) -> None:
        with self.lock:
            self.guests += 1
            if self.guests > 1:
                return
            self.warnings = warnings.catch_warnings()
            self.warnings.__enter__()
            warnings.simplefilter("ignore")
            for name in _LIBRARIES:
                logger = logging.getLogger(name)
                self.levels[name] = logger.level
                logger.setLevel(logging.CRITICAL + 1)

    def leave(self) -> None:
        with self.lock:
            self.guests -= 1
            if self.guests:
                return
            self.warnings.__exit__(None, None, None)
            for name, level in self.levels.items():
                logging.getLogger(name).setLevel(level)


_quiet = _Quiet()


@contextlib.contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keeps warnings and log lines of the vendors' packages, which may hold prompts, off the user."""
    _quiet.enter()
    try:
        yield
    finally:
        _quiet.leave()
