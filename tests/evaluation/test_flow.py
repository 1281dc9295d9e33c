"""Metrics along the flow: what only moves is no error, what is hidden does not count."""

import cv2
import numpy as np
import pytest
from footage_made import flat, frozen, moving, noise, texture

from direct2v.evaluation import flow
from direct2v.evaluation.flow import eidtv_flow_loss, warp_error
from direct2v.evaluation.pixels import enlarged, flicker


def test_a_frozen_video_has_no_error_and_hides_nothing() -> None:
    found = warp_error(frozen())
    assert (found.error, found.visible) == (0, 1)
    assert eidtv_flow_loss(frozen()) < 1e-3  # Farneback finds a little flow also where nothing moves


def test_a_moving_camera_is_no_error_although_every_pixel_changes() -> None:
    found = warp_error(moving())
    assert flicker(moving()) > 0.1
    assert found.error < 1e-4
    assert 0.9 < found.visible < 1  # what comes in at the edge was not there before


def test_black_to_white_is_all_the_error_there_can_be() -> None:
    found = warp_error(flat(0, 255))  # no flow is found between flat pictures
    assert (found.error, found.visible) == (1, 1)
    assert eidtv_flow_loss(flat(0, 255)) == 1
    assert warp_error(flat(0, 255, 255)).error == 0.5


def test_in_noise_hardly_anything_can_be_followed() -> None:
    found = warp_error(noise())
    assert found.visible < 0.3
    assert found.error > 0.05
    assert eidtv_flow_loss(noise()) > 0.2


def test_what_an_object_hides_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    ground, thing = texture(seed=1)[:, :64], texture(seed=2)[:24, :24]
    frames = np.stack([ground, ground])
    frames[0, 20:44, 14:38], frames[1, 20:44, 18:42] = thing, thing
    found = warp_error(frames)
    assert 0.9 < found.visible < 1 - 4 * 24 / 64**2  # a strip of 4 x 24 pixels is covered
    monkeypatch.setattr(flow, "_visible", lambda there, back: np.ones(there.shape[:2], bool))
    assert found.error < warp_error(frames).error / 3


def test_a_moved_picture_is_an_error_for_eidtv_as_in_its_code() -> None:
    """Its flow goes from the first frame to the second, and the first is sampled along it: twice the way."""
    assert eidtv_flow_loss(moving()) > flicker(moving())
    large = enlarged(moving(2))
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in large]
    field = cv2.calcOpticalFlowFarneback(grey[0], grey[1], None, 0.5, 3, 15, 3, 5, 1.2, 0)
    height, width = grey[0].shape
    loss, count = 0.0, 0
    for y in range(40, height - 40, 16):  # a slow twin of the warp, away from the edges
        for x in range(40, width - 40, 16):
            at_x, at_y = x + field[y, x, 0], y + field[y, x, 1]
            left, top = int(np.floor(at_x)), int(np.floor(at_y))
            a, b = at_x - left, at_y - top
            corners = large[0, top : top + 2, left : left + 2].astype(float) / 255
            weights = np.outer([1 - b, b], [1 - a, a])[..., None]
            loss += np.abs((corners * weights).sum((0, 1)) - large[1, y, x] / 255).mean()
            count += 1
    rough = np.abs(np.diff(field, axis=0)).mean() + np.abs(np.diff(field, axis=1)).mean()
    assert eidtv_flow_loss(moving(2)) == pytest.approx(loss / count + 0.1 * rough, rel=0.15)


def test_a_single_frame_has_no_flow() -> None:
    assert warp_error(flat(1)) is None
    assert eidtv_flow_loss(flat(1)) is None
