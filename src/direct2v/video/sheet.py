"""The contact sheet: all frames of a story on one picture, each with its number and prompt."""

import math
from collections.abc import Sequence

from PIL import Image, ImageDraw

from direct2v.errors import InputError
from direct2v.video.frames import Frame, as_pixels
from direct2v.video.lettering import INK, NUMBER, PAPER, fitted, load_font, wrapped

__all__ = ["contact_sheet"]

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
    shown = [fitted(picture, cell) for picture in pictures]
    width, height = max(cell, shown[0].width), shown[0].height

    font_size = 11 if many else 14
    font = load_font(font_size)
    lines = [
        wrapped(caption, font, width, 4 if many else 6, start=f"{number} ")
        for number, caption in enumerate(captions or [""] * len(pictures), start=first)
    ]
    line_height = font_size + 5
    rows = [range(start, min(start + columns, len(shown))) for start in range(0, len(shown), columns)]
    row_heights = [height + 6 + line_height * max(len(lines[i]) for i in row) + _MARGIN for row in rows]
    sheet = Image.new("RGB", (_MARGIN + columns * (width + _MARGIN), _MARGIN + sum(row_heights)), color=PAPER)
    draw = ImageDraw.Draw(sheet)
    top = _MARGIN
    for row, row_height in zip(rows, row_heights, strict=True):
        for column, i in enumerate(row):
            left = _MARGIN + column * (width + _MARGIN)
            sheet.paste(shown[i], (left, top))
            for line_index, line in enumerate(lines[i]):
                y = top + height + 6 + line_index * line_height
                draw.text((left, y), line, fill=INK, font=font)
                if line_index == 0:
                    draw.text((left, y), f"{first + i}", fill=NUMBER, font=font)
        top += row_height
    return sheet
