"""The storyboard: what a director hands to the engine, and what a person can keep and edit as a file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from direct2v.documents import SUFFIXES, read_document
from direct2v.errors import StoryboardError
from direct2v.files import replacing
from direct2v.text import is_unicode, printable
from direct2v.validation import describe_errors

__all__ = [
    "MAX_FRAMES",
    "MAX_HOLD",
    "MAX_SUBJECTS",
    "MIN_HOLD",
    "CameraMove",
    "FramePrompt",
    "Storyboard",
    "storyboard_schema",
]

MAX_FRAMES = 1024
MAX_SUBJECTS = 16  # every frame prompt must name each of them
MIN_HOLD, MAX_HOLD = 0.01, 60.0  # seconds


def _number(minimum: float, maximum: float) -> Any:
    # strict: neither "1" nor true is a number here
    return Field(strict=True, allow_inf_nan=False, ge=minimum, le=maximum)


def _encodable(value: str) -> str:
    if not is_unicode(value):
        raise ValueError("contains characters that are no valid Unicode")
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


_Text = Annotated[str, AfterValidator(_encodable)]
_Words = Annotated[_Text, AfterValidator(_not_blank), Field(json_schema_extra={"pattern": r"\S"})]


class _Dumper(yaml.SafeDumper):
    """PyYAML would write these line breaks as they are, and read them back as ordinary ones."""


def _text_node(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = '"' if set(text) & set("\x85\u2028\u2029") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text_node)


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CameraMove(_Value):
    """How the camera moves from the frame before to this one; the default does not move it.

    Attributes:
        pan: to the right, as a fraction of the width, -1..1.
        tilt: downwards, as a fraction of the height, -1..1.
        zoom: factor, 0.25..4; above 1 comes nearer.
        roll: clockwise, in degrees, -180..180.
    """

    pan: Annotated[float, _number(-1, 1)] = 0.0
    tilt: Annotated[float, _number(-1, 1)] = 0.0
    zoom: Annotated[float, _number(0.25, 4)] = 1.0
    roll: Annotated[float, _number(-180, 180)] = 0.0

    @property
    def only_shifts(self) -> bool:
        """Whether it neither zooms nor rolls."""
        return (self.zoom, self.roll) == (1, 0)


class FramePrompt(_Value):
    """What one frame shows.

    Attributes:
        prompt: a description that stands alone: the image model sees nothing else.
        camera: the move that leads to this frame, if any.
        hold: how long the video shows this frame, in seconds, 0.01..60; None for 1 / fps.
    """

    prompt: _Words
    camera: CameraMove | None = None
    hold: Annotated[float, _number(MIN_HOLD, MAX_HOLD)] | None = None


class Storyboard(_Value):
    """One prompt per frame in temporal order, and what all frames share.

    Attributes:
        version: of this format.
        prompt: the user's own sentence.
        subjects: who or what the story is about, at most 16; every frame prompt must name each of them.
        shared: put before every frame prompt.
        style: appended to every frame prompt.
        negative_prompt: what no frame should show.
        director: who wrote it.
        notes: what the director wants the user to know.
        frames: 1 to 1024 frame prompts.
    """

    version: Literal[1] = 1
    prompt: _Words
    subjects: tuple[_Words, ...] = Field(default=(), max_length=MAX_SUBJECTS)
    shared: _Text = ""
    style: _Text = ""
    negative_prompt: _Text = ""
    director: _Text = ""
    notes: tuple[_Text, ...] = ()
    frames: tuple[FramePrompt, ...] = Field(min_length=1, max_length=MAX_FRAMES)

    @property
    def num_frames(self) -> int:
        """The number of frames."""
        return len(self.frames)

    def texts(self) -> list[str]:
        """What the image model is given for each frame: the shared part, the frame's prompt and the style."""
        before, after = ([text] if text.strip() else [] for text in (self.shared, self.style))
        return [", ".join([*before, frame.prompt, *after]) for frame in self.frames]

    @classmethod
    def from_prompts(cls, prompt: str, texts: Sequence[str], **others: Any) -> Self:
        """A storyboard from plain texts, one per frame.

        Args:
            prompt: the user's own sentence.
            texts: the frame prompts.
            **others: any other field of the storyboard.

        Raises:
            StoryboardError: if a text is empty, there are none, or there are more than 1024.
        """
        frames = [{"prompt": text} for text in texts]
        try:
            return cls.model_validate({"prompt": prompt, "frames": frames, **others})
        except ValidationError as error:
            raise StoryboardError(describe_errors(error, cls)) from None

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Reads a ``.yaml``, ``.yml`` or ``.json`` file.

        Raises:
            StoryboardError: naming the file, the line, the field and what is wrong there.
        """
        return read_document(path).validate(cls)

    def to_json(self) -> str:
        """The text of a ``.json`` file."""
        data = self.model_dump(mode="json", exclude_none=True)
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"

    def to_yaml(self) -> str:
        """The text of a ``.yaml`` file."""
        data = self.model_dump(mode="json", exclude_none=True)
        return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**20)

    def save(self, path: str | Path) -> None:
        """Writes a ``.yaml``, ``.yml`` or ``.json`` file, whole or not at all; an existing file is replaced.

        Raises:
            StoryboardError: if the extension is none of these.
            OutputError: if the file cannot be written.
        """
        path = Path(path)
        if path.suffix.lower() not in SUFFIXES:
            raise StoryboardError(
                f"{printable(str(path))}: a storyboard is saved as one of {', '.join(SUFFIXES)}"
            )
        text = self.to_json() if path.suffix.lower() == ".json" else self.to_yaml()
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")


def storyboard_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a storyboard file, each field with its description for editors."""
    schema = Storyboard.model_json_schema()
    for value in (schema, *schema["$defs"].values()):
        value["description"], _, attributes = value["description"].partition("\n\nAttributes:\n")
        for line in attributes.splitlines():
            name, _, text = line.strip().partition(": ")
            value["properties"][name]["description"] = text
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
