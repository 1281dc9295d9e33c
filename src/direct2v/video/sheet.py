"""The contact sheet: all frames of a story on one picture, each with its number and prompt."""

import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from direct2v.errors import InputError
from direct2v.text import printable
from direct2v.video.frames import Frame, as_pixels

__all__ = ["contact_sheet"]

_PAPER, _INK, _NUMBER = (250, 250, 248), (40, 40, 44), (150, 60, 30)
_MARGIN = 16


def contact_sheet(
    frames: Sequence[Frame], captions: Sequence[str] | None = None, *, first: int = 1
) -> Image.Image:
    """Frames in rows, numbered, with their captions beneath.

    Args:
        frames: pictures, or uint8 arrays ``[height, width, 3]``, all of one size.
        captions: one per frame; None for numbers only.
        first: number of the first frame.

    Raises:
        InputError: if frames do not go together, or captions are not one per frame.
    """
    pictures = [Image.fromarray(pixels) for pixels in as_pixels(frames)]
    if captions is not None and len(captions) != len(pictures):
        raise InputError(f"{len(pictures)} frames, but {len(captions)} captions; give one per frame")
    many = len(pictures) > 32
    num_rows = math.ceil(len(pictures) / 4) if len(pictures) <= 16 else round(math.sqrt(len(pictures)))
    columns = math.ceil(len(pictures) / num_rows)  # rows of nearly the same length
    cell = 128 if many else 256
    shown = [_fitted(picture, cell) for picture in pictures]
    width, height = max(cell, shown[0].width), shown[0].height

    font_size = 11 if many else 14
    font = ImageFont.load_default(size=font_size)
    lines = [
        _wrapped(number, caption, font, width, 4 if many else 6)
        for number, caption in enumerate(captions or [""] * len(pictures), start=first)
    ]
    line_height = font_size + 5
    rows = [range(start, min(start + columns, len(shown))) for start in range(0, len(shown), columns)]
    row_heights = [height + 6 + line_height * max(len(lines[i]) for i in row) + _MARGIN for row in rows]
    sheet = Image.new(
        "RGB", (_MARGIN + columns * (width + _MARGIN), _MARGIN + sum(row_heights)), color=_PAPER
    )
    draw = ImageDraw.Draw(sheet)
    top = _MARGIN
    for row, row_height in zip(rows, row_heights, strict=True):
        for column, i in enumerate(row):
            left = _MARGIN + column * (width + _MARGIN)
            sheet.paste(shown[i], (left, top))
            for line_index, line in enumerate(lines[i]):
                y = top + height + 6 + line_index * line_height
                draw.text((left, y), line, fill=_INK, font=font)
                if line_index == 0:
                    draw.text((left, y), f"{first + i}", fill=_NUMBER, font=font)
        top += row_height
    return sheet


def _fitted(picture: Image.Image, cell: int) -> Image.Image:
    """The picture, its long side near ``cell`` pixels: small ones by whole factors, large ones smoothly."""
    long = max(picture.size)
    if long <= cell:
        factor = cell // long
        return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)
    size = (max(1, picture.width * cell // long), max(1, picture.height * cell // long))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _wrapped(
    number: int, caption: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int, max_lines: int
) -> list[str]:
    """Number and caption in lines of at most ``width`` pixels; words that are too long are broken."""
    lines, line = [], f"{number} "
    # far more than fits; keeps the measuring short for prompts of any length
    words = printable(caption, limit=max_lines * 80).split(" ")
    for word in words:
        rest = word
        while rest:
            candidate = rest if not line else f"{line} {rest}"
            if font.getlength(candidate) <= width:
                line, rest = candidate, ""
            elif line:
                lines.append(line)
                line = ""
            else:
                fits = next(n for n in range(len(rest), 0, -1) if n == 1 or font.getlength(rest[:n]) <= width)
                lines.append(rest[:fits])
                rest = rest[fits:]
    lines.append(line)
    if len(lines) > max_lines:
        last = lines[max_lines - 1]
        while last and font.getlength(f"{last}…") > width:
            last = last[:-1]
        lines = [*lines[: max_lines - 1], f"{last.rstrip()}…"]
    return lines
