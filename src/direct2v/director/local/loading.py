"""Loading a causal language model, with one clear line for everything that can be wrong with it."""

from collections.abc import Iterator
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
            tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
            constrainer = _constrainer(tokenizer)
            network = _load_network(folder)
            return LanguageModel(network, tokenizer, constrainer, _context(network.config))
    except ModelError as error:
        raise ModelError(f"{name} cannot be used: {error}") from error
    except Exception as error:
        if is_out_of_memory(error):
            raise ModelError(f"{name} is too large for the memory; choose a smaller model") from error
        raise ModelError(f"{name} cannot be loaded: {first_line(error)}") from error


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


def _load_network(folder: Path) -> Any:
    """The network, every weight of it from the files.

    Raises:
        ModelError: if a weight is not there, which transformers would make up, or it is no causal model.
    """
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    kinds = config.architectures or [CAUSAL_MODELS.get(config.model_type, config.model_type)]
    # the class is checked also: from the weights of a BERT a causal model loads, and writes nonsense
    if config.model_type not in CAUSAL_MODELS or kinds[0] not in CAUSAL_MODELS.values():
        raise ModelError(f"it is a {printable(str(kinds[0]), 60)}, which is no causal language model")
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
    )
    missing = sorted(info["missing_keys"])
    if missing:
        more = "" if len(missing) == 1 else f" and {len(missing) - 1} more"
        raise ModelError(f"its weights lack {printable(missing[0], 120)}{more}")
    return network.eval()


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
    if not tokenizer("a", add_special_tokens=False).input_ids:
        raise ModelError("its tokenizer is damaged: it reads nothing")
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
