"""CSV for spreadsheets: a row per frame under the headings frame, prompt, pan, tilt, zoom, roll, hold.

Source: RFC 4180 (quotes doubled, CRLF); Excel, which writes semicolons where the comma is the decimal
point, reads UTF-8 only after a byte order mark, and runs a cell that begins with = + - @ as a formula
(OWASP, CSV injection). What would be a formula gets an apostrophe before it when written, and loses it when
read. What holds for the whole story stands in the first row of further columns: story, and shared, style,
negative_prompt where there are such.
"""

import csv
import io
import re
from dataclasses import replace

from direct2v.documents import MAX_BYTES
from direct2v.errors import StoryboardError
from direct2v.interchange.rows import CAMERA, Row, cell_values, near_prompt, storyboard_of, table_of
from direct2v.interchange.source import Source
from direct2v.storyboard import Storyboard
from direct2v.text import printable

__all__ = ["read_csv", "write_csv"]

_COLUMNS = ("frame", "prompt", *CAMERA, "hold")
_FORMULA = r"(?:\s*[=+\-@＝＋－＠]|[\t\r\n])"


def read_csv(source: Source) -> Storyboard:
    """The storyboard of a CSV file with commas, semicolons or tabs.

    Raises:
        StoryboardError: if no column holds prompts, or naming the line and field where it is wrong.
    """
    text, skipped = re.subn(r"\Asep=.\r?\n", "", source.text)  # Excel's own word about the separator
    header = text.lstrip("\r\n").split("\n", 1)[0]
    separator = max(",;\t", key=header.count)
    rows = _records(source, text, separator, first_line=1 + skipped)
    headings = rows.pop(0).cells if rows else []
    try:
        table = table_of(headings, rows)
    except ValueError as error:
        raise source.error(str(error), line=1 + skipped) from None
    if table is None:
        hint = near_prompt(headings) or f"; the first row holds the headings, as in {','.join(_COLUMNS)}"
        raise source.error(f"no column prompt{hint}", line=1 + skipped)
    for i, row in enumerate(rows):
        if len(row.cells) > len(headings):
            mark = "tab" if separator == "\t" else separator
            count = f"{len(row.cells)} cells, but {len(headings)} headings"
            raise source.error(f"{count}; put a text with a {mark} in it in quotes", line=row.line)
        cells = [_without_apostrophe(cell) for cell in row.cells]
        rows[i] = Row(row.line, cells + [""] * (len(headings) - len(cells)))
    return storyboard_of(source, replace(table, rows=rows))


def write_csv(storyboard: Storyboard) -> str:
    """The text of a CSV file, with a byte order mark where it holds more than ASCII.

    Raises:
        StoryboardError: if a text holds a NUL character, which no CSV file can.
    """
    whole = {
        "story": storyboard.prompt,
        "shared": storyboard.shared,
        "style": storyboard.style,
        "negative_prompt": storyboard.negative_prompt,
    }
    whole = {name: text for name, text in whole.items() if text}
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([*_COLUMNS, *whole])
    for number, frame in enumerate(storyboard.frames, 1):
        values = cell_values(frame)
        texts = whole.values() if number == 1 else [""] * len(whole)
        numbers = [values[name] for name in _COLUMNS[2:]]
        writer.writerow([number, _with_apostrophe(frame.prompt), *numbers, *map(_with_apostrophe, texts)])
    text = out.getvalue()
    if "\0" in text:
        raise StoryboardError(
            "a text holds a NUL character, which no CSV file can; save it as .yaml or .json"
        )
    return text if text.isascii() else "\ufeff" + text


def _records(source: Source, text: str, separator: str, first_line: int) -> list[Row]:
    """The rows that hold anything, each with the line that it begins on."""
    header = text.lstrip("\r\n").split("\n", 1)[0]
    limit = csv.field_size_limit(MAX_BYTES)
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=separator,
        strict=True,
        skipinitialspace=f"{separator} " in header,
    )
    rows, line = [], first_line
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(Row(line, cells))
            line = first_line + reader.line_num
    except csv.Error as error:
        raise source.error(f"not valid CSV: {printable(str(error))}", line=line) from None
    finally:
        csv.field_size_limit(limit)
    return rows


def _with_apostrophe(text: str) -> str:
    return "'" + text if re.match("'*" + _FORMULA, text) else text


def _without_apostrophe(text: str) -> str:
    return text[1:] if re.match("'+" + _FORMULA, text) else text
