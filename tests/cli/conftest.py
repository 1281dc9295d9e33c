"""Running the command line inside the test process, where the libraries are loaded only once."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from direct2v.cli.entry import run


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


@pytest.fixture
def direct2v(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Runs `direct2v` with the given arguments in the folder ``tmp_path``."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["direct2v", *map(str, arguments)])
        capsys.readouterr()
        code = run()
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return call
