"""Markdown without a table, as chat models write it, becomes the frames that it means."""

from pathlib import Path

import pytest

from direct2v.interchange import load_storyboard
from direct2v.storyboard import Storyboard

DATA = Path(__file__).parents[1] / "data" / "interchange"


def prompts(board: Storyboard) -> list[str]:
    return [frame.prompt for frame in board.frames]


def holds(board: Storyboard) -> list[float | None]:
    return [frame.hold for frame in board.frames]


def markdown(folder: Path, text: str) -> Storyboard:
    (folder / "a.md").write_text(text, encoding="utf-8", newline="")
    return load_storyboard(folder / "a.md")


@pytest.mark.parametrize(
    "text",
    [
        "1. a fox\n2. a hare",
        "1) a fox\n\n2) a hare",
        "**1.** a fox\n**2.** a hare",
        '1. "a fox"\n2. **a hare**',
        "1. a\n   fox\n2. a hare",
        "1. a\n\n   fox\n\n2. a hare",
        "1. **Frame 1:** a fox\n2. **Frame 2:** a hare",
        "### 🎬 Frame 1\na fox\n### 🎬 Frame 2\na hare",
        "**Frame 1**：a fox\n**Frame 2**：a hare",
        "- Frame 1: a fox\n- Frame 2: a hare",
        "1. **Prompt:**\n   a fox\n2. **Prompt:** a hare",
        "**Frame 1:** a fox\n**Frame 2:** a hare",
        "**Frame 1**: a fox\n\n**Frame 2**: a hare",
        "- **Frame 1/2:** a fox\n- **Frame 2/2:** a hare",
        "**Frame 1: a fox**\n\n**Frame 2: a hare**",
        "### Frame 1\na fox\n### Frame 2\na hare",
        "### Frame 1\n\na fox\n\n---\n\n### Frame 2\n\na hare\n\n---",
        "### Frame 1: a fox\n### Frame 2: a hare",
        "### Frame 1:\n> a fox\n\n### Frame 2:\n> a hare",
        "### Frame 1\n```\na fox\n```\n### Frame 2\n```text\na hare\n```",
        "### Frame 1\n**Prompt:** a fox\n\n### Frame 2\n**Prompt:**\n\na hare",
        "## Scene 1\n*Visual:* a fox\n\n## Scene 2\n*Visual:* a hare",
        "## Scene 1\n**Frame 1:** a fox\n\n**Frame 2:** a hare",
    ],
)
def test_frames_without_a_table(text: str, tmp_path: Path) -> None:
    text = (
        f"Sure! Here is your storyboard:\n\n# A fox and a hare\n\n{text}\n\nLet me know if you want more!\n"
    )
    board = markdown(tmp_path, text)
    assert prompts(board) == ["a fox", "a hare"]
    assert (board.prompt, board.notes, holds(board)) == ("A fox and a hare", (), [None, None])
    assert prompts(markdown(tmp_path, text.replace("\n", "\r\n"))) == ["a fox", "a hare"]


def test_what_chat_models_say_of_a_frame() -> None:
    board = load_storyboard(DATA / "frames.md")
    assert board.prompt == "A day at the mill"
    assert prompts(board) == [
        "A watermill at dawn, mist over the pond",
        "A watermill at noon, a miller at the door",
    ]
    assert holds(board) == [2.0, 3.5]
    assert (board.style, board.negative_prompt) == ("gouache", "text")
    assert board.notes == (
        'Left out of the frames: "Camera", "Dawn", "Sound", "Noon", "0:02-0:05".',
        "Text between the frames was left out, on line 15 first.",
    )


def test_a_list_of_characters_is_no_frame(tmp_path: Path) -> None:
    text = "## Characters\n- **Fox:** red\n\n| Name | Age |\n|---|---|\n| Fox | 3 |\n\n1. a fox\n2. a hare\n"
    assert prompts(markdown(tmp_path, text)) == ["a fox", "a hare"]
