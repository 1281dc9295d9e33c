"""Pictures and words on sheets: frames brought to the size of a cell, text to its width."""

from PIL import Image, ImageFont

from direct2v.text import printable

__all__ = ["INK", "NUMBER", "PAPER", "Font", "fitted", "load_font", "wrapped"]

PAPER, INK, NUMBER = (250, 250, 248), (40, 40, 44), (150, 60, 30)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def load_font(size: int) -> Font:
    """Pillow's own font, of a size in pixels."""
    return ImageFont.load_default(size=size)


def fitted(picture: Image.Image, cell: int) -> Image.Image:
    """The picture, its long side near ``cell`` pixels: small ones by whole factors, large ones smoothly."""
    long = max(picture.size)
    if long <= cell:
        factor = cell // long
        return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)
    size = (max(1, picture.width * cell // long), max(1, picture.height * cell // long))
    return picture.resize(size, Image.Resampling.LANCZOS)


def wrapped(text: str, font: Font, width: int, max_lines: int, *, start: str = "") -> list[str]:
    """Text in lines of at most ``width`` pixels; words that are too long are broken.

    Args:
        text: of any length; an ellipsis stands for what does not fit.
        font: that it is written in.
        width: in pixels.
        max_lines: at most so many.
        start: what the first line begins with.
    """
    lines, line = [], start
    # far more than fits; keeps the measuring short for prompts of any length
    words = printable(text, limit=max_lines * 80 * max(1, width // 512)).split(" ")
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
