"""Help answers at once and says what there is."""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata

import pytest

from direct2v.model_source import DTYPES, SCHEDULERS
from direct2v.paces import PACES
from direct2v.presets import PRESETS
from direct2v.video import EXTENSIONS


def start(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "direct2v", *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("arguments", [["--help"], ["generate", "--help"], ["--version"]])
def test_it_answers_within_a_second(arguments: list[str]) -> None:
    # processor time of the second start: other work on the machine and compiling for the first do not count
    start(*arguments)
    before = os.times()
    assert start(*arguments).returncode == 0
    after = os.times()
    assert after.children_user + after.children_system - before.children_user - before.children_system < 1


def test_help_imports_no_heavy_library() -> None:
    probe = (
        "import sys\n"
        "from direct2v.cli import main\n"
        "sys.argv = ['direct2v', 'generate', '--help']\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n"
        "    print(end.code, sorted({'torch', 'diffusers', 'av', 'numpy', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 ['pydantic']"  # typer's own


def test_no_arguments_show_the_help(direct2v: Callable) -> None:
    done = direct2v()
    assert done.code == 0
    assert done.out == direct2v("--help").out
    for command in ("generate", "render", "models"):
        assert command in done.out


def test_help_names_every_preset_and_extension(direct2v: Callable) -> None:
    for command in ("generate", "render"):
        text = " ".join(direct2v(command, "--help").out.replace("│", " ").split())
        for name in (*PRESETS, *PACES, *EXTENSIONS, *SCHEDULERS, *DTYPES):
            assert name in text


def test_version(direct2v: Callable) -> None:
    assert direct2v("--version").out == f"direct2v {metadata.version('direct2v')}\n"


def test_models_says_what_is_embedded_and_how_to_name_others(direct2v: Callable) -> None:
    done = direct2v("models")
    assert done.code == 0
    assert done.out.startswith("storybook ")
    assert "--model stable-diffusion-v1-5/stable-diffusion-v1-5" in done.out
