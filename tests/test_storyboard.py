"""Storyboard files: there and back unchanged, and every broken one named by file, line and field."""

import json
import os
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from direct2v.errors import OutputError, StoryboardError
from direct2v.storyboard import CameraMove, FramePrompt, Storyboard

GOOD = """\
prompt: A thunderstorm developing over a sea
style: pixel art
frames:
  - prompt: a calm sea, clear sky
  - prompt: a dark sea, lightning
    camera: {zoom: 1.5}
"""


def write(folder: Path, text: str | bytes, name: str = "story.yaml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(StoryboardError) as caught:
        Storyboard.load(path)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400 + len(str(path))
    return message.replace(str(path), "FILE")


def complaint(path: Path) -> str:
    """What is wrong with a file, if anything."""
    try:
        Storyboard.load(path)
    except StoryboardError as error:
        return str(error)
    return ""


def test_a_good_file(tmp_path: Path) -> None:
    board = Storyboard.load(write(tmp_path, GOOD))
    assert board.num_frames == 2
    assert board.texts() == ["a calm sea, clear sky, pixel art", "a dark sea, lightning, pixel art"]
    assert board.frames[1].camera == CameraMove(zoom=1.5)
    assert board.frames[0].camera is None


def test_without_style_the_texts_are_the_prompts() -> None:
    assert Storyboard.from_prompts("a story", ["one", "two"]).texts() == ["one", "two"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "FILE: the file is empty"),
        (" \n\n", "FILE: the file is empty"),
        ("# nothing\n", "FILE: the file holds no values"),
        ("just words", "FILE, line 1: expected a mapping with version, prompt"),
        ("- a\n- b\n", "got a list"),
        (GOOD + "    camra: {}\n", "FILE, line 7, frames[1].camra: unknown key; did you mean camera?"),
        (GOOD + "prompt: again\n", 'FILE, line 7: the key "prompt" stands twice'),
        (GOOD + "    prompt: again\n", 'FILE, line 7: the key "prompt" stands twice'),
        (
            GOOD.replace("a calm sea, clear sky", "yes"),
            "FILE, line 4, frames[0].prompt: expected text, got the",
        ),
        (GOOD.replace("a calm sea, clear sky", "12"), "got the number 12; put it in quotes"),
        (
            GOOD.replace("a calm sea, clear sky", ""),
            "FILE, line 4, frames[0].prompt: expected text, got nothing",
        ),
        (GOOD.replace("a calm sea, clear sky", "'  '"), "FILE, line 4, frames[0].prompt: must not be empty"),
        (GOOD.replace("a calm sea, clear sky", '"\\ud800"'), "FILE, line 4, frames[0].prompt: contains char"),
        (
            GOOD.replace("A thunderstorm developing over a sea", "2026-11-22"),
            "FILE, line 1, prompt: expected",
        ),
        (GOOD.replace("1.5", ".nan"), "FILE, line 6, frames[1].camera.zoom: must be a finite number"),
        (GOOD.replace("1.5", "100"), "FILE, line 6, frames[1].camera.zoom: got 100"),
        (GOOD.replace("1.5", "true"), "frames[1].camera.zoom: expected a number, got the value true"),
        (GOOD.replace("1.5", "'1.5'"), 'frames[1].camera.zoom: expected a number, got the text "1.5"'),
        ("prompt: x\nframes: []\n", "FILE, line 2, frames: needs at least 1, got 0"),
        ("prompt: x\n", "FILE, line 1, frames: is missing"),
        (
            "prompt: x\nframes: [a, b]\n",
            "FILE, line 2, frames[0]: expected a mapping with prompt, camera, hold, got",
        ),
        ("prompt: x\nframes: {a: b}\n", "FILE, line 2, frames: expected a list, got a mapping"),
        (
            "prompt: x\nframes:\n" + "- prompt: a\n" * 1025,
            "FILE, line 2, frames: takes at most 1024, got 1025",
        ),
        (
            "prompt: x\nframes: [{prompt: a}]\nsubjects:\n" + "- b\n" * 17,
            "FILE, line 3, subjects: takes at most 16, got 17",
        ),
        ("version: 2\n" + GOOD, "FILE, line 1, version: got the number 2; accepted: 1"),
        (GOOD + "    camera: {pan: 1", "not valid YAML"),
        (GOOD[:-3], "FILE, line 6: not valid YAML"),
        (GOOD + "\tx: 1\n", "FILE, line 7: not valid YAML"),
        ("a: !!bool maybe\n", "FILE: cannot be read"),
        ("a: !!python/object/apply:os.system [ls]\n", "FILE, line 1: not valid YAML"),
        (GOOD + "---\n" + GOOD, "FILE, line 7: not valid YAML"),
        ("&a [*a]", "expected a mapping"),
        ("[" * 20000, "FILE: nested too deeply"),
        (b"\xff\xfe\x00\x01", "FILE: not a text file in UTF-8"),
        (b"prompt: \x00", "FILE: not a text file in UTF-8"),
        (GOOD.encode("utf-16"), "FILE: not a text file in UTF-8"),
    ],
)
def test_a_bad_yaml_file_is_named_by_line_and_field(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert message in refusal(write(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"prompt": "x",\n"frames": [{"prompt": 3}]}', "FILE, line 2, frames[0].prompt: expected text"),
        ('{\t"prompt": "x",\n\t"frames": [\n\t{"prompt": 3}]}', "FILE, line 3, frames[0].prompt"),
        ('{"prompt": "x",\n"frames": [{"prompt": "a"', "FILE, line 2: not valid JSON"),
        ('{"prompt": "x",\n"frames": [{"prompt": "a"', "(the file ends too early)"),
        ('{"prompt": "x",\n"prompt": "y"}', 'FILE, line 2: the key "prompt" stands twice'),
        (
            '{"prompt": "x", "frames": [{"prompt": "a", "camera": {"pan": NaN}}]}',
            "camera.pan: must be a finite",
        ),
        ('{"prompt": ' + "9" * 5000 + "}", "FILE: cannot be read"),
        ("[" * 100000, "FILE: nested too deeply"),
        ("null", "FILE: the file holds no values"),
        ("", "FILE: the file is empty"),
    ],
)
def test_a_bad_json_file_is_named_by_line_and_field(tmp_path: Path, text: str, message: str) -> None:
    assert message in refusal(write(tmp_path, text, "story.json"))


def test_what_is_no_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "missing.yaml") == "FILE: no such file"
    assert refusal(tmp_path) == "FILE: is a folder, not a storyboard file"
    assert "accepted: .yaml, .yml, .json" in refusal(write(tmp_path, GOOD, "story.txt"))
    assert "cannot be read" in refusal(tmp_path / ("x" * 300 + ".yaml"))
    os.mkfifo(tmp_path / "pipe.yaml")
    assert refusal(tmp_path / "pipe.yaml") == "FILE: is not a regular file"
    assert "larger than 16 MiB" in refusal(write(tmp_path, b" " * (16 * 2**20 + 1)))


texts = st.text(st.characters(exclude_categories=["Cs"]))
words = texts.filter(str.strip)
moves = st.builds(
    CameraMove,
    pan=st.floats(-1, 1),
    tilt=st.floats(-1, 1),
    zoom=st.floats(0.25, 4),
    roll=st.floats(-180, 180),
)
storyboards = st.builds(
    Storyboard,
    prompt=words,
    style=texts,
    negative_prompt=texts,
    director=texts,
    notes=st.lists(texts, max_size=3).map(tuple),
    frames=st.lists(
        st.builds(FramePrompt, prompt=words, camera=st.none() | moves), min_size=1, max_size=4
    ).map(tuple),
)
patient = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@patient
@given(board=storyboards, suffix=st.sampled_from([".yaml", ".yml", ".json", ".YAML"]))
@example(board=Storyboard.from_prompts("a\x85b", ["a\u2028b"], style="\u2029"), suffix=".yaml")
def test_any_storyboard_goes_there_and_back(tmp_path: Path, board: Storyboard, suffix: str) -> None:
    path = tmp_path / f"story{suffix}"
    board.save(path)
    assert Storyboard.load(path) == board
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


@patient
@given(data=st.binary(max_size=200) | texts.map(str.encode), suffix=st.sampled_from([".yaml", ".json"]))
def test_no_bytes_bring_anything_but_a_storyboard_error(tmp_path: Path, data: bytes, suffix: str) -> None:
    assert "\n" not in complaint(write(tmp_path, data, f"story{suffix}"))


@settings(patient, max_examples=150)
@given(
    place=st.integers(0, len(GOOD)),
    insert=st.sampled_from(
        [*"{}[]:,&*!|>'\"%@`#-?\t\n \0~=<", "!!int ", "!!float ", "!!timestamp x", "<<: "]
    ),
    cut=st.integers(0, 30),
)
def test_no_damage_brings_anything_but_a_storyboard_error(
    tmp_path: Path, place: int, insert: str, cut: int
) -> None:
    assert "\n" not in complaint(write(tmp_path, GOOD[:place] + insert + GOOD[place + cut :]))


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["prompt", "frames", "camera", "pan", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@patient
@given(value=plain, suffix=st.sampled_from([".yaml", ".json"]))
def test_no_values_bring_anything_but_a_storyboard_error(tmp_path: Path, value: object, suffix: str) -> None:
    text = json.dumps(value) if suffix == ".json" else yaml.safe_dump(value)
    assert "\n" not in complaint(write(tmp_path, text, f"story{suffix}"))


def test_from_prompts_says_which_text_is_empty() -> None:
    with pytest.raises(StoryboardError, match=r"^frames\[1\]\.prompt: must not be empty"):
        Storyboard.from_prompts("a story", ["one", " "])
    with pytest.raises(StoryboardError, match=r"^frames: needs at least 1, got 0"):
        Storyboard.from_prompts("a story", [])


def test_save_refuses_other_extensions_and_missing_folders(tmp_path: Path) -> None:
    board = Storyboard.from_prompts("a story", ["one"])
    with pytest.raises(StoryboardError, match=r"one of \.yaml, \.yml, \.json"):
        board.save(tmp_path / "story.txt")
    with pytest.raises(OutputError, match="No such file or directory"):
        board.save(tmp_path / "missing" / "story.yaml")
    assert list(tmp_path.iterdir()) == []


def test_a_storyboard_of_1024_long_prompts_is_read(tmp_path: Path) -> None:
    board = Storyboard.from_prompts("a story", ["a" * 10_000] * 1024)
    board.save(tmp_path / "long.json")
    assert Storyboard.load(tmp_path / "long.json") == board
