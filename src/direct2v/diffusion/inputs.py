"""What a caller may hand to a render: checked before anything is computed, and brought into one form."""

from collections.abc import Sequence
from typing import Any

from torch import Generator, Tensor

from direct2v.diffusion.backbone import StableDiffusionBackbone
from direct2v.diffusion.layout import layout_indices
from direct2v.errors import InputError
from direct2v.settings import RenderSettings
from direct2v.storyboard import Storyboard
from direct2v.text import is_unicode, printable

__all__ = ["as_storyboard", "check_latents", "check_types", "negative_words"]


def check_types(*, generator: Any, negative_prompt: Any, prompts: Any = None, **tensors: Any) -> None:
    """Refuses what is of the wrong kind, which would otherwise fail deep inside a library.

    Args:
        generator: a torch generator.
        negative_prompt: a text, or a sequence of texts.
        prompts: a storyboard, or a sequence of texts.
        **tensors: what must be a torch tensor, by the name of the argument.

    Raises:
        InputError: naming the argument and its type. None is accepted for each.
    """
    for name, value in tensors.items():
        if value is not None and not isinstance(value, Tensor):
            raise InputError(f"{name} is a {_kind(value)}; accepted: a torch tensor")
    if generator is not None and not isinstance(generator, Generator):
        raise InputError(
            f"generator is a {_kind(generator)}; accepted: one torch.Generator, from which all frames draw"
        )
    if prompts is not None and not isinstance(prompts, Storyboard | Sequence):
        raise InputError(f"prompts is a {_kind(prompts)}; accepted: a storyboard, or one text per frame")
    if negative_prompt is None or isinstance(negative_prompt, str):
        texts: Sequence[Any] = [negative_prompt or ""]
    elif isinstance(negative_prompt, Sequence):
        texts = negative_prompt
    else:
        raise InputError(
            f"negative_prompt is a {_kind(negative_prompt)}; accepted: one text, or one text per frame"
        )
    for text in texts:
        if not isinstance(text, str):
            raise InputError(f"negative_prompt holds a {_kind(text)}; accepted: texts")
        if not is_unicode(text):
            raise InputError(f"negative_prompt is no valid Unicode: {printable(text, 80)!r}")


def as_storyboard(
    prompts: Storyboard | Sequence[str], negative_prompt: str | Sequence[str] | None
) -> Storyboard:
    """The storyboard that is drawn; a single ``negative_prompt`` takes the place of its own.

    Raises:
        InputError: if the texts, or their number, are not accepted.
    """
    if isinstance(prompts, str):
        raise InputError(
            "prompts is one text; give a list with one text per frame, "
            "or let a director write them with direct2v.generate"
        )
    if not isinstance(prompts, Storyboard):
        texts = list(prompts)
        prompts = Storyboard.from_prompts(texts[0] if texts else "nothing", texts)
    if isinstance(negative_prompt, str):
        prompts = prompts.model_copy(update={"negative_prompt": negative_prompt})
    return prompts


def negative_words(
    storyboard: Storyboard | None,
    negative_prompt: str | Sequence[str] | None,
    negative_prompt_embeds: Tensor | None,
) -> str | Sequence[str] | Tensor:
    """What no frame, or each frame, should not show: what was given, else the storyboard's own.

    Raises:
        InputError: if it was given twice.
    """
    if negative_prompt_embeds is not None:
        if negative_prompt is not None:
            raise InputError("give negative_prompt or negative_prompt_embeds, not both")
        return negative_prompt_embeds
    if negative_prompt is not None:
        return negative_prompt
    return "" if storyboard is None else storyboard.negative_prompt


def check_latents(
    backbone: StableDiffusionBackbone, latents: Tensor | None, num_frames: int, settings: RenderSettings
) -> None:
    """Refuses a start that does not fit the model, the size, the frames or the layout phase.

    Raises:
        InputError: naming the shape and those that are accepted.
        SettingsError: if the model cannot draw the size.
    """
    shape = backbone.latents_shape(settings.height, settings.width)
    if latents is None:
        return
    if settings.height is None and settings.width is None:
        shape = (shape[0], *latents.shape[2:])
    rows = (1, num_frames) if layout_indices(settings) is None else (1,)
    if latents.ndim != 4 or latents.shape[0] not in rows or latents.shape[1:] != shape:
        accepted = " or ".join(str([count, *shape]) for count in dict.fromkeys(rows))
        raise InputError(f"latents has shape {list(latents.shape)}; accepted here: {accepted}")


def _kind(value: object) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
