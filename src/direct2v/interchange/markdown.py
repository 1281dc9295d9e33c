r"""Markdown: a heading, a list of what all frames share, and a table with one row per frame.

Source: pipe tables of GitHub Flavored Markdown (a row of hyphens below the headings; `\|` is a pipe inside
a cell; cells hold one line, `<br>` breaks it) and CommonMark (backslash escapes, `&#10;` for any
character). Tables that people and chat models write are read too: in a code fence or not, with other
columns, bold headings, quoted texts.
"""

import re
from typing import Any

from direct2v.interchange.rows import CAMERA, Row, Table, cell_values, columns_of, near_prompt, storyboard_of
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
_TOKEN = re.compile(
    r"\\([!-/:-@\[-`{-~])|(<br\s*/?>)|&#([0-9]{1,7});|&#x([0-9a-f]{1,6});|&(amp|lt|gt|quot|apos|nbsp);|(\*\*)"
    r"|[^\\<&*]+|.",
    re.IGNORECASE | re.DOTALL,
)
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": "\u00a0"}
_WRAPPERS = (("**", "**"), ("__", "__"), ("*", "*"), ("_", "_"), ('"', '"'), ("“", "”"), ("`", "`"))


def read_markdown(source: Source) -> Storyboard:
    """The storyboard of the one table with prompts in a Markdown file.

    Raises:
        StoryboardError: if there is none or more than one, or naming the line and field where it is wrong.
    """
    lines = re.split(r"\r\n|\r|\n", source.text)
    tables: list[tuple[int, Table]] = []
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
        names = [_decoded(heading) for heading in _cells(lines[i])]
        try:
            known = columns_of(names)
        except ValueError as error:
            raise source.error(str(error), line=i + 1) from None
        if known is None:
            others += names
        else:
            rows = [_row(source, number, lines[number], len(names)) for number in range(i + 2, end)]
            tables.append((i + 1, Table(*known, [row for row in rows if any(row.cells)])))
        i = end
    if not tables:
        seen = (
            f"{near_prompt(others)}"
            if others
            else "; a table begins | Frame | Prompt | and | --- | --- | below it"
        )
        raise source.error(f"no table with a column Prompt{seen}")
    if len(tables) > 1:
        places = " and ".join(str(line) for line, _ in tables[:3])
        raise source.error(f"{len(tables)} tables with prompts, on lines {places}; keep one")
    return storyboard_of(
        source,
        tables[0][1],
        _properties([line for line, is_out in zip(lines, outside, strict=True) if is_out]),
    )


def write_markdown(storyboard: Storyboard) -> str:
    """The text of a Markdown file that holds the whole storyboard."""
    values = [cell_values(frame) for frame in storyboard.frames]
    columns = [name for name in (*CAMERA, "hold") if any(value[name] is not None for value in values)]
    lines = [f"# {_encoded(storyboard.prompt)}", ""]
    single = [(label, getattr(storyboard, field)) for label, field in _SINGLE.items() if field != "story"]
    several = [(label, text) for label, field in _LISTS.items() for text in getattr(storyboard, field)]
    properties = [
        f"- **{label.capitalize()}:** {_encoded(text)}" for label, text in [*single, *several] if text
    ]
    lines += [*properties, ""] if properties else []
    lines.append(_line(["Frame", "Prompt", *(name.capitalize() for name in columns)]))
    lines.append(_line(["---:", "---", *("---:" for _ in columns)]))
    for number, (frame, value) in enumerate(zip(storyboard.frames, values, strict=True), 1):
        cells = ["" if value[name] is None else repr(value[name]) for name in columns]
        lines.append(_line([str(number), _encoded(frame.prompt), *cells]))
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


def _row(source: Source, index: int, line: str, width: int) -> Row:
    cells = _cells(line)
    if len(cells) > width:
        message = f"{len(cells)} cells, but the table has {width} columns; a | inside a text is written \\|"
        raise source.error(message, line=index + 1)
    return Row(index + 1, [_decoded(cell) for cell in cells] + [""] * (width - len(cells)))


def _properties(lines: list[str]) -> dict[str, Any]:
    """What stands around the table: the first heading, and list items that begin with a known word."""
    values: dict[str, Any] = {}
    for line in lines:
        if match := _PROPERTY.fullmatch(line):
            label, text = match[1].casefold(), _decoded(match[2] or "")
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
                values.setdefault("story", _decoded(heading))
    return values


def _encoded(text: str) -> str:
    """`text` as one line that Markdown shows, and `_decoded` reads, as it is."""
    encoded = []
    for i, c in enumerate(text):
        at_edge = i in (0, len(text) - 1)
        if c == "\n":
            encoded.append("<br>")
        elif (c.isspace() and (c != " " or at_edge)) or not (c.isprintable() or ord(c) > 0x9F) or c == "“":
            encoded.append(f"&#{ord(c)};")
        elif c in "\\|*`<~&" or (at_edge and c in '_"#'):
            encoded.append("\\" + c)
        else:
            encoded.append(c)
    return "".join(encoded)


def _decoded(cell: str) -> str:
    """The text of a cell: without what only marks it up."""
    cell, verbatim = cell.strip(" \t"), False
    while wrapper := next((pair for pair in _WRAPPERS if _is_wrapped(cell, *pair)), None):
        cell = cell[len(wrapper[0]) : -len(wrapper[1])]
        verbatim = wrapper[0] == "`"
    if verbatim:
        return cell.replace("\\|", "|")
    bold = sum(match[6] is not None for match in _TOKEN.finditer(cell)) % 2 == 0
    return _TOKEN.sub(lambda match: _character(match, bold=bold), cell)


def _is_wrapped(cell: str, opening: str, closing: str) -> bool:
    inner = cell[len(opening) : len(cell) - len(closing)]
    whole = len(cell) > len(opening) + len(closing) and cell.startswith(opening) and cell.endswith(closing)
    return (
        whole
        and opening not in inner
        and closing not in inner
        and not inner.endswith("\\")
        and inner == inner.strip()
    )


def _character(match: re.Match[str], *, bold: bool) -> str:
    escaped, line_break, decimal, hexadecimal, name, stars = match.groups()
    if escaped:
        return escaped
    if line_break:
        return "\n"
    if decimal or hexadecimal:
        code = int(decimal) if decimal else int(hexadecimal, 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]
    if name:
        return _NAMED[name.lower()]
    return "" if stars and bold else match[0]
