"""Giving value mapping to a denoiser for a while, and taking it away without a trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch

from direct2v.attention.control import FrameControl
from direct2v.attention.dual_softmax import DualSoftmaxFilter
from direct2v.attention.kernels import workspace
from direct2v.attention.processor import MappedAttnProcessor
from direct2v.attention.steps import StepFinder
from direct2v.errors import InputError, SettingsError
from direct2v.settings import AttentionSettings
from direct2v.strategies import bind

__all__ = ["attach", "attached", "frame_control", "mapped_layers", "refuse_attached"]

Layers = Literal["last_two", "up", "all"]


@contextmanager
def attach(target: Any, *, num_frames: int, scheduler: Any = None, **settings: Any) -> Iterator[None]:
    """Value mapping and filtering in any stock diffusers UNet pipeline, for the length of a ``with`` block.

    The pipeline is called as ever, with one prompt (or one latent) per frame; its batch is a multiple of
    ``num_frames``, frames innermost, as diffusers orders guidance halves. Every call is a run of its own.

    The very processor objects found come back at the end, also after an exception. Cross-attention keeps its
    own (an IP-Adapter's too), and a ControlNet's layers stay as they are. Processors that slice attention or
    use another library's kernels are replaced where values are mapped; set inside the block, they replace
    the mapping until its end. With one frame, or strategy "own", nothing is attached at all.

    Args:
        target: a pipeline with a UNet, or a UNet, also if it is compiled or offloaded.
        num_frames: F, in every batch.
        scheduler: tells the steps; None for the pipeline's own.
        **settings: any field of ``AttentionSettings``: strategy, period, layers, phi, seed and so on.

    Raises:
        SettingsError: if a setting is not accepted, or the UNet has no such layers or is attached already.
        InputError: if ``target`` has no UNet or no scheduler; while it runs, if a batch does not hold the
            frames.
    """
    options = AttentionSettings.of(**settings)
    denoiser = getattr(target, "unet", target)
    if not (hasattr(denoiser, "set_attn_processor") and hasattr(denoiser, "up_blocks")):
        raise InputError(
            f"attach needs a diffusers UNet or a pipeline with one, not a {type(target).__name__}"
        )
    if scheduler is None and not hasattr(target, "scheduler"):
        raise InputError("a UNet alone does not tell the steps; give attach a scheduler, or the pipeline")
    if type(num_frames) is not int or num_frames < 1:
        raise InputError(f"num_frames is {num_frames!r}; accepted: a whole number from 1")
    control, finder = frame_control(options, num_frames), StepFinder()
    if _is_off(options, num_frames):
        yield
        return

    def before(_: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        sample = kwargs["sample"] if "sample" in kwargs else args[0]
        timestep = kwargs["timestep"] if "timestep" in kwargs else args[1]
        if sample.shape[0] % num_frames:
            raise InputError(
                f"the denoiser got a batch of {sample.shape[0]}, which is no multiple of {num_frames} frames"
            )
        control.go_to(*finder.find(target.scheduler if scheduler is None else scheduler, timestep))

    with attached(denoiser, control, options):
        # it decides for layers that may be compiled, and must not be compiled with them
        eager = torch.compiler.disable(before)  # type: ignore[no-untyped-call]
        hook = denoiser.register_forward_pre_hook(eager, with_kwargs=True)
        try:
            yield
        finally:
            hook.remove()


def frame_control(settings: AttentionSettings, num_frames: int) -> FrameControl:
    """What layers follow under these settings.

    Raises:
        SettingsError: if the strategy does not fit the frames or the filter.
    """
    dual_softmax = DualSoftmaxFilter(
        phi=settings.phi,
        form=settings.filter_form,
        confidence=settings.confidence,
        scope=settings.quantile_scope,
        path=settings.attention_path,
    )
    return FrameControl(bind(settings), num_frames, dual_softmax)


@contextmanager
def attached(denoiser: Any, control: FrameControl, settings: AttentionSettings) -> Iterator[None]:
    """Layers of ``denoiser`` follow ``control``, which whoever drives it takes from step to step.

    Raises:
        SettingsError: if the denoiser has no such layers or is attached already.
    """
    if _is_off(settings, control.num_frames):
        yield
        return
    refuse_attached(denoiser)
    found = dict(denoiser.attn_processors)
    chosen = mapped_layers(denoiser, settings.layers)
    # set_attn_processor empties the dictionary that it is given
    denoiser.set_attn_processor(
        {
            name: MappedAttnProcessor(processor, control) if name in chosen else processor
            for name, processor in found.items()
        }
    )
    try:
        yield
    finally:
        denoiser.set_attn_processor(dict(found))
        workspace.release()


def _is_off(settings: AttentionSettings, num_frames: int) -> bool:
    return settings.strategy == "own" or num_frames == 1


def refuse_attached(denoiser: Any) -> None:
    """Raises if value mapping is attached already.

    Raises:
        SettingsError: saying so.
    """
    if any(isinstance(processor, MappedAttnProcessor) for processor in denoiser.attn_processors.values()):
        raise SettingsError("this denoiser is attached already; leave the with block that it is in first")


def mapped_layers(denoiser: Any, layers: Layers) -> set[str]:
    """Names of the processors of the self-attention layers that take part.

    Raises:
        SettingsError: if there are none.
    """
    names = {name for name in denoiser.attn_processors if ".attn1." in name}
    if layers != "all":
        count = len(denoiser.up_blocks)
        first = 0 if layers == "up" else max(0, count - 2)
        blocks = tuple(f"up_blocks.{index}." for index in range(first, count))
        names = {name for name in names if name.startswith(blocks)}
    if not names:
        where = {"all": "", "up": " in its up blocks", "last_two": " in its last two up blocks"}[layers]
        hint = "" if layers == "all" else "; try layers='all'"
        raise SettingsError(f"this model has no self-attention{where}{hint}")
    return names
