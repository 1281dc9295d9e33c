"""Animated WebP, put together by hand: every frame a still picture from Pillow with its own time.

Pillow's own writer of animations would merge equal frames, and hold all frames in memory at once.
Source: "WebP Container Specification", chunks VP8X, ANIM and ANMF.
"""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from direct2v.video.clip import Clip, changed_box
from direct2v.video.frames import enlarge
from direct2v.video.timing import on_clock

__all__ = ["write_webp"]

TICKS = 1000  # the clock of WebP is fixed

# Measured on storybook stories, 8 frames of 512x512: lossless takes 51 to 59 KB, quality 95 41 to 57 KB at
# 42 to 45 dB. On one 512x512 picture with photographic grain: lossless 478 KB, quality 90 64 KB.
_ENLARGED: dict[str, Any] = {"lossless": True, "method": 1}
_IN_OWN_SIZE: dict[str, Any] = {"quality": 90, "method": 4}

_ANIMATION = 0x02  # flag of VP8X
_OVERWRITE = 0x02  # flag of ANMF: no blending, and the frame stays


def write_webp(clip: Clip, path: Path) -> None:
    """Loops for ever; lossless where frames are enlarged. Only what changed is drawn again."""
    width, height = clip.size
    before = None
    options = _ENLARGED if clip.factor > 1 else _IN_OWN_SIZE
    with path.open("wb") as file:
        file.write(b"RIFF\0\0\0\0WEBP")
        file.write(_chunk(b"VP8X", bytes([_ANIMATION, 0, 0, 0]) + _u24(width - 1) + _u24(height - 1)))
        file.write(_chunk(b"ANIM", b"\0\0\0\0" + b"\0\0"))  # background, and loop for ever
        for frame, length in zip(clip.frames, on_clock(clip.durations, TICKS)[1], strict=True):
            changed = np.ones(frame.shape[:2], bool) if before is None else (frame != before).any(axis=2)
            left, top, right, bottom = changed_box(changed) or (0, 0, 1, 1)
            left, top = left - left % 2, top - top % 2  # offsets are stored halved
            before = frame
            drawn = enlarge(frame[top:bottom, left:right], clip.factor)
            still = BytesIO()
            Image.fromarray(drawn).save(still, "WEBP", **options)
            head = _u24(left * clip.factor // 2) + _u24(top * clip.factor // 2)
            head += _u24(drawn.shape[1] - 1) + _u24(drawn.shape[0] - 1) + _u24(length) + bytes([_OVERWRITE])
            file.write(_chunk(b"ANMF", head + still.getvalue()[12:]))  # without the still's RIFF header
        size = file.tell() - 8
        file.seek(4)
        file.write(size.to_bytes(4, "little"))


def _u24(value: int) -> bytes:
    return value.to_bytes(3, "little")


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + len(data).to_bytes(4, "little") + data + b"\0" * (len(data) % 2)
