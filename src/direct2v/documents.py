"""Reading YAML and JSON files into frozen values, with errors that name the file, the line and the field."""

import json
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from direct2v.errors import StoryboardError
from direct2v.text import printable
from direct2v.validation import describe_errors, errors_in_order, quoted

__all__ = ["SUFFIXES", "Document", "read_document", "read_text"]

SUFFIXES = (".yaml", ".yml", ".json")
MAX_BYTES = 16 * 2**20  # 1024 frames with prompts of 10,000 characters fit

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[int | str, ...]


@dataclass(frozen=True)
class Document:
    """The contents of one file.

    Attributes:
        name: the file as the user named it, safe to print.
        data: plain values: mappings, lists, texts, numbers.
        text: what the file says; only errors look at it again, for their line.
    """

    name: str
    data: Any
    text: str

    def validate(self, model: type[Model]) -> Model:
        """``data`` as a ``model``.

        Raises:
            StoryboardError: ``FILE, line 7, frames[2].prompt: what is wrong``.
        """
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            location = errors_in_order(error)[0]["loc"]
            line = _line_of(_forgiving_root(self.text), location)
            place = self.name if line is None else f"{self.name}, line {line}"
            colon = ", " if location else ": "
            raise StoryboardError(f"{place}{colon}{describe_errors(error, model)}") from None


def read_document(path: str | Path) -> Document:
    """Reads a ``.yaml``, ``.yml`` or ``.json`` file.

    Raises:
        StoryboardError: if the file is missing, no regular file, too large, empty, not text, of no known
            kind, not well-formed, or has the same key twice in one mapping.
    """
    path = Path(path)
    name = printable(str(path))
    text = read_text(path, suffixes=SUFFIXES)
    duplicate = None
    try:
        if path.suffix.lower() == ".json":
            data = json.loads(text, object_pairs_hook=_unique)
        else:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
            duplicate = _duplicate_key(root)
            data = None if root is None else _construct(root)
    except _DuplicateError:
        duplicate = _duplicate_key(_forgiving_root(text))
        if duplicate is None:
            raise StoryboardError(f"{name}: a key stands twice in one mapping") from None
    except json.JSONDecodeError as error:
        ends = " (the file ends too early)" if not text[error.pos :].strip() else ""
        where = f"{name}, line {error.lineno}"
        raise StoryboardError(f"{where}: not valid JSON: {printable(error.msg)}{ends}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = name if mark is None else f"{name}, line {mark.line + 1}"
        problem = "; ".join(printable(part, 120) for part in (error.context, error.problem) if part)
        raise StoryboardError(f"{place}: not valid YAML: {problem}") from None
    except RecursionError:
        raise StoryboardError(f"{name}: nested too deeply for a storyboard") from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a number of thousands of digits
        raise StoryboardError(f"{name}: cannot be read: {printable(str(error), 60)}") from None
    if duplicate is not None:
        line = duplicate.start_mark.line + 1
        raise StoryboardError(
            f"{name}, line {line}: the key {quoted(duplicate.value)} stands twice in one mapping"
        )
    if data is None:
        raise StoryboardError(f"{name}: the file holds no values")
    return Document(name, data, text)


def read_text(path: Path, *, suffixes: tuple[str, ...] = ()) -> str:
    """The text of a UTF-8 file, without a byte order mark.

    Args:
        path: of the file.
        suffixes: what it may end in; empty for anything.

    Raises:
        StoryboardError: if the file is missing, irregular, too large, empty, no text, or of another kind.
    """
    name = printable(str(path))
    try:
        if path.is_dir():
            raise StoryboardError(f"{name}: is a folder, not a storyboard file")
        if not path.exists():
            raise StoryboardError(f"{name}: no such file")
        if suffixes and path.suffix.lower() not in suffixes:
            raise StoryboardError(f"{name}: not a storyboard file; accepted: {', '.join(suffixes)}")
        if not path.is_file():
            raise StoryboardError(f"{name}: is not a regular file")
        if path.stat().st_size > MAX_BYTES:
            raise StoryboardError(f"{name}: larger than {MAX_BYTES // 2**20} MiB, too large for a storyboard")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        if isinstance(error, StoryboardError):
            raise
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise StoryboardError(f"{name}: cannot be read: {printable(reason, 120)}") from None
    if "\0" in text:
        raise StoryboardError(f"{name}: not a text file in UTF-8; save it as UTF-8 (in Excel: CSV UTF-8)")
    if not text.strip():
        raise StoryboardError(f"{name}: the file is empty")
    return text


class _DuplicateError(Exception):
    """A key that stands twice in one mapping of a JSON text."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise _DuplicateError
    return mapping


def _forgiving_root(text: str) -> yaml.Node | None:
    """The YAML tree of a text that may be JSON, to look up lines in; None where YAML cannot read it."""
    try:
        return yaml.compose(
            text.replace("\t", " "), Loader=yaml.SafeLoader
        )  # YAML takes no tabs between values
    except (yaml.YAMLError, RecursionError, ValueError):
        return None


def _construct(root: yaml.Node) -> Any:
    try:
        return yaml.constructor.SafeConstructor().construct_document(root)
    except (yaml.YAMLError, RecursionError):
        raise
    except Exception as error:  # PyYAML lets many kinds through, as for `!!bool maybe` or 2026-99-99
        raise ValueError(f"a value does not fit its YAML type ({error})") from error


def _duplicate_key(root: yaml.Node | None) -> yaml.Node | None:
    """The first key that stands twice in one mapping; YAML and JSON readers would keep the last silently."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:  # an alias, perhaps of a mapping around it
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys: set[Hashable] = set()
            for key, _ in node.value:
                mark = (key.tag, key.value) if isinstance(key, yaml.ScalarNode) else id(key)
                if mark in keys:
                    return key  # type: ignore[no-any-return]
                keys.add(mark)
            waiting.extend(value for _, value in reversed(node.value))
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(reversed(node.value))
    return None


def _line_of(root: yaml.Node | None, location: Location) -> int | None:
    """The line, from 1, of the value at ``location``, or of the nearest value around it."""
    if root is None:
        return None
    node = root
    line = root.start_mark.line + 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == part]
            if not found:
                break
            key, node = found[0]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line
