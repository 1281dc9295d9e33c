"""Frames into a video file that players and browsers open, or a folder of pictures."""

from collections.abc import Callable, Sequence
from pathlib import Path

import av
from PIL import Image

from direct2v.errors import InputError, OutputError
from direct2v.files import replacing, uninterrupted
from direct2v.text import printable
from direct2v.video.clip import Clip
from direct2v.video.frames import Frame, as_pixels, fitting_upscale
from direct2v.video.gif import write_gif
from direct2v.video.libav import write_mp4, write_webm
from direct2v.video.publish import publish, staging
from direct2v.video.target import FOLDER, check_folder, find_target, frame_name
from direct2v.video.timing import DEFAULT_FPS, Hold, check_pace, check_playback, durations, smoothed
from direct2v.video.webp import write_webp

__all__ = ["encode"]

_MAX_SIDE = {".gif": 65535, ".webp": 16383, ".mp4": 16384, ".webm": 16384}


def encode(
    frames: Sequence[Frame],
    path: str | Path,
    *,
    fps: float = DEFAULT_FPS,
    hold: Hold = None,
    upscale: int | None = None,
    first: int = 1,
    between: Sequence[Sequence[Frame]] = (),
) -> None:
    """Writes frames as the kind of video that the extension of ``path`` names, or as a folder of PNG.

    The output appears whole or not at all; an existing one is replaced.

    Args:
        frames: pictures, or uint8 arrays ``[height, width, 3]``, all of one size.
        path: where to; see ``find_target``.
        fps: frames of the story per second, above 0 up to 120.
        hold: seconds each frame is shown, 0.01..60: one number, or one for each; None for 1 / fps.
        upscale: whole factor, nearest neighbour; None brings frames below 256 pixels to about 512.
            A folder of PNG has the frames as they are.
        first: number of the first frame, which a folder of PNG is numbered by.
        between: for each frame but the last those that lead to the next one, as many for each; see
            ``smoothed`` for when they are shown. Empty for none.

    Raises:
        InputError: for an unknown extension, frames that do not go together, or a number out of range.
        OutputError: if the output cannot be written, or would replace a folder that holds more than frames.
    """
    target = find_target(path)
    shown = durations(len(frames), fps, hold)
    if between:
        shown = smoothed(shown, len(between[0]) + 1, 1 / check_playback(fps))
        ways = ([frame, *way] for frame, way in zip(frames, [*between, []], strict=True))
        frames = [frame for way in ways for frame in way]
    check_pace(target.kind, shown)
    pixels = as_pixels(frames)
    factor = fitting_upscale(*pixels[0].shape[:2]) if upscale is None else upscale
    if factor < 1:
        raise InputError(f"upscale is {upscale}; accepted: a whole number from 1")
    clip = Clip(pixels, shown, factor, first)
    if target.kind == FOLDER:
        with staging(target.path.parent) as folder:
            _write_folder(clip, folder / "new")
            with uninterrupted():
                check_folder(target.path)
                publish([(folder / "new", target.path)], folder, force=True)
        return
    if max(clip.size) > _MAX_SIDE[target.kind]:
        raise InputError(
            f"frames of {clip.size[0]}x{clip.size[1]} pixels are too large for {target.kind}; "
            f"accepted: up to {_MAX_SIDE[target.kind]} on a side"
        )
    with replacing(target.path) as temporary:
        try:
            _WRITERS[target.kind](clip, temporary)
        except av.FFmpegError as error:
            raise OutputError(f"cannot write {printable(str(target.path))}: {error.strerror}") from error


def _write_folder(clip: Clip, folder: Path) -> None:
    folder.mkdir()
    for number, frame in enumerate(clip.frames, start=clip.first):
        Image.fromarray(frame).save(folder / frame_name(number))


# A new kind of video file is one function and one entry here, and its extension in target.py.
_WRITERS: dict[str, Callable[[Clip, Path], None]] = {
    ".mp4": write_mp4,
    ".webm": write_webm,
    ".gif": write_gif,
    ".webp": write_webp,
}
