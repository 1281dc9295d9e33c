"""Finding a model and checking its files without torch, to say what is wrong before anything is loaded."""

import hashlib
import json
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from direct2v.errors import ModelError
from direct2v.storybook import model_path
from direct2v.text import printable

__all__ = [
    "KNOWN_MODELS",
    "check_model",
    "check_weights",
    "existing",
    "fetch",
    "file_sha256",
    "find_folder",
    "first_line",
    "is_hub_id",
    "model_defaults",
    "not_given",
    "pipeline_kind",
    "read_object",
    "weights_sha256",
]

KNOWN_MODELS = {"storybook": "the embedded pixel-art world, 64x64"}

_HUB_ID = re.compile(r"[\w-][\w.-]{0,95}/[\w-][\w.-]{0,95}")
_WEIGHTS = re.compile(r"(?:diffusion_pytorch_)?model(?P<variant>\.fp16)?(?:-\d+-of-\d+)?\.safetensors")
# What the engine drives, and the networks of each
_PIPELINES = {
    "StableDiffusionPipeline": ("unet", "vae", "text_encoder"),
    "LatentConsistencyModelPipeline": ("unet", "vae", "text_encoder"),
    "StableDiffusionXLPipeline": ("unet", "vae", "text_encoder", "text_encoder_2"),
}
_ORIGINAL_UNET = "model.diffusion_model."  # how its weights are called in a checkpoint in one file
_PICKLES = ("*.bin", "*.ckpt", "*.pt", "*.pth")
_SAFETENSORS = "give a model whose weights are .safetensors files"


def find_folder(model: str | Path) -> Path | None:
    """Where a model is: a known name, a folder or a .safetensors file; None for what can only be a hub id.

    Raises:
        ModelError: if it is none of these.
    """
    name = printable(str(model), 200)
    if model == "storybook":
        folder = model_path()
        if not folder.is_dir():
            raise ModelError("the embedded storybook model is missing; reinstall direct2v")
        return folder
    path = existing(model)
    if path is not None:
        if path.is_dir() or path.suffix == ".safetensors":  # diffusers takes no other spelling
            return path
        if any(path.match(pattern) for pattern in _PICKLES):
            raise ModelError(f"{name}: pickle checkpoints can run code and are refused; {_SAFETENSORS}")
        raise ModelError(f"{name} is a file; give a folder in diffusers format, or a .safetensors file")
    if is_hub_id(model):
        return None
    if str(model).lower().endswith(".safetensors"):
        raise ModelError(f"there is no file {name}")
    if isinstance(model, Path) or "/" in model or "\\" in model or model.startswith(("~", ".")):
        raise ModelError(f"the model folder {name} does not exist")
    raise ModelError(
        f"unknown model {name!r}; known: {', '.join(KNOWN_MODELS)}; "
        "or give a folder in diffusers format, a .safetensors file, or a hub id (owner/name)"
    )


def existing(model: str | Path) -> Path | None:
    """The folder or file of a model that is here; None if there is none.

    Raises:
        ModelError: if there cannot be one of that name.
    """
    try:
        path = Path(model).expanduser()
        return path if path.is_dir() or path.is_file() else None
    except (OSError, RuntimeError, ValueError) as error:  # too long a name, or ~ of nobody
        reason = error.strerror if isinstance(error, OSError) else None
        name = printable(str(model), 200)
        raise ModelError(f"there is no model folder {name}: {reason or first_line(error)}") from error


def is_hub_id(model: str | Path) -> bool:
    """Whether a model's name can be that of a repository (owner/name)."""
    return isinstance(model, str) and _HUB_ID.fullmatch(model) is not None


def fetch(hub_id: str, *, wanted: Sequence[str], unwanted: Sequence[str] = ()) -> Path:
    """The folder of a repository on the hub, named after the commit; what was fetched before is not again.

    Args:
        hub_id: owner/name.
        wanted: patterns of the files to fetch.
        unwanted: patterns of those among them to leave there.

    Raises:
        ModelError: if the hub does not give it.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.utils.tqdm import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    showed_progress = not are_progress_bars_disabled()
    disable_progress_bars()
    try:
        folder = snapshot_download(hub_id, allow_patterns=list(wanted), ignore_patterns=list(unwanted))
        return Path(folder)
    except Exception as error:
        raise not_given(hub_id, error) from error
    finally:
        if showed_progress:
            enable_progress_bars()


def not_given(hub_id: str | Path, error: Exception) -> ModelError:
    """The one-line error for a repository that the hub did not give."""
    name = printable(str(hub_id), 200)
    return ModelError(
        f"there is no folder {name} here, and the Hugging Face Hub did not give it: {first_line(error)}"
    )


def check_model(path: Path) -> dict[str, list[Path]]:
    """The weight files of each network in a model's folder, none pickled or truncated; {} for one file.

    Raises:
        ModelError: if there is no model that the engine drives, or not all of it.
    """
    name = printable(str(path), 200)
    if path.is_dir():
        networks = _PIPELINES[pipeline_kind(path)]
        return {network: _weight_files(path / network, name) for network in networks}
    check_weights(path, name)
    with safe_open(path, framework="np") as file:
        tensors = list(file.keys())
    if not any(tensor.startswith(_ORIGINAL_UNET) for tensor in tensors):
        is_lora = any("lora" in tensor for tensor in tensors)
        what = "it is a LoRA, give it with --lora" if is_lora else f"no weight is called {_ORIGINAL_UNET}..."
        raise ModelError(f"{name} is no checkpoint of a whole model: {what}")
    return {}


def pipeline_kind(folder: Path) -> str:
    """The class of diffusers that a folder says it is.

    Raises:
        ModelError: if it is none that the engine drives.
    """
    name = printable(str(folder), 200)
    index = folder / "model_index.json"
    if not index.is_file():
        raise ModelError(f"{name} is no model in diffusers format: it has no model_index.json")
    kind = str(read_object(index).get("_class_name"))
    if kind not in _PIPELINES:
        raise ModelError(f"{name} is a {printable(kind, 60)}; supported: {', '.join(_PIPELINES)}")
    return kind


def check_weights(file: Path, name: str) -> None:
    """Refuses a safetensors file whose header is broken, or does not fit the file's size.

    Raises:
        ModelError: calling it `name`.
    """
    try:
        with safe_open(file, framework="np"):
            pass
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{name} is damaged or truncated ({first_line(error)})") from error


def file_sha256(file: Path) -> str:
    """Of its content; a file that has not changed is read once."""
    state = file.stat()
    return _sha256(file.resolve(), state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=256)
def _sha256(file: Path, size: int, mtime_ns: int) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def weights_sha256(path: Path) -> str | None:
    """One SHA-256 over the names and contents of all safetensors files under a folder; of a file, its own.

    None if there are none.
    """
    if path.is_file():
        return file_sha256(path)
    total = hashlib.sha256()
    files = sorted(path.rglob("*.safetensors")) if path.is_dir() else []
    for file in files:
        total.update(file.relative_to(path).as_posix().encode() + b"\0")
        total.update(bytes.fromhex(file_sha256(file)))
    return total.hexdigest() if files else None


def model_defaults(folder: Path) -> dict[str, Any]:
    """The render settings that a model asks for in ``direct2v.json`` beside its ``model_index.json``.

    Raises:
        ModelError: if that file is no JSON object.
    """
    path = folder / "direct2v.json"
    return read_object(path) if path.exists() else {}


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object that a file of a model holds.

    Raises:
        ModelError: if it holds none.
    """
    name = printable(str(path), 200)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{name} is not valid JSON: {first_line(error)}") from error
    if not isinstance(content, dict):
        raise ModelError(f"{name} holds no JSON object")
    return content


def first_line(error: BaseException) -> str:
    """What a library's error says in its first line."""
    lines = str(error).strip().splitlines()
    return printable(lines[0], 200) if lines else type(error).__name__


def _weight_files(folder: Path, name: str) -> list[Path]:
    if not folder.is_dir():
        raise ModelError(f"{name} is incomplete: the folder {folder.name} is missing")
    found: dict[str | None, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if match := _WEIGHTS.fullmatch(path.name):
            found.setdefault(match["variant"], []).append(path)
    if not found:
        if any(any(folder.glob(pattern)) for pattern in _PICKLES):
            raise ModelError(
                f"{name}: {folder.name} has only pickled weights, which can run code; {_SAFETENSORS}"
            )
        if other := next((path.name for path in sorted(folder.glob("*.safetensors"))), None):
            raise ModelError(
                f"{name}: {folder.name} has no weights by a name that is read, but {printable(other, 80)}; "
                "variants other than fp16 are not read"
            )
        raise ModelError(f"{name} is incomplete: {folder.name} has no weights")
    files = found.get(None) or next(iter(found.values()))
    for path in files:
        check_weights(path, f"{name}: {folder.name}/{path.name}")
    return files
