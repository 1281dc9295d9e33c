"""What the benchmarks share: times taken in pairs, peak memory of a fresh process, rows in a file.

A file is a list of rows. A row says what was measured, with how many repetitions and what spread, and under
``run`` on which machine, with which versions, at which commit.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final

# read when the libraries are imported, which itself gives notices, such as of a missing torchvision
os.environ |= {"DIFFUSERS_VERBOSITY": "error", "TRANSFORMERS_VERBOSITY": "error"}

import numpy as np
import torch

ROOT: Final = Path(__file__).resolve().parents[1]
ROWS: Final = ROOT / "benchmarks" / "rows"
MIB: Final = 2**20
LIBRARIES: Final = ("torch", "diffusers", "transformers", "numpy")
SHORTEST: Final = 0.05
"""Seconds that one time must span at least; what is faster is repeated."""

Row = dict[str, Any]
Call = Callable[[], object]


def parser(doc: str | None) -> argparse.ArgumentParser:
    """The options that every benchmark takes."""
    out = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    out.add_argument("--json", type=Path, help="where the rows go; other cases' rows there are kept")
    out.add_argument("--device", default="cpu", help="cpu or cuda (cpu)")
    out.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="all cores without it")
    out.add_argument("--memory", type=int, help="fresh processes for each peak; 0 leaves memory out")
    out.add_argument("--only", default="", help="only cases whose name has this in it")
    return out


def start(options: argparse.Namespace) -> None:
    """Settles the threads, also for the processes that this one starts.

    Raises:
        SystemExit: if the device is not there.
    """
    if options.device != "cpu" and not torch.cuda.is_available():
        sys.exit(f"Error: device is {options.device!r}, but there is no CUDA device here; accepted: cpu")
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    torch.set_num_threads(options.threads)


def say(what: str) -> None:
    """One line on stderr, of what is going on."""
    print(what, file=sys.stderr, flush=True)


# --- time


def wait(device: str) -> None:
    """Until an accelerator has done what it was given."""
    if device != "cpu":
        torch.cuda.synchronize()


def seconds_of(call: Call, device: str, repeats: int = 1) -> float:
    """What one call takes."""
    wait(device)
    began = time.perf_counter()
    for _ in range(repeats):
        call()
    wait(device)
    return (time.perf_counter() - began) / repeats


def in_turn(calls: Mapping[str, Call], rounds: int, device: str) -> dict[str, list[float]]:
    """Seconds of each call, round by round, so that a drift of the machine meets all alike.

    Every second round goes backwards, so that none always follows the same other. Each call runs once before.
    """
    repeats = {name: max(1, int(SHORTEST / seconds_of(call, device))) for name, call in calls.items()}
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds):
        for name in list(calls)[:: -1 if number % 2 else 1]:
            seconds[name].append(seconds_of(calls[name], device, repeats[name]))
    return seconds


def quartiles(values: Iterable[float]) -> dict[str, Any]:
    """Median, quartiles and number: {"median", "quartiles", "n"}."""
    kept = list(values)
    low, middle, high = np.quantile(kept, (0.25, 0.5, 0.75)).tolist()
    return {"median": rounded(middle), "quartiles": [rounded(low), rounded(high)], "n": len(kept)}


def ratio_figures(base: Sequence[float], other: Sequence[float]) -> Row:
    """Of pairs: the ratios' median and quartiles, how many, and the seconds of both."""
    found = quartiles(b / a for a, b in zip(base, other, strict=True))
    return {
        "ratio": found["median"],
        "ratio_quartiles": found["quartiles"],
        "n": found["n"],
        "seconds": quartiles(other)["median"],
        "base_seconds": quartiles(base)["median"],
    }


def rounded(value: float) -> float:
    """To four digits: more were noise."""
    return float(f"{value:.4g}")


# --- memory


def peak_mib(call: Call, device: str) -> float:
    """The most that is in memory while ``call`` runs, beyond what was there before, results included.

    It is for fresh processes: memory that was used once and is free again would be used without growing.

    Raises:
        SystemExit: where the operating system does not tell.
    """
    if device != "cpu":
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        call()
        torch.cuda.synchronize()
        return (torch.cuda.max_memory_allocated() - before) / MIB
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forgets the peak so far
    except OSError as error:
        sys.exit(f"Error: peak memory cannot be measured here ({error}); run this on Linux")
    before = _status("VmRSS")
    call()
    return (_status("VmHWM") - before) / 1024


def _status(field: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(f"{field}:")))  # KiB


def fresh_peaks(script: Path, case: str, options: argparse.Namespace, usual: int) -> Row:
    """The peak of one case, each time in a process of its own: ``script --peak CASE`` prints it in MiB.

    Returns:
        {"extra_peak_mib", "extra_peak_mib_range", "memory_n"}: median, least and most, and how many; {} where
        memory is to be left out.
    """
    count = usual if options.memory is None else options.memory
    if not count:
        return {}
    command = [sys.executable, str(script), "--peak", case]
    for name in ("device", "threads", "dtype", "model", "frames", "steps"):
        if getattr(options, name, None) is not None:
            command += [f"--{name}", str(getattr(options, name))]
    peaks = []
    for _ in range(count):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"Error: {' '.join(command)} failed: {done.stderr.strip()[-2000:]}")
        peaks.append(float(done.stdout.split()[-1]))
    return {
        "extra_peak_mib": rounded(float(np.median(peaks))),
        "extra_peak_mib_range": [rounded(min(peaks)), rounded(max(peaks))],
        "memory_n": count,
    }


# --- rows


def facts(options: argparse.Namespace) -> Row:
    """Machine, versions, commit, threads and date of a run."""
    on_gpu = options.device != "cpu"
    return {
        "machine": torch.cuda.get_device_name() if on_gpu else _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "threads": options.threads,
        "device": options.device,
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in LIBRARIES},
        "commit": _commit(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{named[0] if named else platform.processor()} ({platform.machine()})"


def _commit() -> str:
    """The commit, with a + if what is measured has changed since; empty outside a repository."""

    def git(*arguments: str) -> str:
        try:
            done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True)
        except OSError:
            return ""
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", "src", "benchmarks/*.py")
    return git("rev-parse", "--short=12", "HEAD") + ("+" if changed else "")


def read_rows(path: Path) -> list[Row]:
    """The rows of a file; none where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def keep(path: Path | None, row: Row, names: Sequence[str]) -> None:
    """Shows a row, and writes it in place of the one in the file that is the same in all of ``names``.

    Every row is written when it is measured: what stops later loses none.
    """
    say("  ".join(f"{key} {value}" for key, value in row.items() if key != "run"))
    if path is None:
        return
    rows = [old for old in read_rows(path) if any(old.get(name) != row.get(name) for name in names)]
    text = ",\n".join(json.dumps(each) for each in [*rows, row])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"[\n{text}\n]\n", encoding="utf-8")
