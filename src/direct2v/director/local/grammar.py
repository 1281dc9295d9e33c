"""From a JSON schema to the grammar of the texts that fit it, and to what is fixed in all of them."""

import json
from collections.abc import Mapping
from typing import Any, Final

from llguidance import LLMatcher

__all__ = ["NUMBER", "compile_schema", "fixed_parts"]

NUMBER: Final = "-0.0000"  # as long as a number gets

_MAX_ITEMS: Final = 16  # of a list that the schema leaves open
_MAX_DEPTH: Final = 32  # of a schema that refers to itself
_TOLD = {"pattern", "format", "enum", "const"}  # which texts are wanted


def compile_schema(schema: Mapping[str, Any]) -> str:
    """The grammar of the JSON texts that fit a schema, spelt as ``json.dumps`` does.

    That is also how chat templates show JSON to the models that are trained on them. Blanks are fixed: a weak
    model given the choice writes them for ever. Where the schema is open, the grammar is closed: no keys but
    those named, no list without an end, no control characters (C1; the others only escapes could spell), and
    a text that must not be empty does not begin with a blank.
    """
    return LLMatcher.grammar_from_json_schema(
        _closed(schema),
        overrides={
            "whitespace_flexible": False,
            "item_separator": ", ",
            "key_separator": ": ",
            # no others, so that a text is one line, without control characters or halves of characters
            "json_allowed_escapes": '"\\',
        },
    )


def fixed_parts(schema: Mapping[str, Any], *, shortest: bool = False) -> list[str]:
    """What stands before, between and after the free texts of an answer to a schema.

    Args:
        schema: what the answer fits.
        shortest: of the answer with as little as may be, not as much.
    """
    return _Form(schema, shortest).of(schema).split('""')


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(entry) for entry in schema]
    if not isinstance(schema, Mapping):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    match closed.get("type"):
        case "array":
            closed.setdefault("maxItems", _max_items(closed))
        case "object" if isinstance(closed.get("properties"), dict):
            closed.setdefault("additionalProperties", False)
        case "string" if not closed.keys() & _TOLD:
            first = r"[^\s\x80-\x9f]" if closed.get("minLength", 0) > 0 else ""
            closed["pattern"] = rf"^{first}[^\x80-\x9f]*$"
    return closed


def _max_items(schema: Mapping[str, Any]) -> int:
    return int(schema.get("maxItems", max(_MAX_ITEMS, schema.get("minItems", 0))))


class _Form:
    """The longest or the shortest answer to a schema, with empty texts.

    Args:
        root: the whole schema, for what refers into it.
        shortest: which of the two.
    """

    def __init__(self, root: Mapping[str, Any], shortest: bool) -> None:
        self._definitions = root.get("$defs", {})
        self._shortest = shortest

    def of(self, schema: Mapping[str, Any], depth: int = 0) -> str:
        """The answer to a part of the schema."""
        if depth > _MAX_DEPTH:
            return "null"
        if "$ref" in schema:
            return self.of(self._definitions.get(str(schema["$ref"]).rpartition("/")[2], {}), depth + 1)
        for several in ("anyOf", "oneOf", "allOf"):
            if several in schema:
                return self._choice([self.of(part, depth + 1) for part in schema[several]])
        if "const" in schema or "enum" in schema:
            return self._choice([json.dumps(value) for value in schema.get("enum", [schema.get("const")])])
        match schema.get("type"):
            case "object":
                parts = schema.get("properties", {}).items()
                values = (f"{json.dumps(key)}: {self.of(part, depth + 1)}" for key, part in parts)
                return "{" + ", ".join(values) + "}"
            case "array":
                count = schema.get("minItems", 0) if self._shortest else _max_items(schema)
                return "[" + ", ".join([self.of(schema.get("items", {}), depth + 1)] * count) + "]"
            case "number" | "integer":
                return "0" if self._shortest else NUMBER
            case "boolean" | "null":
                return "false"
            case _:
                return '""'

    def _choice(self, answers: list[str]) -> str:
        return (min if self._shortest else max)(answers, key=len)
