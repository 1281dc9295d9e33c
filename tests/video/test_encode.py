"""Real files from the real encoder, decoded again and looked at."""

import signal
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from direct2v.errors import InputError, OutputError
from direct2v.video import EXTENSIONS, encode
from direct2v.video.frames import Pixels, fitting_upscale


def flat(*colours: tuple[int, int, int], height: int = 64, width: int = 64) -> list[Pixels]:
    return [np.full((height, width, 3), colour, np.uint8) for colour in colours]


RAINBOW = flat((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (200, 120, 40))


def decoded(path: Path) -> list[Pixels]:
    """Every frame as a player shows it that follows the file's colour tags."""
    with av.open(str(path)) as container:
        return [
            frame.reformat(format="rgb24", src_colorspace=frame.colorspace).to_ndarray()
            for frame in container.decode(video=0)
        ]


def test_a_browser_can_play_it(tmp_path: Path) -> None:
    path = tmp_path / "story.mp4"
    encode(RAINBOW, path, fps=2)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        codec = stream.codec_context
        assert (codec.name, codec.pix_fmt, codec.profile) == ("h264", "yuv420p", "High")
        assert (codec.width, codec.height) == (512, 512)
        assert (codec.color_range, codec.colorspace, codec.color_primaries, codec.color_trc) == (1, 1, 1, 1)
        assert stream.average_rate == 2
        assert float(stream.duration * stream.time_base) == 3.0
        assert [frame.time for frame in container.decode(stream)] == [0, 0.5, 1, 1.5, 2, 2.5]
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # a browser starts before the whole file has come
    assert path.stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    import os

    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_colours_survive(tmp_path: Path) -> None:
    path = tmp_path / "story.mp4"
    encode(RAINBOW, path)
    for seen, meant in zip(decoded(path), RAINBOW, strict=True):
        assert np.abs(seen[256, 256].astype(int) - meant[0, 0]).max() <= 4


def test_pixel_art_is_enlarged_by_whole_squares(tmp_path: Path) -> None:
    art = np.random.default_rng(0).choice([0, 255], size=(64, 64, 1)).astype(np.uint8).repeat(3, axis=2)
    path = tmp_path / "story.mp4"
    encode([art], path)
    (seen,) = decoded(path)
    assert seen.shape == (512, 512, 3)
    centres = seen.reshape(64, 8, 64, 8, 3)[:, 2:6, :, 2:6].mean(axis=(1, 3))
    assert np.abs(centres - art).max() < 24


@pytest.mark.parametrize(
    ("height", "width", "factor"),
    [(64, 64, 8), (64, 96, 8), (100, 120, 5), (255, 300, 2), (256, 256, 1), (512, 512, 1), (1, 1, 512)],
)
def test_only_small_frames_are_enlarged(height: int, width: int, factor: int) -> None:
    assert fitting_upscale(height, width) == factor


@pytest.mark.parametrize(("height", "width"), [(257, 301), (63, 65), (1, 1)])
def test_odd_sizes_are_made_even(tmp_path: Path, height: int, width: int) -> None:
    path = tmp_path / "story.mp4"
    encode(flat((10, 200, 30), height=height, width=width), path, upscale=1)
    (seen,) = decoded(path)
    assert seen.shape == (height + height % 2, width + width % 2, 3)
    assert np.abs(seen[-1, -1].astype(int) - (10, 200, 30)).max() <= 6


@pytest.mark.parametrize(
    ("fps", "seconds"), [(0.5, 12), (1, 6), (2.5, 2.4), (12, 0.5), (23.976, 0.25), (60, 0.1)]
)
def test_every_rate_gives_its_duration(tmp_path: Path, fps: float, seconds: float) -> None:
    path = tmp_path / "story.mp4"
    encode(RAINBOW, path, fps=fps)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.frames == 6
        assert float(stream.duration * stream.time_base) == pytest.approx(seconds, rel=2e-3)


def test_hold_keeps_the_last_frame(tmp_path: Path) -> None:
    path = tmp_path / "story.mp4"
    encode(RAINBOW, path, fps=2, hold=1.5)
    frames = decoded(path)
    assert len(frames) == 9
    assert np.abs(frames[-1].astype(int) - frames[5]).max() <= 2


def test_pictures_and_arrays_are_the_same(tmp_path: Path) -> None:
    encode(RAINBOW, tmp_path / "a.mp4")
    encode([Image.fromarray(frame) for frame in RAINBOW], tmp_path / "b.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_1024_frames(tmp_path: Path) -> None:
    path = tmp_path / "story.mp4"
    encode(flat((10, 10, 10), (200, 200, 200), height=16, width=16) * 512, path, fps=30, upscale=1)
    assert len(decoded(path)) == 1024


@pytest.mark.parametrize(
    ("name", "message"),
    [("story.avi", "has the extension .avi; accepted: .mp4"), ("story", "has no extension; accepted: .mp4")],
)
def test_an_unknown_extension_lists_the_known(tmp_path: Path, name: str, message: str) -> None:
    assert EXTENSIONS == (".mp4",)
    with pytest.raises(InputError, match=message):
        encode(RAINBOW, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fps": 0}, "fps is 0; accepted"),
        ({"fps": float("nan")}, "fps is nan; accepted"),
        ({"fps": 121}, "fps is 121; accepted"),
        ({"hold": -1}, "hold is -1; accepted"),
        ({"upscale": 0}, "upscale is 0; accepted"),
    ],
)
def test_numbers_out_of_range(tmp_path: Path, options: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        encode(RAINBOW, tmp_path / "story.mp4", **options)
    assert list(tmp_path.iterdir()) == []


def test_frames_that_do_not_go_together(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least one frame"):
        encode([], tmp_path / "story.mp4")
    with pytest.raises(InputError, match="frame 2 is 32x16 pixels, frame 1 is 64x64"):
        encode([RAINBOW[0], *flat((1, 2, 3), height=16, width=32)], tmp_path / "story.mp4")
    with pytest.raises(InputError, match=r"frame 1 has shape \(64, 64, 3\) and type float64"):
        encode([RAINBOW[0] / 255], tmp_path / "story.mp4")
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_while_encoding_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "story.mp4"
    path.write_bytes(b"old")
    calls = []
    real = np.pad

    def pad_and_interrupt(*args: object, **kwargs: object) -> object:
        calls.append(1)
        if len(calls) == 4:
            signal.raise_signal(signal.SIGINT)
        return real(*args, **kwargs)

    monkeypatch.setattr(np, "pad", pad_and_interrupt)
    with pytest.raises(KeyboardInterrupt):
        encode(RAINBOW, path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*No such file or directory"):
        encode(RAINBOW, tmp_path / "missing" / "story.mp4")
