"""What --hold says, and that no rounding ever adds up."""

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from direct2v.errors import InputError
from direct2v.storyboard import FramePrompt, Storyboard
from direct2v.video import check_playback, check_times, parse_hold
from direct2v.video.timing import durations, on_clock, resolve_hold


@pytest.mark.parametrize(
    ("text", "num_frames", "hold"),
    [
        ("0.5", 3, (0.5, 0.5, 0.5)),
        ("2", 1, (2.0,)),
        ("1,1,2", 3, (1.0, 1.0, 2.0)),
        (" 1 , .5,60 ", 3, (1.0, 0.5, 60.0)),
        ("8:2", 8, (None,) * 7 + (2.0,)),
        ("1:0.5,8:2", 8, (0.5, *(None,) * 6, 2.0)),
        ("3:0.01, 1:1", 3, (1.0, None, 0.01)),
    ],
)
def test_what_hold_says(text: str, num_frames: int, hold: tuple[float | None, ...]) -> None:
    assert parse_hold(text, num_frames) == hold
    parse_hold(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--hold is ''; accepted: 0.5 for every frame, 1,1,2 one for each, or 3:0.5,8:2 for some"),
        ("1,", "accepted: 0.5 for every frame"),
        ("1,2:3,1", "accepted: 0.5 for every frame"),
        ("1,2", "--hold has 2 numbers for 3 frames"),
        ("1,1,1,1", "--hold has 4 numbers for 3 frames"),
        ("soon", "'soon' is no number"),
        ("-1", "'-1' is no number"),
        ("1e1", "'1e1' is no number"),
        ("nan", "'nan' is no number"),
        ("\u0661", "is no number"),
        ("1s", "'1s' is no number"),
        ("0", "--hold has 0 seconds; accepted: 0.01 to 60"),
        ("61", "--hold has 61 seconds; accepted: 0.01 to 60"),
        ("4:1", "--hold names frame 4; there are frames 1 to 3"),
        ("0:1", "--hold names frame 0; there are frames 1 to 3"),
        ("-1:1", "--hold names frame '-1'; frames are numbered from 1"),
        ("last:1", "--hold names frame 'last'; frames are numbered from 1"),
        ("2:1,2:1", "--hold names frame 2 twice"),
        ("2:", "'' is no number"),
        ("2:1:1", "'1:1' is no number"),
        ("1\x1b[31m", "is no number"),
    ],
)
def test_what_hold_cannot_say(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_hold(text, 3)
    assert message in str(caught.value)
    assert str(caught.value).isprintable()


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InputError):
        assert len(parse_hold(text, 3)) == 3


def test_the_caller_comes_before_the_storyboard() -> None:
    frames = (FramePrompt(prompt="a", hold=1), FramePrompt(prompt="b", hold=2), FramePrompt(prompt="c"))
    board = Storyboard(prompt="x", frames=frames)
    assert resolve_hold(None, board, 3) == (1, 2, None)
    assert resolve_hold((None, 5, None), board, 3) == (1, 5, None)
    assert resolve_hold(0.5, board, 3) == (0.5, 0.5, 0.5)
    assert resolve_hold(None, None, 3) is None
    assert durations(3, 4, (1, None, 0.1)) == [1, Fraction(1, 4), Fraction(1, 10)]
    with pytest.raises(InputError, match="hold has 2 entries for 3 frames"):
        check_playback(2, (1, 2), num_frames=3)


@given(st.lists(st.floats(0.01, 60), min_size=1, max_size=50), st.sampled_from([100, 1000, None]))
def test_rounding_never_adds_up(seconds: list[float], clock: int | None) -> None:
    exact = durations(len(seconds), 2, seconds)
    ticks, lengths = on_clock(exact, clock)
    start, rounded = Fraction(0), 0
    for length, whole in zip(exact, lengths, strict=True):
        start, rounded = start + length, rounded + whole
        assert abs(start * ticks - rounded) <= Fraction(1, 2)
    assert all(length >= 1 for length in lengths)


def test_usual_times_are_exact() -> None:
    assert on_clock(durations(3, 2, (0.1, 0.333, None))) == (1000, [100, 333, 500])
    assert on_clock(durations(2, 23.976)) == (2997, [125, 125])


def test_times_are_checked_before_any_work() -> None:
    board = Storyboard(prompt="x", frames=(FramePrompt(prompt="a", hold=1), FramePrompt(prompt="b")))
    check_times("story.gif", board, fps=50)
    check_times("story.mp4", board, fps=100)
    check_times(None, board, fps=100)
    check_times("story.gif", board, fps=100, hold=(None, 2))
    with pytest.raises(InputError, match=r"can be shown for 0\.02 s at least, not for 0\.01 s"):
        check_times("story.gif", board, fps=100)
    with pytest.raises(InputError, match="hold has 3 entries for 2 frames"):
        check_times("story.mp4", board, hold=(1, 1, 1))
