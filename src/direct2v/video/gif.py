"""GIF, written frame by frame.

A GIF frame has 256 colours, and there are two usual ways to choose them. One palette for all frames is coarse
(37 to 40 dB on storybook stories); one for each frame is finer (42 to 45 dB), but what stands still flickers,
because each palette meets its colours anew. Here each frame has its own palette, and only pixels that changed
visibly are drawn, over what is shown already: still areas stay still, and the palette serves what moves
(42 to 44 dB, with less than half the change in still areas that either of the others has). Never dithered:
that is noise on pixel art.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import GifImagePlugin, Image

from direct2v.video.clip import Changed, Clip, changed_box
from direct2v.video.frames import Pixels, enlarge
from direct2v.video.timing import on_clock

__all__ = ["write_gif"]

TICKS = 100  # the clock of GIF is fixed
UNSEEN = 4  # of 255: what a colour may differ from what is shown without being drawn again
TRANSPARENT = 255
SAMPLES = 1 << 14  # pixels that a palette is chosen from; more take longer and gain nothing

_FOR_EVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"


def write_gif(clip: Clip, path: Path) -> None:
    """Loops for ever; every frame is there once, also one equal to the frame before."""
    width, height = clip.size
    shown: Pixels | None = None
    with path.open("wb") as file:
        file.write(b"GIF89a" + width.to_bytes(2, "little") + height.to_bytes(2, "little") + b"\x70\0\0")
        file.write(_FOR_EVER)
        for frame, length in zip(clip.frames, on_clock(clip.durations, TICKS)[1], strict=True):
            if shown is None:
                shown, changed = frame.copy(), np.ones(frame.shape[:2], dtype=bool)
            else:
                changed = (np.abs(frame.astype(np.int16) - shown) > UNSEEN).any(axis=2)
            left, top, right, bottom = changed_box(changed) or (0, 0, 1, 1)
            picture, palette = _picture(frame, changed)
            shown[changed] = palette[picture[changed]]
            drawn = Image.fromarray(enlarge(picture[top:bottom, left:right], clip.factor))
            drawn.putpalette(palette.tobytes())
            blocks = GifImagePlugin.getdata(
                drawn,
                offset=(left * clip.factor, top * clip.factor),
                duration=length * 1000 // TICKS,
                disposal=1,  # the next frame is drawn over this one
                transparency=TRANSPARENT,
                include_color_table=True,
                interlace=0,
            )
            file.writelines(blocks)
        file.write(b";")


def _picture(frame: Pixels, changed: Changed) -> tuple[npt.NDArray[np.uint8], Pixels]:
    """Indices ``[height, width]``, transparent where nothing changed, and the palette ``[256, 3]``."""
    picture = np.full(frame.shape[:2], TRANSPARENT, np.uint8)
    palette = np.zeros((256, 3), np.uint8)
    pixels = frame[changed]
    if not len(pixels):
        return picture, palette
    colours, indices = _few_colours(pixels)
    if len(colours) > TRANSPARENT:
        sample = pixels[:: -(-len(pixels) // SAMPLES)]
        quantized = Image.fromarray(sample[None]).quantize(
            TRANSPARENT, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE
        )
        colours = np.array(quantized.getpalette(), np.uint8).reshape(-1, 3)[:TRANSPARENT]
        if len(sample) < len(pixels):
            full = np.concatenate([colours, np.repeat(colours[-1:], 256 - len(colours), axis=0)])
            quantized.putpalette(full.tobytes())
            quantized = Image.fromarray(pixels[None]).quantize(palette=quantized, dither=Image.Dither.NONE)
        indices = np.asarray(quantized)[0]
    palette[: len(colours)] = colours
    palette[len(colours) :] = colours[-1]
    # the last entry means transparent; where it was chosen as a colour, the one before is the same
    picture[changed] = np.minimum(indices, TRANSPARENT - 1)
    return picture, palette


def _few_colours(pixels: Pixels) -> tuple[Pixels, npt.NDArray[np.intp]]:
    """The colours that occur, ``[N, 3]``, and which of them each pixel has."""
    red, green, blue = pixels.astype(np.int32).T
    packed, indices = np.unique(red << 16 | green << 8 | blue, return_inverse=True)
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1).astype(np.uint8), indices
