"""Moving bars on a terminal, and above them what the frames are going to be."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.style import Style
from rich.text import Text

__all__ = ["Bars", "half_blocks"]

LARGEST = 24  # columns of one picture
ROWS = 2  # of pictures


class Bars(Progress):
    """Progress on stderr.

    Attributes:
        pictures: uint8 [N, h, w, 3], shown above the bars; None for nothing.
    """

    def __init__(self) -> None:
        self.pictures: Any = None
        super().__init__(
            TextColumn("{task.description:<20}"),
            BarColumn(bar_width=32),
            TimeElapsedColumn(),
            TextColumn("{task.fields[count]}"),
            console=Console(stderr=True),
            refresh_per_second=5,
        )

    def get_renderables(self) -> Iterable[RenderableType]:
        """What is shown: rich asks for it."""
        if self.pictures is not None:
            yield half_blocks(self.pictures, self.console.width)
        yield from super().get_renderables()


def half_blocks(pictures: Any, width: int) -> Text:
    """Pictures side by side in coloured half blocks, each of which shows two pixels, one above the other.

    Args:
        pictures: uint8 [N, h, w, 3]; large ones are thinned out to 24 columns.
        width: columns of the terminal. Of more pictures than two rows hold, some evenly spaced are shown.
    """
    thin = -(-pictures.shape[2] // LARGEST)
    pictures = pictures[:, ::thin, ::thin]
    columns = pictures.shape[2]
    in_row = max(1, (width + 1) // (columns + 1))
    count = min(len(pictures), ROWS * in_row)
    chosen = [pictures[index * len(pictures) // count] for index in range(count)]
    text = Text(no_wrap=True, end="")
    for start in range(0, count, in_row):
        row = chosen[start : start + in_row]
        for top in range(0, pictures.shape[1], 2):
            for number, picture in enumerate(row):
                lower = picture[min(top + 1, len(picture) - 1)]
                text.append(" " if number else "")
                for above, below in zip(picture[top], lower, strict=True):
                    text.append("▀", Style(color=_colour(above), bgcolor=_colour(below)))
            text.append("\n")
    return text


def _colour(pixel: Any) -> str:
    return "#{:02x}{:02x}{:02x}".format(*map(int, pixel))
