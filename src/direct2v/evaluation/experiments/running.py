"""Runs what is not finished yet, over several processes, and writes everything down as it comes."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from direct2v.errors import InputError
from direct2v.evaluation.experiments.bench import Bench
from direct2v.evaluation.experiments.journal import Journal, Row
from direct2v.evaluation.experiments.plan import Cell, Experiment, story_of
from direct2v.evaluation.extra import evaluation_library
from direct2v.files import replacing
from direct2v.text import slug

__all__ = ["SHOWN_STORIES", "Progress", "finish", "picture_path"]

SHOWN_STORIES = 2
"""Held-out stories whose pictures are kept, with their first seed."""

Progress = Callable[[int, int, float], object]
"""(cells finished, cells in all, seconds since the start)."""


def finish(
    experiment: Experiment,
    cells: Sequence[Cell],
    journal: Journal,
    folder: Path,
    *,
    director: str,
    processes: int,
    minutes: float | None,
    on_progress: Progress,
) -> bool:
    """Measures the cells that the journal does not have.

    Args:
        experiment: whose cells they are.
        cells: all of them.
        journal: where outcomes go.
        folder: where pictures go.
        director: see ``Bench``.
        processes: of one thread each, from 1.
        minutes: no cell is begun after so long; None for no limit.
        on_progress: is told after each cell.

    Returns:
        Whether all are finished.

    Raises:
        Direct2VError: what a cell raised; cells that were finished before stay.
    """
    (folder / "pictures").mkdir(exist_ok=True)
    todo = [cell for cell in cells if cell not in journal.rows]
    started = time.monotonic()
    late = float("inf") if minutes is None else started + 60 * minutes
    for row in _outcomes(experiment, todo, folder, director, min(processes, len(todo)), late):
        journal.add(row)
        on_progress(len(journal.rows), len(cells), time.monotonic() - started)
    return all(cell in journal.rows for cell in cells)


def _outcomes(
    experiment: Experiment, todo: Sequence[Cell], folder: Path, director: str, processes: int, late: float
) -> Iterator[Row]:
    waiting = iter(todo)
    if processes <= 1:
        bench = Bench(director)
        with _one_thread():
            for cell in waiting:
                if time.monotonic() >= late:
                    return
                yield _measured(experiment, bench, folder, cell)
        return
    with _pool(experiment, folder, director, processes) as pool:
        running = {pool.submit(_in_process, cell) for cell in islice(waiting, processes)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
                following = None if time.monotonic() >= late else next(waiting, None)
                if following is not None:
                    running.add(pool.submit(_in_process, following))


@contextmanager
def _one_thread() -> Iterator[None]:
    before = _take_threads(1, 1)
    try:
        yield
    finally:
        _take_threads(*before)


def _take_threads(for_torch: int, for_cv2: int) -> tuple[int, int]:
    """Sets how many threads this process computes with; gives what it was."""
    cv2 = evaluation_library("cv2")
    before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(for_torch)
    cv2.setNumThreads(for_cv2)
    return before


@contextmanager
def _pool(
    experiment: Experiment, folder: Path, director: str, processes: int
) -> Iterator[ProcessPoolExecutor]:
    """Fresh processes, which end at once when the block ends in an error, or this process is killed."""
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
        initargs=(experiment, folder, director),
    )
    try:
        yield pool
    except BaseException as error:
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
        if isinstance(error, BrokenProcessPool):
            raise InputError("a process ended; the machine may lack memory: give fewer processes") from error
        raise
    finally:
        pool.shutdown(cancel_futures=True)


_here: dict[str, Any] = {}


def _start(experiment: Experiment, folder: Path, director: str) -> None:
    """What each process does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all of them; the first one ends the others
    _take_threads(1, 1)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _here.update(experiment=experiment, folder=folder, bench=Bench(director))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _in_process(cell: Cell) -> Row:
    return _measured(_here["experiment"], _here["bench"], _here["folder"], cell)


def _measured(experiment: Experiment, bench: Bench, folder: Path, cell: Cell) -> Row:
    started = time.monotonic()
    setting, story = experiment.setting(cell.setting), story_of(cell.split, cell.story)
    outcome = experiment.measure(bench, setting, story, cell.seed)
    seconds = round(time.monotonic() - started, 3)
    if (
        outcome.frames is not None
        and cell.split == "heldout"
        and cell.story < SHOWN_STORIES
        and cell.seed == 0
    ):
        height = outcome.frames.shape[1]
        strip = outcome.frames.transpose(1, 0, 2, 3).reshape(height, -1, 3)
        with replacing(picture_path(folder, cell)) as temporary:
            Image.fromarray(strip).save(temporary)
    return Row(cell, outcome.metrics, seconds)


def picture_path(folder: Path, cell: Cell) -> Path:
    """Where the frames of a shown cell are, side by side."""
    return folder / "pictures" / f"{slug(cell.setting)}-story-{cell.story}.png"
