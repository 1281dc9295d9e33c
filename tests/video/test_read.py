"""Frames come back from every kind of file that is written, each once."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from direct2v.errors import InputError
from direct2v.video import encode, read_frames

FRAMES = [np.full((64, 96, 3), (value, 255 - value, 128), np.uint8) for value in (10, 10, 90, 240)]


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.gif", "a.webp", "a/", "a.png"])
def test_every_frame_comes_back_once_however_long_it_is_shown(tmp_path: Path, name: str) -> None:
    encode(FRAMES, f"{tmp_path}/{name}", hold=[0.5, 2, 0.1, 1], upscale=1)
    found = read_frames(tmp_path / name)
    assert len(found) == 4
    for read, frame in zip(found, FRAMES, strict=True):
        assert read.dtype == np.uint8
        assert np.abs(read.astype(int) - frame).max() <= (0 if "." not in name else 8)


def test_frames_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name, value in (("0002", 20), ("0010", 30), ("0001", 10)):
        Image.fromarray(np.full((8, 8, 3), value, np.uint8)).save(tmp_path / f"{name}.png")
    assert [frame[0, 0, 0] for frame in read_frames(tmp_path)] == [10, 20, 30]


def test_what_is_no_video_is_refused_in_one_line(tmp_path: Path) -> None:
    def refused(path: str | Path) -> str:
        with pytest.raises(InputError) as error:
            read_frames(path)
        assert "\n" not in str(error.value)
        return str(error.value)

    assert "no such file or folder" in refused(tmp_path / "none.mp4")
    assert "no such file or folder" in refused("a\0b")
    assert "without PNG files" in refused(tmp_path)
    for name in ("broken.mp4", "broken.gif", "broken.png"):
        (tmp_path / name).write_bytes(b"no video at all")
        assert "cannot be read as a video" in refused(tmp_path / name)
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\nhttp://example.com/a.ts\n#EXT-X-ENDLIST\n")
    assert "cannot be read as a video" in refused(tmp_path / "list.m3u8")
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    for name, side in (("0001", 8), ("0002", 9)):
        Image.fromarray(np.zeros((side, side, 3), np.uint8)).save(mixed / f"{name}.png")
    assert "frame 2 is 9x9 pixels" in refused(mixed)
    first, *others = (Image.new("L", (2, 2), i % 256) for i in range(1100))
    first.save(tmp_path / "long.gif", save_all=True, append_images=others)
    assert "more than 1024 frames" in refused(tmp_path / "long.gif")
