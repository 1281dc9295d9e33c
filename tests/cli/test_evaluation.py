"""`evaluate` and `compare`: what they print and leave, and that bad input leaves nothing."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from direct2v import DirecT2V, compare
from direct2v.errors import InputError, OutputError
from direct2v.evaluation.metrics import METRICS
from direct2v.storyboard import Storyboard
from direct2v.video import encode, read_frames

FRAMES = [np.full((64, 64, 3), value, np.uint8) for value in (0, 51, 255)]
BOARD = Storyboard.from_prompts("a red car", ["a red car", "a dog, at night", "a house"])
TWO = [
    f"a small red car driving right {place}, in a city, at night, clear sky"
    for place in ("on the left", "on the right")
]


@pytest.fixture
def films(direct2v: Callable) -> None:
    encode(FRAMES, "film.gif", upscale=1)
    BOARD.save("film.yaml")


def test_evaluate_prints_every_figure_and_writes_them(direct2v: Callable, films: None) -> None:
    done = direct2v("evaluate", "film.gif", "--storyboard", "film.yaml", "--json", "film.json")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "film.gif: 3 frames, 64x64"
    rows = {line[: line.index("  ")]: line for line in lines[1 : 2 + len(METRICS)]}
    assert list(rows) == ["Metric", *(metric.title for metric in METRICS.values())]
    assert rows["Flicker"].split()[1] == "0.500"
    assert rows["Subject consistency"].split()[2] == "-"
    assert any("frame 1 cannot be judged by the storybook reader" in line for line in lines)
    assert any("subject consistency needs a DINO" in line for line in lines)
    written = json.loads(Path("film.json").read_text())
    assert list(written["metrics"]) == list(METRICS)
    assert written["metrics"]["flicker"] == pytest.approx(0.5)
    assert written["metrics"]["first_to_last_change"] == 1
    assert (written["num_frames"], written["prompt"], written["clip"]) == (3, "a red car", "storybook")
    assert [path.name for path in Path().iterdir() if path.name.startswith(".")] == []


def test_evaluate_says_what_it_does_not_know(direct2v: Callable, films: None) -> None:
    done = direct2v("evaluate", "film.gif", "--prompt", "a spaceship")
    assert done.code == 0
    assert "give one with --storyboard" in done.out
    assert "was not trained on some words (spaceship)" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.mp4"], "none.mp4: no such file or folder"),
        (["film.yaml"], "film.yaml cannot be read as a video"),
        (["film.gif", "--storyboard", "none.yaml"], "none.yaml: no such file"),
        (["film.gif", "--storyboard", "short.yaml"], "there are 3 frames, but 1 in the storyboard"),
        (["film.gif", "--json", "film.yaml"], "film.yaml exists already; choose another name, or replace"),
        (["film.gif", "--json", "none/film.json"], "the folder none does not exist"),
        (["film.gif", "--json", "."], ". is a folder; name a file"),
        ([], "Missing argument 'RUN_OR_VIDEO'"),
    ],
)
def test_evaluate_refuses(direct2v: Callable, films: None, arguments: list[str], message: str) -> None:
    Storyboard.from_prompts("x", ["one"]).save("short.yaml")
    assert message in refused(direct2v, "evaluate", *arguments)


@pytest.mark.parametrize("option", ["--clip", "--dino"])
def test_evaluate_refuses_models_that_are_none(direct2v: Callable, films: None, option: str) -> None:
    message = refused(direct2v, "evaluate", "film.gif", "--json", "film.json", option, "./none")
    assert "./none is no model in transformers format" in message


def test_without_the_extra_the_error_names_it(
    direct2v: Callable, films: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "direct2v.evaluation.extra.find_spec", lambda name: None if name == "cv2" else find(name)
    )
    for arguments in (
        ("evaluate", "film.gif"),
        ("compare", "film.yaml", "--presets", "frozen", "-o", "a.mp4"),
    ):
        assert "pip install 'direct2v[evaluation]'" in refused(direct2v, *arguments)


def test_compare_leaves_a_grid_a_sheet_and_the_figures(direct2v: Callable) -> None:
    board = Storyboard.from_prompts("a red car", TWO)
    board.save("car.yaml")
    options = ("--seed", 5, "--set", "num_inference_steps=3")
    done = direct2v("compare", "car.yaml", "--presets", "direct2v,frozen", "-o", "both.gif", *options)
    assert done.code == 0, done.err
    assert {path.name for path in Path().iterdir()} == {"car.yaml", "both.gif", "both.compare"}
    written = json.loads(Path("both.compare/metrics.json").read_text())
    assert (written["seed"], list(written["presets"])) == (5, ["direct2v", "frozen"])
    assert written["storyboard"]["prompt"] == "a red car"
    frozen = written["presets"]["frozen"]
    assert frozen["metrics"]["flicker"] == 0
    assert frozen["settings"]["num_inference_steps"] == 3
    assert all(each["settings"]["seed"] == 5 for each in written["presets"].values())
    assert written["presets"]["direct2v"]["metrics"]["flicker"] > 0
    assert 0 <= frozen["metrics"]["story_accuracy"] <= 1
    assert frozen["metrics"]["identity"] in (None, 1)
    assert Storyboard.load("both.compare/storyboard.yaml") == board
    assert Image.open("both.compare/contact_sheet.png").width > 400
    grids = read_frames("both.gif")
    assert len(grids) == 2
    header = next(line for line in done.out.splitlines() if line.startswith("Metric"))
    assert header.split()[1:3] == ["direct2v", "frozen"]

    # the cell of a preset shows what `render` draws from that seed: both read the same noise
    single = direct2v("render", "car.yaml", "-o", "one.mp4", "--steps", 3, "--seed", 5)
    assert single.code == 0, single.err
    drawn = np.asarray(Image.open("one.run/frames/0002.png")).repeat(4, axis=0).repeat(4, axis=1)
    cell = grids[1][16 + 19 : 16 + 19 + 256, 16 : 16 + 256]
    assert np.abs(cell.astype(int) - drawn).mean() < 4  # a GIF has 256 colours

    assert "both.gif and both.compare exist already" in refused(
        direct2v, "compare", "car.yaml", "--presets", "frozen", "-o", "both.gif", *options
    )


def test_force_replaces_a_comparison_whole(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(b"old")
    (tmp_path / "a.compare").mkdir()
    (tmp_path / "a.compare" / "metrics.json").write_text("old")
    engine = DirecT2V.from_pretrained(device="cpu")
    made = compare(Storyboard.from_prompts("x", ["a dog"]), ["frozen"], model=engine, num_inference_steps=1)
    with pytest.raises(OutputError, match="exist already"):
        made.save(tmp_path / "a.gif")
    with pytest.raises(InputError, match="fps is 0"):
        made.save(tmp_path / "a.gif", fps=0, force=True)
    assert (tmp_path / "a.gif").read_bytes() == b"old"
    made.save(tmp_path / "a.gif", force=True)
    assert {path.name for path in tmp_path.rglob("*")} == {
        "a.gif", "a.compare", "metrics.json", "contact_sheet.png", "storyboard.yaml",
    }  # fmt: skip
    assert len(read_frames(tmp_path / "a.gif")) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["", "--presets", "frozen"], "the prompt is empty"),
        (["none.yaml", "--presets", "frozen"], "none.yaml: no such file"),
        (["film.yaml", "--presets", "frozen", "--frames", "3"], "a storyboard needs no director"),
        (["film.yaml", "--presets", "best"], "unknown preset 'best'; known: direct2v"),
        (["film.yaml", "--presets", "frozen,frozen"], "preset frozen is given twice"),
        (["film.yaml", "--presets", ","], "no preset is given"),
        (["film.yaml", "--presets", "frozen", "--set", "rho=2"], "rho: got 2"),
        (["film.yaml", "--presets", "frozen", "--set", "seed=1", "--seed", "2"], "seed is given twice"),
        (["film.yaml", "--presets", "frozen", "--fps", "0"], "fps is 0"),
        (["film.yaml", "--presets", "frozen", "--seed", "-1"], "--seed is -1"),
        (["film.yaml", "--presets", "frozen", "--model", "./none"], "the model folder ./none does not exist"),
        (["film.yaml", "--presets", "frozen", "-o", "folder/"], "is no video file; accepted: .mp4"),
        (["film.yaml", "--presets", "frozen", "-o", "none/a.mp4"], "the folder none does not exist"),
        (["film.yaml", "--presets", "frozen", "-o", "film.gif"], "film.gif exists already"),
        (["film.yaml", "--presets", "frozen", "-o", "theirs.gif", "--force"], "holds notes.txt, which no"),
        (["film.yaml", "--presets", "frozen", "-o", "ran.gif", "--force"], "ran.run is the run of another"),
        (["film.yaml"], "Missing option '--presets'"),
    ],
)
def test_compare_refuses(direct2v: Callable, films: None, arguments: list[str], message: str) -> None:
    Path("theirs.compare").mkdir()
    Path("ran.run").mkdir()
    Path("theirs.compare/notes.txt").write_text("precious")
    output = [] if "-o" in arguments else ["-o", "new.mp4"]
    assert message in refused(direct2v, "compare", *arguments, *output)


def test_what_is_refused_is_refused_before_torch_is_loaded(direct2v: Callable, films: None) -> None:
    probe = (
        "import sys\nfrom direct2v.cli.entry import run\n"
        "for line in ('evaluate none.mp4', 'compare film.yaml --presets x -o a.mp4'):\n"
        "    sys.argv = ['direct2v', *line.split()]\n    print(run(), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout == "2 False\n2 False\n", done.stderr


def refused(direct2v: Callable, *arguments: object) -> str:
    """Runs a command that must be refused; gives what it says, on one line."""
    before = {path: path.is_file() and path.read_bytes() for path in Path().rglob("*")}
    done = direct2v(*arguments)
    assert done.code in (1, 2), done.out
    assert 1 <= len(done.err.splitlines()) <= 2
    assert "Traceback" not in done.err
    assert {path: path.is_file() and path.read_bytes() for path in Path().rglob("*")} == before
    return done.err
