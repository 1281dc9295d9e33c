r"""Markdown: a heading, a list of what all frames share, and a table with one row per frame.

Source: pipe tables of GitHub Flavored Markdown (a row of hyphens below the headings; `\|` is a pipe inside
a cell; cells hold one line, `<br>` breaks it) and CommonMark (backslash escapes, `&#10;` for any
character). Tables that people and chat models write are read too: in a code fence or not, with other
columns, bold headings, quoted texts. Where no table holds prompts, numbered frames do (`numbered`).
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from direct2v.interchange.markup import decoded, encoded
from direct2v.interchange.numbered import frame_heading, read_numbered
from direct2v.interchange.rows import CAMERA, Row, Table, cell_values, near_prompt, storyboard_of, table_of
from direct2v.interchange.source import Source
from direct2v.storyboard import Storyboard

__all__ = ["read_markdown", "write_markdown"]

_SINGLE = {"story": "story", "shared": "shared", "style": "style", "negative prompt": "negative_prompt",
           "director": "director"}  # fmt: skip
_LISTS = {"subject": "subjects", "note": "notes"}
_PROPERTY = re.compile(
    r"\s*[-*+]\s+(?:\*\*)?(story|shared|style|negative prompt|director|subject|note)(?:\*\*)?:(?:\*\*)?"
    r"(?:\s+(.*))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Found:
    """A table with prompts, the line of its headings, and how many those are."""

    line: int
    width: int
    table: Table

    @property
    def rank(self) -> tuple[bool, bool]:
        return "frame" in self.table.columns, self.table.says_prompt


def read_markdown(source: Source) -> Storyboard:
    """The storyboard of a Markdown file: of its one table with prompts, else of its numbered frames.

    Raises:
        StoryboardError: if there is neither, or more than one table, or naming the line and field where it
            is wrong.
    """
    lines = re.split(r"\r\n|\r|\n", source.text)
    tables, others, outside = _tables(source, lines)
    if tables:
        around = [line for line, is_out in zip(lines, outside, strict=True) if is_out]
        return storyboard_of(source, _one_of(source, tables), _properties(around))
    hint = near_prompt(others)
    listed = None if hint else read_numbered(source, lines, outside)
    if listed is not None:
        table, notes, unread = listed
        around = [line for line in unread if not frame_heading(line)]
        values = _properties(around)
        values["notes"] = [*values.get("notes", []), *notes]
        return storyboard_of(source, table, values)
    begin = "" if others else "; a table begins | Frame | Prompt | and | --- | --- | below it"
    frames = "" if hint else ", and no frames numbered 1., 2., 3. or Frame 1:, Frame 2:"
    raise source.error(f"no table with a column Prompt{hint or begin}{frames}")


def _tables(source: Source, lines: list[str]) -> tuple[list[_Found], list[str], list[bool]]:
    """The tables with prompts, the headings of all others, and which lines stand in no table."""
    tables: list[_Found] = []
    others: list[str] = []
    outside = [True] * len(lines)
    i = 0
    while i < len(lines) - 1:
        if "|" not in lines[i] or not all(
            re.fullmatch(":?-+:?", cell.strip()) for cell in _cells(lines[i + 1])
        ):
            i += 1
            continue
        end = i + 2
        while end < len(lines) and "|" in lines[end]:
            end += 1
        outside[i:end] = [False] * (end - i)
        names = [decoded(heading) for heading in _cells(lines[i])]
        rows = [Row(at + 1, [decoded(cell) for cell in _cells(lines[at])]) for at in range(i + 2, end)]
        rows = [row for row in rows if any(row.cells)]
        try:
            table = table_of(names, rows)
        except ValueError as error:
            raise source.error(str(error), line=i + 1) from None
        if table is None:
            others += names
        else:
            tables.append(_Found(i + 1, len(names), table))
        i = end
    return tables, others, outside


def _one_of(source: Source, tables: list[_Found]) -> Table:
    """The table of the frames: one with frame numbers goes before a list of characters or places."""
    best = max(found.rank for found in tables)
    kept = [found for found in tables if found.rank == best]
    if len(kept) > 1:
        places = " and ".join(str(found.line) for found in kept[:3])
        raise source.error(f"{len(kept)} tables with prompts, on lines {places}; keep one")
    table, width = kept[0].table, kept[0].width
    for row in table.rows:
        if len(row.cells) > width:
            count = f"{len(row.cells)} cells, but the table has {width} columns"
            raise source.error(f"{count}; a | inside a text is written \\|", line=row.line)
    rows = [Row(row.line, [*row.cells, *[""] * (width - len(row.cells))]) for row in table.rows]
    return replace(table, rows=rows)


def write_markdown(storyboard: Storyboard) -> str:
    """The text of a Markdown file that holds the whole storyboard."""
    values = [cell_values(frame) for frame in storyboard.frames]
    columns = [name for name in (*CAMERA, "hold") if any(value[name] is not None for value in values)]
    lines = [f"# {encoded(storyboard.prompt)}", ""]
    single = [(label, getattr(storyboard, field)) for label, field in _SINGLE.items() if field != "story"]
    several = [(label, text) for label, field in _LISTS.items() for text in getattr(storyboard, field)]
    properties = [
        f"- **{label.capitalize()}:** {encoded(text)}" for label, text in [*single, *several] if text
    ]
    lines += [*properties, ""] if properties else []
    lines.append(_line(["Frame", "Prompt", *(name.capitalize() for name in columns)]))
    lines.append(_line(["---:", "---", *("---:" for _ in columns)]))
    for number, (frame, value) in enumerate(zip(storyboard.frames, values, strict=True), 1):
        cells = ["" if value[name] is None else repr(value[name]) for name in columns]
        lines.append(_line([str(number), encoded(frame.prompt), *cells]))
    return "\n".join(lines) + "\n"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(line: str) -> list[str]:
    r"""A row between its pipes; `\|` is none."""
    parts: list[list[str]] = [[]]
    for part in re.findall(r"\\.|\||[^\\|]+|\\", line.strip()):
        if part == "|":
            parts.append([])
        else:
            parts[-1].append(part)
    cells = ["".join(part) for part in parts]
    if len(cells) > 1 and not cells[0].strip():
        del cells[0]
    if len(cells) > 1 and not cells[-1].strip() and line.rstrip().endswith("|"):
        del cells[-1]
    return cells


def _properties(lines: list[str]) -> dict[str, Any]:
    """What stands around the table: the first heading, and list items that begin with a known word."""
    values: dict[str, Any] = {}
    for line in lines:
        if match := _PROPERTY.fullmatch(line):
            label, text = match[1].casefold(), decoded(match[2] or "")
            if not text:
                continue
            if label in _LISTS:
                values.setdefault(_LISTS[label], []).append(text)
            else:
                values.setdefault(_SINGLE[label], text)
        elif re.match(r"#{1,6}\s", line):
            heading = line.strip().lstrip("#").strip()
            heading = heading.rstrip("#").rstrip() if re.search(r"\s#+\Z", heading[-20:]) else heading
            if heading:
                values.setdefault("story", decoded(heading))
    return values
