"""What Stable Diffusion XL does differently: two text encoders, conditions on size and crop, its decoder."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from direct2v.diffusion.backbone import StableDiffusionBackbone
from direct2v.diffusion.embeddings import Embeddings
from direct2v.errors import ModelError

__all__ = ["StableDiffusionXLBackbone"]


class StableDiffusionXLBackbone(StableDiffusionBackbone):
    """Stable Diffusion XL, in the order of operations of ``StableDiffusionXLPipeline``, bit for bit.

    As by that pipeline's defaults, frames are told to be of their own size and not cropped, and an empty
    negative prompt is all zeros where the model's configuration says so.

    Args:
        pipeline: as diffusers loaded it; it is not changed.

    Raises:
        ModelError: if it is no text-to-image model, or takes other conditions (the refiner).
    """

    def __init__(self, pipeline: Any) -> None:
        super().__init__(pipeline)
        try:
            self._time_ids(1, 1)
        except (AttributeError, ValueError) as error:
            raise ModelError(
                "the UNet takes other conditions than size and crop: this is no base model of Stable "
                "Diffusion XL (refiners are not supported)"
            ) from error

    @property
    def defaults(self) -> dict[str, Any]:
        """Settings that diffusers' pipeline has as its own defaults, other than ours."""
        return {"guidance_scale": 5.0, **super().defaults}

    @property
    def pooled_size(self) -> int:
        """P, of the embedding of a whole text."""
        size: int = self.pipeline.text_encoder_2.config.projection_dim
        return size

    def encode(self, texts: Sequence[str], *, negative: bool = False, num_pieces: int = 1) -> Embeddings:
        """As in the base class; of a negative text "" zeros, where the model's configuration says so."""
        embeddings = super().encode(texts, num_pieces=num_pieces)
        if negative and self.pipeline.config.force_zeros_for_empty_prompt:
            empty = torch.tensor([not text for text in texts], device=self.device)
            embeddings = embeddings.each(
                lambda embeds: embeds.masked_fill(empty.view(-1, *[1] * (embeds.ndim - 1)), 0)
            )
        return embeddings

    def _added_conditions(self, conditions: Embeddings, latents: Tensor) -> dict[str, Any]:
        factor = self.pipeline.vae_scale_factor
        time_ids = self._time_ids(latents.shape[-2] * factor, latents.shape[-1] * factor)
        rows = conditions.num_rows
        return {"text_embeds": conditions.pooled, "time_ids": time_ids.to(self.device).repeat(rows, 1)}

    def _time_ids(self, height: int, width: int) -> Tensor:
        """[1, 6]: original size, crop from the top left, target size, in pixels."""
        ids: Tensor = self.pipeline._get_add_time_ids(
            (height, width), (0, 0), (height, width), self.dtype, self.pooled_size
        )
        return ids

    @property
    def _decodes_precisely(self) -> bool:
        """In fp32 where the model's configuration says that its decoder overflows in fp16."""
        vae = self.pipeline.vae
        return bool(vae.dtype == torch.float16 and vae.config.force_upcast)

    def _unscaled(self, latents: Tensor) -> Tensor:
        config = self.pipeline.vae.config
        mean, std = config.get("latents_mean"), config.get("latents_std")
        if mean is None or std is None:
            return super()._unscaled(latents)
        mean, std = (
            torch.tensor(value).view(1, -1, 1, 1).to(latents.device, latents.dtype) for value in (mean, std)
        )
        unscaled: Tensor = latents * std / config.scaling_factor + mean
        return unscaled

    def _pictures(self, image: Tensor, output_type: str) -> tuple[Any, list[bool]]:
        if self.pipeline.watermark is not None:
            image = self.pipeline.watermark.apply_watermark(image)
        pictures = self.pipeline.image_processor.postprocess(image, output_type=output_type)
        return pictures, [False] * len(image)
