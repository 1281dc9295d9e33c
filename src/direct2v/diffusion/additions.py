"""What is added to a loaded pipeline: another scheduler, LoRAs, textual inversions. diffusers does it."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import diffusers
from safetensors.torch import load_file

from direct2v.errors import ModelError, SettingsError
from direct2v.model_source import SCHEDULERS, Embedding, Lora
from direct2v.models import first_line
from direct2v.text import printable

__all__ = ["add_embedding", "add_loras", "other_scheduler"]


def other_scheduler(pipeline: Any, name: str) -> Any:
    """Another scheduler with the configuration of the pipeline's own, as far as it goes.

    Args:
        pipeline: of diffusers.
        name: in ``SCHEDULERS``, or a class of diffusers.

    Raises:
        SettingsError: if there is no such class, or it cannot be made from that configuration.
    """
    kind, changes = SCHEDULERS.get(name, (name, {}))
    found: Any = getattr(diffusers, kind, None)
    ours = any(kind == known for known, _ in SCHEDULERS.values())  # LCM's has an empty list, too
    # diffusers' own list of what can stand in for each other; empty where one samples other models
    if not ours and not getattr(found, "_compatibles", ()):
        raise SettingsError(
            f"{printable(name, 60)} is no scheduler of diffusers for models such as this; "
            f"accepted: {', '.join(SCHEDULERS)}, or a class like DEISMultistepScheduler"
        )
    try:
        return found.from_config(pipeline.scheduler.config, **changes)
    except Exception as error:
        raise SettingsError(
            f"the scheduler {name} cannot be used with this model: {first_line(error)}"
        ) from error


def add_loras(pipeline: Any, loras: Sequence[Lora]) -> None:
    """All of them together, each at its scale.

    Raises:
        ModelError: if one is no LoRA, or not for this kind of model.
    """
    names = [f"lora_{index}" for index in range(len(loras))]
    for name, lora in zip(names, loras, strict=True):
        _add_lora(pipeline, name, Path(lora.file).expanduser())
    if names:
        pipeline.set_adapters(names, [lora.scale for lora in loras])


def _add_lora(pipeline: Any, name: str, file: Path) -> None:
    said = printable(str(file), 200)
    options = {"weight_name": file.name, "use_safetensors": True, "local_files_only": True}
    try:
        tensors, *_ = pipeline.lora_state_dict(str(file.parent), unet_config=pipeline.unet.config, **options)
    except Exception as error:
        raise ModelError(
            f"{said} cannot be read as a LoRA; diffusers reads its own format, peft's and kohya's, "
            f"without LoHa and LoKr: {first_line(error)}"
        ) from error
    wanted = sum("lora" in tensor for tensor in tensors)
    if wanted == 0:
        raise ModelError(f"{said} is no LoRA: none of its weights is called lora")
    misfit = f"the LoRA {said} is for another kind of model than this {type(pipeline).__name__}"
    try:
        with warnings.catch_warnings(action="ignore"):  # that there are several is meant
            pipeline.load_lora_weights(str(file.parent), adapter_name=name, **options)
    except Exception as error:
        raise ModelError(f"{misfit}: {printable(str(error), 160)}") from error
    # weights without a place in the model are left out without an error
    found = sum(
        f".{name}." in weight
        for part in pipeline._lora_loadable_modules
        for weight, _ in getattr(pipeline, part).named_parameters()
    )
    if found != wanted:
        raise ModelError(
            f"{misfit}, or in a format that diffusers does not read: "
            f"{found} of its {wanted} weights have a place there"
        )


def add_embedding(pipeline: Any, embedding: Embedding) -> None:
    """A new word for prompts.

    Raises:
        ModelError: if the file holds no textual inversion, or one for another kind of model.
    """
    said = printable(embedding.file, 200)
    tensors = load_file(Path(embedding.file).expanduser())
    parts = {"clip_l": "", "clip_g": "_2"} if set(tensors) == {"clip_l", "clip_g"} else {}
    if not parts and len(tensors) == 1:
        parts = dict.fromkeys(tensors, "")
    two_encoders = hasattr(pipeline, "text_encoder_2")
    if not parts:
        raise ModelError(f"{said} is no textual inversion: it holds {len(tensors)} weights")
    if (len(parts) == 2) != two_encoders:
        raise ModelError(
            f"the textual inversion {said} has {len(parts)} part{'s' * (len(parts) - 1)}, one for each text "
            f"encoder; this {type(pipeline).__name__} has {1 + two_encoders}"
        )
    for part, number in parts.items():
        encoder, tokenizer = (getattr(pipeline, f"{kind}{number}") for kind in ("text_encoder", "tokenizer"))
        vectors, size = tensors[part], encoder.config.hidden_size
        if vectors.ndim not in (1, 2) or vectors.shape[-1] != size or vectors.shape[0] == 0:
            raise ModelError(
                f"the textual inversion {said} has shape {list(vectors.shape)}; the text encoder of this "
                f"model reads [vectors, {size}]: it is for another kind of model"
            )
        named = None if part in ("emb_params", "clip_l", "clip_g") else part
        token = embedding.token or named or Path(embedding.file).stem
        try:
            pipeline.load_textual_inversion(
                vectors,
                token=token.lower(),  # as tokenizers read prompts; else only its first vector would count
                tokenizer=tokenizer,
                text_encoder=encoder,
            )
        except ValueError as error:
            raise ModelError(
                f"the textual inversion {said} cannot be the word {printable(token, 60)!r}: "
                f"{first_line(error)}; give another word, as in {Path(said).name}:<new>"
            ) from error
