"""All metrics of one video at once."""

from direct2v.evaluation.encoders import Encoders
from direct2v.evaluation.flow import eidtv_flow_loss, warp_error
from direct2v.evaluation.metrics import METRICS
from direct2v.evaluation.pixels import Frames, check_frames, first_to_last_change, flicker
from direct2v.evaluation.similarity import (
    adjacent_similarity,
    alignment,
    consistency,
    retrieval_accuracy,
)
from direct2v.evaluation.structure import ms_ssim
from direct2v.storyboard import Storyboard

__all__ = ["measure"]


def measure(
    frames: Frames, storyboard: Storyboard | None = None, *, prompt: str | None = None, models: Encoders
) -> dict[str, float | None]:
    """Every metric in ``METRICS``, in that order.

    A metric is None where it has no value: those of neighbours for a single frame, those of words without
    them, the warp error where no flow holds, and subject consistency without a DINO.

    Args:
        frames: [F, H, W, 3] uint8.
        storyboard: what was to be drawn; its frame prompts are the texts that the image model was given.
        prompt: the user's own sentence; None takes the storyboard's.
        models: what embeds frames and texts; see ``load_encoders``.

    Raises:
        InputError: if frames are of another form, or not as many as the storyboard's.
        MissingExtraError: without the extra "evaluation".
    """
    check_frames(frames, storyboard)
    if prompt is None and storyboard is not None:
        prompt = storyboard.prompt
    seen = models.clip.pictures(frames)
    told = None if storyboard is None else models.clip.texts(storyboard.texts())
    asked = None if prompt is None else models.clip.texts([prompt])
    warped = warp_error(frames)
    found = {
        "frame_alignment": None if told is None else alignment(seen, told),
        "prompt_alignment": None if asked is None else alignment(seen, asked),
        "prompt_retrieval": None if told is None else retrieval_accuracy(seen, told),
        "adjacent_clip": adjacent_similarity(seen),
        "subject_consistency": None if models.dino is None else consistency(models.dino.pictures(frames)),
        "background_consistency": consistency(seen),
        "ms_ssim": ms_ssim(frames),
        "warp_error": None if warped is None else warped.error,
        "visible_share": None if warped is None else warped.visible,
        "eidtv_flow_loss": eidtv_flow_loss(frames),
        "flicker": flicker(frames),
        "first_to_last_change": first_to_last_change(frames),
    }
    return {name: found[name] for name in METRICS}
