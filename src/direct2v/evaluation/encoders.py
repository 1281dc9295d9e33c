"""What turns frames and texts into vectors: a CLIP or SigLIP, and a DINO, by transformers id or folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from direct2v.diffusion.loading import quiet, resolve_device
from direct2v.errors import ModelError
from direct2v.evaluation.pixels import Frames
from direct2v.evaluation.similarity import Embeddings
from direct2v.models import existing, fetch, first_line, is_hub_id
from direct2v.storybook import clip_path
from direct2v.text import printable

__all__ = ["Encoders", "PictureEncoder", "TextEncoder", "load_encoders"]

_BATCH = 32
_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
_STORYBOOK = "storybook"


@dataclass(frozen=True, eq=False)
class PictureEncoder:
    """Frames to unit vectors, by a vision transformer's class token.

    Attributes:
        name: as it was asked for.
        network: of transformers.
        processor: its own way from pictures to pixels.
    """

    name: str
    network: Any
    processor: Any

    @torch.inference_mode()
    def pictures(self, frames: Frames) -> Embeddings:
        """Unit vectors [F, D] of frames [F, H, W, 3]."""
        parts = []
        for start in range(0, len(frames), _BATCH):
            images = [Image.fromarray(frame) for frame in frames[start : start + _BATCH]]
            inputs = self.processor(images=images, return_tensors="pt").to(self.network.device)
            parts.append(self._features(inputs))
        return _unit(torch.cat(parts))

    def _features(self, inputs: Any) -> Tensor:
        features: Tensor = self.network(**inputs).last_hidden_state[:, 0]
        return features


@dataclass(frozen=True, eq=False)
class TextEncoder(PictureEncoder):
    """Frames and texts to unit vectors of one space, by CLIP or one like it.

    Attributes:
        tokenizer: of its texts; what is too long for it is cut.
    """

    tokenizer: Any

    @torch.inference_mode()
    def texts(self, texts: Sequence[str]) -> Embeddings:
        """Unit vectors [T, D] of texts."""
        # SigLIP was trained on padded texts, and CLIP, which hides what is padded, gives the same either way
        inputs = self.tokenizer(
            list(texts),
            padding="max_length",
            truncation=True,
            max_length=self.network.config.text_config.max_position_embeddings,
            return_tensors="pt",
        )
        return _unit(_pooled(self.network.get_text_features(**inputs.to(self.network.device))))

    def _features(self, inputs: Any) -> Tensor:
        return _pooled(self.network.get_image_features(**inputs))


@dataclass(frozen=True, eq=False)
class Encoders:
    """What embeds frames and texts.

    Attributes:
        clip: frames and texts.
        dino: frames, for subject consistency; None where no weights are at hand.
    """

    clip: TextEncoder
    dino: PictureEncoder | None = None


def load_encoders(
    clip: str | Path = _STORYBOOK, dino: str | Path | None = None, *, device: str = "auto"
) -> Encoders:
    """Loads what the metrics need.

    Args:
        clip: "storybook" for the CLIP of the embedded model's world; a folder or hub id of another CLIP or
            SigLIP in transformers format.
        dino: a folder or hub id of a DINO, as in "facebook/dino-vitb16"; None goes without.
        device: "auto", "cpu", "cuda", "cuda:1", "mps" ...

    Raises:
        ModelError: if one is missing, damaged or of another kind.
        SettingsError: if the device cannot be used.
    """
    place = resolve_device(device)
    return Encoders(
        clip=_load_clip(clip, place),
        dino=None if dino is None else _load_dino(dino, place),
    )


def _load_clip(model: str | Path, device: torch.device) -> TextEncoder:
    from transformers import AutoTokenizer

    folder, name = _folder(model), printable(str(model), 200)
    network, processor = _load(folder, name, device)
    if not hasattr(network, "get_text_features"):
        raise ModelError(f"{name} embeds no texts; give a CLIP or SigLIP (a DINO goes with --dino)")
    with quiet():
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return TextEncoder(name, network, processor, tokenizer)


def _load_dino(model: str | Path, device: torch.device) -> PictureEncoder:
    name = printable(str(model), 200)
    network, processor = _load(_folder(model), name, device)
    if hasattr(network, "get_text_features"):
        raise ModelError(f"{name} is no DINO; give one, as in facebook/dino-vitb16 (a CLIP goes with --clip)")
    return PictureEncoder(name, network, processor)


def _folder(model: str | Path) -> Path:
    if model == _STORYBOOK:
        return clip_path()
    path = existing(model)
    if path is not None and (path / "config.json").is_file():
        return path
    if path is None and is_hub_id(model):
        return fetch(str(model), wanted=_FILES)
    raise ModelError(
        f"{printable(str(model), 200)} is no model in transformers format; "
        "accepted: a folder with config.json, or a hub id (owner/name)"
    )


def _load(folder: Path, name: str, device: torch.device) -> tuple[Any, Any]:
    from transformers import AutoImageProcessor, AutoModel

    try:
        with quiet():
            network, info = AutoModel.from_pretrained(
                folder, local_files_only=True, use_safetensors=True, dtype=torch.float32,
                output_loading_info=True,
            )  # fmt: skip
            processor = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
    except Exception as error:
        raise ModelError(f"{name} cannot be loaded: {first_line(error)}") from error
    # a DINO is stored without the pooling layer that its class has, and that is not used here
    missing = sorted(key for key in info["missing_keys"] if "pooler" not in key)
    if missing:
        raise ModelError(f"{name} cannot be used: its weights lack {printable(missing[0], 120)}")
    return network.eval().to(device), processor


def _pooled(output: Any) -> Tensor:
    features: Tensor = output if isinstance(output, Tensor) else output.pooler_output
    return features


def _unit(features: Tensor) -> Embeddings:
    unit: Embeddings = torch.nn.functional.normalize(features.float(), dim=-1).cpu().numpy()
    return np.ascontiguousarray(unit)
