"""Directors: a sentence or a file in, a valid storyboard out, or one clear error."""

import pytest

from direct2v.director import StorybookPlanner, resolve_director
from direct2v.errors import DirectorError, InputError, StoryboardError
from direct2v.storyboard import Storyboard


def test_the_planner_writes_self_contained_frame_prompts():
    board = StorybookPlanner().direct("A thunderstorm developing over a sea")
    assert board.num_frames == 8
    assert board.director == "storybook-planner"
    hours = ("by day", "at sunset", "at night")
    assert all("the sea" in text and any(hour in text for hour in hours) for text in board.texts())
    assert "clear sky" in board.frames[0].prompt
    assert "lightning" in board.frames[-1].prompt


@pytest.mark.parametrize("num_frames", [1, 3, 1024])
def test_the_planner_writes_as_many_as_asked(num_frames):
    assert StorybookPlanner().direct("a dog", num_frames).num_frames == num_frames


@pytest.mark.parametrize(
    ("prompt", "num_frames", "text"), [(" ", 8, "empty"), ("x", 0, "1 to 1024"), ("x", 1025, "1 to 1024")]
)
def test_the_planner_refuses(prompt, num_frames, text):
    with pytest.raises(DirectorError, match=text):
        StorybookPlanner().direct(prompt, num_frames)


def test_a_file_directs(tmp_path):
    path = tmp_path / "story.yaml"
    Storyboard.from_prompts("before", ["a red car", "a blue car"]).save(path)
    director = resolve_director(str(path))
    board = director.direct("after")
    assert (board.prompt, board.texts()) == ("after", ["a red car", "a blue car"])
    assert board.director == "story.yaml"
    assert "only their title" in board.notes[0]
    assert director.direct("after", 2) == board
    with pytest.raises(DirectorError, match="has 2 frame prompts, but 3 frames"):
        director.direct("after", 3)


@pytest.mark.parametrize("prompt", ["", " ", "\ud800"])
def test_a_file_is_not_filed_under_nothing(tmp_path, prompt):
    path = tmp_path / "story.yaml"
    Storyboard.from_prompts("before", ["a red car"]).save(path)
    with pytest.raises(DirectorError, match="prompt: "):
        resolve_director(str(path)).direct(prompt)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StoryboardError, match=r"nowhere\.yaml"):
        resolve_director(str(tmp_path / "nowhere.yaml")).direct("x")


def test_unknown_directors_are_refused():
    with pytest.raises(InputError, match="unknown director 'kubrick'; accepted: storybook; openai:NAME, "):
        resolve_director("kubrick")
