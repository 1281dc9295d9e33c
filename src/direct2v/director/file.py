"""A storyboard file as the director: what a person wrote or edited is what is rendered."""

from pathlib import Path

from pydantic import ValidationError

from direct2v.errors import DirectorError
from direct2v.interchange import load_storyboard
from direct2v.storyboard import Storyboard
from direct2v.text import printable
from direct2v.validation import describe_errors

__all__ = ["StoryboardFile"]

_NOTE = "The frame prompts are those of the file; the sentence is only their title."


class StoryboardFile:
    """Reads the storyboard from a file, in any format of ``direct2v.interchange``.

    Args:
        path: Of the file.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return self.path.name

    def direct(self, prompt: str, num_frames: int | None = None, *, seed: int = 0) -> Storyboard:
        """The file's storyboard, with `prompt` as the user prompt it is filed under.

        Raises:
            StoryboardError: The file is no storyboard; the message names line and field.
            DirectorError: It has another number of frames than asked for, or the prompt is empty.
        """
        del seed
        storyboard = load_storyboard(self.path)
        if num_frames not in (None, storyboard.num_frames):
            count = storyboard.num_frames
            raise DirectorError(
                f"{printable(str(self.path))} has {count} frame prompts, but {num_frames} frames were "
                f"asked for; leave the number out, or give {count}"
            )
        try:
            title = {"prompt": prompt, "director": self.name, "notes": [_NOTE]}
            return Storyboard.model_validate({**storyboard.model_dump(), **title})
        except ValidationError as error:
            raise DirectorError(describe_errors(error, Storyboard)) from None
