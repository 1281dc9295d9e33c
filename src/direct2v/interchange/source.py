"""A text file to import, and what importers do with it: errors with a place, a title, one storyboard."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationError

from direct2v.documents import read_text
from direct2v.errors import StoryboardError
from direct2v.storyboard import Storyboard
from direct2v.text import printable
from direct2v.validation import describe_errors

__all__ = ["Source", "Words", "build", "listed", "read_source", "title"]


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


Words = Annotated[str, AfterValidator(_not_blank)]


@dataclass(frozen=True)
class Source:
    """The contents of one file.

    Attributes:
        path: where it is.
        name: the file as the user named it, safe to print.
        text: what it says, without a byte order mark.
    """

    path: Path
    name: str
    text: str

    def error(self, message: str, *, line: int | None = None, field: str | None = None) -> StoryboardError:
        """``FILE, line 7, prompt: what is wrong``, as for storyboard files."""
        place = self.name if line is None else f"{self.name}, line {line}"
        return StoryboardError(f"{place}: {message}" if field is None else f"{place}, {field}: {message}")


def read_source(path: Path) -> Source:
    """Reads a UTF-8 text file of any extension, with or without a byte order mark.

    Raises:
        StoryboardError: if the file is missing, no regular file, too large, empty or not text.
    """
    return Source(path, printable(str(path)), read_text(path))


def title(path: Path, *candidates: str) -> str:
    """The story in a sentence: the first candidate that says something, else the file's name."""
    stem = path.stem.replace("-", " ").replace("_", " ").strip()
    return next((text for text in (*candidates, stem) if text.strip()), "story")


def build(name: str, values: Mapping[str, Any]) -> Storyboard:
    """The storyboard of these values.

    Raises:
        StoryboardError: naming the file, the field and what is wrong there.
    """
    try:
        return Storyboard.model_validate(dict(values))
    except ValidationError as error:
        raise StoryboardError(f"{name}, {describe_errors(error, Storyboard)}") from None


def listed(names: list[str]) -> str:
    """Some names from outside, in quotes, short and safe to print."""
    shown = ", ".join(f'"{printable(name, 40)}"' for name in names[:8])
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"
