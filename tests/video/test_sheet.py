"""The contact sheet shows every frame, unblurred where small, and never breaks on its captions."""

import numpy as np
import pytest
from PIL import Image

from direct2v.errors import InputError
from direct2v.video import contact_sheet

PAPER = (250, 250, 248)


def coloured(count: int, size: tuple[int, int] = (64, 64)) -> list[Image.Image]:
    return [Image.new("RGB", size, (i % 256, i // 256, 77)) for i in range(count)]


def colours(sheet: Image.Image) -> set[tuple[int, ...]]:
    return {colour for _, colour in sheet.getcolors(sheet.width * sheet.height)}


@pytest.mark.parametrize("count", [1, 3, 8, 17, 40, 1024])
def test_every_frame_is_on_it(count: int) -> None:
    sheet = contact_sheet(coloured(count), ["a prompt"] * count)
    assert {(i % 256, i // 256, 77) for i in range(count)} <= colours(sheet)
    assert max(sheet.size) < 7000


@pytest.mark.parametrize("size", [(64, 64), (96, 64), (512, 512), (1024, 300), (3, 900)])
def test_every_size_fits(size: tuple[int, int]) -> None:
    sheet = contact_sheet(coloured(8, size), ["a prompt"] * 8)
    assert 200 < sheet.width < 1200


def test_longer_captions_take_more_room_up_to_a_limit() -> None:
    heights = [contact_sheet(coloured(2), [text, ""]).height for text in ("a", "word " * 20, "word " * 2000)]
    assert heights[0] < heights[1] < heights[2] < heights[0] + 200


@pytest.mark.parametrize(
    "caption", ["", " ", "x" * 10_000, "a\nb\tc", "\x1b[31m\0", "🌩 海 ü", "\ud800", "word " * 500]
)
def test_any_caption_is_drawn(caption: str) -> None:
    sheet = contact_sheet(coloured(1), [caption])
    assert (150, 60, 30) in colours(sheet)  # the number, in its own colour
    # nothing is drawn past the margin
    edge = np.asarray(sheet)[:, -8:]
    assert (edge == PAPER).all()


def test_captions_are_one_per_frame() -> None:
    with pytest.raises(InputError, match="2 frames, but 1 captions"):
        contact_sheet(coloured(2), ["one"])
