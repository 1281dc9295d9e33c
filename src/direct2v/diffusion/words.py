"""What the model is told about each frame: texts or embeddings, with their negative counterparts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from direct2v.diffusion.backbone import StableDiffusionBackbone
from direct2v.diffusion.embeddings import Embeddings
from direct2v.errors import InputError

__all__ = ["Words", "encode_words"]


@dataclass(frozen=True, eq=False)
class Words:
    """Embeddings for F frames.

    Attributes:
        positive: F rows.
        negative: F rows; None without guidance.
    """

    positive: Embeddings
    negative: Embeddings | None

    @property
    def num_frames(self) -> int:
        """F."""
        return self.positive.num_rows

    def of(self, frames: Sequence[int]) -> Embeddings:
        """Negative rows of these frames, then positive rows; positive rows alone without guidance."""
        positive = self.positive.each(lambda embeds: embeds[list(frames)])
        if self.negative is None:
            return positive
        return self.negative.each(lambda embeds: embeds[list(frames)]).followed_by(positive)

    def layout(self, rows: Literal["first_frame", "released"]) -> Embeddings:
        """The rows for the layout's single frame: 0 and F of those of all frames; in the release 0 and 1."""
        if rows == "released" and self.negative is not None and self.num_frames > 1:
            return self.negative.each(lambda embeds: embeds[:2])
        return self.of([0])


def encode_words(
    backbone: StableDiffusionBackbone,
    prompts: Sequence[str] | Embeddings,
    negative: str | Sequence[str] | Embeddings,
    guidance_scale: float,
    long_prompts: Literal["refuse", "chunk"] = "refuse",
) -> Words:
    """Embeddings from texts, or embeddings as they are.

    Args:
        backbone: the model.
        prompts: F texts, or embeddings of F rows.
        negative: one text, F texts, or embeddings of 1 or F rows; not looked at without guidance.
        guidance_scale: decides whether there is a negative half.
        long_prompts: whether texts longer than the model reads are refused, or read in pieces, of which
            all texts get as many.

    Raises:
        InputError: if numbers or shapes do not fit, or a text is longer than the model reads.
    """
    texts = [] if isinstance(prompts, Embeddings) else [*prompts]
    if not isinstance(negative, Embeddings) and backbone.uses_guidance(guidance_scale):
        texts += [negative] if isinstance(negative, str) else negative
    num_pieces = 1
    if long_prompts == "chunk":
        num_pieces = max((len(backbone.pieces(text)) for text in texts), default=1)
    positive = prompts if isinstance(prompts, Embeddings) else backbone.encode(prompts, num_pieces=num_pieces)
    shape, size = positive.tokens.shape, backbone.token_size
    if len(shape) != 3 or shape[0] == 0 or shape[2] != size:
        raise InputError(f"prompt_embeds has shape {list(shape)}; accepted: [frames, tokens, {size}]")
    _check_pooled(backbone, positive, "")
    num_frames, num_tokens, _ = shape
    if isinstance(negative, Embeddings):
        accepted = [num_frames, num_tokens, size], [1, num_tokens, size]
        if list(negative.tokens.shape) not in accepted:
            raise InputError(
                f"negative_prompt_embeds has shape {list(negative.tokens.shape)}; "
                f"accepted: {accepted[0]} or {accepted[1]}"
            )
        _check_pooled(backbone, negative, "negative_")
    elif not isinstance(negative, str) and len(negative) != num_frames:
        raise InputError(f"got {len(negative)} negative prompts for {num_frames} frames")
    positive = positive.each(lambda embeds: embeds.to(backbone.device, backbone.dtype))
    if not backbone.uses_guidance(guidance_scale):
        return Words(positive, None)
    if not isinstance(negative, Embeddings):
        negative = [negative] if isinstance(negative, str) else negative
        negative = backbone.encode(negative, negative=True, num_pieces=num_pieces)
        if negative.tokens.shape[1] != num_tokens:
            raise InputError(
                f"prompt_embeds has {num_tokens} tokens, negative prompts of this model "
                f"{negative.tokens.shape[1]}; give negative_prompt_embeds"
            )
    return Words(
        positive,
        negative.each(
            lambda embeds: embeds.to(backbone.device, backbone.dtype).expand(num_frames, *embeds.shape[1:])
        ),
    )


def _check_pooled(backbone: StableDiffusionBackbone, given: Embeddings, kind: str) -> None:
    name, size = f"{kind}pooled_prompt_embeds", backbone.pooled_size
    if size is None:
        if given.pooled is not None:
            raise InputError(f"{name} is for models with two text encoders (SDXL); leave it out")
        return
    accepted = [given.num_rows, size]
    if given.pooled is None:
        raise InputError(f"this model also needs {name}, of shape {accepted}")
    if list(given.pooled.shape) != accepted:
        raise InputError(f"{name} has shape {list(given.pooled.shape)}; accepted: {accepted}")
