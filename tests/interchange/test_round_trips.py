"""What a format can hold comes back exactly, whatever the text; what it cannot is named."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from direct2v.errors import OutputError, StoryboardError
from direct2v.interchange import FORMATS, SUFFIXES, load_storyboard, losses, resolve_format, save_storyboard
from direct2v.storyboard import CameraMove, FramePrompt, Storyboard

NASTY = [
    "a | b \\| c \\\\| d",
    'she said "hello", and left; then\ttab',
    '=HYPERLINK("http://localhost")',
    "'=1+1",
    "''@x",
    "  leading and trailing  ",
    "\n- first\r\nsecond\rthird\n",
    "\u2028line\u2029separators\x85\x0b\x0c",
    "<br> &lt; &#10; &amp; &",
    "**bold** *x* _y_ `z` ~w~ __v__",
    "*all of it*",
    '"quoted"',
    "“quoted”",
    "`code`",
    "_1_",
    "# not a heading #",
    "| Frame | Prompt |\n| --- | --- |\n| 1 | x |",
    "(red:1.2), [a|b], {c}, <lora:x:1>",
    "👩‍👧‍👦 naïve 日本語 \u202eright\u202c",
    "-0.5",
    "＝1",
    "\\",
    "\ufeffmark",
    "- Style: fake",
    "16: not an index",
    'a --negative b, "0": "c"',
    "a --neg b",
    "--neg x",
    "red\n--neg",
]
text = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=("Cs",)), max_size=30))
words = text.filter(lambda value: value.strip() != "")
numbers = {
    "pan": st.floats(-1, 1),
    "tilt": st.floats(-1, 1),
    "zoom": st.floats(0.25, 4),
    "roll": st.floats(-180, 180),
}
cameras = st.none() | st.builds(CameraMove, **numbers)
frames = st.builds(FramePrompt, prompt=words, camera=cameras, hold=st.none() | st.floats(0.01, 60))
storyboards = st.builds(
    Storyboard,
    prompt=words,
    subjects=st.lists(words, max_size=16).map(tuple),
    shared=text,
    style=text,
    negative_prompt=text,
    director=text,
    notes=st.lists(words, max_size=2).map(tuple),
    frames=st.lists(frames, min_size=1, max_size=4).map(tuple),
)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def there_and_back(board: Storyboard, folder: Path, name: str, form: str | None = None) -> Storyboard:
    path = folder / name
    save_storyboard(board, path, form)
    return load_storyboard(path)


def without(board: Storyboard, *fields: str) -> Storyboard:
    """`board` without what a format cannot hold."""
    frame_fields = {"camera", "hold"} & set(fields)
    kept = board.model_dump(exclude=set(fields) - frame_fields)
    kept["frames"] = [frame.model_dump(exclude=frame_fields) for frame in board.frames]
    return Storyboard.model_validate({"prompt": "story", **kept})


def has_nul(board: Storyboard) -> bool:
    return "\\u0000" in board.to_json()


@pytest.mark.parametrize("name", ["story.yaml", "story.yml", "story.json"])
@quick
@given(board=storyboards)
def test_storyboards(board: Storyboard, name: str, tmp_path: Path) -> None:
    assert there_and_back(board, tmp_path, name) == board


@quick
@given(board=storyboards)
@example(
    board=Storyboard.from_prompts(NASTY[0], NASTY, notes=NASTY, subjects=NASTY[:16], shared=" ", style="\n")
)
def test_markdown_holds_everything(board: Storyboard, tmp_path: Path) -> None:
    assert losses(board, "markdown") == []
    assert there_and_back(board, tmp_path, "story.md") == board
    document = (tmp_path / "story.md").read_bytes()
    assert b"\r" not in document
    (tmp_path / "windows.md").write_bytes(document.replace(b"\n", b"\r\n"))
    assert load_storyboard(tmp_path / "windows.md") == board


@quick
@given(board=storyboards.filter(lambda board: not has_nul(board)))
@example(board=Storyboard.from_prompts(NASTY[0], NASTY, shared=NASTY[1], style=NASTY[2]))
def test_csv_holds_all_but_people_and_notes(board: Storyboard, tmp_path: Path) -> None:
    back = there_and_back(board, tmp_path, "story.csv")
    assert back == without(board, "subjects", "director", "notes")
    assert (losses(board, "csv") == []) == (back == board)


@quick
@given(board=storyboards)
@example(board=Storyboard.from_prompts("x", NASTY, shared=NASTY[1]))
def test_prompt_relay_holds_prompts_and_the_shared_part(board: Storyboard, tmp_path: Path) -> None:
    plain = without(
        board, "prompt", "subjects", "style", "negative_prompt", "director", "notes", "camera", "hold"
    )
    back = there_and_back(plain, tmp_path, "story.json", "prompt-relay")
    title = plain.shared if plain.shared.strip() else "story"
    assert back == plain.model_copy(update={"prompt": title})
    back = there_and_back(board, tmp_path, "story.json", "prompt-relay")
    assert [frame.prompt for frame in back.frames] == [frame.prompt for frame in board.frames]


@quick
@given(board=storyboards)
@example(board=Storyboard.from_prompts("x", NASTY, shared=NASTY[1], style=NASTY[2], negative_prompt=NASTY[3]))
def test_prompt_travel_holds_all_prompts(board: Storyboard, tmp_path: Path) -> None:
    plain = without(board, "prompt", "subjects", "director", "notes", "camera", "hold")
    back = there_and_back(plain, tmp_path, "story.json", "prompt-travel")
    assert back == plain.model_copy(update={"prompt": back.prompt})
    back = there_and_back(board, tmp_path, "story.json", "prompt-travel")
    assert back.texts() == board.texts()


@quick
@given(board=storyboards)
@example(board=Storyboard.from_prompts("x", NASTY[:-4], shared=NASTY[1], style=NASTY[2]))
@example(board=Storyboard.from_prompts("x", ["a fox"], shared="red --neg x"))
def test_a_schedule_draws_the_same_or_is_refused(board: Storyboard, tmp_path: Path) -> None:
    if any("--neg" in text for text in board.texts()):
        with pytest.raises(StoryboardError, match="holds --neg, which would begin a negative prompt"):
            save_storyboard(board, tmp_path / "refused.txt")
        assert not (tmp_path / "refused.txt").exists()
    else:
        back = there_and_back(board, tmp_path, "story.txt")
        assert (back.texts(), back.negative_prompt) == (board.texts(), "")


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_what_is_lost_is_named(form: str, tmp_path: Path) -> None:
    """Each field on its own: what does not come back is named, and what comes back is not."""
    plain = Storyboard.from_prompts("story", ["a fox", "a hare"])
    path = tmp_path / f"story{FORMATS[form].suffixes[0]}"
    frames = [{"prompt": "a fox", "hold": 2.0}, {"prompt": "a hare", "camera": {"zoom": 2}}]
    fields = {
        "prompt": "Another/story: of two",
        "subjects": ["fox"],
        "shared": "a field",
        "style": "oil",
        "negative_prompt": "blur",
        "director": "me",
        "notes": ["well done"],
        "frames": frames,
    }
    for field, value in fields.items():
        board = Storyboard.model_validate({**plain.model_dump(), field: value})
        back = there_and_back(board, tmp_path, path.name, form)
        came_back = getattr(back, field) == getattr(board, field)
        lost = [
            words for words in losses(board, form) if words not in losses(plain, form) or field == "prompt"
        ]
        assert came_back == (not lost), field
        assert len(lost) <= 2


@pytest.mark.parametrize("form", ["prompt-relay", "prompt-travel", "prompt-schedule"])
def test_equal_holds_vanish_and_are_named(form: str, tmp_path: Path) -> None:
    board = Storyboard.model_validate({"prompt": "x", "frames": [{"prompt": c, "hold": 2} for c in "abc"]})
    back = there_and_back(board, tmp_path, f"story{FORMATS[form].suffixes[0]}", form)
    assert [frame.hold for frame in back.frames] == [None, None, None]
    assert back.notes == ("All frames last equally long; in the file that was 2 s each.",)
    assert any("equal ones vanish" in words for words in losses(board, form))


def test_no_losses_of_what_is_not_there() -> None:
    board = Storyboard.from_prompts("story", ["a fox"])
    assert losses(board, "csv") == losses(board, "markdown") == losses(board, "storyboard") == []
    assert losses(board, "prompt-relay") == ["the sentence of the story"]


def test_spreadsheets_run_nothing(tmp_path: Path) -> None:
    formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "'=1", "\n=1", "＝1"]
    board = Storyboard.from_prompts("=A1", formulas, style="=B1")
    save_storyboard(board, tmp_path / "story.csv")
    rows = list(
        csv.reader(io.StringIO((tmp_path / "story.csv").read_bytes().decode("utf-8-sig"), newline=""))
    )
    for row in rows[1:]:
        for cell in row:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", " =", "＝"))
    assert load_storyboard(tmp_path / "story.csv") == board


def test_negative_numbers_stay_numbers(tmp_path: Path) -> None:
    board = Storyboard.model_validate(
        {"prompt": "story", "frames": [{"prompt": "a fox", "camera": {"pan": -0.25}, "hold": 1}]}
    )
    save_storyboard(board, tmp_path / "story.csv")
    expected = "frame,prompt,pan,tilt,zoom,roll,hold,story\r\n1,a fox,-0.25,0,1,0,1,story\r\n"
    assert (tmp_path / "story.csv").read_bytes().decode() == expected


def test_excel_sees_utf_8(tmp_path: Path) -> None:
    save_storyboard(Storyboard.from_prompts("é", ["été"]), tmp_path / "story.csv")
    assert (tmp_path / "story.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_nul_fits_into_no_csv(tmp_path: Path) -> None:
    with pytest.raises(StoryboardError, match="NUL"):
        save_storyboard(Storyboard.from_prompts("story", ["a\0b"]), tmp_path / "story.csv")
    assert list(tmp_path.iterdir()) == []


def test_what_other_tools_read(tmp_path: Path) -> None:
    """The very keys and spellings of the tools."""
    board = Storyboard.model_validate(
        {
            "prompt": "A flower grows",
            "shared": "a field",
            "style": "oil",
            "negative_prompt": "blur",
            "frames": [{"prompt": "a seed"}, {"prompt": "a bud", "hold": 2}, {"prompt": 'a "rose"'}],
        }
    )
    save_storyboard(board, tmp_path / "relay.json", "prompt-relay")
    assert json.loads((tmp_path / "relay.json").read_text()) == {
        "global_prompt": "a field, oil",
        "local_prompts": ["a seed", "a bud", 'a "rose"'],
        "segment_lengths": [2, 8, 2],
    }
    save_storyboard(board, tmp_path / "travel.json", "prompt-travel")
    assert json.loads((tmp_path / "travel.json").read_text()) == {
        "name": "a-flower-grows",
        "head_prompt": "a field",
        "prompt_map": {"0": "a seed", "4": "a bud", "20": 'a "rose"'},
        "tail_prompt": "oil",
        "n_prompt": ["blur"],
    }
    save_storyboard(board, tmp_path / "schedule.txt")
    assert (tmp_path / "schedule.txt").read_text() == (
        '"0" :"a field, a seed, oil",\n"4" :"a field, a bud, oil",\n"20" :"a field, a \\"rose\\", oil"\n'
    )
    save_storyboard(board, tmp_path / "story.md")
    assert (tmp_path / "story.md").read_text() == (
        "# A flower grows\n\n"
        "- **Shared:** a field\n- **Style:** oil\n- **Negative prompt:** blur\n\n"
        "| Frame | Prompt | Hold |\n| ---: | --- | ---: |\n"
        '| 1 | a seed |  |\n| 2 | a bud | 2 |\n| 3 | a "rose\\" |  |\n'
    )


def test_holds_go_over_the_clock_of_the_other_tool(tmp_path: Path) -> None:
    held = [
        {"prompt": "a seed", "hold": 0.5},
        {"prompt": "a bud", "hold": 2.0},
        {"prompt": "a rose", "hold": 1.0},
    ]
    board = Storyboard.model_validate({"prompt": "story", "frames": held})
    relay = there_and_back(board, tmp_path, "story.json", "prompt-relay")
    assert [frame.hold for frame in relay.frames] == [0.5, 2.0, 1.0]
    travel = there_and_back(board, tmp_path, "story.json", "prompt-travel")
    assert [frame.hold for frame in travel.frames] == [0.5, 2.0, None]


def test_1024_frames(tmp_path: Path) -> None:
    board = Storyboard.from_prompts("story", [f"frame {i}" for i in range(1024)])
    for form, described in FORMATS.items():
        back = there_and_back(board, tmp_path, f"story{described.suffixes[0]}", form)
        assert back.texts() == board.texts()


def test_names_and_extensions() -> None:
    assert SUFFIXES == (".yaml", ".yml", ".json", ".txt", ".md", ".markdown", ".csv")
    assert resolve_format("a.YAML") == resolve_format("a.json") == "storyboard"
    assert resolve_format("a.json", "prompt-relay") == "prompt-relay"
    assert resolve_format("a.txt", "prompt-travel") == "prompt-schedule"
    assert all("\n" not in described.description for described in FORMATS.values())


@pytest.mark.parametrize(
    ("path", "name", "message"),
    [
        ("a.doc", None, "a.doc: unknown kind of storyboard file; accepted: .yaml, .yml, .json, .txt, .md"),
        ("story", None, "story: unknown kind of storyboard file"),
        ("a.md", "markdwon", "unknown format 'markdwon'; accepted: storyboard, prompt-relay, prompt-travel"),
        ("a.md", "csv", "a.md: a csv file ends in .csv"),
        ("a.yaml", "prompt-relay", "a.yaml: a prompt-relay file ends in .json"),
    ],
)
def test_names_and_extensions_that_do_not_fit(
    path: str, name: str | None, message: str, tmp_path: Path
) -> None:
    with pytest.raises(StoryboardError) as caught:
        save_storyboard(Storyboard.from_prompts("story", ["a fox"]), tmp_path / path, name)
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_unknown_format_of_losses() -> None:
    with pytest.raises(StoryboardError, match="unknown format 'x'"):
        losses(Storyboard.from_prompts("story", ["a fox"]), "x")


def test_saving_is_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot write"):
        save_storyboard(Storyboard.from_prompts("story", ["a fox"]), tmp_path / "missing" / "story.csv")
    (tmp_path / "story.csv").write_text("old")
    with pytest.raises(StoryboardError):
        save_storyboard(Storyboard.from_prompts("story", ["a\0"]), tmp_path / "story.csv")
    assert (tmp_path / "story.csv").read_text() == "old"
