"""What a language model is asked to write."""

from dataclasses import dataclass
from typing import Final

from direct2v.director.tokens import TokenBudget
from direct2v.errors import DirectorError, InputError
from direct2v.storyboard import MAX_FRAMES
from direct2v.text import is_unicode

__all__ = ["MAX_SHARED", "Brief", "check_shared", "check_task"]

MAX_SHARED: Final = 0.9


@dataclass(frozen=True, kw_only=True)
class Brief:
    """One task for a language model.

    Attributes:
        prompt: the user's sentence.
        num_frames: exactly so many frame prompts.
        seed: of sampling.
        shared: 0 for frame prompts that stand alone; above 0 up to 0.9, about this share of the words of
            each text stands in ``Storyboard.shared``, once for all frames.
        budget: what the image model's text encoder takes; None if unknown.
        world: all that the image model can draw, in words; empty for one without such limits.
    """

    prompt: str
    num_frames: int
    seed: int = 0
    shared: float = 0.0
    budget: TokenBudget | None = None
    world: str = ""

    def __post_init__(self) -> None:
        check_task(self.prompt, self.num_frames)
        check_shared(self.shared)


def check_shared(shared: float) -> None:
    """Refuses a share of common words that is out of range.

    Raises:
        InputError: naming it and the range.
    """
    if not 0 <= shared <= MAX_SHARED:  # NaN fails too
        raise InputError(f"shared is {shared:g}; accepted: 0 (prompts that stand alone) to {MAX_SHARED:g}")


def check_task(prompt: str, num_frames: int) -> None:
    """Refuses a sentence or a number of frames that no director can work with.

    Raises:
        InputError: one is of the wrong type.
        DirectorError: the prompt is empty or no Unicode, or the number of frames is not 1 to 1024.
    """
    if not isinstance(prompt, str):
        raise InputError(f"prompt is a {type(prompt).__name__}; accepted: text, a sentence")
    if not isinstance(num_frames, int) or isinstance(num_frames, bool):
        raise InputError(f"num_frames is a {type(num_frames).__name__}; accepted: a whole number")
    if not prompt.strip():
        raise DirectorError("the prompt is empty; say in one sentence what happens")
    if not is_unicode(prompt):
        raise DirectorError("the prompt contains characters that are no valid Unicode")
    if not 1 <= num_frames <= MAX_FRAMES:
        raise DirectorError(f"{num_frames} frames asked for; accepted: 1 to {MAX_FRAMES}")
