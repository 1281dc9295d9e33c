"""Fetching and loading a model, with one clear line for everything that can be wrong with it."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers.utils.logging as diffusers_logging
import torch
import transformers.utils.logging as transformers_logging

from direct2v.diffusion import libraries
from direct2v.diffusion.additions import add_embedding, add_loras, other_scheduler
from direct2v.errors import ModelError, SettingsError
from direct2v.model_source import ModelSource
from direct2v.models import (
    check_model,
    fetch,
    find_folder,
    first_line,
    not_given,
    pipeline_kind,
    read_object,
)
from direct2v.text import printable

__all__ = ["Loaded", "load_model", "resolve_device"]

_CONFIGURATION = ["*.json", "*/*.json", "*/*.txt"]  # what a single file needs besides: no weights


@dataclass(frozen=True, eq=False, kw_only=True)
class Loaded:
    """A model that is ready to draw.

    Attributes:
        pipeline: of diffusers.
        source: what it was loaded from, with the hashes of its files.
        path: its folder or file.
    """

    pipeline: Any
    source: ModelSource
    path: Path


def load_model(source: ModelSource) -> Loaded:
    """Loads a pipeline through diffusers' own features: no pickles, no code of a repository.

    Raises:
        InputError: if a setting is unknown, or cannot be used on this machine.
        ModelError: if the model, or a file that is added to it, is missing, damaged or of the wrong kind.
        MissingExtraError: if LoRAs are given without the extra "lora".
    """
    source = source.sealed()
    device = resolve_device(source.device)
    if source.offload != "none" and device.type == "cpu":
        raise SettingsError(
            f"offload is {source.offload!r}, but the device is the CPU, where there is nothing to offload "
            "from; leave it out, or use 'none'"
        )
    dtype = getattr(torch, source.dtype or ("float16" if device.type == "cuda" else "float32"))
    path = find_folder(source.name) or _download(source.name)
    files = check_model(path)
    name = printable(str(path), 200)
    try:
        with quiet():
            pipeline = _from_folder(path, files, dtype) if files else _from_file(path, source.config, dtype)
            pipeline.set_progress_bar_config(disable=True)
            if source.scheduler is not None:
                pipeline.scheduler = other_scheduler(pipeline, source.scheduler)
            for embedding in source.embedding:
                add_embedding(pipeline, embedding)
            add_loras(pipeline, source.lora)
            if source.vae_slicing:
                pipeline.vae.enable_slicing()
            if source.vae_tiling:
                pipeline.vae.enable_tiling()
            _place(pipeline, device, source.offload)
    except ModelError as error:
        raise ModelError(f"{name} cannot be used: {error}") from error
    except SettingsError:
        raise
    except Exception as error:
        raise ModelError(f"{name} cannot be loaded: {first_line(error)}") from error
    return Loaded(pipeline=pipeline, source=source, path=path)


def _download(hub_id: str) -> Path:
    try:
        with quiet():
            return Path(libraries.DiffusionPipeline.download(hub_id, use_safetensors=True))
    except Exception as error:
        raise not_given(hub_id, error) from error


def _from_folder(folder: Path, files: dict[str, list[Path]], dtype: torch.dtype) -> Any:
    variant = "fp16" if any(".fp16" in file.name for file in files["unet"]) else None
    index = read_object(folder / "model_index.json")
    options = {"variant": variant, "use_safetensors": True, "local_files_only": True}
    networks = {name: _load_component(folder / name, index[name], dtype, options) for name in files}
    return getattr(libraries, pipeline_kind(folder)).from_pretrained(folder, **networks, **options)


def _from_file(file: Path, config: str | None, dtype: torch.dtype) -> Any:
    """From a checkpoint in one file, whose class and sizes are those of a configuration.

    Raises:
        ModelError: if there is no such configuration, or weights that it asks for are not there.
    """
    folder = _configuration(file, config)
    kind = getattr(libraries, pipeline_kind(folder))
    lacking = f"it lacks weights that the configuration {printable(str(folder), 160)} asks for"
    try:
        pipeline = kind.from_single_file(str(file), config=str(folder), dtype=dtype, local_files_only=True)
    except NotImplementedError as error:  # of torch, asked to move what has no value
        raise ModelError(lacking) from error
    except ValueError as error:
        if "expected shape" not in str(error):
            raise
        raise ModelError(
            f"its weights have other shapes than the configuration {printable(str(folder), 160)} says, "
            "which is of another kind of model; give the right one as config (--config)"
        ) from error
    networks = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
    if any(weight.is_meta for network in networks for weight in network.parameters()):
        raise ModelError(lacking)
    return pipeline


def _configuration(file: Path, config: str | None) -> Path:
    if config is not None:
        return find_folder(config) or fetch(config, wanted=_CONFIGURATION)
    from diffusers.loaders.single_file_utils import fetch_diffusers_config, load_single_file_checkpoint

    repository = fetch_diffusers_config(load_single_file_checkpoint(str(file)))[
        "pretrained_model_name_or_path"
    ]
    try:
        return fetch(repository, wanted=_CONFIGURATION)
    except ModelError as error:
        raise ModelError(
            f"it looks like {repository}, whose configuration the Hugging Face Hub did not give; "
            "give a folder that has one, of such a model, as config (--config)"
        ) from error


def _place(pipeline: Any, device: torch.device, offload: str) -> None:
    if offload == "model":
        pipeline.enable_model_cpu_offload(device=device)
    elif offload == "sequential":
        pipeline.enable_sequential_cpu_offload(device=device)
    else:
        pipeline.to(device)


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


def resolve_device(device: str) -> torch.device:
    """The device to compute on; "auto" is the first of CUDA, Apple's GPU and the CPU that is there.

    Raises:
        SettingsError: if it is not there, or no device.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.mps.is_available() else "cpu"
    try:
        resolved = torch.device(device)
        torch.zeros(1, device=resolved).item()  # also refuses "meta", which computes nothing
    except (RuntimeError, AssertionError) as error:
        reason = first_line(error)
        raise SettingsError(f"device {printable(device, 40)!r} cannot be used: {reason}") from error
    return resolved


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps what diffusers and transformers print off the terminal; their errors come as exceptions."""
    libraries = (diffusers_logging, transformers_logging)
    before = [(logging.get_verbosity(), logging.is_progress_bar_enabled()) for logging in libraries]
    for logging in libraries:
        logging.set_verbosity(logging.CRITICAL)
        logging.disable_progress_bar()
    try:
        yield
    finally:
        for logging, (verbosity, shows_progress) in zip(libraries, before, strict=True):
            logging.set_verbosity(verbosity)
            if shows_progress:
                logging.enable_progress_bar()
