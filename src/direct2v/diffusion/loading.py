"""Finding and loading a model, with one clear line for everything that can be wrong with it."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import diffusers.utils.logging as diffusers_logging
import torch
import transformers.utils.logging as transformers_logging
from diffusers import StableDiffusionPipeline
from safetensors import SafetensorError, safe_open

from direct2v.errors import ModelError, SettingsError
from direct2v.storybook import model_path
from direct2v.text import printable

__all__ = ["DTYPES", "KNOWN_MODELS", "find_model", "load_pipeline", "model_defaults", "resolve_device"]

KNOWN_MODELS = {"storybook": "the embedded pixel-art world, 64x64"}

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}

_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
_WEIGHTS = re.compile(r"(?:diffusion_pytorch_)?model(?P<variant>\.fp16)?(?:-\d+-of-\d+)?\.safetensors")
_WEIGHTED = ("unet", "vae", "text_encoder")
_PICKLES = ("*.bin", "*.ckpt", "*.pt", "*.pth")


def find_model(model: str | Path) -> Path:
    """The folder of a model: a known name, a folder, or a hub id, whose repository is fetched if need be.

    Raises:
        ModelError: if there is no such thing, or the hub does not give it.
    """
    name = printable(str(model), 200)
    if model == "storybook":
        folder = model_path()
        if not folder.is_dir():
            raise ModelError("the embedded storybook model is missing; reinstall direct2v")
        return folder
    path = Path(model).expanduser()
    if path.is_dir():
        return path
    if path.is_file():
        if any(path.match(pattern) for pattern in _PICKLES):
            raise ModelError(f"{name}: pickle checkpoints can run code and are refused; {_SAFETENSORS}")
        raise ModelError(f"{name} is a file; give the folder of a model in diffusers format")
    if isinstance(model, Path) or not _HUB_ID.fullmatch(model):
        looks_local = isinstance(model, Path) or "/" in model or "\\" in model or model.startswith(("~", "."))
        if looks_local:
            raise ModelError(f"the model folder {name} does not exist")
        raise ModelError(
            f"unknown model {name!r}; known: {', '.join(KNOWN_MODELS)}; "
            "or give a folder in diffusers format, or a hub id (owner/name)"
        )
    try:
        with quiet():
            return Path(StableDiffusionPipeline.download(model, use_safetensors=True))
    except Exception as error:
        reason = _first_line(error)
        raise ModelError(f"{name} is no folder here, and the hub did not give it: {reason}") from error


_SAFETENSORS = "give a model whose weights are .safetensors files"


def load_pipeline(folder: Path, *, device: torch.device, dtype: torch.dtype) -> StableDiffusionPipeline:
    """A Stable Diffusion pipeline from its folder.

    Raises:
        ModelError: if it is no such folder, has weights missing, damaged or pickled, or does not load.
    """
    name = printable(str(folder), 200)
    files = _check_folder(folder, name)
    variant = "fp16" if any(".fp16" in file.name for file in files["unet"]) else None
    try:
        with quiet():
            # Explicit, because transformers by default keeps the dtype that a text encoder was saved in
            pipeline = StableDiffusionPipeline.from_pretrained(
                folder, dtype=dtype, variant=variant, use_safetensors=True, local_files_only=True
            )
    except Exception as error:
        raise ModelError(f"{name} cannot be loaded: {_first_line(error)}") from error
    for component, paths in files.items():
        # Both libraries fill what a checkpoint lacks with random numbers
        wanted = sum(parameter.numel() for parameter in getattr(pipeline, component).parameters())
        held = sum(_num_values(path) for path in paths)
        if held < wanted:
            raise ModelError(f"{name}: {component} holds {held} of {wanted} weights; the model is incomplete")
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device)


def model_defaults(folder: Path) -> dict[str, Any]:
    """The render settings that a model asks for in ``direct2v.json`` beside its ``model_index.json``.

    Raises:
        ModelError: if that file is no JSON object.
    """
    path = folder / "direct2v.json"
    return _read_object(path, printable(str(path), 200)) if path.exists() else {}


def resolve_device(device: str | torch.device) -> torch.device:
    """The device to compute on; "auto" is the first of CUDA, Apple's GPU and the CPU that is there.

    Raises:
        SettingsError: if it is not there, or no device.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.mps.is_available() else "cpu"
    try:
        resolved = torch.device(device)
        torch.empty(0, device=resolved)
    except (RuntimeError, AssertionError) as error:
        reason = _first_line(error)
        raise SettingsError(f"device {printable(str(device), 40)!r} cannot be used: {reason}") from error
    return resolved


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps progress bars and notices of diffusers and transformers off the terminal; their errors stay."""
    libraries = (diffusers_logging, transformers_logging)
    before = [(logging.get_verbosity(), logging.is_progress_bar_enabled()) for logging in libraries]
    for logging in libraries:
        logging.set_verbosity_error()
        logging.disable_progress_bar()
    try:
        yield
    finally:
        for logging, (verbosity, shows_progress) in zip(libraries, before, strict=True):
            logging.set_verbosity(verbosity)
            if shows_progress:
                logging.enable_progress_bar()


def _check_folder(folder: Path, name: str) -> dict[str, list[Path]]:
    """The weight files of each component, none of them pickled or truncated."""
    index = folder / "model_index.json"
    if not index.is_file():
        raise ModelError(f"{name} is no model in diffusers format: it has no model_index.json")
    kind = _read_object(index, printable(str(index), 200)).get("_class_name")
    if kind != "StableDiffusionPipeline":
        raise ModelError(f"{name} is a {printable(str(kind), 60)}; supported: StableDiffusionPipeline")
    return {component: _weight_files(folder / component, name) for component in _WEIGHTED}


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
        raise ModelError(f"{name} is incomplete: {folder.name} has no weights")
    files = found.get(None) or next(iter(found.values()))
    for path in files:
        try:
            _num_values(path)
        except (SafetensorError, OSError) as error:
            place = f"{folder.name}/{path.name}"
            raise ModelError(f"{name}: {place} is damaged or truncated ({_first_line(error)})") from error
    return files


def _num_values(path: Path) -> int:
    with safe_open(path, framework="pt") as tensors:
        shapes = [tensors.get_slice(key).get_shape() for key in tensors.keys()]  # noqa: SIM118 (no mapping)
    return sum(torch.Size(shape).numel() for shape in shapes)


def _read_object(path: Path, name: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{name} is not valid JSON: {_first_line(error)}") from error
    if not isinstance(content, dict):
        raise ModelError(f"{name} holds no JSON object")
    return content


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return printable(lines[0], 200) if lines else type(error).__name__
