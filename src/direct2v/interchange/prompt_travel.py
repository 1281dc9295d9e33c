"""Prompt travel: prompts at frame indexes, as in `{"0": "a seed", "16": "a flower"}`.

Source: the project files of animatediff-cli-prompt-travel (`head_prompt` and a comma before, `tail_prompt`
after each entry of `prompt_map`, `n_prompt`, `output.fps`); Deforum's settings (`prompts`,
`animation_prompts_positive` before each and `_negative`, `fps`); the text of the ComfyUI nodes
BatchPromptSchedule (FizzNodes) and Prompt Scheduling (AnimateDiff-Evolved), which is such a mapping without
its braces. In all but project files `--neg` inside a prompt begins what it excludes, as Deforum and FizzNodes
(`split_weighted_subprompts`) read it. Weights such as `(red:1.2)` stay text.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, RootModel

from direct2v.documents import Document
from direct2v.errors import StoryboardError
from direct2v.interchange.source import Words, build, title
from direct2v.interchange.timing import holds, lengths
from direct2v.storyboard import Storyboard
from direct2v.text import slug
from direct2v.validation import quoted

__all__ = [
    "RATE",
    "read_prompt_travel",
    "split_negative",
    "storyboard_at",
    "write_prompt_travel",
    "write_schedule",
]

_NEGATIVE = "--neg"
RATE = 8.0  # frames per second, as AnimateDiff renders by default


def _index(key: str) -> str:
    if not re.fullmatch(r"\s*[0-9]{1,9}\s*", key):
        raise ValueError(f"{quoted(key)} is no frame index; accepted: whole numbers from 0, not expressions")
    return key


def _as_text(key: Any) -> Any:
    return str(key) if isinstance(key, int) and not isinstance(key, bool) else key  # YAML's keys


def _each_once(prompts: Mapping[str, str]) -> Mapping[str, str]:
    seen: dict[int, str] = {}
    for key in prompts:
        if int(key) in seen:
            raise ValueError(
                f"the frame index {int(key)} stands twice, as {quoted(seen[int(key)])} and {quoted(key)}"
            )
        seen[int(key)] = key
    return prompts


def _one_text(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


_Index = Annotated[str, BeforeValidator(_as_text), AfterValidator(_index)]
_Prompts = Annotated[dict[_Index, Words], AfterValidator(_each_once)]
_Rate = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]


class _Map(RootModel[_Prompts]):
    """The bare mapping."""


class _Output(BaseModel):
    fps: _Rate = RATE


class _Project(BaseModel):
    """A project file of animatediff-cli-prompt-travel; its other keys are about rendering."""

    model_config = ConfigDict(extra="ignore")

    name: str = ""
    head_prompt: str = ""
    prompt_map: _Prompts = Field(min_length=1)
    tail_prompt: str = ""
    n_prompt: Annotated[list[str], BeforeValidator(_one_text)] = []
    output: _Output = _Output()


class _Settings(BaseModel):
    """A settings file of Deforum; its other keys are about rendering."""

    model_config = ConfigDict(extra="ignore")

    prompts: _Prompts = Field(min_length=1)
    animation_prompts_positive: str = ""
    animation_prompts_negative: str = ""
    negative_prompts: str = ""
    fps: _Rate = RATE


def read_prompt_travel(path: Path, document: Document) -> Storyboard:
    """The storyboard of a prompt travel file: its keyframes, in the order of their indexes, are our frames.

    Raises:
        StoryboardError: naming the file, the line, the field and what is wrong there.
    """
    if "prompt_map" in document.data:
        project = document.validate(_Project)
        return storyboard_at(
            path,
            document.name,
            {int(key): text for key, text in project.prompt_map.items()},
            rate=project.output.fps,
            name=project.name,
            shared=project.head_prompt,
            style=project.tail_prompt,
            negatives=project.n_prompt,
        )
    if "prompts" in document.data:
        settings = document.validate(_Settings)
        prompts, negatives = _split_all(settings.prompts)
        return storyboard_at(
            path,
            document.name,
            prompts,
            rate=settings.fps,
            shared=settings.animation_prompts_positive,
            negatives=[settings.animation_prompts_negative, settings.negative_prompts, *negatives],
        )
    prompts, negatives = _split_all(document.validate(_Map).root)
    return storyboard_at(path, document.name, prompts, negatives=negatives)


def storyboard_at(
    path: Path,
    file: str,
    prompts: Mapping[int, str],
    *,
    rate: float = RATE,
    name: str = "",
    shared: str = "",
    style: str = "",
    negatives: Sequence[str] = (),
) -> Storyboard:
    """The storyboard of prompts at frame indexes, `rate` of them a second.

    Raises:
        StoryboardError: naming the file, the field and what is wrong there.
    """
    notes = []
    order = sorted(prompts)
    negative = list(dict.fromkeys(negatives))
    if len(negative) > 1:
        negative = [text for text in negative if text.strip()]
    if len(negative) > 1:
        notes.append("The file's negative prompts were joined: a storyboard has one for all frames.")
    # the first prompt rules from the beginning, whatever its index; how long the last one does nobody says
    ends: list[int | None] = [*order[1:], None]
    starts = [0, *order[1:]]
    seconds = [None if end is None else (end - start) / rate for start, end in zip(starts, ends, strict=True)]
    kept, note = holds(seconds)
    if note:
        notes.append(note)
    return build(
        file,
        {
            "prompt": title(path, name, shared),
            "shared": shared,
            "style": style,
            "negative_prompt": ", ".join(negative),
            "notes": notes,
            "frames": [
                {"prompt": prompts[index], "hold": hold} for index, hold in zip(order, kept, strict=True)
            ],
        },
    )


def write_prompt_travel(storyboard: Storyboard) -> str:
    """The text of a project file: what animatediff-cli-prompt-travel needs to know about the prompts."""
    data = {
        "name": slug(storyboard.prompt),
        "head_prompt": storyboard.shared,
        "prompt_map": _at_indexes(storyboard, [frame.prompt for frame in storyboard.frames]),
        "tail_prompt": storyboard.style,
        "n_prompt": [storyboard.negative_prompt],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def write_schedule(storyboard: Storyboard) -> str:
    """The text that BatchPromptSchedule takes; what all frames share stands in each prompt.

    Raises:
        StoryboardError: if a text holds `--neg`, which would begin a negative prompt there.
    """
    for number, text in enumerate(storyboard.texts(), 1):
        if _NEGATIVE in text:
            raise StoryboardError(
                f"the text of frame {number} holds {_NEGATIVE}, which would begin a negative prompt in this "
                "format; move it to negative_prompt, or choose another format"
            )
    prompts = _at_indexes(storyboard, storyboard.texts())
    lines = [f'"{index}" :{json.dumps(text, ensure_ascii=False)}' for index, text in prompts.items()]
    return ",\n".join(lines) + "\n"  # no comma at the end: the node takes none


def _at_indexes(storyboard: Storyboard, texts: list[str]) -> dict[str, str]:
    index, prompts = 0, {}
    for text, length in zip(texts, lengths(storyboard, RATE), strict=True):
        prompts[str(index)] = text
        index += length
    return prompts


def split_negative(text: str) -> tuple[str, str]:
    """A prompt, and what `--neg` in it excludes; a prompt of nothing else stays as it is."""
    wanted, *unwanted = (part.strip() for part in re.split(rf"{_NEGATIVE}\b", text))
    return (wanted, ", ".join(filter(None, unwanted))) if wanted and unwanted else (text, "")


def _split_all(prompts: Mapping[str, str]) -> tuple[dict[int, str], list[str]]:
    parts = {int(key): split_negative(text) for key, text in prompts.items()}
    return {key: wanted for key, (wanted, _) in parts.items()}, [unwanted for _, unwanted in parts.values()]
