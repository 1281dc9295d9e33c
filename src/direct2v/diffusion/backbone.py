"""What the engine needs of a diffusion model: words to embeddings, latents to noise, latents to pictures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from direct2v.diffusion.libraries import StableDiffusionPipeline
from direct2v.errors import InputError, ModelError, SettingsError
from direct2v.text import printable

__all__ = ["StableDiffusionBackbone"]

DECODED_TOGETHER = 8  # frames per decoder call: bounds memory, and is as fast as more


class StableDiffusionBackbone:
    """Stable Diffusion 1.x and 2.x, in the order of operations of ``StableDiffusionPipeline``, bit for bit.

    Batches are (guidance halves, frames), halves (negative, positive).

    Args:
        pipeline: as diffusers loaded it; it is not changed.

    Raises:
        ModelError: if it is no text-to-image Stable Diffusion.
    """

    def __init__(self, pipeline: Any) -> None:
        if not isinstance(pipeline, StableDiffusionPipeline):
            raise ModelError(f"a StableDiffusionPipeline is needed, not a {type(pipeline).__name__}")
        channels, expected = pipeline.unet.config.in_channels, pipeline.vae.config.latent_channels
        if channels != expected:
            raise ModelError(
                f"the UNet takes {channels} channels, but latents have {expected}: "
                "this is no text-to-image model (inpainting models are not supported)"
            )
        self.pipeline = pipeline

    @property
    def denoiser(self) -> Any:
        """The UNet, for ``attach``."""
        return self.pipeline.unet

    @property
    def device(self) -> torch.device:
        """Where the model computes."""
        device: torch.device = self.pipeline._execution_device
        return device

    @property
    def dtype(self) -> torch.dtype:
        """Of latents and embeddings."""
        dtype: torch.dtype = self.pipeline.unet.dtype
        return dtype

    def latents_shape(self, height: int | None = None, width: int | None = None) -> tuple[int, int, int]:
        """(channels, h, w) of a frame's latents; pixels default to the model's own size.

        Raises:
            SettingsError: if the size is no multiple of what one latent covers.
        """
        native = self.pipeline.unet.config.sample_size
        native_height, native_width = (native, native) if isinstance(native, int) else native
        factor = self.pipeline.vae_scale_factor
        for name, pixels in (("height", height), ("width", width)):
            if pixels is not None and pixels % factor:
                raise SettingsError(f"{name} is {pixels}, but must be a multiple of {factor} for this model")
        return (
            self.pipeline.vae.config.latent_channels,
            native_height if height is None else height // factor,
            native_width if width is None else width // factor,
        )

    @torch.no_grad()
    def encode(self, texts: Sequence[str]) -> Tensor:
        """Embeddings [len(texts), L, D].

        Raises:
            InputError: if a text has more tokens than the encoder takes; nothing is cut silently.
        """
        unique = list(dict.fromkeys(texts))
        for text in unique:
            self._check_length(text)
        embeds, _ = self.pipeline.encode_prompt(unique, self.device, 1, do_classifier_free_guidance=False)
        rows: Tensor = embeds[[unique.index(text) for text in texts]]
        return rows

    def _check_length(self, text: str) -> None:
        tokenizer = self.pipeline.tokenizer
        limit = min(tokenizer.model_max_length, self.pipeline.text_encoder.config.max_position_embeddings)
        converted = self.pipeline.maybe_convert_prompt(text, tokenizer)
        count = len(tokenizer(converted, verbose=False).input_ids)
        if count > limit:
            raise InputError(
                f"a prompt has {count} tokens, but this model reads at most {limit} (begin and end count); "
                f"shorten it: {printable(text, 80)!r}"
            )

    def uses_guidance(self, guidance_scale: float) -> bool:
        """Whether the negative half is computed: not at 1 or less, nor if the model takes the scale."""
        return guidance_scale > 1 and self.pipeline.unet.config.time_cond_proj_dim is None

    @torch.no_grad()
    def predict(
        self, scheduler: Any, latents: Tensor, timestep: Tensor, embeds: Tensor, guidance_scale: float
    ) -> Tensor:
        """One guided model output for all frames.

        Args:
            scheduler: scales the input.
            latents: [F, C, h, w].
            timestep: a scalar.
            embeds: [2 F, L, D], negative rows first, with guidance, else [F, L, D].
            guidance_scale: w in negative + w (positive - negative).

        Returns:
            [F, C, h, w].
        """
        guided = self.uses_guidance(guidance_scale)
        batch = torch.cat([latents] * 2) if guided else latents
        output: Tensor = self.pipeline.unet(
            scheduler.scale_model_input(batch, timestep),
            timestep,
            encoder_hidden_states=embeds,
            timestep_cond=self._scale_embedding(latents, guidance_scale),
            return_dict=False,
        )[0]
        if not guided:
            return output
        negative, positive = output.chunk(2)
        return negative + guidance_scale * (positive - negative)

    def _scale_embedding(self, latents: Tensor, guidance_scale: float) -> Tensor | None:
        size = self.pipeline.unet.config.time_cond_proj_dim
        if size is None:
            return None
        scales = torch.tensor(guidance_scale - 1).repeat(latents.shape[0])
        embedding: Tensor = self.pipeline.get_guidance_scale_embedding(scales, embedding_dim=size)
        return embedding.to(device=latents.device, dtype=latents.dtype)

    @torch.no_grad()
    def decode(self, latents: Tensor, output_type: str) -> list[Any]:
        """Frames as PIL pictures ("pil") or fp32 arrays [height, width, 3] in 0..1 ("np")."""
        pipeline = self.pipeline
        frames: list[Any] = []
        for start in range(0, latents.shape[0], DECODED_TOGETHER):
            chunk = latents[start : start + DECODED_TOGETHER] / pipeline.vae.config.scaling_factor
            image = pipeline.vae.decode(chunk, return_dict=False)[0]
            image, unsafe = pipeline.run_safety_checker(image, self.device, self.dtype)
            keep = [True] * len(image) if unsafe is None else [not flag for flag in unsafe]
            pictures = pipeline.image_processor.postprocess(
                image, output_type=output_type, do_denormalize=keep
            )
            frames.extend(np.asarray(picture) if output_type == "np" else picture for picture in pictures)
        return frames
