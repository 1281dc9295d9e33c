"""Several videos of one story beside each other: one grid for each moment, and all of them on one sheet."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from direct2v.video.frames import Pixels
from direct2v.video.lettering import INK, NUMBER, PAPER, Font, fitted, load_font, wrapped

__all__ = ["Row", "grid_frames", "grid_sheet"]

_MARGIN = 16
_LETTER = 14
_LINE = 19
_ON_A_LINE = 8  # frames of a row of the sheet


@dataclass(frozen=True, eq=False, kw_only=True)
class Row:
    """One of the videos.

    Attributes:
        title: above it.
        frames: uint8 ``[height, width, 3]``, as many and as large as those of the others.
        lines: beneath it in the video, one under the other.
        footer: beneath it on the sheet, wrapped.
    """

    title: str
    frames: Sequence[Pixels]
    lines: Sequence[str]
    footer: str


def grid_frames(rows: Sequence[Row], captions: Sequence[str]) -> list[Pixels]:
    """One picture for each frame of the story: its frame in every video, over what is said of that video.

    Args:
        rows: at least one.
        captions: one for each frame, at the bottom.
    """
    columns = math.ceil(len(rows) / math.ceil(len(rows) / 4))  # lines of nearly the same length
    font = load_font(_LETTER)
    size = fitted(Image.fromarray(rows[0].frames[0]), 256).size
    text_height = _LINE * max(len(row.lines) for row in rows)
    cell_width, cell_height = max(256, size[0]) + _MARGIN, _LINE + size[1] + text_height + _MARGIN
    width = _MARGIN + columns * cell_width
    written = [wrapped(text, font, width - 2 * _MARGIN, 3, start=f"{n} ") for n, text in _numbered(captions)]
    bottom = _MARGIN + math.ceil(len(rows) / columns) * cell_height
    height = bottom + _LINE * max(len(lines) for lines in written) + _MARGIN
    empty = Image.new("RGB", (width + width % 2, height + height % 2), color=PAPER)  # even, for video
    draw = ImageDraw.Draw(empty)
    corners = [
        (_MARGIN + i % columns * cell_width, _MARGIN + i // columns * cell_height) for i in range(len(rows))
    ]
    for row, (left, top) in zip(rows, corners, strict=True):
        draw.text((left, top), row.title, fill=NUMBER, font=font)
        _write(draw, (left, top + _LINE + size[1] + 4), row.lines, font)
    grids = []
    for number, lines in enumerate(written):
        grid = empty.copy()
        for row, (left, top) in zip(rows, corners, strict=True):
            grid.paste(fitted(Image.fromarray(row.frames[number]), 256), (left, top + _LINE))
        _write(ImageDraw.Draw(grid), (_MARGIN, bottom), lines, font)
        grids.append(np.asarray(grid))
    return grids


def grid_sheet(rows: Sequence[Row], title: str, captions: Sequence[str]) -> Image.Image:
    """All frames of all videos: one row for each video, what is said of it beneath, then the frame prompts.

    Args:
        rows: at least one.
        title: at the top.
        captions: one for each frame.
    """
    font = load_font(_LETTER)
    cell = 192 if len(captions) <= 2 * _ON_A_LINE else 96
    size = fitted(Image.fromarray(rows[0].frames[0]), cell).size
    columns = min(_ON_A_LINE * 192 // cell, len(captions))
    inner = max(480, columns * (size[0] + 8) - 8)
    lines_of_frames = math.ceil(len(captions) / columns)
    heading = wrapped(title, font, inner, 3)
    footers = [wrapped(row.footer, font, inner, 6) for row in rows]
    told = [line for n, text in _numbered(captions) for line in wrapped(text, font, inner, 3, start=f"{n} ")]
    frames_height = lines_of_frames * (size[1] + 8)
    text_lines = len(heading) + sum(1 + len(footer) for footer in footers) + len(told)
    height = (len(rows) + 3) * _MARGIN + len(rows) * frames_height + text_lines * _LINE
    sheet = Image.new("RGB", (inner + 2 * _MARGIN, height), color=PAPER)
    draw = ImageDraw.Draw(sheet)
    top = _write(draw, (_MARGIN, _MARGIN), heading, font) + _MARGIN
    for row, footer in zip(rows, footers, strict=True):
        draw.text((_MARGIN, top), row.title, fill=NUMBER, font=font)
        top += _LINE
        for i, frame in enumerate(row.frames):
            place = (_MARGIN + i % columns * (size[0] + 8), top + i // columns * (size[1] + 8))
            sheet.paste(fitted(Image.fromarray(frame), cell), place)
        top = _write(draw, (_MARGIN, top + frames_height), footer, font) + _MARGIN
    _write(draw, (_MARGIN, top), told, font)
    return sheet


def _numbered(captions: Sequence[str]) -> list[tuple[int, str]]:
    return list(enumerate(captions, start=1))


def _write(draw: ImageDraw.ImageDraw, corner: tuple[int, int], lines: Sequence[str], font: Font) -> int:
    """Lines of text; gives where the next would begin."""
    left, top = corner
    for line in lines:
        draw.text((left, top), line, fill=INK, font=font)
        top += _LINE
    return top
