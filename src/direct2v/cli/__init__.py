"""The command line. This module stays tiny: from its first line on, Ctrl-C ends the program in good order."""

from direct2v.cli import interrupts

__all__ = ["main"]


def main() -> None:
    """Runs ``direct2v`` with the arguments of this process; always ends it with SystemExit."""
    interrupts.watch()
    try:
        from direct2v.cli.entry import run

        code = run()
    except BaseException:
        # a signal can surface as some other error where foreign code catches and wraps what it meets
        if not interrupts.received():
            raise
    if interrupts.received():
        interrupts.farewell()
    raise SystemExit(code)
