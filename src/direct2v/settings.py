"""Everything that decides a render besides the words and the model, as one frozen value. No torch here."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    model_validator,
)

from direct2v.errors import SettingsError
from direct2v.strategies import STRATEGIES
from direct2v.text import printable
from direct2v.validation import describe_errors

__all__ = ["MAX_SEED", "AttentionSettings", "NoiseSharing", "RenderSettings"]

MAX_SEED = 2**32 - 1  # torch's CPU generator looks at no more bits

NoiseSharing = Literal["shared", "mixed", "independent"]


def _number(**bounds: Any) -> Any:
    # strict: neither "1" nor true is a number here
    return Field(strict=True, allow_inf_nan=False, **bounds)


def _count(minimum: int, maximum: int | None = None) -> Any:
    return Field(strict=True, ge=minimum, le=maximum)


def _period(value: object) -> object:
    if value == "auto" or (type(value) is int and value >= 1):
        return value
    raise ValueError(f"got {printable(repr(value), 40)}; accepted: 'auto' or a whole number from 1")


def _strategy(name: str) -> str:
    if name in STRATEGIES:
        return name
    raise ValueError(f"got {printable(repr(name), 40)}; accepted: {', '.join(sorted(STRATEGIES))}")


class AttentionSettings(BaseModel):
    """How frames read each other: all that ``direct2v.attach`` takes, and part of every render.

    Attributes:
        strategy: whose keys and values a frame reads at each step, by name: see ``direct2v.strategies``.
        period: steps for which the rotating reference stays; "auto" makes it go round ``rotations`` times.
        rotations: how often "auto" goes round all frames.
        period_offset: added to the step index before dividing by the period.
        early_share: of the steps in which "own+previous+first" reads three frames; later ones read their own.
        token_share: of the tokens that "own+sampled" reads of every other frame, 0 < share <= 1.
        layers: which self-attention layers map values: those of the last two up blocks, of all up blocks,
            or all.
        phi: share of the queries that the dual-softmax filter sends back to their own frame, 0 <= phi < 1.
        filter_form: how the printed formula is read: "mutual" multiplies the two softmaxes of one pair,
            "literal" has no transpose.
        confidence: how a query's row of confidences becomes one number.
        quantile_scope: the phi-quantile is taken per (guidance half, frame), or over a whole layer call.
        attention_path: how the filter is computed, which changes the cost and not the frames, up to rounding;
            "auto" takes what is fastest on the device.
        seed: decides every random draw, also a strategy's; None only where a used torch generator was given
            instead.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    strategy: Annotated[str, AfterValidator(_strategy)] = "rotational"
    period: Annotated[int | Literal["auto"], PlainValidator(_period)] = "auto"
    rotations: Annotated[int, _count(1)] = 3
    period_offset: Annotated[int, _count(0)] = 0
    early_share: Annotated[float, _number(ge=0, le=1)] = 1.0
    token_share: Annotated[float, _number(gt=0, le=1)] = 0.5
    layers: Literal["last_two", "up", "all"] = "last_two"

    phi: Annotated[float, _number(ge=0, lt=1)] = 0.05
    filter_form: Literal["mutual", "literal"] = "mutual"
    confidence: Literal["mean", "max"] = "mean"
    quantile_scope: Literal["frame", "call"] = "frame"
    attention_path: Literal["auto", "one-exponential", "tiled", "flex"] = "auto"

    seed: Annotated[int, _count(0, MAX_SEED)] | None = None

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Settings from values by name.

        Raises:
            SettingsError: for an unknown field, or a value outside what is accepted.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise SettingsError(describe_errors(error, cls)) from None


class RenderSettings(AttentionSettings):
    """How a storyboard is rendered, frames reading each other included; goes through JSON and back unchanged.

    The defaults are the engine's own: the method as ``direct2v`` has it, for Stable Diffusion at full size.

    Attributes:
        num_inference_steps: S, scheduler steps from pure noise to clean.
        guidance_scale: classifier-free guidance; 1 or less turns guidance off and halves the work.
        eta: of the schedulers that know it (DDIM): 0 is deterministic, 1 is ancestral.
        height: of a frame, in pixels; None for the model's own.
        width: of a frame, in pixels; None for the model's own.
        chunk_size: how many frames the model computes at once; None for all. Fewer take less memory, and give
            the same frames up to rounding.
        long_prompts: texts with more tokens than the model reads are refused, or read in chunks of as many,
            which its denoiser then reads one behind the other.
        layout: whether one frame's layout is drawn first and shared by all.
        t0: index, counted from the clean end, to which the layout is denoised; None for round(0.90 S).
        t1: index, counted from the clean end, at which all frames start; None for round(0.95 S).
        layout_prompt: the layout is drawn from the first frame's prompt, or from the rows the release takes.
        renoise: the law of the noise added from t0 back to t1: the scheduler's own, or the release's product.
        history: whether a multistep scheduler forgets the layout phase, or carries it on as the release does.
        motion: how far the window onto the layout moves per frame, right and down, in 1/512 of the frame:
            with positive values the content goes left and up.
        keyframe_interval: every so many frames one is drawn for itself; the others begin as what lies between
            their neighbours of that kind. 1 draws every frame for itself.
        keyframe_share: of the steps of all frames, in which the others follow; then they are drawn on.
        keyframe_weight: of what lies between in the latents of the others, 0..1.
        initial_noise: what frames have in common in the noise they start from (without layout phase).
        renewal_noise: what frames have in common in the noise added to the layout.
        rho: share of the variance that is common where noise is "mixed", 0..1.
        noise_source: "per_frame" derives frame k's noise from (seed, k) alone; "sequential" draws all from
            one generator in the order of the release.
        rolls: for each frame how often its noise was drawn anew, as happens where a safety checker flags it;
            () is never. A frame that was has noise of its own in everything.
    """

    num_inference_steps: Annotated[int, _count(1, 1000)] = 50
    guidance_scale: Annotated[float, _number(ge=0, le=100)] = 7.5
    eta: Annotated[float, _number(ge=0, le=1)] = 0.0
    height: Annotated[int, _count(8, 8192)] | None = None
    width: Annotated[int, _count(8, 8192)] | None = None
    chunk_size: Annotated[int, _count(1)] | None = None

    long_prompts: Literal["refuse", "chunk"] = "refuse"

    layout: Literal["on", "off"] = "on"
    t0: Annotated[int, _count(0)] | None = None
    t1: Annotated[int, _count(1)] | None = None
    layout_prompt: Literal["first_frame", "released"] = "first_frame"
    renoise: Literal["exact", "released"] = "exact"
    history: Literal["reset", "carried"] = "reset"
    motion: tuple[Annotated[float, _number(ge=-512, le=512)], Annotated[float, _number(ge=-512, le=512)]] = (
        0.0,
        0.0,
    )

    keyframe_interval: Annotated[int, _count(1)] = 1
    keyframe_share: Annotated[float, _number(ge=0, le=1)] = 0.5
    keyframe_weight: Annotated[float, _number(ge=0, le=1)] = 0.9

    initial_noise: NoiseSharing = "shared"
    renewal_noise: NoiseSharing = "independent"
    rho: Annotated[float, _number(ge=0, le=1)] = 0.5
    noise_source: Literal["per_frame", "sequential"] = "per_frame"
    rolls: tuple[Annotated[int, _count(0)], ...] = ()

    @model_validator(mode="after")
    def _layout_is_possible(self) -> Self:
        steps = self.num_inference_steps
        if self.layout == "off":
            if self.t0 is not None or self.t1 is not None:
                raise ValueError(
                    "t0 and t1 belong to the layout phase; leave them out, or set layout to 'on'"
                )
            return self
        if self.t1 is not None and self.t1 >= steps:
            raise ValueError(
                f"t1 is {self.t1}, but must be below num_inference_steps = {steps}; give t0 and t1 that fit"
            )
        below = steps - 1 if self.t1 is None else self.t1
        if self.t0 is not None and self.t0 >= below:
            name = "num_inference_steps - 1" if self.t1 is None else "t1"
            raise ValueError(f"t0 is {self.t0}, but must be below {name} = {below}")
        return self
