"""The main job from the command line, on a tiny random model: real director, engine, encoder and files."""

import json
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from direct2v.storyboard import Storyboard

SHORT = ("--steps", 4, "--frames", 3)


def frames_of(run: str | Path) -> np.ndarray:
    files = sorted(Path(run, "frames").glob("*.png"))
    return np.stack([np.asarray(Image.open(file)) for file in files])


def make(
    direct2v: Callable, tiny_sd: Path, name: str, *options: object, prompt: str = "A storm"
) -> np.ndarray:
    done = direct2v("generate", prompt, "--model", tiny_sd, "-o", f"{name}.mp4", *SHORT, *options)
    assert (done.code, done.err.count("Error")) == (0, 0), done.err
    return frames_of(f"{name}.run")


def test_one_sentence_becomes_a_video(direct2v: Callable, tiny_sd: Path) -> None:
    done = direct2v("generate", "A storm over a sea", "--model", tiny_sd, *SHORT, "--seed", 7)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0].startswith("Storyboard, by ")
    assert [line[:3] for line in lines[1:4]] == ["1. ", "2. ", "3. "]
    assert any(
        line.startswith("Video       a-storm-over-a-sea.mp4 (3 frames, 512x512, 1.5 s)") for line in lines
    )
    assert any(line.startswith("Run folder  a-storm-over-a-sea.run") for line in lines)
    assert any(line.startswith("Time        ") for line in lines)
    assert lines[-1].startswith(
        "Seed        7. The same frames again: direct2v render a-storm-over-a-sea.run/run"
    )
    assert done.err.splitlines()[0] == "Loading the model"
    assert done.err.splitlines()[-1] == "Writing the files"
    assert all(len(line) < 60 for line in done.err.splitlines())
    with av.open("a-storm-over-a-sea.mp4") as video:
        assert len(list(video.decode(video=0))) == 3
    board = Storyboard.load("a-storm-over-a-sea.run/storyboard.yaml")
    assert board.prompt == "A storm over a sea"
    again = direct2v("generate", "A storm over a sea", "--model", tiny_sd, *SHORT)
    assert "a-storm-over-a-sea-2.mp4" in again.out


def test_the_seed_decides_the_frames(direct2v: Callable, tiny_sd: Path) -> None:
    first = make(direct2v, tiny_sd, "first", "--seed", 0)
    assert json.loads(Path("first.run/run.json").read_text())["settings"]["seed"] == 0
    assert np.array_equal(first, make(direct2v, tiny_sd, "again", "--seed", 0))
    assert not np.array_equal(first, make(direct2v, tiny_sd, "other", "--seed", 1))
    seeds = set()
    for name in ("a", "b"):
        make(direct2v, tiny_sd, name)
        seeds.add(json.loads(Path(f"{name}.run/run.json").read_text())["settings"]["seed"])
    assert len(seeds) == 2


def test_a_run_json_gives_identical_frames(direct2v: Callable, tiny_sd: Path) -> None:
    options = ("--phi", 0.3, "--period", 2, "--guidance", 3, "--preset", "released", "--fps", 5)
    first = make(direct2v, tiny_sd, "first", *options)
    done = direct2v("render", "first.run/run.json", "-o", "again.mp4")
    assert done.code == 0, done.err
    assert np.array_equal(first, frames_of("again.run"))
    before, after = (json.loads(Path(f"{name}.run/run.json").read_text()) for name in ("first", "again"))
    for key in ("storyboard", "settings", "model", "video"):
        assert before[key] == after[key]
    assert before["settings"]["phi"] == 0.3
    assert before["video"]["fps"] == 5
    assert "differ" not in done.out
    changed = direct2v("render", "first.run/run.json", "-o", "changed.mp4", "--seed", 99)
    assert changed.code == 0
    assert not np.array_equal(first, frames_of("changed.run"))


def test_a_run_is_repeated_from_another_folder_in_the_recorded_dtype(
    direct2v: Callable, tiny_sd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("model").symlink_to(tiny_sd)
    make(direct2v, Path("model"), "first")
    file = Path("first.run/run.json")
    assert json.loads(file.read_text())["model"]["dtype"] == "float32"
    file.write_text(file.read_text().replace('"dtype": "float32"', '"dtype": "bfloat16"'))
    file.write_text(file.read_text().replace('"device": "cpu"', '"device": "cuda"'))
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    done = direct2v("render", "../first.run/run.json", "-o", "again.mp4", "--device", "cpu")
    assert done.code == 0, done.err
    model = json.loads(Path("again.run/run.json").read_text())["model"]
    assert (model["name"], model["dtype"]) == ("../model", "bfloat16")
    assert "recorded with device cuda, now cpu; frames may differ" in done.out


def test_other_weights_are_noted(direct2v: Callable, tiny_sd: Path) -> None:
    make(direct2v, tiny_sd, "first")
    file = Path("first.run/run.json")
    file.write_text(file.read_text().replace('"sha256": "', '"sha256": "0'))
    assert (
        "Note        the recorded run used other weights" in direct2v("render", file, "-o", "again.mp4").out
    )


def test_mapping_and_filter_options_act(direct2v: Callable, tiny_sd: Path) -> None:
    seen = [
        make(direct2v, tiny_sd, f"v{i}", "--seed", 3, "--steps", 6, *options)
        for i, options in enumerate(
            [("--phi", 0), ("--phi", 0.05), ("--phi", 0.9), ("--period", 4), ("--preset", "independent")]
        )
    ]
    for i, frames in enumerate(seen):
        assert all(not np.array_equal(frames, other) for other in seen[:i])


def test_a_storyboard_is_rendered_and_can_direct(direct2v: Callable, tiny_sd: Path) -> None:
    Storyboard.from_prompts("My own", ["one", "two"], style="ink").save("mine.yaml")
    options = ("--model", tiny_sd, "--steps", 3, "--seed", 5)
    assert direct2v("render", "mine.yaml", "-o", "a.mp4", *options).code == 0
    done = direct2v("generate", "My own", "--director", "mine.yaml", "-o", "b.mp4", *options)
    assert done.code == 0, done.err
    assert "1. one" in done.out
    assert "Style: ink" in done.out
    assert np.array_equal(frames_of("a.run"), frames_of("b.run"))
    assert len(frames_of("a.run")) == 2
    # the storyboard of a run is itself a storyboard file
    assert direct2v("render", "a.run/storyboard.yaml", "-o", "c.mp4", *options).code == 0
    assert np.array_equal(frames_of("a.run"), frames_of("c.run"))


def test_force_replaces_and_nothing_else_does(direct2v: Callable, tiny_sd: Path) -> None:
    first = make(direct2v, tiny_sd, "out", "--seed", 1)
    refused = direct2v("generate", "x", "--model", tiny_sd, "-o", "out.mp4", *SHORT)
    assert refused.code == 1
    assert "out.mp4 and out.run exist already" in refused.err
    assert refused.out == ""
    second = make(direct2v, tiny_sd, "out", "--seed", 2, "--force")
    assert not np.array_equal(first, second)
    assert sorted(path.name for path in Path().iterdir()) == ["out.mp4", "out.run"]


@pytest.mark.parametrize(
    "prompt",
    [
        "x" * 10_000,
        "word " * 2000,
        "a\nstorm\tover\r\nthe sea",
        "🌩 海 Zürich",
        "\x1b[31mred\x07",
        "[bold]x[/]",
        "- a",
    ],
)
def test_any_words_can_be_drawn(direct2v: Callable, tiny_sd: Path, prompt: str) -> None:
    done = direct2v("generate", "--model", tiny_sd, "--steps", 2, "--frames", 1, "--", prompt)
    assert done.code == 0, done.err
    assert "\x1b" not in done.out
    assert "\x07" not in done.out
    (video,) = Path().glob("*.mp4")
    assert video.name.isascii()
    assert len(video.name) < 80
    assert Storyboard.load(video.with_suffix(".run") / "storyboard.yaml").prompt == prompt
