"""Fetching and loading a model, with one clear line for everything that can be wrong with it."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import diffusers.utils.logging as diffusers_logging
import torch
import transformers.utils.logging as transformers_logging

from direct2v.diffusion.libraries import StableDiffusionPipeline
from direct2v.errors import ModelError, SettingsError
from direct2v.models import (
    KNOWN_MODELS,
    check_folder,
    find_folder,
    first_line,
    model_defaults,
    not_given,
    read_object,
)
from direct2v.text import printable

__all__ = ["DTYPES", "KNOWN_MODELS", "find_model", "load_pipeline", "model_defaults", "resolve_device"]

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def find_model(model: str | Path) -> Path:
    """The folder of a model: a known name, a folder, or a hub id, whose repository is fetched if need be.

    Raises:
        ModelError: if there is no such thing, or the hub does not give it.
    """
    folder = find_folder(model)
    if folder is not None:
        return folder
    try:
        with quiet():
            return Path(StableDiffusionPipeline.download(model, use_safetensors=True))
    except Exception as error:
        raise not_given(model, error) from error


def load_pipeline(folder: Path, *, device: torch.device, dtype: torch.dtype) -> StableDiffusionPipeline:
    """A Stable Diffusion pipeline from its folder.

    Raises:
        ModelError: if it is no such folder, has weights missing, damaged or pickled, or does not load.
    """
    name = printable(str(folder), 200)
    files = check_folder(folder)
    variant = "fp16" if any(".fp16" in file.name for file in files["unet"]) else None
    index = read_object(folder / "model_index.json")
    options = {"variant": variant, "use_safetensors": True, "local_files_only": True}
    try:
        with quiet():
            components = {
                component: _load_component(folder / component, index[component], dtype, options)
                for component in files
            }
            pipeline = StableDiffusionPipeline.from_pretrained(folder, **components, **options)
            pipeline.set_progress_bar_config(disable=True)
            return pipeline.to(device)
    except ModelError as error:
        raise ModelError(f"{name} cannot be used: {error}") from error
    except Exception as error:
        raise ModelError(f"{name} cannot be loaded: {first_line(error)}") from error


def _load_component(folder: Path, kind: list[str], dtype: torch.dtype, options: dict[str, Any]) -> Any:
    """One network of a pipeline, every weight of it from the checkpoint.

    Raises:
        ModelError: if a weight is not there; both libraries would leave it without value, or random.
    """
    library, name = kind
    if library not in ("diffusers", "transformers"):
        raise ModelError(
            f"its {folder.name} is of the library {printable(library, 60)}, which is not supported"
        )
    model, info = getattr(importlib.import_module(library), name).from_pretrained(
        folder,
        # explicit, because transformers by default keeps the dtype that a text encoder was saved in
        dtype=dtype,
        output_loading_info=True,
        **options,
    )
    missing = sorted(info["missing_keys"])
    if missing:
        more = "" if len(missing) == 1 else f" and {len(missing) - 1} more"
        raise ModelError(f"the weights of its {folder.name} lack {printable(missing[0], 120)}{more}")
    return model


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
        reason = first_line(error)
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
