"""Finding a language model and checking its files without torch, to say what is wrong before loading it."""

import hashlib
import math
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from safetensors import safe_open

from direct2v import models
from direct2v.errors import ModelError
from direct2v.models import read_object
from direct2v.text import printable

__all__ = ["check_folder", "content_sha256", "count_weights", "fetch", "find_folder"]

_WEIGHTS = "model.safetensors"
_INDEX = "model.safetensors.index.json"
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")
_TOKENIZERS = (("tokenizer.json",), ("tokenizer.model",), ("spiece.model",), ("vocab.json", "merges.txt"))
_SETTINGS: Final = ["*.json", "*.jinja", "*.txt", "*.model"]
_WANTED: Final = [*_SETTINGS, "model*.safetensors"]  # no pickles, and nothing that could be run
_UNWANTED: Final = ["*/*"]  # copies in other formats
_WHAT_TO_GIVE = "give the folder, or the hub id (owner/name), of a transformers causal language model"


def find_folder(model: str | Path) -> Path | None:
    """The folder of a language model that is here; None for what can only be a hub id.

    Raises:
        ModelError: if it is neither.
    """
    name = printable(str(model), 200)
    if not str(model).strip():
        raise ModelError(f"hf: names no model; {_WHAT_TO_GIVE}")
    path = models.existing(model)
    if path is None and models.is_hub_id(model):
        return None
    if path is None:
        raise ModelError(f"there is no model folder {name}; {_WHAT_TO_GIVE}")
    if path.is_dir():
        return path
    if path.suffix.lower() == ".gguf":
        raise ModelError(f"{name} is a GGUF file; serve it with llama.cpp and ask it as openai:NAME@URL")
    raise ModelError(f"{name} is a file; {_WHAT_TO_GIVE}")


def fetch(hub_id: str) -> Path:
    """The folder of a hub id, named after the commit; its files are fetched unless they were before.

    Raises:
        ModelError: if the hub does not give it.
    """
    return models.fetch(hub_id, wanted=_WANTED, unwanted=_UNWANTED)


def check_folder(folder: Path) -> list[Path]:
    """The weight files of a language model, none of them pickled or truncated.

    Raises:
        ModelError: if the folder holds no such model, or not all of it.
    """
    name = printable(str(folder), 200)
    if not (folder / "config.json").is_file():
        raise ModelError(f"{name} is no language model: {_what_it_is(folder)}; {_WHAT_TO_GIVE}")
    if read_object(folder / "config.json").get("is_encoder_decoder"):
        raise ModelError(f"{name} is an encoder-decoder model; {_WHAT_TO_GIVE}")
    files = _weight_files(folder, name)
    if not any(all((folder / file).is_file() for file in kind) for kind in _TOKENIZERS):
        raise ModelError(f"{name} is incomplete: it has no tokenizer (tokenizer.json)")
    return files


def content_sha256(folder: Path) -> str:
    """One SHA-256 over the names and contents of all files that decide what a model answers.

    Each file is read once in a process, unless its size or time changes.

    Raises:
        ModelError: if the folder holds no such model, or not all of it.
    """
    files = {path for pattern in _SETTINGS for path in folder.glob(pattern)} | {*check_folder(folder)}
    total = hashlib.sha256()
    try:
        for path in sorted(files):
            state = path.stat()
            digest = _sha256(path.resolve(), state.st_size, state.st_mtime_ns)
            total.update(path.name.encode() + b"\0" + digest)
    except OSError as error:
        raise ModelError(f"{printable(str(path), 200)} cannot be read: {error.strerror}") from error
    return total.hexdigest()


def count_weights(files: Iterable[Path]) -> tuple[int, int]:
    """How many tensors safetensors files hold, and how many numbers, by their headers."""
    sizes: list[int] = []
    for file in files:
        with safe_open(file, framework="np") as weights:
            sizes += [math.prod(weights.get_slice(name).get_shape()) for name in weights.keys()]  # noqa: SIM118
    return len(sizes), sum(sizes)


@lru_cache(maxsize=4096)
def _sha256(path: Path, size: int, mtime_ns: int) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _what_it_is(folder: Path) -> str:
    if (folder / "model_index.json").is_file():
        return "it holds an image model in diffusers format"
    if (folder / "adapter_config.json").is_file():
        return "it holds an adapter without its base model; merge the two"
    return "it has no config.json"


def _weight_files(folder: Path, name: str) -> list[Path]:
    files = [folder / file for file in (_shards(folder, name) or [_WEIGHTS])]
    missing = [file.name for file in files if not file.is_file()]
    if missing and any(any(folder.glob(pattern)) for pattern in _PICKLES):
        raise ModelError(
            f"{name} has only pickled weights, which can run code; "
            "give a model whose weights are .safetensors files"
        )
    if missing:
        raise ModelError(f"{name} is incomplete: it has no {printable(missing[0], 100)}")
    for file in files:
        models.check_weights(file, f"{name}: {file.name}")
    return files


def _shards(folder: Path, name: str) -> list[str]:
    """The files over which the weights are spread; none where they are in one."""
    if (folder / _WEIGHTS).is_file() or not (folder / _INDEX).is_file():
        return []
    shards = read_object(folder / _INDEX).get("weight_map")
    if not isinstance(shards, dict) or not shards or not all(map(_is_file_name, shards.values())):
        raise ModelError(f"{name}: {_INDEX} does not name the files of this folder")
    return sorted(set(shards.values()))


def _is_file_name(value: Any) -> bool:
    return isinstance(value, str) and Path(value).name == value
