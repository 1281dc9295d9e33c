"""The shared layout phase: when it begins and ends.

Source: Text2Video-Zero, arXiv 2303.13439, section 3.3.1.
"""

from typing import NamedTuple

from direct2v.diffusion.motion import CameraPath, camera_path
from direct2v.errors import InputError, SettingsError
from direct2v.settings import RenderSettings
from direct2v.storyboard import Storyboard

__all__ = ["LayoutIndices", "check_motion", "for_camera", "layout_indices"]

MOVED_SHARE = 0.4  # of the steps that are left to frames whose layout moves


class LayoutIndices(NamedTuple):
    """T0 < T1, indices of steps counted from the clean end, starting at 0."""

    t0: int
    t1: int


def layout_indices(settings: RenderSettings) -> LayoutIndices | None:
    """Where the layout phase ends; None if it is off, or there are too few steps for one.

    T1 = min(round(0.95 S), S - 2), so that at least one step separates it from pure noise, and
    T0 = min(round(0.90 S), T1 - 1). Indices that are set are taken as they are.

    Raises:
        SettingsError: if only one index is set, and the rule's other one does not fit it.
    """
    if settings.layout == "off":
        return None
    num_steps, t0, t1 = settings.num_inference_steps, settings.t0, settings.t1
    if t1 is None:
        t1 = min(round(0.95 * num_steps), num_steps - 2)
        if t0 is not None and t0 >= t1:
            raise SettingsError(
                f"t0 is {t0}, but t1 follows from {num_steps} steps as {t1}, and must be above t0; "
                "give both, or a lower t0"
            )
    if t0 is None:
        t0 = min(round(0.90 * num_steps), t1 - 1)
        if t0 < 1 and settings.t1 is not None:
            raise SettingsError(
                f"t1 is {t1}, from which t0 follows as {t0}, below 1; give both, or a higher t1"
            )
        if t0 < 1:
            return None
    return LayoutIndices(t0, t1)


def for_camera(settings: RenderSettings, storyboard: Storyboard | None) -> RenderSettings:
    """Settings under which a storyboard's camera moves show, where indices are left open.

    The layout is drawn to the end, and moved there; frames begin at T1 = min(round(0.40 S), S - 2). By the
    general rule, so near to pure noise, the layout that moves holds hardly more than its lightest and darkest
    regions, and the model draws what is named wherever it likes.
    """
    path = None if storyboard is None else camera_path(storyboard, storyboard.num_frames, (0.0, 0.0))
    t1 = min(round(MOVED_SHARE * settings.num_inference_steps), settings.num_inference_steps - 2)
    if path is None or settings.layout == "off" or (settings.t0, settings.t1) != (None, None) or t1 < 1:
        return settings
    return settings.model_copy(update={"t0": 0, "t1": t1})


def check_motion(path: CameraPath | None, indices: LayoutIndices | None) -> None:
    """Refuses a camera that moves where no layout is shared.

    Raises:
        InputError: saying so.
    """
    if path is not None and indices is None:
        raise InputError(
            "motion and camera moves act on the layout phase, which is off or has too few steps; "
            "take 4 steps or more with layout 'on', or motion (0, 0) and no camera moves"
        )
