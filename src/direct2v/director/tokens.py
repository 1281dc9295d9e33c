"""How many tokens the text encoder of an image model reads, and how many a text has by its own tokenizer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from direct2v.errors import ModelError
from direct2v.models import fetch, find_folder, first_line, read_object
from direct2v.text import printable

__all__ = ["TokenBudget", "token_budget"]

SPECIAL_TOKENS: Final = 2  # begin and end, which the encoder reads also
CLIP_POSITIONS: Final = 77  # what a CLIP text encoder has unless its configuration says otherwise

_FILES: Final = (("tokenizer.json",), ("vocab.json", "merges.txt"))
_WANTED: Final = ["tokenizer/*.json", "tokenizer/merges.txt", "text_encoder/config.json"]


@dataclass(frozen=True)
class TokenBudget:
    """What a prompt may cost.

    Attributes:
        limit: content tokens that the encoder reads: its whole length without begin and end.
        name: whose tokenizer counts, for messages and cache keys.
        count: text -> its content tokens, without begin and end.
    """

    limit: int
    name: str
    count: Callable[[str], int] = field(repr=False, compare=False)


def token_budget(model: str | Path) -> TokenBudget:
    """The budget of an image model; nothing but its tokenizer is loaded.

    Args:
        model: "storybook", a folder in diffusers format (or the tokenizer's own folder), or a hub id
            (owner/name), whose tokenizer is fetched unless it was before.

    Raises:
        ModelError: There is no such model, it has no CLIP tokenizer, or the hub does not give it.
    """
    name = printable(str(model), 200)
    folder = find_folder(model)
    if folder is None:
        folder = fetch(str(model), wanted=_WANTED)
    home = folder / "tokenizer" if (folder / "tokenizer").is_dir() else folder
    if not any(all((home / file).is_file() for file in files) for files in _FILES):
        raise ModelError(
            f"{name} has no CLIP tokenizer: a folder tokenizer with tokenizer.json, or with vocab.json and "
            "merges.txt, is needed"
        )
    tokenizer = _load(home, name)
    limit = min(tokenizer.model_max_length, _positions(folder)) - SPECIAL_TOKENS
    if limit < 1:
        raise ModelError(f"{name} leaves no room for words: its tokenizer and text encoder read {limit + 2}")

    def count(text: str) -> int:
        return len(tokenizer(text, add_special_tokens=False, verbose=False).input_ids)

    return TokenBudget(limit, name, count)


def _load(home: Path, name: str) -> Any:
    from transformers import CLIPTokenizer  # takes seconds to import

    config = read_object(home / "tokenizer_config.json") if (home / "tokenizer_config.json").exists() else {}
    kind = config.get("tokenizer_class", "CLIPTokenizer")
    if kind not in ("CLIPTokenizer", "CLIPTokenizerFast"):
        raise ModelError(f"{name} has a {printable(str(kind), 60)}; supported: CLIPTokenizer")
    try:
        tokenizer = CLIPTokenizer.from_pretrained(home, local_files_only=True)
        found = len(tokenizer("a", add_special_tokens=False).input_ids)
    except Exception as error:  # the tokenizers library raises bare Exception
        raise ModelError(f"the tokenizer of {name} cannot be loaded: {first_line(error)}") from error
    if found == 0 or not isinstance(tokenizer.model_max_length, int):
        raise ModelError(f"the tokenizer of {name} is damaged: it reads nothing")
    return tokenizer


def _positions(folder: Path) -> int:
    """How many tokens the text encoder beside the tokenizer takes; some tokenizers know no length."""
    config = folder / "text_encoder" / "config.json"
    if not config.is_file():
        return CLIP_POSITIONS
    positions = read_object(config).get("max_position_embeddings", CLIP_POSITIONS)
    if not isinstance(positions, int):
        raise ModelError(
            f"{printable(str(config), 200)}: max_position_embeddings is "
            f"{printable(str(positions), 40)}, not a number"
        )
    return positions
