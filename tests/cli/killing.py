"""Runs commands in processes that can be killed at any moment, without loading the libraries for each.

Reads one JSON object per line, {"folder", "arguments", "pause"}: forks, runs the command in the child, sends
kill -9 after ``pause`` seconds unless it is null or the child has ended. Answers {"code", "said", "seconds"}.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

from direct2v.cli import main
from direct2v.cli.quiet import quiet_libraries
from direct2v.engine import DirecT2V


def child(folder: Path, arguments: list[str], output: int) -> None:
    os.chdir(folder)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.argv = ["direct2v", *arguments]
    try:
        main()
    except SystemExit as end:
        sys.stdout.flush()
        os._exit(end.code)
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
        os._exit(70)


def run(folder: str, arguments: list[str], pause: float | None) -> dict[str, object]:
    said = Path(f"{folder}.said")
    started = time.monotonic()
    with said.open("wb") as output:
        process = os.fork()
        if process == 0:
            child(Path(folder), arguments, output.fileno())
    if pause is None:
        _, status = os.waitpid(process, 0)
    else:
        time.sleep(max(0.0, started + pause - time.monotonic()))
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended == 0:
            os.kill(process, signal.SIGKILL)
            _, status = os.waitpid(process, 0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "said": said.read_text(errors="replace"),
        "seconds": time.monotonic() - started,
    }


if __name__ == "__main__":
    quiet_libraries()
    assert DirecT2V
    for line in sys.stdin:
        print(json.dumps(run(**json.loads(line))), flush=True)
