"""Frames back from files: any video that FFmpeg or Pillow reads, or a folder of PNG."""

import os
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageSequence

from direct2v.errors import InputError
from direct2v.storyboard import MAX_FRAMES
from direct2v.text import printable
from direct2v.video.frames import Pixels, as_pixels

__all__ = ["read_frames"]

_PICTURES = (".gif", ".webp", ".png", ".apng")  # FFmpeg loses the transparency of two and reads no WebP


def read_frames(path: str | Path) -> list[Pixels]:
    """Every frame once, however long it is shown, uint8 ``[height, width, 3]``, all of one size.

    Args:
        path: of a video file, or a folder whose PNG files are the frames, in the order of their names.

    Raises:
        InputError: if there is no such file, it is no video, or it has more than 1024 frames.
    """
    name = printable(str(path), 200)
    frames: Iterator[Pixels]
    try:
        if os.path.isdir(path):
            files = sorted(file for file in Path(path).iterdir() if file.suffix.lower() == ".png")
            if not files:
                raise InputError(f"{name} is a folder without PNG files; give a run folder, or one of frames")
            frames = chain.from_iterable(map(_from_pictures, files))
        elif not os.path.isfile(path):
            raise InputError(f"{name}: no such file or folder")
        elif Path(path).suffix.lower() in _PICTURES:
            frames = _from_pictures(Path(path))
        else:
            frames = _from_video(Path(path))
        found = list(islice(frames, MAX_FRAMES + 1))
    except InputError:
        raise
    except (av.FFmpegError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise InputError(f"{name} cannot be read as a video: {printable(reason, 120)}") from error
    if len(found) > MAX_FRAMES:
        raise InputError(f"{name} has more than {MAX_FRAMES} frames; accepted: 1 to {MAX_FRAMES}")
    if not found:
        raise InputError(f"{name} has no frames; give a video, a run folder, or a folder of PNG")
    return as_pixels(found)


def _from_pictures(file: Path) -> Iterator[Pixels]:
    with Image.open(file) as picture:
        for frame in ImageSequence.Iterator(picture):
            yield np.asarray(frame.convert("RGB"))


def _from_video(file: Path) -> Iterator[Pixels]:
    # a playlist must not send FFmpeg to the network
    with av.open(str(file), options={"protocol_whitelist": "file"}) as container:
        if not container.streams.video:
            return
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
