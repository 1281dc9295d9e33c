"""Loading a causal language model, with one clear line for everything that can be wrong with it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers.utils.logging as transformers_logging
from llguidance import LLTokenizer
from llguidance.hf import from_tokenizer
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES as CAUSAL_MODELS

from direct2v.errors import ModelError
from direct2v.models import first_line
from direct2v.text import printable

__all__ = ["LanguageModel", "is_out_of_memory", "load", "quiet"]

_OUT_OF_MEMORY = ("out of memory", "not enough memory", "can't allocate memory")


@dataclass(frozen=True, eq=False)
class LanguageModel:
    """A loaded model.

    Attributes:
        network: of transformers, in evaluation mode, on its device.
        tokenizer: as transformers knows it.
        constrainer: the tokenizer as llguidance knows it.
        context: how many tokens it reads and writes together; None where it does not say.
    """

    network: Any
    tokenizer: Any
    constrainer: LLTokenizer
    context: int | None


def load(folder: Path) -> LanguageModel:
    """The model of a folder that was checked, on the first of CUDA, Apple's GPU and the CPU that is there.

    Raises:
        ModelError: if it is of another kind, has weights missing, or does not load.
    """
    name = printable(str(folder), 200)
    try:
        with quiet():
            config = _load_config(folder)
            tokenizer = _load_tokenizer(folder)
            constrainer = _constrainer(tokenizer)
            network = _load_network(folder, config)
            return LanguageModel(network, tokenizer, constrainer, _context(network.config))
    except ModelError as error:
        raise ModelError(f"{name} cannot be used: {error}") from error
    except Exception as error:
        if is_out_of_memory(error):
            raise ModelError(f"{name} is too large for the memory; choose a smaller model") from error
        raise ModelError(f"{name} cannot be loaded: {_reason(error)}") from error


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory ran out, in any of the ways in which torch says so."""
    return isinstance(error, MemoryError) or any(words in str(error) for words in _OUT_OF_MEMORY)


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps progress bars and notices of transformers off the terminal; its errors stay."""
    verbosity = transformers_logging.get_verbosity()
    shows_progress = transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        if shows_progress:
            transformers_logging.enable_progress_bar()


def _reason(error: Exception) -> str:
    """What a library's error says, in one line."""
    if "trust_remote_code" in str(error):
        return "it needs code from its own repository, which is never run"
    line = first_line(error)
    return printable(str(error), 200) if line.endswith(":") else line


def _load_config(folder: Path) -> Any:
    """The configuration.

    Raises:
        ModelError: if it is that of no causal language model.
    """
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    kind = (config.architectures or [CAUSAL_MODELS.get(config.model_type, config.model_type)])[0]
    # the class is checked also: from the weights of a BERT a causal model loads, and writes nonsense
    if config.model_type not in CAUSAL_MODELS or kind not in CAUSAL_MODELS.values():
        raise ModelError(f"it is a {printable(str(kind), 60)}, which is no causal language model")
    return config


def _load_tokenizer(folder: Path) -> Any:
    """The tokenizer, as transformers knows it.

    Raises:
        ModelError: if it cannot be loaded.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        reads = bool(tokenizer("a", add_special_tokens=False).input_ids)
    except Exception as error:  # the tokenizers library raises bare Exception
        raise ModelError(f"its tokenizer cannot be loaded: {_reason(error)}") from error
    if not reads:
        raise ModelError("its tokenizer is damaged: it reads nothing")
    return tokenizer


def _load_network(folder: Path, config: Any) -> Any:
    """The network, every weight of it from the files.

    Raises:
        ModelError: if a weight is not there, which transformers would make up, or has another size.
    """
    device = "cuda" if torch.cuda.is_available() else "mps" if torch.mps.is_available() else "cpu"
    network, info = AutoModelForCausalLM.from_pretrained(
        folder,
        config=config,
        dtype=_dtype(device),
        device_map=device,
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
        output_loading_info=True,
        ignore_mismatched_sizes=True,  # to name them ourselves
    )
    if info["missing_keys"]:
        raise ModelError(f"its weights lack {_listed(info['missing_keys'])}")
    if info["mismatched_keys"]:
        names = [key for key, *_ in info["mismatched_keys"]]
        raise ModelError(f"its config.json does not fit the size of {_listed(names)}")
    return network.eval()


def _listed(weights: Iterable[str]) -> str:
    first, *others = sorted(weights)
    more = f" and {len(others)} more" if others else ""
    return f"{printable(first, 120)}{more}"


def _dtype(device: str) -> torch.dtype:
    if device == "cpu":
        return torch.float32
    in_hardware = device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.bfloat16 if in_hardware else torch.float16


def _constrainer(tokenizer: Any) -> LLTokenizer:
    """What llguidance makes of the tokenizer.

    Raises:
        ModelError: if it cannot tell the bytes of its tokens.
    """
    try:
        return from_tokenizer(tokenizer)
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":  # of Rust
            raise
        raise ModelError(
            "its tokenizer is neither byte-level BPE nor SentencePiece with byte fallback, which constrained "
            f"decoding needs ({first_line(error)})"
        ) from error


def _context(config: Any) -> int | None:
    context = getattr(config.get_text_config(), "max_position_embeddings", None)
    return context if isinstance(context, int) and context > 0 else None
