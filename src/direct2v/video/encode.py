"""Frames into a video file that players and browsers open."""

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from direct2v.errors import InputError, OutputError
from direct2v.files import replacing
from direct2v.text import printable
from direct2v.video.frames import Frame, Pixels, as_pixels, enlarge, fitting_upscale

__all__ = ["DEFAULT_FPS", "EXTENSIONS", "check_extension", "check_playback", "encode"]

DEFAULT_FPS = 2.0  # a story of 8 frames lasts 4 seconds
MAX_FPS = 120.0
MAX_HOLD = 60.0


def encode(
    frames: Sequence[Frame],
    path: str | Path,
    *,
    fps: float = DEFAULT_FPS,
    hold: float = 0.0,
    upscale: int | None = None,
) -> None:
    """Writes frames as the kind of video that the extension of ``path`` names.

    The file appears whole or not at all; an existing one is replaced.

    Args:
        frames: pictures, or uint8 arrays ``[height, width, 3]``, all of one size.
        path: where to; see ``EXTENSIONS``.
        fps: frames of the story per second, above 0 up to 120. Each is coded once.
        hold: how long the last frame stays in addition, in seconds, 0..60.
        upscale: whole factor, nearest neighbour; None brings frames below 256 pixels to about 512.

    Raises:
        InputError: for an unknown extension, frames that do not go together, or a number out of range.
        OutputError: if the file cannot be written.
    """
    path = Path(path)
    write = _WRITERS[check_extension(path)]
    rate = check_playback(fps, hold)
    pixels = as_pixels(frames)
    factor = fitting_upscale(*pixels[0].shape[:2]) if upscale is None else upscale
    if factor < 1:
        raise InputError(f"upscale is {upscale}; accepted: a whole number from 1")
    stays = 1 + math.ceil(hold * rate)
    shown = [*pixels, *pixels[-1:] * (stays - 1)]
    with replacing(path) as temporary:
        try:
            write((enlarge(frame, factor) for frame in shown), temporary, rate)
        except av.FFmpegError as error:
            raise OutputError(f"cannot write {printable(str(path))}: {error.strerror}") from error


def check_extension(path: Path) -> str:
    """The extension of ``path``, in lower case.

    Raises:
        InputError: if no video is written by that name.
    """
    extension = path.suffix.lower()
    if extension not in _WRITERS:
        given = f"has the extension {printable(path.suffix)}" if extension else "has no extension"
        raise InputError(f"{printable(str(path), 200)} {given}; accepted: {', '.join(EXTENSIONS)}")
    return extension


def check_playback(fps: float, hold: float = 0.0) -> Fraction:
    """The exact frame rate for ``fps``.

    Raises:
        InputError: if ``fps`` or ``hold`` is out of range.
    """
    if not 0.01 <= fps <= MAX_FPS:  # NaN fails too
        raise InputError(f"fps is {fps:g}; accepted: 0.01 to {MAX_FPS:g} frames per second")
    if not 0 <= hold <= MAX_HOLD:
        raise InputError(f"hold is {hold:g}; accepted: 0 to {MAX_HOLD:g} seconds")
    return Fraction(fps).limit_denominator(1001)


def _write_mp4(frames: Iterable[Pixels], path: Path, rate: Fraction) -> None:
    """H.264 in the form every browser plays: 4:2:0, even sizes, BT.709 said and done, index first."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = None
        for position, frame in enumerate(frames):
            even = np.pad(frame, ((0, frame.shape[0] % 2), (0, frame.shape[1] % 2), (0, 0)), mode="edge")
            if stream is None:
                # no B-frames: at 2 frames a second their reordering would delay the start by a second
                stream = container.add_stream(
                    "libx264", rate=rate, options={"crf": "12", "bf": "0", "g": "12"}
                )
                stream.height, stream.width = even.shape[:2]
                stream.pix_fmt = "yuv420p"
                stream.codec_context.color_range = ColorRange.MPEG
                stream.codec_context.colorspace = Colorspace.ITU709
                stream.codec_context.color_primaries = ColorPrimaries.BT709
                stream.codec_context.color_trc = ColorTrc.BT709
            picture = av.VideoFrame.from_ndarray(even, format="rgb24").reformat(
                format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
            )
            picture.pts, picture.time_base = position, 1 / rate
            container.mux(stream.encode(picture))
        if stream is not None:
            container.mux(stream.encode(None))


# A new kind of video file is one function and one entry here.
_WRITERS: dict[str, Callable[[Iterable[Pixels], Path, Fraction], None]] = {".mp4": _write_mp4}

EXTENSIONS = tuple(_WRITERS)
