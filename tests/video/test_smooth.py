"""Frames in between: where they come from, when they are shown, and that a run repeats them."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from direct2v.diffusion.interpolation import latents_between
from direct2v.errors import InputError, MissingExtraError
from direct2v.video import RunRecord, encode
from direct2v.video.smooth import check_smooth, flow_between, in_between
from direct2v.video.timing import smoothed


def scenery(shift: int, width: int = 64) -> np.ndarray:
    """A window of a picture with structure at all scales, moved to the right by whole pixels."""
    rng = np.random.default_rng(0)
    picture = sum(
        np.asarray(Image.fromarray(rng.integers(0, 255, (n, 2 * n, 3), np.uint8)).resize((128, 64)), float)
        for n in (4, 8, 16)
    )
    return (picture[:, 32 - shift : 32 - shift + width] / 3).astype(np.uint8)


def test_the_middle_is_where_things_have_moved_to() -> None:
    before, middle, after = scenery(0), scenery(3), scenery(6)
    (made,) = in_between(before, after, 1)
    inside = (slice(8, -8), slice(8, -8))
    error = np.abs(made[inside].astype(float) - middle[inside]).mean()
    blended = np.abs((before[inside].astype(float) + after[inside]) / 2 - middle[inside]).mean()
    assert error < 1.5 < 5 < blended
    assert abs(flow_between(before, after)[inside][..., 0].mean() - 6) < 0.2
    assert abs(flow_between(before, after)[inside][..., 1].mean()) < 0.2


def test_frames_in_between_are_in_order() -> None:
    frames = [scenery(0), *in_between(scenery(0), scenery(8), 3), scenery(8)]
    for number, frame in enumerate(frames):
        errors = [
            np.abs(frame[8:-8, 12:-12].astype(float) - scenery(2 * n)[8:-8, 12:-12]).mean() for n in range(5)
        ]
        assert int(np.argmin(errors)) == number


def test_what_does_not_move_stays_exactly() -> None:
    assert all(np.array_equal(made, scenery(0)) for made in in_between(scenery(0), scenery(0), 3))
    assert in_between(scenery(0), scenery(1), 0) == []


def test_what_appears_is_blended_in() -> None:
    before, after = np.full((64, 64, 3), 200, np.uint8), np.full((64, 64, 3), 200, np.uint8)
    after[20:40, 20:40] = 0
    (made,) = in_between(before, after, 1)
    assert abs(float(made[28:32, 28:32].mean()) - 100) < 25
    assert made[:10].min() >= 199


def test_latents_in_between_keep_their_strength() -> None:
    latents = torch.randn(3, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    made = latents_between(latents, 3)
    assert made.shape == (2, 3, 4, 16, 16)
    assert torch.allclose(made.std((2, 3, 4)), torch.ones(2, 3), atol=0.05)  # the mean of two has 0.7
    torch.testing.assert_close(latents_between(latents[:1].expand(2, -1, -1, -1), 1)[0, 0], latents[0])
    latents = torch.nn.functional.normalize(latents.flatten(1)).view_as(latents)
    middle = latents_between(latents, 1)[0, 0]
    similar = torch.nn.functional.cosine_similarity
    torch.testing.assert_close(
        similar(middle.flatten(), latents[0].flatten(), 0), similar(middle.flatten(), latents[1].flatten(), 0)
    )


SECONDS = some.fractions(min_value=Fraction(1, 100), max_value=60, max_denominator=1000)


@given(some.lists(SECONDS, min_size=1, max_size=6), some.integers(1, 8), SECONDS)
def test_every_frame_begins_when_it_did(shown: list[Fraction], factor: int, usual: Fraction) -> None:
    spread = smoothed(shown, factor, usual)
    assert len(spread) == (len(shown) - 1) * factor + 1
    assert sum(spread) == sum(shown)
    assert spread[-1] == shown[-1]
    assert min(spread) > 0
    for k in range(len(shown)):
        assert sum(spread[: k * factor]) == sum(shown[:k])
    assert all(seconds <= usual / factor for k, seconds in enumerate(spread[:-1]) if k % factor)


def times(path: Path) -> list[float]:
    with av.open(str(path)) as video:
        return [float(frame.time or 0) for frame in video.decode(video=0)]


def test_every_kind_of_file_has_them(tmp_path: Path) -> None:
    frames = [scenery(0), scenery(4), scenery(8)]
    between = [in_between(frames[0], frames[1], 1), in_between(frames[1], frames[2], 1)]
    holds = [None, 1.0, 2.0]
    for name in ("a.mp4", "a.webm"):
        encode(frames, tmp_path / name, fps=2, hold=holds, between=between)
        assert times(tmp_path / name) == [0, 0.25, 0.5, 1.25, 1.5]
        with av.open(str(tmp_path / name)) as video:
            assert abs(float(video.duration or 0) / av.time_base - 3.5) < 0.002
    for name in ("a.gif", "a.webp"):
        encode(frames, tmp_path / name, fps=2, hold=holds, between=between)
        with Image.open(tmp_path / name) as picture:
            assert picture.n_frames == 5
            lengths = []
            for k in range(5):
                picture.seek(k)
                picture.load()
                lengths.append(picture.info["duration"])
        assert lengths == [250, 250, 750, 250, 2000]
    encode(frames, tmp_path / "a", fps=2, between=between)
    files = sorted((tmp_path / "a").iterdir())
    assert len(files) == 5
    assert np.array_equal(np.asarray(Image.open(files[-1])), frames[-1])
    with pytest.raises(InputError, match=r"can be shown for 0\.02 s at least, not for 0\.0125 s"):
        encode(frames, tmp_path / "b.gif", fps=40, between=between)


@pytest.mark.parametrize(
    ("smooth", "by"), [(0, "flow"), (17, "flow"), (2.0, "flow"), (True, "flow"), (2, "gif")]
)
def test_what_is_refused(smooth: object, by: object) -> None:
    with pytest.raises(InputError, match="accepted: "):
        check_smooth(smooth, by)


def test_without_opencv_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cv2", None)
    for use in (lambda: in_between(scenery(0), scenery(1), 1), lambda: check_smooth(2)):
        with pytest.raises(MissingExtraError, match="needs the extra smooth: pip install 'direct2v"):
            use()
    check_smooth(2, "latent")


@pytest.mark.parametrize("by", ["flow", "latent"])
def test_a_run_is_repeated_with_them(direct2v: Callable, tiny_sd: Path, by: str) -> None:
    size = ("--set", "height=64", "--set", "width=64")
    options = ("--model", tiny_sd, "--steps", 2, "--frames", 2, "--seed", 1, *size)
    done = direct2v(
        "generate", "A storm", *options, "-o", "a/", "--smooth", 4, "--smooth-by", by, "--hold", 2
    )
    assert done.code == 0, done.err
    assert "(5 frames, " in done.out
    video = RunRecord.load("a.run/run.json").video
    assert (video.smooth, video.smooth_by) == (4, by)
    assert len(list(Path("a.run/frames").iterdir())) == 2
    assert direct2v("render", "a.run/run.json", "-o", "b/").code == 0
    for file in sorted(Path("a").iterdir()):
        assert file.read_bytes() == (Path("b") / file.name).read_bytes()
    assert Path("a/0005.png").read_bytes() == Path("a.run/frames/0002.png").read_bytes()
    assert direct2v("render", "a.run/run.json", "-o", "c/", "--smooth", 1).code == 0
    assert len(list(Path("c").iterdir())) == 2
    redrawn = direct2v("render", "a.run/storyboard.yaml", "--frame", 2, "-o", "a/", "--set", "phi=0.2")
    assert redrawn.code == 0, redrawn.err
    assert len(list(Path("a").iterdir())) == 5
    assert RunRecord.load("a.run/run.json").video.smooth_by == "flow"
