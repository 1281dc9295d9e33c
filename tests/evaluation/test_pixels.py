"""Metrics of pixels on videos whose figures can be worked out by hand."""

import numpy as np
import pytest
from footage_made import flat, frozen, moving, noise

from direct2v.errors import InputError
from direct2v.evaluation.pixels import check_frames, enlarged, first_to_last_change, flicker
from direct2v.evaluation.structure import ms_ssim


def test_a_frozen_video_neither_flickers_nor_changes() -> None:
    assert flicker(frozen()) == 0
    assert first_to_last_change(frozen()) == 0
    assert ms_ssim(frozen()) == pytest.approx(1, abs=1e-6)


def test_black_and_white_in_turn_are_all_the_flicker_there_can_be() -> None:
    assert flicker(flat(0, 255, 0, 255)) == 1
    assert first_to_last_change(flat(0, 255, 0, 255)) == 1
    assert first_to_last_change(flat(0, 255, 0)) == 0


def test_flicker_is_the_mean_over_neighbours_and_the_change_that_of_the_ends() -> None:
    assert flicker(flat(0, 51, 255)) == pytest.approx((0.2 + 0.8) / 2)
    assert first_to_last_change(flat(0, 51, 255)) == 1


def test_noise_has_the_difference_of_two_uniform_numbers_and_no_structure_in_common() -> None:
    assert flicker(noise()) == pytest.approx(1 / 3, abs=0.01)
    assert ms_ssim(noise()) < 0.05


def test_flat_pictures_differ_in_the_luminance_of_the_last_scale_only() -> None:
    dark, light, c1 = 0.2, 0.8, 0.01**2
    luminance = (2 * dark * light + c1) / (dark**2 + light**2 + c1)
    assert ms_ssim(flat(51, 204)) == pytest.approx(luminance**0.1333, abs=1e-3)


def test_a_shuffled_video_is_less_like_itself_from_frame_to_frame() -> None:
    story = moving(6)
    shuffled = story[[0, 3, 1, 5, 2, 4]]
    assert flicker(shuffled) > flicker(story)
    assert ms_ssim(shuffled) < ms_ssim(story)


def test_a_single_frame_has_no_neighbours() -> None:
    one = flat(7)
    assert [flicker(one), first_to_last_change(one), ms_ssim(one)] == [None] * 3


@pytest.mark.parametrize(("size", "factor"), [((64, 64), 4), ((64, 80), 4), ((100, 300), 3), ((256, 300), 1)])
def test_small_frames_are_enlarged_by_the_least_whole_factor(size: tuple[int, int], factor: int) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (1, *size, 3)).astype(np.uint8)
    large = enlarged(frames)
    assert large.shape == (1, size[0] * factor, size[1] * factor, 3)
    assert np.array_equal(large[:, ::factor, ::factor], frames)
    assert np.array_equal(large[:, factor - 1 :: factor, factor - 1 :: factor], frames)


@pytest.mark.parametrize(
    "frames",
    [np.zeros((2, 8, 8), np.uint8), np.zeros((2, 8, 8, 3)), np.zeros((0, 8, 8, 3), np.uint8)],
)
def test_what_is_no_video_is_refused(frames: np.ndarray) -> None:
    with pytest.raises(InputError, match="accepted: uint8 of shape"):
        check_frames(frames)
