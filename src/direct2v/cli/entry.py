"""Runs a command and turns whatever goes wrong into a few clear lines and an exit code."""

import sys

from direct2v.cli import interrupts
from direct2v.cli.app import app
from direct2v.errors import Direct2VError, InputError
from direct2v.text import printable

__all__ = ["run"]


def run() -> int:
    """Runs the command in ``sys.argv`` and gives its exit code.

    0 is success; 2 input that cannot be used (InputError, and what Typer refuses); 1 any other failure: of a
    model, a director, an output, or a bug. Signals end the process with 130 (Ctrl-C) or 143 (SIGTERM), in
    ``interrupts.farewell``.
    """
    arguments = sys.argv[1:]
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    debug = "--debug" in options
    if debug:  # anywhere on the line, for whoever repeats a failed command
        arguments.remove("--debug")
    try:
        code = app(arguments or ["--help"], prog_name="direct2v", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except BrokenPipeError:
        sys.stdout = None  # whoever read our output has gone; do not try again at exit
        return 1
    except Direct2VError as error:
        if debug:
            raise
        _say(f"Error: {error}")
        return 2 if isinstance(error, InputError) else 1
    except Exception as error:
        # Typer's own errors; duck typing, because the class moved between its versions
        if hasattr(error, "format_message") and hasattr(error, "exit_code"):
            _say(_usage(error))
            return int(error.exit_code)
        if debug or interrupts.received():
            raise
        _say(f"Error: unexpected {type(error).__name__}: {printable(str(error), 300)}")
        _say("Run the same command with --debug to see where; please report it.")
        return 1


def _usage(error: Exception) -> str:
    message = error.format_message()  # type: ignore[attr-defined]
    context = getattr(error, "ctx", None)
    command = "direct2v" if context is None else context.command_path
    return f"Error: {printable(message, 300)}\nSee: {command} --help"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
