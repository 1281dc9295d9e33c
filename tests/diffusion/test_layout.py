import pytest

from direct2v.diffusion.layout import for_camera, layout_indices
from direct2v.errors import SettingsError
from direct2v.presets import resolve_settings
from direct2v.settings import RenderSettings
from direct2v.storyboard import CameraMove, FramePrompt, Storyboard


@pytest.mark.parametrize(
    ("num_steps", "expected"),
    [
        (100, (90, 95)),
        (50, (45, 48)),
        (20, (17, 18)),
        (12, (9, 10)),
        (8, (5, 6)),
        (4, (1, 2)),
        (3, None),
        (1, None),
    ],
)
def test_indices_follow_the_steps(num_steps, expected):
    assert layout_indices(RenderSettings(num_inference_steps=num_steps)) == expected


def test_released_is_as_the_release_and_as_its_goldens():
    assert layout_indices(resolve_settings("released")) == (90, 95)
    assert layout_indices(resolve_settings("released", num_inference_steps=20)) == (17, 18)


def test_given_indices_are_taken_as_they_are():
    assert layout_indices(RenderSettings(num_inference_steps=20, t0=0, t1=19)) == (0, 19)
    assert layout_indices(RenderSettings(num_inference_steps=20, t1=10)) == (9, 10)
    assert layout_indices(RenderSettings(layout="off")) is None


def test_a_given_index_that_the_rules_other_one_does_not_fit_is_refused():
    with pytest.raises(SettingsError, match="t0 is 48, but t1 follows from 50 steps as 48"):
        layout_indices(RenderSettings(num_inference_steps=50, t0=48))
    with pytest.raises(SettingsError, match="t1 is 1, from which t0 follows as 0"):
        layout_indices(RenderSettings(num_inference_steps=10, t1=1))


def moved(**camera):
    frames = (FramePrompt(prompt="a fox"), FramePrompt(prompt="a fox", camera=CameraMove(**camera)))
    return Storyboard(prompt="a fox", frames=frames)


def test_a_camera_that_moves_finds_a_layout_that_is_drawn_to_the_end():
    settings = RenderSettings(num_inference_steps=12)
    assert layout_indices(for_camera(settings, moved(pan=0.1))) == (0, 5)
    assert layout_indices(for_camera(settings, moved(roll=5.0))) == (0, 5)
    again = for_camera(settings, moved(zoom=2.0))
    assert for_camera(again, moved(zoom=2.0)) == again  # as from run.json


def test_what_is_still_or_set_stays_as_it_is():
    settings = RenderSettings(num_inference_steps=12)
    assert for_camera(settings, moved()) == settings
    assert for_camera(settings, None) == settings
    for given in ({"t0": 4, "t1": 9}, {"t1": 9}, {"layout": "off"}, {"num_inference_steps": 2}):
        settings = RenderSettings(**{"num_inference_steps": 12, **given})
        assert for_camera(settings, moved(pan=0.1)) == settings
