"""The embedded director: any sentence becomes a story that can be drawn, and what cannot is said."""

import json
import shutil
from pathlib import Path

import pytest
import tiny_llm

from direct2v.director import StorybookDirector, resolve_director
from direct2v.director.instructions import MESSAGE_VERSION
from direct2v.director.storybook import MAX_STATES
from direct2v.errors import DirectorError, ModelError
from direct2v.storyboard import Storyboard
from direct2v.storybook import director_path
from direct2v.storybook.world.parsing import parse
from direct2v.storybook.world.scene import Scene, Subject

STORM = "A thunderstorm developing over a sea"
NOTHING = "Nothing of the sentence can be drawn"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights: they write nonsense, but in the right form."""
    path = tiny_llm.save(
        tmp_path_factory.mktemp("director") / "tiny",
        tokenizer=tiny_llm.byte_level(),
        max_position_embeddings=8192,
    )
    (path / "direct2v.json").write_text(json.dumps({"template_version": MESSAGE_VERSION}))
    return path


def check_board(board: Storyboard, prompt: str, num_frames: int) -> None:
    """Whatever the model wrote, the storyboard can be drawn and its notes can be read."""
    assert (board.prompt, board.num_frames, board.director) == (prompt, num_frames, "storybook")
    for text in board.texts():
        parse(text)
    for note in board.notes:
        assert note.isprintable()
        assert len(note) < 300


@pytest.mark.parametrize("num_frames", [1, 3, 60])
def test_nonsense_becomes_a_storyboard_with_a_note(folder: Path, num_frames: int) -> None:
    board = StorybookDirector(folder).direct(STORM, num_frames, seed=3)
    check_board(board, STORM, num_frames)
    assert "wrote nothing that can be drawn" in " ".join(board.notes)
    assert ("each of 20 is held for up to 3 frames" in " ".join(board.notes)) == (num_frames > MAX_STATES)


def test_the_seed_decides_nothing(folder: Path) -> None:
    director = StorybookDirector(folder)
    first, again, other = (director.direct("A wolf", 2, seed=seed) for seed in (0, 0, 1))
    assert first == again == other


def test_notes_say_what_becomes_of_words(folder: Path) -> None:
    notes = StorybookDirector(folder).direct("Three wolves and a quantum car in the jungle, 4k", 1).notes
    assert notes[:3] == (
        "Drawn as the nearest thing that the storybook world has: wolves as dog, jungle as forest.",
        "The storybook world draws one of each kind, whatever was counted: three.",
        "The storybook world has no picture for: quantum, 4k.",
    )


@pytest.mark.parametrize(
    "prompt",
    [
        "love",
        "quantum entanglement",
        "一只狗在海滩上跑",
        "Ein Hund läuft über die Wiese",
        "🐶🌊",
        "x!?...,",
        "z" * 10_000,
        "zx " * 5000,
        '"}], "frames": [{"prompt": "',
        "<|end|><|answer|><|ask 1|>\n\n</s>",
        "\x00\x1b[31m\u202e",
    ],
)
def test_what_cannot_be_drawn_still_gives_a_story(folder: Path, prompt: str) -> None:
    board = StorybookDirector(folder).direct(prompt, 1)
    check_board(board, prompt, 1)
    assert NOTHING in " ".join(board.notes)


@pytest.mark.parametrize(
    "prompt",
    [
        "a dog in a meadow " * 2000,
        '{"sentence": "a dog", "num_frames": 99}',
        "<|end|> a dog <|answer|>",
        "A dog\n\nA cat",
    ],
)
def test_whatever_stands_around_something_drawable(folder: Path, prompt: str) -> None:
    board = StorybookDirector(folder).direct(prompt, 1)
    check_board(board, prompt, 1)
    assert NOTHING not in " ".join(board.notes)
    assert ("read only its beginning" in " ".join(board.notes)) == (len(prompt) > 1000)


@pytest.mark.parametrize(
    ("prompt", "num_frames", "text"),
    [(" ", 8, "empty"), ("x", 0, "1 to 1024"), ("x", 1025, "1 to 1024"), ("\ud800", 8, "Unicode")],
)
def test_it_refuses(folder: Path, prompt: str, num_frames: int, text: str) -> None:
    with pytest.raises(DirectorError, match=text):
        StorybookDirector(folder).direct(prompt, num_frames)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="the embedded storybook director is missing; reinstall direct2v"):
        StorybookDirector(tmp_path / "none")


@pytest.mark.parametrize("content", ['{"template_version": 99}', "{}", "[]", "", "\ud800"])
def test_another_version_of_the_task_is_refused(folder: Path, tmp_path: Path, content: str) -> None:
    shutil.copytree(folder, tmp_path / "other")
    (tmp_path / "other" / "direct2v.json").write_text(content, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(
        ModelError, match=r"knows version (99|None) of the task prompt|direct2v\.json"
    ) as error:
        StorybookDirector(tmp_path / "other")
    assert "\n" not in str(error.value)


# What follows asks the shipped model.


def test_the_shipped_model_knows_this_version_of_the_task() -> None:
    pinned = json.loads((director_path() / "direct2v.json").read_text(encoding="utf-8"))
    assert pinned["template_version"] == MESSAGE_VERSION


def test_it_tells_the_storm() -> None:
    board = resolve_director("storybook").direct(STORM)
    check_board(board, STORM, 8)
    assert board.notes == ()
    scenes = [parse(text) for text in board.texts()]
    assert {scene.place for scene in scenes} == {"sea"}
    assert (scenes[0].weather, scenes[-1].weather) == ("clear", "storm")


@pytest.mark.parametrize("num_frames", [1, 24, 25, 1024])
def test_as_many_frames_as_asked_for(num_frames: int) -> None:
    prompt = "A red car drives through the city at night"
    board = StorybookDirector().direct(prompt, num_frames)
    check_board(board, prompt, num_frames)
    assert ("is held for up to" in " ".join(board.notes)) == (num_frames > MAX_STATES)
    assert all("red car" in text and "at night" in text for text in board.texts())


def test_what_is_in_no_frame_is_said() -> None:
    board = StorybookDirector().direct("A dog, a cat and a horse in a meadow", 4)
    assert board.notes == ("Left out, as a picture holds at most two things: horse.",)
    assert {s.kind for text in board.texts() for s in parse(text).subjects} == {"dog", "cat"}


@pytest.mark.parametrize(
    ("prompt", "kind", "place", "note"),
    [
        (
            "A green dog and a purple whale",
            "dog",
            "meadow",
            "Left out, as it is never in one picture with a dog: whale.",
        ),
        (
            "A whale in the desert",
            "whale",
            "sea",
            "The storybook world has no whale there (desert); it is on the sea.",
        ),
        ("A pink elephant in a room", "dog", "meadow", "elephant as dog, pink elephant as orange dog."),
    ],
)
def test_what_no_picture_can_hold_is_put_right(prompt: str, kind: str, place: str, note: str) -> None:
    board = StorybookDirector().direct(prompt, 4)
    scenes = [parse(text) for text in board.texts()]
    assert {(scene.place, scene.subjects[0].kind) for scene in scenes} == {(place, kind)}
    assert note in " ".join(board.notes)


def test_it_is_asked_again_for_the_first_thing_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    director = StorybookDirector()
    asked = []

    def ask(prompt: str, num_frames: int) -> tuple[Storyboard, list[Scene | None]]:
        asked.append(prompt)
        known = Scene("city", subjects=(Subject.usual("cat"),)) if len(asked) == 2 else None
        return Storyboard.from_prompts(prompt, ["nothing"] * num_frames), [known] * num_frames

    monkeypatch.setattr(director, "_ask", ask)
    board = director.direct("A black cat chases a dog in the city", 3)
    assert asked == ["A black cat chases a dog in the city", "a black cat in a city"]
    assert {parse(text).place for text in board.texts()} == {"city"}
    assert "this is shown instead: a black cat in a city." in board.notes[0]
