"""How long each frame is shown: from what was asked for to exact times on a container's clock."""

import itertools
import math
import re
from collections.abc import Sequence
from fractions import Fraction
from numbers import Real
from pathlib import Path

from direct2v.errors import InputError
from direct2v.storyboard import MAX_HOLD, MIN_HOLD, Storyboard
from direct2v.text import printable
from direct2v.video.target import find_target

__all__ = [
    "DEFAULT_FPS",
    "Hold",
    "check_pace",
    "check_playback",
    "check_times",
    "durations",
    "on_clock",
    "parse_hold",
    "resolve_hold",
    "smoothed",
]

DEFAULT_FPS = 2.0  # a story of 8 frames lasts 4 seconds
MAX_FPS = 120.0
SHORTEST = Fraction(1, 50)  # seconds; browsers show what lasts 0.01 s in a GIF or WebP for 0.1 s
FINEST = 90_000  # ticks a second, the clock of MPEG

# Seconds that every frame, or each, stays; None stands for 1 / fps.
Hold = float | Sequence[float | None] | None

_SECONDS = re.compile(r"\d{1,9}(\.\d{0,9})?|\.\d{1,9}", re.ASCII)
_FORMS = "0.5 for every frame, 1,1,2 one for each, or 3:0.5,8:2 for some"


def check_playback(fps: float, hold: Hold = None, *, num_frames: int | None = None) -> Fraction:
    """The exact frame rate for ``fps``.

    Args:
        fps: frames of the story per second.
        hold: seconds each frame is shown: one number, or one for each frame; None for 1 / fps.
        num_frames: how many there are, if that is known already.

    Raises:
        InputError: if ``fps`` or ``hold`` is out of range, or ``hold`` is not one for each frame.
    """
    if not isinstance(fps, Real) or isinstance(fps, bool) or not 0.01 <= fps <= MAX_FPS:  # NaN fails too
        shown = f"{fps:g}" if isinstance(fps, Real) else printable(repr(fps), 40)
        raise InputError(f"fps is {shown}; accepted: 0.01 to {MAX_FPS:g} frames per second")
    if hold is not None:
        _each(hold, num_frames)
    return Fraction(fps).limit_denominator(1001)


def check_pace(kind: str, shown: Sequence[Fraction]) -> None:
    """Refuses times that browsers would not keep.

    Raises:
        InputError: if a frame of a GIF or WebP is to be shown for less than 0.02 s.
    """
    if kind in (".gif", ".webp") and min(shown, default=SHORTEST) < SHORTEST:
        raise InputError(
            f"a frame of a {kind} can be shown for {float(SHORTEST):g} s at least, not for "
            f"{float(min(shown)):.3g} s, which browsers make 0.1 s; show it longer, or write .mp4 or .webm"
        )


def check_times(
    output: str | Path | None,
    storyboard: Storyboard,
    *,
    fps: float = DEFAULT_FPS,
    hold: Hold = None,
    smooth: int = 1,
) -> None:
    """Refuses, before any work is done, times that the output cannot have.

    Args:
        output: the video file or folder of PNG; None for a free name.
        storyboard: which may say how long its frames are shown.
        fps: frames of the story per second.
        hold: seconds each frame is shown: one number, or one for each frame.
        smooth: see ``smoothed``.

    Raises:
        InputError: if ``fps`` or ``hold`` is out of range, ``hold`` is not one for each frame, or a frame is
            shown for a shorter time than the kind of file can say.
    """
    count = storyboard.num_frames
    shown = durations(count, fps, resolve_hold(hold, storyboard, count))
    shown = smoothed(shown, smooth, 1 / check_playback(fps))
    if output is not None:
        check_pace(find_target(output).kind, shown)


def resolve_hold(
    hold: Hold, storyboard: Storyboard | None, num_frames: int
) -> tuple[float | None, ...] | None:
    """What is asked for each frame: by the caller, else by the storyboard, else None; None if nothing is.

    Raises:
        InputError: if ``hold`` is out of range or not one for each frame.
    """
    # 0 is how version 0.1 said that nothing is asked for
    asked = (None,) * num_frames if hold is None or hold == 0 else _each(hold, num_frames)
    written = [None] * num_frames if storyboard is None else [frame.hold for frame in storyboard.frames]
    both = tuple(a if a is not None else w for a, w in zip(asked, written, strict=True))
    return both if any(seconds is not None for seconds in both) else None


def durations(num_frames: int, fps: float, hold: Hold = None) -> list[Fraction]:
    """Seconds each frame is shown, exact: 0.1 is 1/10.

    Raises:
        InputError: if ``fps`` or ``hold`` is out of range, or ``hold`` is not one for each frame.
    """
    usual = 1 / check_playback(fps, hold, num_frames=num_frames)
    each = (None,) * num_frames if hold is None else _each(hold, num_frames)
    return [usual if seconds is None else Fraction(seconds).limit_denominator(10_000) for seconds in each]


def smoothed(shown: Sequence[Fraction], factor: int, usual: Fraction) -> list[Fraction]:
    """Durations with frames in between: every frame begins when it did, and the last is shown as long.

    The way to the next frame takes as long as a frame is usually shown; one that is held longer stands still
    before.

    Args:
        shown: seconds for each frame.
        factor: from one frame to the next there are this many, less one, in between.
        usual: 1 / fps.

    Returns:
        (len(shown) - 1) factor + 1 durations.
    """
    spread = []
    for seconds in shown[:-1]:
        part = min(seconds, usual) / factor
        spread += [seconds - (factor - 1) * part, *[part] * (factor - 1)]
    return [*spread, *shown[-1:]]


def on_clock(shown: Sequence[Fraction], ticks: int | None = None) -> tuple[int, list[int]]:
    """Durations as whole ticks. What rounding takes from one frame the next gets: the sum stays right.

    Args:
        shown: seconds for each frame.
        ticks: a second; None for the coarsest clock that needs no rounding, up to 1/90000 s.

    Returns:
        Ticks a second, and the ticks of each frame.
    """
    if ticks is None:
        ticks = min(math.lcm(*(seconds.denominator for seconds in shown)), FINEST)
    ends = [Fraction(0)]
    for seconds in shown:
        ends.append(ends[-1] + seconds)
    whole = [math.floor(end * ticks + Fraction(1, 2)) for end in ends]
    return ticks, [end - start for start, end in itertools.pairwise(whole)]


def parse_hold(text: str, num_frames: int | None = None) -> tuple[float | None, ...]:
    """What the command line's ``--hold`` says, one entry for each frame; None where it leaves the usual.

    Args:
        text: "0.5" for every frame, "1,1,2" one for each, or "3:0.5,8:2" for frames by number, from 1.
        num_frames: how many there are; None to check the form only, before a director has said.

    Raises:
        InputError: if it is none of these, or does not fit the frames.
    """
    shown = printable(text, 60)
    parts = [part.strip() for part in text.split(",")]
    named = [":" in part for part in parts]
    if not all(parts) or (any(named) and not all(named)):
        raise InputError(f"--hold is {shown!r}; accepted: {_FORMS}")
    if not any(named):
        seconds = [_seconds(part, shown) for part in parts]
        if num_frames is None:
            return ()
        if len(seconds) not in (1, num_frames):
            count = f"{num_frames} {'frame' if num_frames == 1 else 'frames'}"
            raise InputError(f"--hold has {len(seconds)} numbers for {count}; accepted: {_FORMS}")
        return tuple(seconds * num_frames if len(seconds) == 1 else seconds)
    chosen: dict[int, float] = {}
    for part in parts:
        number, _, value = (piece.strip() for piece in part.partition(":"))
        if not re.fullmatch(r"\d{1,9}", number, re.ASCII):
            raise InputError(f"--hold names frame {printable(number, 20)!r}; frames are numbered from 1")
        frame = int(number)
        if frame < 1 or (num_frames is not None and frame > num_frames):
            last = "" if num_frames is None else f" to {num_frames}"
            raise InputError(f"--hold names frame {frame}; there are frames 1{last}")
        if frame in chosen:
            raise InputError(f"--hold names frame {frame} twice; give each frame once")
        chosen[frame] = _seconds(value, shown)
    return tuple(chosen.get(frame) for frame in range(1, (num_frames or 0) + 1))


def _seconds(text: str, shown: str) -> float:
    if not _SECONDS.fullmatch(text):
        raise InputError(f"--hold is {shown!r}, and {printable(text, 20)!r} is no number; accepted: {_FORMS}")
    seconds = float(text)
    if not MIN_HOLD <= seconds <= MAX_HOLD:
        raise InputError(f"--hold has {text} seconds; accepted: {MIN_HOLD:g} to {MAX_HOLD:g}")
    return seconds


def _each(hold: float | Sequence[float | None], num_frames: int | None) -> tuple[float | None, ...]:
    """One entry for each frame, in range."""
    if isinstance(hold, str | bytes) or not isinstance(hold, Real | Sequence):
        raise InputError(
            f"hold is a {type(hold).__name__}; accepted: seconds, or a list with one for each frame"
        )
    each = tuple(hold) if isinstance(hold, Sequence) else (hold,) * (num_frames or 1)
    for seconds in each:
        if seconds is None:
            continue
        if not isinstance(seconds, Real) or isinstance(seconds, bool):
            raise InputError(f"hold has {printable(repr(seconds), 40)}; accepted: seconds, as a number")
        if not MIN_HOLD <= seconds <= MAX_HOLD:  # NaN fails too
            raise InputError(f"hold is {seconds:g}; accepted: {MIN_HOLD:g} to {MAX_HOLD:g} seconds")
    if num_frames is not None and len(each) != num_frames:
        raise InputError(f"hold has {len(each)} entries for {num_frames} frames; give one for each frame")
    return each
