"""Prompts in a plain text file: a prompt schedule with frame indexes, or simply one prompt per line.

Source: the text of BatchPromptSchedule (see `prompt_travel`), and the prompt box of sd-webui-animatediff:
lines `16: text`, with lines for all frames before and after them.
"""

import json
import re
from typing import Any

from direct2v.documents import Document
from direct2v.errors import StoryboardError
from direct2v.interchange.prompt_travel import read_prompt_travel, storyboard_at
from direct2v.interchange.source import Source, build, title
from direct2v.storyboard import Storyboard
from direct2v.text import printable
from direct2v.validation import quoted

__all__ = ["read_schedule", "read_schedule_text"]

_KEY = re.compile(r"\s*([-+]?[0-9][0-9.]*)\s*:(?![0-9])(.*)", re.DOTALL)
_BULLET = re.compile(r"\s*(?:[-*•]|\(?[0-9]{1,4}[.)])\s+(?=\S)")


def read_schedule(source: Source) -> Storyboard:
    """The storyboard of a text file.

    It holds `"0": "text", "16": "text"` (with or without braces), or lines `16: text` with lines for all
    frames before and after them, or one prompt per line.

    Raises:
        StoryboardError: naming the file, the line and what is wrong there.
    """
    if re.match(r'\s*(\{|"[^"\n]*"\s*:)', source.text):
        return read_schedule_text(source)
    lines = [(i, line) for i, line in enumerate(re.split(r"\r\n|\r|\n", source.text), 1) if line.strip()]
    keyed = [bool(_KEY.fullmatch(line)) for _, line in lines]
    if not any(keyed):
        return _one_per_line(source, [line for _, line in lines])
    first, last = keyed.index(True), len(keyed) - keyed[::-1].index(True)
    prompts: dict[int, str] = {}
    for number, line in lines[first:last]:
        match = _KEY.fullmatch(line)
        if match is None:
            message = f"expected a frame index and its prompt, as in 16: a flower; got {quoted(line)}"
            raise source.error(message, line=number)
        key, text = match[1], match[2].strip()
        if not re.fullmatch(r"[0-9]{1,9}", key):
            message = f"{quoted(key)} is no frame index; accepted: whole numbers from 0"
            raise source.error(message, line=number)
        if int(key) in prompts:
            raise source.error(f"the frame index {int(key)} stands twice", line=number)
        if not text:
            raise source.error("must not be empty", line=number, field=key)
        prompts[int(key)] = text
    shared, style = (", ".join(line.strip() for _, line in part) for part in (lines[:first], lines[last:]))
    return storyboard_at(source.path, source.name, prompts, shared=shared, style=style)


def read_schedule_text(source: Source) -> Storyboard:
    """The storyboard of a mapping in JSON's notation; braces and a comma at its end may be there or not.

    Raises:
        StoryboardError: naming the file, the line and what is wrong there.
    """
    text = source.text.rstrip()
    if not text.lstrip().startswith("{"):
        text = "{" + text.removesuffix(",") + "}"
    elif text.endswith("}"):
        text = text[:-1].rstrip().removesuffix(",") + "}"
    try:
        # strict=False: people break lines inside the quotes
        data = json.loads(text, strict=False, object_pairs_hook=lambda pairs: _unique(source, pairs))
    except StoryboardError:
        raise
    except json.JSONDecodeError as error:
        message = f"not a valid prompt schedule: {printable(error.msg)}"
        raise source.error(message, line=error.lineno) from None
    except RecursionError:
        raise source.error("nested too deeply for a prompt schedule") from None
    except ValueError as error:  # a number of thousands of digits
        raise source.error(f"cannot be read: {printable(str(error), 60)}") from None
    if not data:
        raise source.error("holds no prompts")
    return read_prompt_travel(source.path, Document(source.name, data, text))


def _unique(source: Source, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key, value in pairs:
        if key in mapping:
            raise source.error(f"the key {quoted(key)} stands twice in one mapping")
        mapping[key] = value
    return mapping


def _one_per_line(source: Source, lines: list[str]) -> Storyboard:
    if all(_BULLET.match(line) for line in lines):
        lines = [_BULLET.sub("", line, count=1) for line in lines]
    frames = [{"prompt": line.strip()} for line in lines]
    return build(source.name, {"prompt": title(source.path), "frames": frames})
