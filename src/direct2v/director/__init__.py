"""Directors: whoever turns one sentence into a storyboard."""

from direct2v.director.file import StoryboardFile
from direct2v.director.planner import StorybookPlanner
from direct2v.director.protocol import DEFAULT_NUM_FRAMES, Director
from direct2v.documents import SUFFIXES
from direct2v.errors import InputError
from direct2v.text import printable

__all__ = ["DEFAULT_NUM_FRAMES", "Director", "StoryboardFile", "StorybookPlanner", "resolve_director"]


def resolve_director(spec: str) -> Director:
    """The director that `--director` names.

    Args:
        spec: "storybook" for the planner of the embedded model, or the path of a storyboard file.

    Raises:
        InputError: It is neither.
    """
    if spec == "storybook":
        return StorybookPlanner()
    if spec.lower().endswith(SUFFIXES):
        return StoryboardFile(spec)
    raise InputError(
        f"unknown director {printable(spec, 80)!r}; accepted: storybook, "
        f"or a storyboard file ({', '.join(SUFFIXES)})"
    )
