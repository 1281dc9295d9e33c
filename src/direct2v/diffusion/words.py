"""What the model is told about each frame: texts or embeddings, with their negative counterparts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from direct2v.diffusion.backbone import StableDiffusionBackbone
from direct2v.errors import InputError

__all__ = ["Words", "encode_words"]


@dataclass(frozen=True, eq=False)
class Words:
    """Embeddings for F frames.

    Attributes:
        positive: [F, L, D].
        negative: [F, L, D]; None without guidance.
    """

    positive: Tensor
    negative: Tensor | None

    @property
    def num_frames(self) -> int:
        """F."""
        return self.positive.shape[0]

    def all_frames(self) -> Tensor:
        """[negative rows, positive rows], or positive rows without guidance."""
        return self.positive if self.negative is None else torch.cat([self.negative, self.positive])

    def layout(self, rows: Literal["first_frame", "released"]) -> Tensor:
        """The rows for the layout's single frame: 0 and F of ``all_frames``, or 0 and 1 as in the release."""
        if self.negative is None:
            return self.positive[:1]
        if rows == "released":
            return self.all_frames()[:2]
        return torch.cat([self.negative[:1], self.positive[:1]])


def encode_words(
    backbone: StableDiffusionBackbone,
    prompts: Sequence[str] | Tensor,
    negative: str | Sequence[str] | Tensor,
    guidance_scale: float,
) -> Words:
    """Embeddings from texts, or embeddings as they are.

    Args:
        backbone: the model.
        prompts: F texts, or embeddings [F, L, D].
        negative: one text, F texts, or embeddings [1 or F, L, D]; not looked at without guidance.
        guidance_scale: decides whether there is a negative half.

    Raises:
        InputError: if numbers or shapes do not fit, or a text is longer than the model reads.
    """
    positive = prompts if isinstance(prompts, Tensor) else backbone.encode(prompts)
    width = backbone.denoiser.config.cross_attention_dim
    if positive.ndim != 3 or positive.shape[0] == 0 or positive.shape[2] != width:
        raise InputError(
            f"prompt_embeds has shape {list(positive.shape)}; accepted: [frames, tokens, {width}]"
        )
    num_frames = positive.shape[0]
    if isinstance(negative, Tensor):
        rows, expected = negative, positive.shape[1:]
        if rows.ndim != 3 or rows.shape[0] not in (1, num_frames) or rows.shape[1:] != expected:
            raise InputError(
                f"negative_prompt_embeds has shape {list(rows.shape)}; "
                f"accepted: {[num_frames, *expected]} or {[1, *expected]}"
            )
    elif not isinstance(negative, str) and len(negative) != num_frames:
        raise InputError(f"got {len(negative)} negative prompts for {num_frames} frames")
    if not backbone.uses_guidance(guidance_scale):
        return Words(positive.to(backbone.device, backbone.dtype), None)
    if not isinstance(negative, Tensor):
        rows = backbone.encode([negative] if isinstance(negative, str) else negative)
    rows = rows.expand(num_frames, -1, -1) if rows.shape[0] == 1 else rows
    if rows.shape != positive.shape:
        raise InputError(
            f"prompt_embeds has {positive.shape[1]} tokens, negative prompts of this model {rows.shape[1]}; "
            "give negative_prompt_embeds"
        )
    return Words(positive.to(backbone.device, backbone.dtype), rows.to(backbone.device, backbone.dtype))
