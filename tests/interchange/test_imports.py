"""Files of other tools, of spreadsheets and of chat models become the storyboards that they mean."""

import json
from pathlib import Path

import pytest

from direct2v.director.contract import check
from direct2v.interchange import load_storyboard
from direct2v.storyboard import CameraMove, FramePrompt, Storyboard

DATA = Path(__file__).parents[1] / "data" / "interchange"


def load(name: str) -> Storyboard:
    return load_storyboard(DATA / name)


def prompts(board: Storyboard) -> list[str]:
    return [frame.prompt for frame in board.frames]


def holds(board: Storyboard) -> list[float | None]:
    return [frame.hold for frame in board.frames]


def text_file(folder: Path, name: str, text: str) -> Storyboard:
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return load_storyboard(folder / name)


def test_the_example_of_the_page_has_every_field_and_nothing_to_mend(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    board = text_file(tmp_path, "a.yaml", page.split("```yaml\n")[1].split("```")[0])
    first, second, _ = board.frames
    assert second.camera is not None
    assert board.model_fields_set == set(Storyboard.model_fields)
    assert first.model_fields_set | second.model_fields_set == set(FramePrompt.model_fields)
    assert second.camera.model_fields_set == set(CameraMove.model_fields)
    assert (board.texts()[0].split(", ")[0], board.texts()[0].split(", ")[-1]) == (board.shared, board.style)
    assert check(board, num_frames=3) == []


def test_prompt_relay_for_wan() -> None:
    board = load("relay_wan.json")
    assert board.shared.startswith("One unbroken shot")
    assert board.prompt == board.shared
    assert prompts(board)[1] == "The potter pulls the clay up into a tall vase."
    assert holds(board) == [1.0, 3.0, 1.0]
    assert board.notes == ()


def test_prompt_relay_with_intervals() -> None:
    board = load("relay_h3.json")
    assert prompts(board) == [
        "The robot folds a boat.",
        "The robot runs after the boat.",
        "The boat drifts down the gutter.",
    ]
    assert holds(board) == [1.5, 1.5, 2.5]
    assert board.notes == (
        "The segments were put in the order of their beginnings.",
        'Left out of the file: "tail_width", "epsilon".',
    )


def test_prompt_relay_for_cogvideo() -> None:
    board = load("relay_cogvideo.json")
    assert holds(board) == [None, None]
    assert board.notes == ("All frames last equally long; in the file that was 5 s each.",)


def test_prompt_relay_without_lengths_or_global_prompt(tmp_path: Path) -> None:
    board = text_file(tmp_path, "my_story.json", '{"local_prompts": ["a", "b"]}')
    assert (board.prompt, board.shared, holds(board)) == ("my story", "", [None, None])


def test_a_node_of_prompt_relay_in_a_workflow() -> None:
    board = load("relay_workflow_api.json")
    assert board.shared == "a snowy village"
    assert prompts(board) == ["smoke rises from a chimney", "a sledge passes", "lamps are lit"]
    assert holds(board) == [2.0, 6.0, 2.125]


def test_a_prompt_schedule_in_a_workflow() -> None:
    board = load("schedule_workflow_api.json")
    assert board.texts()[1] == "macro photograph, half open flower"
    assert board.notes == ("All frames last equally long; in the file that was 3 s each.",)


def test_a_project_of_animatediff_prompt_travel() -> None:
    board = load("travel_project.json")
    assert board.prompt == "harbour"
    assert prompts(board) == ["boats asleep, fog", "first lamp lit, (fog:0.6)", "((boats leaving)), sun"]
    assert (board.shared, board.style) == ("a fishing harbour, (masterpiece:1.2),", "painted in gouache")
    assert board.negative_prompt == "people, text"
    assert board.notes == ("All frames last equally long; in the file that was 2 s each.",)


def test_settings_of_deforum() -> None:
    board = load("deforum_settings.json")
    assert prompts(board) == ["a desert, noon", "a desert, dusk", "a desert, night"]
    assert (board.shared, board.negative_prompt) == ("35mm photograph", "text, people")
    assert holds(board) == [2.0, 4.0, None]
    assert board.notes == ("The file's negative prompts were joined: a storyboard has one for all frames.",)


def test_settings_as_deforum_saves_them() -> None:
    board = load("deforum_settings.txt")
    assert prompts(board)[0] == "a glasshouse full of ferns, (morning mist:1.1)"
    assert board.negative_prompt == "nsfw, people, text, people, text, lamps"
    assert holds(board) == [4.0, 5.0, None]


def test_what_people_copy_from_the_prompt_box_of_deforum() -> None:
    board = load("deforum_box.txt")
    assert prompts(board)[1] == "a paper boat in rapids"
    assert board.negative_prompt == "photo, frame"
    assert (holds(board), board.notes) == ([6.0, 9.0, None], ())


def test_a_project_with_all_its_settings() -> None:
    board = load("travel_portrait.json")
    assert board.shared == "masterpiece, best quality, a woman with a red umbrella, park"
    assert prompts(board)[3] == "bare trees, winter, snow"
    assert board.style == "looking at viewer, upper body"
    assert board.negative_prompt == "(worst quality, low quality:1.4), nudity, text, logo"
    assert board.notes == ("All frames last equally long; in the file that was 4 s each.",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"0": "a fox --neg blur"}', ("a fox", "blur")),
        ('{"0": "a fox --neg"}', ("a fox", "")),
        ('{"0": "a fox --neg ", "8": "a hare --neg blur"}', ("a fox", "blur")),
        ('{"prompts": {"0": "a fox --neg"}, "fps": 8}', ("a fox", "")),
        ('{"0": "a fox\\n--neg blur --neg text"}', ("a fox", "blur, text")),
        ('{"0": "--neg blur"}', ("--neg blur", "")),
        ('{"0": "a fox --negative blur"}', ("a fox --negative blur", "")),
        ('{"prompt_map": {"0": "a fox --neg blur"}}', ("a fox --neg blur", "")),
        ('{"local_prompts": ["a fox --neg blur"]}', ("a fox --neg blur", "")),
    ],
)
def test_negative_prompts_inside_prompts_where_the_tool_reads_them(
    text: str, expected: tuple[str, str], tmp_path: Path
) -> None:
    board = text_file(tmp_path, "a.json", text)
    assert (board.frames[0].prompt, board.negative_prompt) == expected


def test_negative_prompts_around_a_schedule_in_a_workflow(tmp_path: Path) -> None:
    inputs = {"text": '"0": "a fox --neg blur"', "pre_text": "ink --neg oil", "app_text": "dusk"}
    workflow = {"1": {"class_type": "BatchPromptSchedule", "inputs": inputs}}
    board = text_file(tmp_path, "a.json", json.dumps(workflow))
    assert (board.texts(), board.negative_prompt) == (["ink, a fox, dusk"], "blur, oil")


def test_a_bare_mapping() -> None:
    board = load("travel_bare.json")
    assert prompts(board) == ["a seed", "a sprout", "a flower"]
    assert board.prompt == "travel bare"


def test_indexes_are_numbers_not_texts(tmp_path: Path) -> None:
    board = text_file(tmp_path, "a.json", '{"100": "last", " 9": "middle", "02": "first"}')
    assert prompts(board) == ["first", "middle", "last"]
    assert holds(board) == [1.125, 11.375, None]


def test_prompt_travel_in_yaml(tmp_path: Path) -> None:
    assert prompts(text_file(tmp_path, "a.yaml", "16: b\n0: a\n")) == ["a", "b"]


def test_times_beyond_any_hold_are_left_out_and_said(tmp_path: Path) -> None:
    board = text_file(tmp_path, "a.json", '{"0": "a", "10": "b", "9999": "c"}')
    assert holds(board) == [None] * 3
    assert board.notes == ("The file's times were left out: a frame is held 0.01 to 60 s.",)


def test_a_prompt_schedule() -> None:
    board = load("schedule.txt")
    assert prompts(board) == ["a seed,\nin dark soil", "a sprout, (green:1.3)", 'a "flower"']
    assert holds(board) == [2.0, 4.0, None]


@pytest.mark.parametrize("text", ['{"0": "a", "8": "b"}', '{"0": "a", "8": "b",}', '"0": "a", "8": "b",\n'])
def test_a_prompt_schedule_with_braces_and_commas(text: str, tmp_path: Path) -> None:
    assert prompts(text_file(tmp_path, "a.txt", text)) == ["a", "b"]


def test_the_prompt_box_of_the_web_interface() -> None:
    board = load("webui.txt")
    assert board.shared == "a lighthouse, oil painting, best quality"
    assert board.style == "thick brush strokes"
    assert prompts(board) == ["calm sea", "rough sea", "storm, 16:9 frame"]
    assert holds(board) == [1.0, 2.0, None]


def test_one_prompt_per_line(tmp_path: Path) -> None:
    expected = ["A fox sleeps under a pine", "A fox stretches under a pine", "A fox trots over a field"]
    assert prompts(load("lines.txt")) == expected
    plain = text_file(tmp_path, "story.txt", "16:9 photo of a fox\n- a hare\n\n")
    assert prompts(plain) == ["16:9 photo of a fox", "- a hare"]


def test_a_table_of_a_chat_model() -> None:
    board = load("chat.md")
    assert board.prompt == "Storyboard"
    assert prompts(board) == [
        "A tabby cat under a kitchen table, a fish on a plate above",
        "A tabby cat stretching one paw over the edge of a table",
        "A tabby cat | running | with a fish in its mouth",
    ]
    assert board.notes == ('Columns left out: "Shot type", "Mood".',)


def test_a_table_in_a_code_fence() -> None:
    board = load("fenced.md")
    assert prompts(board) == ["A tower in fog,\nseen from below", "A tower in sun & snow"]
    assert [frame.camera for frame in board.frames] == [None, CameraMove(zoom=1.5)]
    assert holds(board) == [2.0, 0.5]


@pytest.mark.parametrize(
    "heading",
    [
        "| Frame | Description |",
        "| Bild | Beschreibung",
        "| No. | Visual |",
        "Frame|Prompt (for SDXL)",
        "| Nr | x |",
    ],
)
def test_other_headings(heading: str, tmp_path: Path) -> None:
    if heading.startswith("| Bild"):
        heading = heading.replace("Bild", "#")
    board = text_file(tmp_path, "a.md", f"# A fox\n{heading}\n|--|--|\n| 1 | a fox |\n| 2 | a hare |\n")
    assert prompts(board) == ["a fox", "a hare"]
    assert board.prompt == "A fox"


def test_a_table_beside_others(tmp_path: Path) -> None:
    characters = "| Name | Looks |\n|---|---|\n| Fox | red |\n\n"
    board = text_file(tmp_path, "a.md", characters + "| Frame | Prompt |\n|---|---|\n| 1 | a fox |\n")
    assert prompts(board) == ["a fox"]


FRAMES = "| Frame | Description |\n|---|---|\n| 1 | a fox |\n| 2 | a hare |\n"


@pytest.mark.parametrize(
    ("others", "frames"),
    [
        ("| Character | Description |\n|---|---|\n| Fox | red |\n", FRAMES),
        ("| Character | Description |\n|---|---|---|\n| Fox | red | old | wise |\n", FRAMES),
        ("| Character | Prompt |\n|---|---|\n| Fox | red |\n", FRAMES),
        (
            "| # | Character | Description |\n|---|---|---|\n| 1 | Fox | red |\n",
            FRAMES.replace("Desc", "Prompt desc"),
        ),
        ("| Place | Description |\n|---|---|\n| Den | dark |\n", FRAMES.replace("Frame", "Shot")),
        ("| Place | Description |\n|---|---|\n| Den | dark |\n", FRAMES.replace("Frame", "Scene")),
        ("", "| Scene | Image |\n|---|---|\n| 1 | a fox |\n| 2 | a hare |\n"),
        ("", "| | Caption | Mood |\n|---|---|---|\n| **1** | a fox | calm |\n| **2** | a hare | wild |\n"),
    ],
)
def test_the_table_with_frame_numbers_goes_before_others(others: str, frames: str, tmp_path: Path) -> None:
    assert prompts(text_file(tmp_path, "a.md", f"{others}\n{frames}")) == ["a fox", "a hare"]
    assert prompts(text_file(tmp_path, "a.md", f"{frames}\n{others}")) == ["a fox", "a hare"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0:03", 3),
        ("00:02", 2),
        ("00:00:04", 4),
        ("0:02.5", 2.5),
        ("2s", 2),
        ("2.5 sec", 2.5),
        ("2,5 s", 2.5),
        ("3 seconds", 3),
        ("1 sec.", 1),
        ("500 ms", 0.5),
        ("700ms", 0.7),
        ("1", 1),
        ("–", None),
        ("", None),
    ],
)
def test_durations(text: str, seconds: float | None, tmp_path: Path) -> None:
    csv = text_file(tmp_path, "a.csv", f'prompt,Duration (sec)\na fox,"{text}"\n')
    table = text_file(
        tmp_path, "a.md", f"| Frame | Prompt | Duration |\n|---|---|---|\n| 1 | a fox | {text} |\n"
    )
    assert holds(csv) == holds(table) == [seconds]


def test_values_for_all_frames_in_columns(tmp_path: Path) -> None:
    table = "prompt,negative prompt,style\na fox,blur,\na hare,blur,oil\n"
    board = text_file(tmp_path, "a.csv", table)
    assert (board.negative_prompt, board.style, board.notes) == ("blur", "oil", ())
    table = "prompt,style\na fox,close-up\na hare,wide\n"
    board = text_file(tmp_path, "a.csv", table)
    assert board.style == ""
    assert board.notes == ("The column style was left out: a storyboard has one for all frames.",)


def test_csv_of_a_german_spreadsheet() -> None:
    board = load("excel_german.csv")
    assert prompts(board) == ["Ein Boot; ruhig", 'Ein "großes" Boot']
    assert board.frames[1].camera == CameraMove(pan=-0.25, zoom=1.2)
    assert holds(board) == [1.5, None]
    assert board.prompt == "excel german"


def test_csv_with_other_columns() -> None:
    board = load("plain.csv")
    assert prompts(board) == ["a boat", "a boat,\nin the rain"]
    assert board.notes == ('Columns left out: "camera".',)


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\r\nframe;prompt\r\n1;a, b\r\n",
        "Frame\tPrompt\n1\ta, b\n",
        'frame, prompt\n1, "a, b"\n',
        '\n\nprompt\r"a, b"\r',
        '"prompt"\n"a, b"',
    ],
)
def test_csv_dialects(text: str, tmp_path: Path) -> None:
    assert prompts(text_file(tmp_path, "a.csv", text)) == ["a, b"]


def test_a_row_may_be_deleted_from_a_table(tmp_path: Path) -> None:
    board = text_file(tmp_path, "a.csv", "frame,prompt\n1,a\n3,b\n4,c\n")
    assert prompts(board) == ["a", "b", "c"]


def test_our_own_files_are_still_ours(tmp_path: Path) -> None:
    board = text_file(tmp_path, "a.json", '{"prompt": "A fox", "frames": [{"prompt": "a fox"}]}')
    assert board == Storyboard.from_prompts("A fox", ["a fox"])
