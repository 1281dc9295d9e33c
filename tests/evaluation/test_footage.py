"""What is measured: the story's frames, once each, from a run, its video, or any other."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from direct2v.errors import InputError, StoryboardError
from direct2v.evaluation.footage import load_footage
from direct2v.settings import RenderSettings
from direct2v.storyboard import Storyboard
from direct2v.video import ModelRecord, RedrawnFrame, Run, RunRecord, encode, save_run, video_record

BOARD = Storyboard.from_prompts("A storm, at sea!", ["calm", "wind", "storm"])
FRAMES = [np.full((32, 48, 3), value, np.uint8) for value in (40, 120, 200)]
SETTINGS = RenderSettings(seed=3)
MODEL = ModelRecord(name="a model")


def save(path: Path, storyboard: Storyboard | None = BOARD, **facts: object) -> Path:
    video = video_record(FRAMES, 2, (0.5, 2, 1))
    record = RunRecord(storyboard=storyboard, settings=SETTINGS, model=MODEL, video=video, **facts)
    return save_run(Run(pixels=FRAMES, record=record), path).folder


@pytest.mark.parametrize("source", ["story.run", "story.run/run.json", "story.mp4"])
def test_a_run_gives_its_own_frames_and_storyboard(tmp_path: Path, source: str) -> None:
    save(tmp_path / "story.mp4")
    found = load_footage(tmp_path / source)
    assert np.array_equal(found.frames, FRAMES)
    assert found.storyboard == BOARD
    assert found.source == str(tmp_path / "story.run")


def test_so_does_a_folder_of_png_beside_its_run(tmp_path: Path) -> None:
    save(tmp_path / "story")
    assert load_footage(tmp_path / "story").storyboard == BOARD


def test_a_redrawn_frame_goes_with_its_new_words(tmp_path: Path) -> None:
    gale = Storyboard.from_prompts("A storm, at sea!", ["calm", "gale", "storm"])
    redrawn = RedrawnFrame(frame=2, storyboard=gale, settings=SETTINGS, model=MODEL)
    folder = save(tmp_path / "story.mp4", redrawn=(redrawn,))
    assert load_footage(folder).storyboard.texts() == ["calm", "gale", "storm"]


def test_of_a_run_with_one_frame_only_that_is_measured(tmp_path: Path) -> None:
    found = load_footage(save(tmp_path / "story.mp4", only_frame=2))
    assert np.array_equal(found.frames, FRAMES[1:2])
    assert found.storyboard.texts() == ["wind"]


def test_a_run_without_words_has_no_storyboard(tmp_path: Path) -> None:
    found = load_footage(save(tmp_path / "story.mp4", storyboard=None))
    assert (len(found.frames), found.storyboard) == (3, None)


def test_another_storyboard_can_be_given(tmp_path: Path) -> None:
    other = Storyboard.from_prompts("Another", ["one", "two", "three"])
    other.save(tmp_path / "other.yaml")
    folder = save(tmp_path / "story.mp4")
    assert load_footage(folder, other).storyboard == other
    assert load_footage(folder, tmp_path / "other.yaml").storyboard == other


def test_a_video_alone_has_its_frames_only(tmp_path: Path) -> None:
    encode(FRAMES, tmp_path / "alone.webm", hold=[0.5, 2, 1], upscale=2)
    found = load_footage(tmp_path / "alone.webm")
    assert (found.frames.shape, found.storyboard) == ((3, 64, 96, 3), None)


def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    folder = save(tmp_path / "story.mp4")
    with pytest.raises(InputError, match="3 frames, but 2 in the storyboard"):
        load_footage(folder, Storyboard.from_prompts("x", ["one", "two"]))
    with pytest.raises(InputError, match="no such file"):
        load_footage(folder, tmp_path / "none.yaml")
    with pytest.raises(InputError, match="no such file or folder"):
        load_footage(tmp_path / "none.mp4")
    (folder / "frames" / "0002.png").unlink()
    with pytest.raises(InputError, match=r"0002\.png is missing"):
        load_footage(folder)
    (folder / "run.json").write_text("{}")
    with pytest.raises(StoryboardError, match=r"run\.json"):
        load_footage(folder)
    shutil.rmtree(folder)
    assert load_footage(tmp_path / "story.mp4").storyboard is None
