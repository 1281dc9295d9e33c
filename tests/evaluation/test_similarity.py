"""Metrics of embeddings against cases worked out by hand."""

import numpy as np
import pytest

from direct2v.evaluation.similarity import adjacent_similarity, alignment, consistency, retrieval_accuracy


def at(*degrees: float) -> np.ndarray:
    """Unit vectors in the plane."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_alignment_is_the_mean_cosine_with_each_frames_own_text_or_with_one() -> None:
    assert alignment(at(0, 90), at(60, 90)) == pytest.approx((0.5 + 1) / 2)
    assert alignment(at(0, 90), at(0)) == pytest.approx(0.5, abs=1e-6)
    assert alignment(at(0), at(180)) == pytest.approx(-1)


def test_every_text_that_finds_its_frame_counts() -> None:
    assert retrieval_accuracy(at(0, 40, 80), at(1, 41, 79)) == 1
    assert retrieval_accuracy(at(0, 40, 80), at(41, 79, 1)) == 0
    assert retrieval_accuracy(at(0, 40, 80), at(1, 79, 41)) == pytest.approx(1 / 3)


def test_a_frozen_video_finds_by_chance_only() -> None:
    texts = at(1, 41, 79, 120)
    assert retrieval_accuracy(at(30, 30, 30, 30), texts) == pytest.approx(1 / 4)
    # also where rounding makes one of equal frames a little nearer
    assert retrieval_accuracy(at(30, 30, 30.00001, 30), texts) == pytest.approx(1 / 4)


def test_equal_texts_share_their_frames() -> None:
    assert retrieval_accuracy(at(0, 10, 80), at(12, 12, 79)) == 1


def test_neighbours_are_compared_in_order() -> None:
    assert adjacent_similarity(at(0, 60, 60)) == pytest.approx((0.5 + 1) / 2)
    assert adjacent_similarity(at(0)) is None


def test_consistency_is_that_of_vbench() -> None:
    assert consistency(at(5, 5, 5)) == pytest.approx(1)
    # frame 2: (cos 60 + cos 60) / 2; frame 3: (cos 60 + cos 120, clipped to 0) / 2
    assert consistency(at(0, 60, 120)) == pytest.approx((0.5 + 0.25) / 2)
    assert consistency(at(0, 180)) == 0
    assert consistency(at(0)) is None
