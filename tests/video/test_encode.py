"""Real files from the real encoders, decoded again and looked at."""

import signal
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from PIL import Image

from direct2v.errors import InputError, OutputError
from direct2v.video import EXTENSIONS, encode, find_target
from direct2v.video.frames import Pixels, fitting_upscale


def flat(*colours: tuple[int, int, int], height: int = 64, width: int = 64) -> list[Pixels]:
    return [np.full((height, width, 3), colour, np.uint8) for colour in colours]


RAINBOW = flat((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (200, 120, 40))


def decoded(path: Path) -> list[Pixels]:
    """Every frame as a player shows it that follows the file's colour tags."""
    reformat = VideoReformatter().reformat  # one for all: much quicker than a new one for each frame
    with av.open(str(path)) as container:
        return [
            reformat(frame, format="rgb24", src_colorspace=frame.colorspace, threads=1).to_ndarray()
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


HOLDS = [0.5, None, 1.234, 0.02, 60, 0.333]
SHOWN = [0.5, 0.5, 1.234, 0.02, 60, 0.333]


@pytest.mark.parametrize("name", ["story.mp4", "story.webm"])
def test_every_frame_is_shown_as_long_as_asked(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    encode(RAINBOW, path, fps=2, hold=HOLDS)
    with av.open(str(path)) as container:
        assert container.duration == 62_587_000
        packets = [packet for packet in container.demux(video=0) if packet.pts is not None]
        assert [float(packet.duration * packet.time_base) for packet in packets] == SHOWN
        starts = [float(packet.pts * packet.time_base) for packet in packets]
    assert starts == pytest.approx([0, 0.5, 1, 2.234, 2.254, 62.254], abs=1e-9)
    for seen, meant in zip(decoded(path), RAINBOW, strict=True):
        assert np.abs(seen[256, 256].astype(int) - meant[0, 0]).max() <= 6


def animation(path: Path) -> tuple[list[Pixels], list[int]]:
    """Every frame of a GIF or WebP as a browser composes it, and its milliseconds."""
    with Image.open(path) as picture:
        assert picture.info["loop"] == 0
        frames, lengths = [], []
        for index in range(picture.n_frames):
            picture.seek(index)
            picture.load()
            frames.append(np.asarray(picture.convert("RGB")))
            lengths.append(picture.info["duration"])
        return frames, lengths


def test_a_gif_rounds_to_hundredths_and_keeps_the_sum(tmp_path: Path) -> None:
    encode(RAINBOW, tmp_path / "story.gif", fps=2, hold=HOLDS)
    frames, lengths = animation(tmp_path / "story.gif")
    assert lengths == [500, 500, 1230, 20, 60_000, 340]
    for seen, meant in zip(frames, RAINBOW, strict=True):
        assert seen.shape == (512, 512, 3)
        assert np.abs(seen.astype(int) - meant[0, 0]).max() <= 4
    encode(RAINBOW[:1] * 300, tmp_path / "third.gif", fps=30)
    lengths = animation(tmp_path / "third.gif")[1]
    assert (sum(lengths), set(lengths)) == (10_000, {30, 40})


def test_a_webp_is_lossless_where_frames_are_enlarged(tmp_path: Path) -> None:
    art = list(np.random.default_rng(0).integers(0, 256, (3, 33, 47, 3), np.uint8))
    art.append(art[-1].copy())
    art[-1][20:23, 31:32] = 9  # from here on only an odd corner changes
    encode(art, tmp_path / "story.webp", hold=[0.5, 0.333, 0.02, 60])
    frames, lengths = animation(tmp_path / "story.webp")
    assert lengths == [500, 333, 20, 60_000]
    for seen, meant in zip(frames, art, strict=True):
        assert np.array_equal(seen, meant.repeat(15, axis=0).repeat(15, axis=1))


def noisy(count: int, size: int = 64) -> list[Pixels]:
    """A still scene with a moving square, and the grain that an autoencoder leaves."""
    rng = np.random.default_rng(1)
    ramp = np.linspace(20, 230, size).astype(int)
    scene = np.stack([ramp[:, None] + 0 * ramp, ramp[None] + 0 * ramp[:, None], np.full((size, size), 99)], 2)
    frames = []
    for index in range(count):
        frame = scene + rng.integers(-1, 2, scene.shape)
        frame[10:20, 4 * index : 4 * index + 10] = (250, 40, 30)
        frames.append(frame.clip(0, 255).astype(np.uint8))
    return frames


def test_a_gif_is_close_to_its_frames_and_what_stands_still_does_not_flicker(tmp_path: Path) -> None:
    art = noisy(8)
    encode(art, tmp_path / "story.gif")
    seen = [frame[4::8, 4::8].astype(int) for frame in animation(tmp_path / "story.gif")[0]]
    error = np.mean([(a - b) ** 2 for a, b in zip(seen, art, strict=True)])
    assert 10 * np.log10(255**2 / error) > 38
    still = np.s_[30:, :]
    assert np.mean([np.abs(b[still] - a[still]) for a, b in pairwise(seen[2:])]) < 0.25  # the frames: 0.9


def test_few_colours_are_kept_exactly(tmp_path: Path) -> None:
    values = np.linspace(0, 255, 6).astype(np.uint8)
    art = list(np.random.default_rng(0).choice(values, (4, 32, 32, 3)))
    encode(art, tmp_path / "story.gif")
    for seen, meant in zip(animation(tmp_path / "story.gif")[0], art, strict=True):
        assert np.array_equal(seen[8::16, 8::16], meant)


def test_photographs_fill_a_gif(tmp_path: Path) -> None:
    art = noisy(2, size=300)
    encode(art, tmp_path / "story.gif")
    seen = animation(tmp_path / "story.gif")[0]
    assert seen[0].shape == (300, 300, 3)
    assert np.mean(np.abs(seen[1].astype(int) - art[1])) < 4


ALL = ["story.mp4", "story.webm", "story.gif", "story.webp", "story"]


def contents(path: Path) -> dict[str, bytes]:
    files = [path] if path.is_file() else sorted(path.iterdir())
    return {file.name: file.read_bytes() for file in files}


@pytest.mark.parametrize("name", ALL)
def test_the_same_frames_give_the_same_bytes(tmp_path: Path, name: str) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        encode(noisy(5), tmp_path / folder / name, hold=[1, 2, None, 0.3, 1])
    assert contents(tmp_path / "a" / name) == contents(tmp_path / "b" / name)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 5), (33, 64)])
def test_one_frame_of_any_size(tmp_path: Path, name: str, height: int, width: int) -> None:
    encode(flat((10, 200, 30), height=height, width=width), tmp_path / name, hold=2.5)
    if name == "story":
        assert [file.name for file in (tmp_path / name).iterdir()] == ["0001.png"]
        return
    factor = fitting_upscale(height, width)
    even = 1 if name in ("story.mp4", "story.webm") else 0
    if name == "story.webp":  # FFmpeg reads no animated one
        (seen,), lengths = animation(tmp_path / name)
        assert lengths == [2500]
    else:
        (seen,) = decoded(tmp_path / name)
    height, width = height * factor, width * factor
    assert seen.shape == (height + even * (height % 2), width + even * (width % 2), 3)
    assert np.abs(seen[-1, -1].astype(int) - (10, 200, 30)).max() <= 6


@pytest.mark.parametrize("name", ["story.gif", "story.webp"])
def test_equal_frames_all_stay(tmp_path: Path, name: str) -> None:
    encode(RAINBOW[:1] * 4, tmp_path / name, fps=4)
    frames, lengths = animation(tmp_path / name)
    assert lengths == [250] * 4
    assert all(np.abs(frame.astype(int) - (255, 0, 0)).max() <= 2 for frame in frames)


@pytest.mark.parametrize("name", ["story", "story.png", "story.PNG", "v1.2/", "story.png/"])
def test_a_folder_of_png_has_the_frames_themselves(tmp_path: Path, name: str) -> None:
    art = noisy(3)
    encode(art, f"{tmp_path}/{name}", first=7)
    folder = tmp_path / name
    assert sorted(file.name for file in folder.iterdir()) == ["0007.png", "0008.png", "0009.png"]
    for number, frame in enumerate(art, start=7):
        assert np.array_equal(np.asarray(Image.open(folder / f"{number:04d}.png")), frame)
    encode(art[:1], f"{tmp_path}/{name}")  # replaces the folder
    assert [file.name for file in folder.iterdir()] == ["0001.png"]
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("foreign", ["notes.txt", "0001.jpg", "10001.png", "0003.png/"])
def test_a_folder_that_holds_more_than_frames_is_not_replaced(tmp_path: Path, foreign: str) -> None:
    folder = tmp_path / "story"
    encode(RAINBOW[:2], folder)
    before = contents(folder)
    if foreign.endswith("/"):
        (folder / foreign).mkdir()
    else:
        (folder / foreign).touch()
    with pytest.raises(OutputError, match=f"holds {foreign.rstrip('/')}, which is no frame"):
        encode(RAINBOW[:3], folder)
    assert (
        before.items()
        <= {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}.items()
    )
    assert list(tmp_path.iterdir()) == [folder]


def test_a_file_or_link_is_not_replaced_by_a_folder(tmp_path: Path) -> None:
    (tmp_path / "story.png").write_bytes(b"a picture")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("story.png", "link"):
        with pytest.raises(OutputError, match="is no folder of frames and is not replaced"):
            encode(RAINBOW, tmp_path / name)
    assert (tmp_path / "story.png").read_bytes() == b"a picture"
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("name", ["story.gif", "story.webp"])
def test_times_that_browsers_would_not_keep_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"can be shown for 0\.02 s at least, not for 0\.0167 s"):
        encode(RAINBOW, tmp_path / name, fps=60)
    with pytest.raises(InputError, match=r"not for 0\.01 s"):
        encode(RAINBOW, tmp_path / name, hold=[None] * 5 + [0.01])
    encode(RAINBOW, tmp_path / name, fps=50)
    assert animation(tmp_path / name)[1] == [20] * 6
    with pytest.raises(InputError, match=r"frames of 70000x1 pixels are too large"):
        encode(flat((1, 2, 3), height=1, width=70_000), tmp_path / name, upscale=1)


def test_pictures_and_arrays_are_the_same(tmp_path: Path) -> None:
    encode(RAINBOW, tmp_path / "a.mp4")
    encode([Image.fromarray(frame) for frame in RAINBOW], tmp_path / "b.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.mark.parametrize("name", ALL)
def test_1024_frames(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    encode(flat((10, 10, 10), (200, 200, 200), height=16, width=16) * 512, path, fps=30, upscale=1)
    if name == "story":
        assert len(list(path.iterdir())) == 1024
    elif name == "story.webp":
        assert len(animation(path)[0]) == 1024
    else:
        assert len(decoded(path)) == 1024


@pytest.mark.parametrize("name", ["story.avi", "story.v2", "story.jpg", "story.mp4v"])
def test_an_unknown_extension_lists_the_known(tmp_path: Path, name: str) -> None:
    assert EXTENSIONS == (".mp4", ".webm", ".gif", ".webp")
    known = r"accepted: \.mp4, \.webm, \.gif, \.webp, or for a folder of PNG none or \.png"
    with pytest.raises(InputError, match=rf"has the extension \{Path(name).suffix}; {known}"):
        encode(RAINBOW, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["", ".", "..", "/", "a/..", "a\0.mp4", ".mp4", "a/.png", "story."])
def test_a_path_that_names_nothing_is_refused(path: str) -> None:
    with pytest.raises(OutputError, match="is no name for an output"):
        find_target(path)


@pytest.mark.parametrize(
    ("path", "kind", "run"),
    [
        ("a/story.MP4", ".mp4", "a/story.run"),
        ("story.webm", ".webm", "story.run"),
        ("story", "folder", "story.run"),
        ("story.png", "folder", "story.run"),
        ("story/", "folder", "story.run"),
        ("v1.2/", "folder", "v1.2.run"),
        ("story.run/", "folder", "story.run.run"),
        (".hidden", "folder", ".hidden.run"),
    ],
)
def test_what_a_path_stands_for(path: str, kind: str, run: str) -> None:
    target = find_target(path)
    assert (target.path, target.kind, target.run) == (Path(path), kind, Path(run))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fps": 0}, "fps is 0; accepted"),
        ({"fps": float("nan")}, "fps is nan; accepted"),
        ({"fps": 121}, "fps is 121; accepted"),
        ({"hold": -1}, "hold is -1; accepted"),
        ({"hold": 0.009}, "hold is 0.009; accepted: 0.01 to 60 seconds"),
        ({"hold": float("nan")}, "hold is nan; accepted"),
        ({"hold": [1] * 5}, "hold has 5 entries for 6 frames; give one for each frame"),
        ({"hold": [1, 1, 1, 1, 1, 61]}, "hold is 61; accepted"),
        ({"hold": "1,2"}, "hold is a str; accepted: seconds, or a list"),
        ({"hold": [True] * 6}, "hold has True; accepted: seconds, as a number"),
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


@pytest.mark.parametrize("name", ALL)
def test_ctrl_c_while_encoding_leaves_the_old_output_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / name
    encode(RAINBOW[:2], path)
    before = contents(path)
    calls = []
    used = np.pad if name in ("story.mp4", "story.webm") else Image.fromarray

    def interrupted(*args: object, **kwargs: object) -> object:
        calls.append(1)
        if len(calls) == 4:
            signal.raise_signal(signal.SIGINT)
        return used(*args, **kwargs)

    monkeypatch.setattr(np, "pad", interrupted) if used is np.pad else monkeypatch.setattr(
        Image, "fromarray", interrupted
    )
    with pytest.raises(KeyboardInterrupt):
        encode(RAINBOW, path)
    assert contents(path) == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ALL)
def test_a_full_disk_leaves_the_old_output_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / name
    encode(RAINBOW[:2], path)
    before = contents(path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.rename", full)
    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OutputError, match="No space left on device"):
        encode(RAINBOW, path)
    assert contents(path) == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_an_output_error(tmp_path: Path) -> None:
    for name in ALL:
        with pytest.raises(OutputError, match=r"cannot write .*No such file or directory"):
            encode(RAINBOW, tmp_path / "missing" / name)
