"""The command that runs experiments, and says how far it is."""

from pathlib import Path

from direct2v.cli import interrupts, report
from direct2v.cli.quiet import quiet_libraries
from direct2v.errors import InputError
from direct2v.text import printable

__all__ = ["experiment"]


def experiment(
    name: str, out: Path, *, quick: bool, director: str, processes: int, minutes: float | None
) -> None:
    """`direct2v experiment`."""
    quiet_libraries()
    from direct2v.evaluation.experiments import EXPERIMENTS, run_experiment

    if name not in EXPERIMENTS:
        known = ", ".join(EXPERIMENTS)
        raise InputError(f"unknown experiment {printable(name, 40)!r}; known: {known}")
    chosen = EXPERIMENTS[name]
    interrupts.offer("Stopped; the same command goes on where it is now.")
    done = run_experiment(
        chosen,
        out,
        size=chosen.quick if quick else chosen.full,
        director=director,
        processes=processes,
        minutes=minutes,
        on_progress=lambda done, total, seconds: report.say(f"{done} of {total} cells, {seconds:.0f} s"),
    )
    if done:
        print(f"Report      {out / 'report.html'}")
        print(f"Figures     {out / 'summary.json'}, {out / 'cells.parquet'}")
    else:
        print("Not finished; the same command goes on where it is now")
