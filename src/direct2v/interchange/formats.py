"""The formats by name: what reads and writes them, how a file is recognised, what each cannot hold."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from direct2v.documents import SUFFIXES as DOCUMENTS
from direct2v.documents import Document, read_document
from direct2v.errors import StoryboardError
from direct2v.files import replacing
from direct2v.interchange.markdown import read_markdown, write_markdown
from direct2v.interchange.prompt_relay import read_prompt_relay, write_prompt_relay
from direct2v.interchange.prompt_travel import (
    read_prompt_travel,
    split_negative,
    write_prompt_travel,
    write_schedule,
)
from direct2v.interchange.schedule import read_schedule, read_schedule_text
from direct2v.interchange.source import Source, build, read_source
from direct2v.interchange.spreadsheet import read_csv, write_csv
from direct2v.storyboard import Storyboard
from direct2v.text import printable

__all__ = ["FORMATS", "SUFFIXES", "Format", "load_storyboard", "losses", "resolve_format", "save_storyboard"]


@dataclass(frozen=True, kw_only=True)
class Format:
    """A kind of file that a storyboard is saved as.

    Attributes:
        description: one line, for help texts.
        suffixes: the extensions of its files.
        write: the text of a file.
        lost: fields of a storyboard that it has no room for, and what becomes of them.
    """

    description: str
    suffixes: tuple[str, ...]
    write: Callable[[Storyboard], str]
    lost: Mapping[str, str]


_STORY = "the sentence of the story"
_HOLDS = "exact holds ({}, in steps of {} s; equal ones vanish{})"
_INDEXES = _HOLDS.format("they become distances of frame indexes", "0.125", ", and the last")

FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        "storyboard": Format(
            description="everything, to edit and to render",
            suffixes=DOCUMENTS,
            write=Storyboard.to_yaml,
            lost={},
        ),
        "prompt-relay": Format(
            description="global and local prompts for Prompt Relay (Wan, CogVideoX, LTX, ComfyUI)",
            suffixes=(".json",),
            write=write_prompt_relay,
            lost={
                "prompt": _STORY,
                "style": "the style (it joins the global prompt)",
                "negative_prompt": "the negative prompt",
                "camera": "the camera moves",
                "hold": _HOLDS.format("they become segment lengths", "0.25", ""),
            },
        ),
        "prompt-travel": Format(
            description="prompts at frame indexes for AnimateDiff prompt travel",
            suffixes=(".json",),
            write=write_prompt_travel,
            lost={
                "prompt": f"{_STORY} (a short name stays)",
                "camera": "the camera moves",
                "hold": _INDEXES,
            },
        ),
        "prompt-schedule": Format(
            description="the text of ComfyUI's BatchPromptSchedule: prompts at frame indexes",
            suffixes=(".txt",),
            write=write_schedule,
            lost={
                "prompt": _STORY,
                "shared": "the shared part (it joins every prompt)",
                "style": "the style (it joins every prompt)",
                "negative_prompt": "the negative prompt",
                "camera": "the camera moves",
                "hold": _INDEXES,
            },
        ),
        "markdown": Format(
            description="a table to read and discuss; holds everything",
            suffixes=(".md", ".markdown"),
            write=write_markdown,
            lost={},
        ),
        "csv": Format(
            description="a table for spreadsheets, a row per frame",
            suffixes=(".csv",),
            write=write_csv,
            lost={},
        ),
    }
)

SUFFIXES: Final = tuple(dict.fromkeys(suffix for form in FORMATS.values() for suffix in form.suffixes))

_PEOPLE = {"subjects": "the subjects", "director": "who directed", "notes": "the notes"}


def resolve_format(path: str | Path, name: str | None = None) -> str:
    """The name of the format that `path` is saved in: the one asked for, else that of its extension.

    Raises:
        StoryboardError: there is no such format, or its files have other extensions.
    """
    file, suffix = printable(str(path)), Path(path).suffix.lower()
    if name is None:
        found = next((name for name, form in FORMATS.items() if suffix in form.suffixes), None)
        if found is None:
            raise StoryboardError(f"{file}: unknown kind of storyboard file; accepted: {', '.join(SUFFIXES)}")
        return found
    if name not in FORMATS:
        raise StoryboardError(f"unknown format {printable(name, 40)!r}; accepted: {', '.join(FORMATS)}")
    if name == "prompt-travel" and suffix == ".txt":
        name = "prompt-schedule"
    if suffix not in FORMATS[name].suffixes:
        raise StoryboardError(f"{file}: a {name} file ends in {' or '.join(FORMATS[name].suffixes)}")
    return name


def load_storyboard(path: str | Path) -> Storyboard:
    """Reads a storyboard from any of the formats; a ``.json`` file is recognised by its keys.

    Raises:
        StoryboardError: naming the file, the line, the field and what is wrong there.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    readers = {".md": read_markdown, ".markdown": read_markdown, ".csv": read_csv, ".txt": read_schedule}
    if suffix in readers:
        return readers[suffix](read_source(path))
    if suffix not in DOCUMENTS and path.is_file():
        resolve_format(path)  # says what is accepted
    document = read_document(path)
    return _foreign(path, document) or document.validate(Storyboard)


def save_storyboard(storyboard: Storyboard, path: str | Path, format: str | None = None) -> None:
    """Writes a storyboard, whole or not at all; an existing file is replaced.

    Args:
        storyboard: what to write.
        path: where to.
        format: a name in `FORMATS`; None for that of the extension.

    Raises:
        StoryboardError: there is no such format, its files have other extensions, or it cannot hold a text.
        OutputError: the file cannot be written.
    """
    path = Path(path)
    name = resolve_format(path, format)
    if name == "storyboard":
        storyboard.save(path)
        return
    text = FORMATS[name].write(storyboard)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def losses(storyboard: Storyboard, format: str) -> list[str]:
    """What a file of this format will not hold of `storyboard`, in the words of a user; empty if nothing.

    Raises:
        StoryboardError: there is no such format.
    """
    if format not in FORMATS:
        raise StoryboardError(f"unknown format {printable(format, 40)!r}; accepted: {', '.join(FORMATS)}")
    lost = dict(FORMATS[format].lost)
    if format not in ("storyboard", "markdown"):
        lost |= _PEOPLE
    found = []
    for field, words in lost.items():
        if field in ("camera", "hold"):
            present = any(getattr(frame, field) is not None for frame in storyboard.frames)
        else:
            present = bool(getattr(storyboard, field))
        if present:
            found.append(words)
    return found


def _foreign(path: Path, document: Document) -> Storyboard | None:
    """The storyboard of a JSON file that is none of ours; None if it is, or nobody's."""
    data = document.data
    if not isinstance(data, dict) or "frames" in data:
        return None
    if data and all(isinstance(node, dict) and "class_type" in node for node in data.values()):
        return _from_workflow(path, document)
    if isinstance(data.get("nodes"), list) and "links" in data:
        raise StoryboardError(
            f"{document.name}: a ComfyUI workflow; export it for the API, and give that file"
        )
    if "local_prompts" in data:
        return read_prompt_relay(path, document)
    if "prompt_map" in data or isinstance(data.get("prompts"), dict):
        return read_prompt_travel(path, document)
    if any(re.match(r"\s*[-+.]?[0-9]", str(key)) for key in data):
        return read_prompt_travel(path, document)
    return None


def _from_workflow(path: Path, document: Document) -> Storyboard:
    """The storyboard in the one node of a ComfyUI workflow (API format) that holds prompts over time."""
    found: list[tuple[str, dict[str, Any]]] = [
        (key, node["inputs"])
        for key, node in document.data.items()
        if isinstance(node.get("inputs"), dict)
        and ("local_prompts" in node["inputs"] or "PromptSchedule" in str(node["class_type"]))
    ]
    if len(found) != 1:
        count = "no node" if not found else f"{len(found)} nodes"
        raise StoryboardError(
            f"{document.name}: a ComfyUI workflow with {count} for prompts over time; it needs one"
        )
    key, inputs = found[0]
    name = f"{document.name}, node {printable(key, 20)}"
    if "local_prompts" in inputs:
        names = ("global_prompt", "local_prompts", "segment_lengths")
        values = {key: inputs[key] for key in names if key in inputs}
        rates = [inputs[key] for key in ("frame_rate", "fps") if isinstance(inputs.get(key), int | float)]
        values |= {"frame_rate": rates[0]} if rates else {}
        # no text to look lines up in: they would be those of other nodes
        return read_prompt_relay(path, Document(name, values, ""))
    text = inputs.get("text")
    if not isinstance(text, str):
        raise StoryboardError(f"{name}, text: expected text; it comes from another node here")
    storyboard = read_schedule_text(Source(path, name, text))
    values = storyboard.model_dump()
    negatives = [storyboard.negative_prompt]
    for field, around in (("shared", inputs.get("pre_text")), ("style", inputs.get("app_text"))):
        if isinstance(around, str) and around.strip():
            values[field], negative = split_negative(around)
            negatives.append(negative)
    return build(name, {**values, "negative_prompt": ", ".join(filter(None, negatives))})
