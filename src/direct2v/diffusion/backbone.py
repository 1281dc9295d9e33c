"""What the engine needs of a diffusion model: words to embeddings, latents to noise, latents to pictures."""

import re
from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
import torch
from torch import Tensor

from direct2v.diffusion.additions import other_scheduler
from direct2v.diffusion.decoding import Decoded, not_finite, precise, refuse_broken
from direct2v.diffusion.embeddings import Embeddings
from direct2v.diffusion.long_text import cut_text
from direct2v.diffusion.preview import LatentColours, fit_colours
from direct2v.errors import InputError, ModelError, SettingsError
from direct2v.paces import ModelKind, model_kind
from direct2v.text import printable

__all__ = ["StableDiffusionBackbone"]

DECODED_TOGETHER = 8  # frames per decoder call: bounds memory, and is as fast as more
ENCODED_TOGETHER = 16  # texts per encoder call, for the same reason


class StableDiffusionBackbone:
    """Stable Diffusion 1.x and 2.x, in the order of operations of ``StableDiffusionPipeline``, bit for bit.

    Also latent consistency models, whose UNet takes the guidance scale. Batches are (guidance halves,
    frames), halves (negative, positive).

    Args:
        pipeline: as diffusers loaded it; it is not changed.

    Raises:
        ModelError: if it is no text-to-image model.
    """

    def __init__(self, pipeline: Any) -> None:
        channels, expected = pipeline.unet.config.in_channels, pipeline.vae.config.latent_channels
        if channels != expected:
            raise ModelError(
                f"the UNet takes {channels} channels, but latents have {expected}: "
                "this is no text-to-image model (inpainting models are not supported)"
            )
        self.pipeline = pipeline
        self._colours: LatentColours | None = None  # fitted when first needed

    @property
    def defaults(self) -> dict[str, Any]:
        """Settings that diffusers' pipeline has as its own defaults, other than ours."""
        distilled = self.pipeline.unet.config.time_cond_proj_dim is not None
        return {"num_inference_steps": 4, "guidance_scale": 8.5} if distilled else {}

    @property
    def kind(self) -> ModelKind:
        """What it was distilled to."""
        return model_kind(self.pipeline.unet.config, self.pipeline.scheduler.config)

    @property
    def has_lora(self) -> bool:
        """Whether a LoRA is loaded."""
        return bool(getattr(self.pipeline.unet, "peft_config", None))

    def scheduler(self, name: str) -> Any:
        """Another scheduler for this model, by its name in ``SCHEDULERS``.

        Raises:
            SettingsError: if it cannot be made for this model.
        """
        return other_scheduler(self.pipeline, name)

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

    @property
    def token_size(self) -> int:
        """D, of an embedding of a token."""
        size: int = self.pipeline.unet.config.cross_attention_dim
        return size

    @property
    def pooled_size(self) -> int | None:
        """P, of the embedding of a whole text; None if the model reads none."""
        return None

    @torch.no_grad()
    def encode(self, texts: Sequence[str], *, negative: bool = False, num_pieces: int = 1) -> Embeddings:
        """Embeddings, a row for each text.

        Args:
            texts: what to show; or what not to show, where "" says nothing.
            negative: whether it is the latter.
            num_pieces: in how many pieces, as ``pieces`` cuts them, texts are read. Those with fewer are
                filled up with empty ones, so that all have as many tokens; of the whole text, where a model
                reads that, the first piece stands for all.

        Raises:
            InputError: if a text has more tokens than an encoder takes in as many pieces; nothing is cut
                silently.
        """
        texts = [self._spelt(text) for text in texts]
        cut = {text: self.pieces(text) for text in dict.fromkeys(texts)}
        for text, pieces in cut.items():
            if len(pieces) > num_pieces:
                count, limit = max(
                    (self._num_tokens(text, tokenizer), n) for tokenizer, n in self._encoders()
                )
                raise InputError(
                    f"a prompt has {count} tokens, but this model reads at most {limit} (begin and end "
                    "count); shorten it, or read it in pieces with long_prompts 'chunk' (--long-prompts "
                    f"chunk): {printable(text, 80)!r}"
                )
        rows = [[*cut[text], *[""] * (num_pieces - len(cut[text]))] for text in texts]
        parts = [self._encode_pieces([row[number] for row in rows]) for number in range(num_pieces)]
        return Embeddings(torch.cat([part.tokens for part in parts], dim=1), parts[0].pooled)

    def pieces(self, text: str) -> list[str]:
        """A text cut between words so that an encoder takes each piece; one that fits is one piece."""
        text = self._spelt(text)
        encoders = self._encoders()
        return cut_text(
            text, lambda piece: all(self._num_tokens(piece, tokenizer) <= n for tokenizer, n in encoders)
        )

    def _encode_pieces(self, texts: Sequence[str]) -> Embeddings:
        """Of texts that fit, a row for each."""
        places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        unique = list(places)
        parts = [
            self._encode_together(unique[start : start + ENCODED_TOGETHER])
            for start in range(0, len(unique), ENCODED_TOGETHER)
        ]
        rows = [places[text] for text in texts]
        return reduce(Embeddings.followed_by, parts).each(lambda embeds: embeds[rows])

    def _encode_together(self, texts: list[str]) -> Embeddings:
        tokens, _, *pooled = self.pipeline.encode_prompt(
            prompt=texts, device=self.device, num_images_per_prompt=1, do_classifier_free_guidance=False
        )
        return Embeddings(tokens, pooled[0] if pooled else None)

    def _spelt(self, text: str) -> str:
        """With the words of textual inversions as the tokenizer has them, however they are capitalised.

        It reads them so anyway, but diffusers finds those of several vectors only in that spelling.
        """
        for word in getattr(self.pipeline.tokenizer, "added_tokens_encoder", ()):
            text = word.join(re.split(re.escape(word), text, flags=re.IGNORECASE))
        return text

    def _encoders(self) -> list[tuple[Any, int]]:
        """Each text encoder's tokenizer, and how many tokens it takes, begin and end included."""
        found = []
        for number in ("", "_2"):
            tokenizer = getattr(self.pipeline, f"tokenizer{number}", None)
            encoder = getattr(self.pipeline, f"text_encoder{number}", None)
            if tokenizer is not None and encoder is not None:
                limit = min(tokenizer.model_max_length, encoder.config.max_position_embeddings)
                found.append((tokenizer, limit))
        return found

    def _num_tokens(self, text: str, tokenizer: Any) -> int:
        converted = self.pipeline.maybe_convert_prompt(text, tokenizer)
        return len(tokenizer(converted, verbose=False).input_ids)

    def uses_guidance(self, guidance_scale: float) -> bool:
        """Whether the negative half is computed: not at 1 or less, nor if the model takes the scale."""
        return guidance_scale > 1 and self.pipeline.unet.config.time_cond_proj_dim is None

    @torch.no_grad()
    def predict(
        self, scheduler: Any, latents: Tensor, timestep: Tensor, conditions: Embeddings, guidance_scale: float
    ) -> Tensor:
        """One guided model output for all frames.

        Args:
            scheduler: scales the input.
            latents: [F, C, h, w].
            timestep: a scalar.
            conditions: 2 F rows, negative ones first, with guidance, else F.
            guidance_scale: w in negative + w (positive - negative).

        Returns:
            [F, C, h, w].
        """
        guided = self.uses_guidance(guidance_scale)
        batch = torch.cat([latents] * 2) if guided else latents
        output: Tensor = self.pipeline.unet(
            scheduler.scale_model_input(batch, timestep),
            timestep,
            encoder_hidden_states=conditions.tokens,
            timestep_cond=self._scale_embedding(latents, guidance_scale),
            added_cond_kwargs=self._added_conditions(conditions, latents),
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

    def _added_conditions(self, conditions: Embeddings, latents: Tensor) -> dict[str, Tensor] | None:
        """What the UNet is told besides."""
        return None

    @torch.no_grad()
    def decode(self, latents: Tensor, output_type: str, chunk_size: int | None = None) -> Decoded:
        """Frames as PIL pictures ("pil") or fp32 arrays [height, width, 3] in 0..1 ("np").

        What overflows in half precision is decoded again in fp32.

        Args:
            latents: [F, C, h, w], finished.
            output_type: "pil" or "np".
            chunk_size: the most frames that are decoded at once, if fewer than usual.

        Raises:
            NumericsError: if a picture is not finite in fp32 either.
        """
        frames: list[Any] = []
        flagged: list[int] = []
        overflown: list[int] = []
        together = DECODED_TOGETHER if chunk_size is None else min(chunk_size, DECODED_TOGETHER)
        for start in range(0, latents.shape[0], together):
            chunk = latents[start : start + together]
            with precise(self.pipeline.vae, self._decodes_precisely):
                image = self._decoded(chunk)
            if broken := not_finite(image):
                with precise(self.pipeline.vae, True):
                    image = self._decoded(chunk)
                overflown += [start + k for k in broken]
                refuse_broken(not_finite(image), start, self.pipeline.vae.dtype)
            pictures, unsafe = self._pictures(image, output_type)
            flagged += [start + k for k, flag in enumerate(unsafe) if flag]
            frames.extend(np.asarray(picture) if output_type == "np" else picture for picture in pictures)
        return Decoded.of(frames, flagged, overflown)

    def _decoded(self, latents: Tensor) -> Tensor:
        """[F, 3, height, width] in -1..1."""
        latents = latents.to(self.pipeline.vae.dtype)
        image: Tensor = self.pipeline.vae.decode(self._unscaled(latents), return_dict=False)[0]
        return image

    @property
    def _decodes_precisely(self) -> bool:
        """Whether this family's decoder is known to overflow in half precision."""
        return False

    def _unscaled(self, latents: Tensor) -> Tensor:
        """Latents as the decoder takes them."""
        scale: float = self.pipeline.vae.config.scaling_factor
        return latents / scale

    def _pictures(self, image: Tensor, output_type: str) -> tuple[Any, list[bool]]:
        """Pictures, and which a safety checker flagged: those it has blackened."""
        image, unsafe = self.pipeline.run_safety_checker(image, self.device, self.dtype)
        unsafe = [False] * len(image) if unsafe is None else [bool(flag) for flag in unsafe]
        keep = [not flag for flag in unsafe]
        return self.pipeline.image_processor.postprocess(
            image, output_type=output_type, do_denormalize=keep
        ), unsafe

    def preview(self, latents: Tensor) -> Any:
        """Small pictures, uint8 [F, h, w, 3]: a pixel for each latent of [F, C, h, w], made at once."""
        if self._colours is None:
            with precise(self.pipeline.vae, self._decodes_precisely):
                self._colours = fit_colours(self.pipeline.vae, self.pipeline.vae_scale_factor)
        return self._colours(self._unscaled(latents.float()))

    def release(self) -> None:
        """Gives back the memory of what is offloaded between renders; nothing is without offloading."""
        self.pipeline.maybe_free_model_hooks()
