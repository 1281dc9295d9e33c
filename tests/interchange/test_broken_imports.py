"""Every broken file to import is one clear line with file, line and field; nothing hangs."""

import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from direct2v.errors import StoryboardError
from direct2v.interchange import SUFFIXES, load_storyboard

DATA = Path(__file__).parents[1] / "data" / "interchange"
TABLE = "| Frame | Prompt | Zoom |\n|---|---|---|\n"

BROKEN = [
    # Prompt Relay
    ("a.json", '{"local_prompts": []}', "FILE, line 1, local_prompts: needs at least 1, got 0"),
    ("a.json", '{"local_prompts": "|"}', "FILE, line 1, local_prompts: needs at least 1, got 0"),
    ("a.json", '{\n"local_prompts": ["a",\n" "]}', "FILE, line 3, local_prompts[1]: must not be empty"),
    (
        "a.json",
        '{\n"local_prompts": ["a",\n3]}',
        "FILE, line 3, local_prompts[1]: expected text, got the number 3",
    ),
    (
        "a.json",
        '{"local_prompts": ["a"],\n"global_prompt": null}',
        "FILE, line 2, global_prompt: expected text, got",
    ),
    (
        "a.json",
        '{"local_prompts": ["a", "b"], "segment_lengths": [3]}',
        "FILE, line 1: local_prompts has 2 entries, segment_lengths 1; it needs one for each",
    ),
    (
        "a.json",
        '{"local_prompts": ["a"],\n"segment_lengths": [-3]}',
        "FILE, line 2, segment_lengths[0]: got -3",
    ),
    (
        "a.json",
        '{"local_prompts": ["a"],\n"segment_lengths": "x"}',
        "FILE, line 2, segment_lengths[0]: expected a num",
    ),
    (
        "a.json",
        '{"local_prompts": ["a"], "time_intervals": [[0]]}',
        "FILE, line 1, time_intervals[0][1]: is missing",
    ),
    # workflows of ComfyUI
    (
        "a.json",
        '{"1": {"class_type": "KSampler", "inputs": {}}}',
        "FILE: a ComfyUI workflow with no node for prompts over time; it needs one",
    ),
    (
        "a.json",
        '{"1": {"class_type": "PromptRelayEncode", "inputs": {"local_prompts": ["2", 0]}}}',
        "FILE, node 1, local_prompts[1]: expected text, got the number 0",
    ),
    (
        "a.json",
        '{"1": {"class_type": "BatchPromptSchedule", "inputs": {"text": ["2", 0]}}}',
        "FILE, node 1, text: expected text; it comes from another node here",
    ),
    (
        "a.json",
        '{"1": {"class_type": "PromptSchedule", "inputs": '
        '{"text": "\\"0\\": \\"a\\"", "pre_text": "\\ud800"}}}',
        "FILE, node 1, shared: contains characters that are no valid Unicode",
    ),
    # prompt travel
    (
        "a.json",
        '{"0": "a",\n"max_f-1": "b"}',
        'FILE, line 2, max_f-1.[key]: "max_f-1" is no frame index; accepted: whole numbers from 0, not expr',
    ),
    ("a.json", '{"0": "a",\n"-4": "b"}', 'FILE, line 2, -4.[key]: "-4" is no frame index'),
    ("a.json", '{"0": "a",\n"1.5": "b"}', 'FILE, line 2, 1.5.[key]: "1.5" is no frame index'),
    ("a.json", '{"0": "a",\n"0": "b"}', 'FILE, line 2: the key "0" stands twice in one mapping'),
    ("a.json", '{"0": "a",\n"00": "b"}', 'the frame index 0 stands twice, as "0" and "00"'),
    ("a.json", '{"0": "a",\n"8": ""}', "FILE, line 2, 8: must not be empty"),
    ("a.json", '{"0": "a",\n"8": 3}', "FILE, line 2, 8: expected text, got the number 3"),
    ("a.json", '{"prompt_map": {}}', "FILE, line 1, prompt_map: needs at least 1, got 0"),
    ("a.json", '{"prompt_map": ["a"]}', "FILE, line 1, prompt_map: expected a mapping"),
    (
        "a.json",
        '{"prompt_map": {"0": "a",\n"x": "b"}}',
        'FILE, line 2, prompt_map.x.[key]: "x" is no frame index',
    ),
    ("a.json", '{"prompts": {"0": "a"}, "fps": 0}', "FILE, line 1, fps: got 0"),
    # prompt schedules
    ("a.txt", '"0": "a",\n"x": "b"', 'FILE, line 2, x.[key]: "x" is no frame index'),
    ("a.txt", '"0": "a",\n"8" "b"', "FILE, line 2: not a valid prompt schedule: Expecting ':' delimiter"),
    ("a.txt", '"0": "a",\n"0": "b"', 'FILE: the key "0" stands twice in one mapping'),
    ("a.txt", '{"0": "a"', "FILE, line 1: not a valid prompt schedule"),
    ("a.txt", "{}", "FILE: holds no prompts"),
    ("a.txt", "0: a\n-8: b", 'FILE, line 2: "-8" is no frame index; accepted: whole numbers from 0'),
    ("a.txt", "0: a\n1.5: b", 'FILE, line 2: "1.5" is no frame index'),
    (
        "a.txt",
        "0: a\nand\n8: b",
        'FILE, line 2: expected a frame index and its prompt, as in 16: a flower; got "and"',
    ),
    ("a.txt", "0: a\n\n0: b", "FILE, line 3: the frame index 0 stands twice"),
    ("a.txt", "0: a\n8:\n9: b", "FILE, line 2, 8: must not be empty"),
    # Markdown
    (
        "a.md",
        "# A fox\n\nA fox runs.\n",
        "FILE: no table with a column Prompt; a table begins | Frame | Prompt |",
    ),
    (
        "a.md",
        "| Pormpt | x | y |\n|---|---|---|\n| a | b | c |",
        "FILE: no table with a column Prompt; did you mean",
    ),
    ("a.md", TABLE, "FILE: the table has no rows; each row is a frame"),
    ("a.md", "- Subject: x\n" * 17 + TABLE + "| 1 | a | |", "FILE, subjects: takes at most 16, got 17"),
    ("a.md", TABLE + "| 1 | a | x |", 'FILE, line 3, zoom: expected a number, got the text "x"'),
    ("a.md", TABLE + "| 1 | a | 9 |", "FILE, line 3, zoom: got 9"),
    ("a.md", TABLE + "| 1 | a |  |\n| 2 |  | 1 |", "FILE, line 4, prompt: must not be empty"),
    (
        "a.md",
        TABLE + "| 1 | a | b | c |",
        "FILE, line 3: 4 cells, but the table has 3 columns; a | inside a text is",
    ),
    (
        "a.md",
        TABLE + "| 2 | a |\n| 1 | b |",
        "FILE, line 4, frame: 1 stands after 2; number the frames in temporal",
    ),
    ("a.md", TABLE + "| 1 | a |\n| 1 | b |", "FILE, line 4, frame: 1 stands twice"),
    (
        "a.md",
        TABLE + "| 1 | a |\n\n" + TABLE + "| 1 | b |",
        "FILE: 2 tables with prompts, on lines 1 and 5; keep one",
    ),
    (
        "a.md",
        "| Character | Prompt |\n|---|---|\n| a | b |\n\n" + (TABLE + "| 1 | a |\n\n") * 2,
        "FILE: 2 tables with prompts, on lines 5 and 9; keep one",
    ),
    ("a.md", "# A\n\n1. a\n3. b\n", "FILE, line 4, frame: 3 stands after 1; frames without a table are numb"),
    (
        "a.md",
        "1. a\n1. b\n",
        "FILE, line 2, frame: 1 stands after 1; frames without a table are numbered 1, 2, ",
    ),
    (
        "a.md",
        "Frame 0: a\nFrame 1: b\n",
        "FILE, line 1, frame: 0 is the first number; frames without a table",
    ),
    ("a.md", "### Frame 1\n\n### Frame 2\n\na fox\n", "FILE, line 1, prompt: must not be empty"),
    ("a.md", "### Frame 1 (99 s)\na fox\n", "FILE, line 1, hold: got 99"),
    ("a.md", "Frame 1 shows a fox.\n", "FILE: no table with a column Prompt; a table begins"),
    (
        "a.md",
        "| Frame | Prompt | Duration |\n|---|---|---|\n| 1 | a | 2-3 s |\n",
        'FILE, line 3, hold: expected one time, as in 2, 2.5 s, 500 ms or 0:02, got the text "2-3 s"',
    ),
    (
        "a.csv",
        "prompt,hold\na,a moment\n",
        'FILE, line 2, hold: expected one time, as in 2, 2.5 s, 500 ms or 0:02, got the text "a moment"',
    ),
    (
        "a.csv",
        "prompt,hold\na,0:75\n",
        "FILE, line 2, hold: expected one time, as in 2, 2.5 s, 500 ms or 0:02",
    ),
    ("a.csv", "prompt,pan\na,0.5 s\n", 'FILE, line 2, pan: expected a number, got the text "0.5 s"'),
    (
        "a.md",
        "| Prompt | Prompt |\n|---|---|\n| a | b |",
        'FILE, line 1: two columns for prompt: "Prompt" and "Prompt"',
    ),
    # CSV
    (
        "a.csv",
        "frame,text to draw\n1,a,\n",
        "FILE, line 2: 3 cells, but 2 headings; put a text with a , in it in quot",
    ),
    (
        "a.csv",
        "1,a fox,0\n2,a hare,0\n",
        "FILE, line 1: no column prompt; the first row holds the headings, as in fra",
    ),
    ("a.csv", "frame,pormpt,x\n1,a,b\n", 'FILE, line 1: no column prompt; did you mean prompt by "pormpt"?'),
    ("a.csv", "frame,prompt\n", "FILE: the table has no rows; each row is a frame"),
    ("a.csv", 'frame,prompt\n1,"a\n', "FILE, line 2: not valid CSV: unexpected end of data"),
    ("a.csv", 'prompt,hold\n"a\nb",1\nc,900\n', "FILE, line 4, hold: got 900"),
    ("a.csv", "prompt,pan\na,0.1.2\n", 'FILE, line 2, pan: expected a number, got the text "0.1.2"'),
    ("a.csv", "prompt,pan\na,nan\n", 'FILE, line 2, pan: expected a number, got the text "nan"'),
    ("a.csv", "prompt,pan\na,1e999\n", "FILE, line 2, pan: must be a finite number"),
    ("a.csv", "prompt,pan\n,0.5\n", "FILE, line 2, prompt: must not be empty"),
    ("a.csv", "prompt\n" + "a\n" * 1025, "FILE, frames: takes at most 1024, got 1025"),
    # any
    ("a.csv", "", "FILE: the file is empty"),
    ("a.md", " \n", "FILE: the file is empty"),
    ("a.csv", "prompt\na\0b\n", "FILE: not a text file in UTF-8"),
    (
        "a.doc",
        "prompt\na\n",
        "FILE: unknown kind of storyboard file; accepted: .yaml, .yml, .json, .txt, .md",
    ),
    ("a.json", '{"prompt": "a fox", "frames": []}', "FILE, line 1, frames: needs at least 1, got 0"),
    ("a.json", '{"promt": "a fox"}', "FILE, line 1, promt: unknown key; did you mean prompt?"),
    ("a.json", "[1]", "FILE, line 1: expected a mapping"),
    ("a.json", "[" * 100_000, "FILE: nested too deeply"),
    ("a.txt", '{"0": ' + "[" * 100_000, "FILE: nested too deeply"),
    ("a.txt", '{"0": ' + "1" * 5000 + "}", "FILE: cannot be read: Exceeds the limit"),
]


def refusal(path: Path) -> str:
    with pytest.raises(StoryboardError) as caught:
        load_storyboard(path)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400 + len(str(path))
    return message.replace(str(path), "FILE")


def refusal_if_any(path: Path) -> str:
    try:
        load_storyboard(path)
    except StoryboardError:
        return refusal(path)
    return "none"


@pytest.mark.parametrize(("name", "text", "message"), BROKEN, ids=lambda value: repr(value)[:40])
def test_broken_files(name: str, text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", newline="")
    said = refusal(path)
    assert message in said
    assert said.startswith("FILE")


def test_a_workflow_as_the_editor_saves_it() -> None:
    assert "export it for the API" in refusal(DATA / "workflow_editor.json")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_that_are_none(suffix: str, tmp_path: Path) -> None:
    assert refusal(tmp_path / f"missing{suffix}") == "FILE: no such file"
    (tmp_path / f"folder{suffix}").mkdir()
    assert refusal(tmp_path / f"folder{suffix}") == "FILE: is a folder, not a storyboard file"
    (tmp_path / f"bytes{suffix}").write_bytes(b"prompt\n\xff\xfe\n")
    assert refusal(tmp_path / f"bytes{suffix}").startswith("FILE: not a text file in UTF-8")
    with (tmp_path / f"large{suffix}").open("wb") as file:
        file.truncate(16 * 2**20 + 1)
    assert refusal(tmp_path / f"large{suffix}") == "FILE: larger than 16 MiB, too large for a storyboard"


def test_terminal_codes_do_not_reach_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("prompt,\x1b[31mred\na,b,c\x1b[0m\n")
    assert "\x1b" not in refusal(path)
    path.write_text("prompt,hold\na,\x1b[31m\n")
    assert "\x1b" not in refusal(path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "|" + " " * 200_000 + "x\n" + " " * 200_000 + "-x"),
        ("a.md", "# " + " " * 200_000 + "x" + " #" * 100_000 + "x\n"),
        ("a.md", "- style:" + " " * 200_000 + "\n" + TABLE + "|1|" + "**" * 100_000 + "\\" * 99_999 + "|\n"),
        ("a.md", TABLE + "|1|" + '"*_`' * 50_000 + "|\n"),
        ("a.md", TABLE + "|1|a|" + "1" + " " * 200_000 + "s|\n"),
        ("a.md", "Frame 1" + " " * 200_000 + "(" * 200_000),
        ("a.md", "1. **" + "a" * 200_000 + "\n- " + "b " * 100_000),
        ("a.md", "Frame 1:\n" + ("**" + "x" * 30 + " " * 200_000 + "\n> " * 9)),
        ("a.md", "".join(f"{i}. a\n\n- b: c\n\n" for i in range(1, 9999))),
        ("a.csv", "prompt,pan\na,1" + " " * 200_000 + "s\n"),
        ("a.csv", "prompt\n" + "'" * 200_000 + " " * 200_000 + "\n"),
        ("a.csv", "," * 200_000 + "\nprompt\n"),
        ("a.txt", "," * 100_000 + " " * 200_000 + "x"),
        ("a.txt", '"0": "' + "\\" * 200_001),
        ("a.txt", "-" * 200_000 + "1" * 200_000 + "."),
        ("a.json", '{"0": "' + " --neg" * 100_000 + '"}'),
    ],
    ids=lambda value: repr(value)[:12],
)
def test_nothing_takes_long(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", newline="")
    begin = time.process_time()
    with suppress(StoryboardError):
        load_storyboard(path)
    assert time.process_time() - begin < 30


pieces = st.sampled_from(
    [
        *"{}[]|,;:\"'`*-=#\n\r\t\\ 0",
        "| Frame | Prompt |\n|---|---|\n",
        "frame,prompt,pan\n",
        '"0": "a",',
        '{"prompt_map": {"0": "a"}}',
        '"local_prompts": ["a"]',
        "16: a fox\n",
        "# A fox\n",
        "- Style: oil\n",
        "1. ",
        "\n2. a hare\n\n",
        "**Frame 1:** ",
        "### Frame 2: b\n",
        "**Prompt:** ",
        "```\n",
        "> a",
        "a fox",
        "\u2028",
        "<br>",
        "&#55296;",
        "1,a fox,0.5\n",
    ]
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(pieces | st.text(max_size=5), max_size=12), suffix=st.sampled_from(SUFFIXES))
def test_any_text_is_a_storyboard_or_one_clear_line(parts: list[str], suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes("".join(parts).encode("utf-8", "surrogatepass"))
    assert refusal_if_any(path).startswith(("FILE", "none"))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_are_a_storyboard_or_one_clear_line(data: st.DataObject, tmp_path: Path) -> None:
    original = data.draw(st.sampled_from(sorted(DATA.iterdir())))
    raw = bytearray(original.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw)))
        end = data.draw(st.integers(start, min(len(raw), start + 20)))
        raw[start:end] = data.draw(
            st.binary(max_size=3) | st.sampled_from([b'"', b"|", b"\n", b",", b"{", b"-1"])
        )
    path = tmp_path / original.name
    path.write_bytes(raw)
    assert refusal_if_any(path).startswith(("FILE", "none"))
