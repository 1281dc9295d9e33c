"""What Markdown and CSV tables have in common: columns by their headings, rows to frames, frames to rows."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from direct2v.errors import StoryboardError
from direct2v.interchange.source import Source, build, listed, title
from direct2v.storyboard import FramePrompt, Storyboard
from direct2v.validation import describe_errors, quoted

__all__ = [
    "CAMERA",
    "Row",
    "Table",
    "cell_values",
    "heading_field",
    "near_prompt",
    "seconds",
    "storyboard_of",
    "table_of",
]

CAMERA = ("pan", "tilt", "zoom", "roll")
_WHOLE = ("story", "shared", "style", "negative_prompt")  # one value for all frames
_SECONDS = ("", " s", " sec", " secs", " seconds")
_HEADINGS = {
    "frame": (
        "frame",
        "frames",
        "#",
        "no",
        "nr",
        "number",
        "index",
        "frame number",
        "frame index",
        "keyframe",
    ),
    "prompt": ("prompt", "frame prompt", "image prompt", "positive prompt", "prompt text"),
    "hold": (
        "seconds",
        *(f"hold{unit}" for unit in _SECONDS),
        *(f"duration{unit}" for unit in _SECONDS),
    ),
    "negative_prompt": ("negative prompt", "negative"),
    **{name: (name,) for name in (*CAMERA, "story", "shared", "style")},
}
_FIELDS = {heading: field for field, headings in _HEADINGS.items() for heading in headings}
_DESCRIPTIONS = (
    *("description", "image description", "frame description", "visual description", "scene description"),
    *("text", "visual", "visuals", "scene", "image", "picture", "shot", "caption"),
)
_COUNTED = ("", "scene", "shot", "image", "picture", "panel", "slide", "step")  # numbers, or descriptions
_PER_SECOND = {"": 1, "s": 1, "sec": 1, "second": 1, "ms": 1000, "msec": 1000, "millisecond": 1000}
_NOTHING = ("", "-", "–", "—", "none", "n/a")


@dataclass(frozen=True)
class Row:
    """One row of a table: its line in the file, from 1, and its cells, decoded."""

    line: int
    cells: Sequence[str]


@dataclass(frozen=True)
class Table:
    """Rows and what their columns mean.

    Attributes:
        columns: the position of each field that a column was found for; "prompt" is among them.
        unknown: the headings of all other columns.
        rows: those that hold anything.
        says_prompt: whether the prompts stand under a heading that says so, and not under Description.
    """

    columns: Mapping[str, int]
    unknown: Sequence[str]
    rows: Sequence[Row]
    says_prompt: bool = True


def table_of(headings: Sequence[str], rows: Sequence[Row]) -> Table | None:
    """The table with these headings and rows; None where no column holds prompts.

    Raises:
        ValueError: two columns mean the same.
    """
    plain = [" ".join(re.findall(r"[^\W_]+|#", heading.casefold())) for heading in headings]
    columns: dict[str, int] = {}
    for i, heading in enumerate(plain):
        field = _FIELDS.get(heading)
        if field in columns:
            raise ValueError(
                f"two columns for {field}: {quoted(headings[columns[field]])} and {quoted(headings[i])}"
            )
        if field is not None:
            columns[field] = i
    if "frame" not in columns and plain[:1] and plain[0] in _COUNTED and _rise(_numbers(rows, 0)):
        columns["frame"] = 0
    free = [i for i in range(len(plain)) if i not in columns.values()]
    if "prompt" not in columns:
        found = [i for i in free if "prompt" in plain[i].split()]
        says_prompt = bool(found)
        found = found or [
            i for heading in _DESCRIPTIONS if heading in plain and (i := plain.index(heading)) in free
        ]
        if not found and len(plain) == 2 and columns.get("frame") == 0:
            found = [1]
        if not found:
            return None
        columns["prompt"] = found[0]
    else:
        says_prompt = True
    unknown = [headings[i] for i in free if i not in columns.values() and headings[i].strip()]
    return Table(columns, unknown, rows, says_prompt)


def heading_field(heading: str) -> str | None:
    """The field that a heading alone tells: "prompt" for Description, too; None where it tells none."""
    plain = " ".join(re.findall(r"[^\W_]+", heading.casefold()))
    return _FIELDS.get(plain) or ("prompt" if plain in _DESCRIPTIONS or "prompt" in plain.split() else None)


def near_prompt(headings: Sequence[str]) -> str:
    """A hint for a table without a prompt column."""
    near = difflib.get_close_matches(
        "prompt", [text.casefold() for text in headings if len(text) < 40], n=1, cutoff=0.7
    )
    return f"; did you mean prompt by {quoted(near[0])}?" if near else ""


def storyboard_of(source: Source, table: Table, values: Mapping[str, Any] | None = None) -> Storyboard:
    """The storyboard of a table.

    Args:
        source: the file, for messages.
        table: its rows.
        values: fields of the storyboard that stand outside the table; they go before those in it.

    Raises:
        StoryboardError: naming the file, the line, the field and what is wrong there.
    """
    if not table.rows:
        raise source.error("the table has no rows; each row is a frame")
    _check_order(source, table)
    notes: list[str] = []
    whole: dict[str, Any] = {}
    for field in _WHOLE:
        if field not in table.columns:
            continue
        found = list(dict.fromkeys(text for row in table.rows if (text := row.cells[table.columns[field]])))
        if len(found) == 1:
            whole[field] = found[0]
        elif found:
            notes.append(f"The column {field} was left out: a storyboard has one for all frames.")
    if table.unknown:
        notes.append(f"Columns left out: {listed(list(table.unknown))}.")
    whole |= values or {}
    whole["prompt"] = title(source.path, whole.pop("story", ""))
    whole["notes"] = [*whole.get("notes", []), *notes]
    return build(source.name, {**whole, "frames": [_frame(source, table.columns, row) for row in table.rows]})


def cell_values(frame: FramePrompt) -> dict[str, float | None]:
    """Camera and hold of a frame; all four of a camera, or none."""
    camera = frame.camera.model_dump() if frame.camera else dict.fromkeys(CAMERA)
    values = {**camera, "hold": frame.hold}
    return {
        name: int(value) if value is not None and value == int(value) else value
        for name, value in values.items()
    }


def _frame(source: Source, columns: Mapping[str, int], row: Row) -> FramePrompt:
    numbers = {}
    for field in (*CAMERA, "hold"):
        if field in columns:
            numbers[field] = _number(source, row.line, field, row.cells[columns[field]])
    hold = numbers.pop("hold", None)
    camera = {field: value for field, value in numbers.items() if value is not None}
    values = {"prompt": row.cells[columns["prompt"]], "camera": camera or None, "hold": hold}
    try:
        return FramePrompt.model_validate(values)
    except ValidationError as error:
        message = describe_errors(error, FramePrompt).removeprefix("camera.")
        raise StoryboardError(f"{source.name}, line {row.line}, {message}") from None


def _number(source: Source, line: int, field: str, text: str) -> float | None:
    text = text.strip()
    if text.casefold() in _NOTHING:
        return None
    number = None
    if len(text) <= 40:
        plain = text.replace("−", "-")
        bare = re.sub(r"\s*(?:x|°|deg|degrees?)\Z", "", plain, flags=re.IGNORECASE)
        number = seconds(plain) if field == "hold" else _plain(bare)
    if number is None:
        wanted = "one time, as in 2, 2.5 s, 500 ms or 0:02" if field == "hold" else "a number"
        raise source.error(f"expected {wanted}, got the text {quoted(text)}", line=line, field=field)
    return number


def seconds(text: str) -> float | None:
    """The seconds that `text`, of at most 40 characters, names: ``2``, ``2.5 sec``, ``500 ms``, ``0:02``."""
    if clock := re.fullmatch(r"(?:([0-9]{1,2}):)?([0-9]{1,2}):([0-5]?[0-9](?:[.,][0-9]{1,6})?)", text):
        hours, minutes, rest = clock.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(rest.replace(",", "."))
    match = re.fullmatch(r"(.*?)\s*([a-z]*)\.?", text, re.IGNORECASE)
    if match is None:
        return None
    number, unit = match[1], match[2].lower()
    unit = unit if unit in _PER_SECOND else unit.removesuffix("s")
    value = _plain(number if unit else text)
    return None if value is None or unit not in _PER_SECOND else value / _PER_SECOND[unit]


def _plain(text: str) -> float | None:
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")  # where the comma is the decimal point
    pattern = r"[-+]?(?:[0-9]{1,20}(?:\.[0-9]*)?|\.[0-9]+)(?:e[-+]?[0-9]{1,3})?"
    return float(text) if re.fullmatch(pattern, text, re.IGNORECASE) else None


def _numbers(rows: Sequence[Row], column: int) -> list[int]:
    """The frame numbers in a column; empty unless all cells are such, as in ``3``, ``#3``, ``Frame 3:``."""
    found = [re.fullmatch(r"\D{0,20}([0-9]{1,9})\D{0,3}", row.cells[column].strip()) for row in rows]
    numbers = [int(match[1]) for match in found if match]
    return numbers if len(numbers) == len(rows) else []


def _rise(numbers: Sequence[int]) -> bool:
    return bool(numbers) and all(before < number for before, number in pairwise(numbers))


def _check_order(source: Source, table: Table) -> None:
    """Frame numbers are only looked at where all are plain: then they must rise."""
    numbers = _numbers(table.rows, table.columns["frame"]) if "frame" in table.columns else []
    for before, number, row in zip(numbers, numbers[1:], table.rows[1:], strict=False):
        if number <= before:
            problem = "stands twice" if number == before else f"stands after {before}"
            message = f"{number} {problem}; number the frames in temporal order, or leave the numbers out"
            raise source.error(message, line=row.line, field="frame")
