"""Named bundles of settings, as data: the method, the authors' release of it, and its peers as baselines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from direct2v.errors import SettingsError
from direct2v.paces import Pace
from direct2v.settings import RenderSettings
from direct2v.text import printable

__all__ = ["PRESETS", "Preset", "at_pace", "find_preset", "notes_on_preset", "resolve_settings"]


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A method by name.

    Attributes:
        name: what ``--preset`` takes.
        summary: one line.
        settings: what the method fixes; everything else is the model's choice, else the engine's.
        deviations: where it differs from the published description, one sentence each.
    """

    name: str
    summary: str
    settings: Mapping[str, Any]
    deviations: tuple[str, ...] = field(default=())


_PRESETS = (
    Preset(
        name="direct2v",
        summary="shared layout, rotating reference frame, dual-softmax filter",
        settings={"strategy": "rotational", "layout": "on"},
        deviations=(
            "The layout phase ends at least two steps before pure noise: few-step runs keep their layout.",
            "The period follows from steps and frames, so that every frame is a reference; it is 4 at the "
            "release's 96 steps and 8 frames.",
            "Confidence pairs the two softmaxes of one query and key (mutual form); its quantile is taken "
            "per guidance half and frame.",
            "Frame k's noise depends on the seed and k alone.",
        ),
    ),
    Preset(
        name="released",
        summary="the authors' code of July 2023, with its defects, so that its numbers can be checked",
        settings={
            "num_inference_steps": 100,
            "guidance_scale": 12.0,
            "eta": 0.0,
            "strategy": "rotational",
            "period": 4,
            "period_offset": 1,
            "layers": "last_two",
            "phi": 0.0,
            "filter_form": "literal",
            "confidence": "mean",
            "quantile_scope": "call",
            "layout": "on",
            "t0": None,  # the general rule gives 90 and 95 at 100 steps
            "t1": None,
            "layout_prompt": "released",
            "renoise": "released",
            "history": "carried",
            "motion": (0.0, 0.0),
            "renewal_noise": "independent",
            "noise_source": "sequential",
        },
        deviations=(
            "The filter is off in its pipeline; set phi to turn it on (0.05 and 0.01 in its processors).",
            "Only the last two up blocks map values; its option for all layers is layers='all', and its "
            "option without rotation is strategy='first': every frame reads the first.",
            "Its step counter is 1 at the first call: the reference is floor((s + 1) / 4) mod F.",
            "The layout is drawn from rows 0 and 1 of [negatives, positives]: with two frames or more, "
            "without any prompt.",
            "Noise is added with the product of alphas[t0:t1], one training step off the scheduler's law.",
            "Multistep schedulers carry the layout phase's history into the all-frames phase, and the phases "
            "are cut between model calls, not between steps.",
            "Confidence multiplies entry (i, j) of both softmaxes without a transpose, and one quantile runs "
            "over guidance halves, heads, frames and queries of a layer call.",
            "All noise comes from one generator in the order of use.",
            "Where the release crashes, this preset runs: guidance_scale <= 1 draws the layout from the "
            "first frame's prompt, and phi > 0 acts on torch 2 as in its processor for torch 1.",
        ),
    ),
    Preset(
        name="text2video-zero",
        summary="Text2Video-Zero (arXiv 2303.13439): shared layout with motion, every frame reads the first",
        settings={
            "num_inference_steps": 50,
            "guidance_scale": 7.5,
            "eta": 0.0,
            "strategy": "first",
            "layers": "all",
            "phi": 0.0,
            "layout": "on",
            "t0": 44,
            "t1": 47,
            "layout_prompt": "first_frame",
            "renoise": "released",
            "history": "carried",
            "motion": (12.0, 12.0),
            "renewal_noise": "independent",
            "noise_source": "sequential",
        },
        deviations=("Follows diffusers' pipeline of that name, whose noising product it shares.",),
    ),
    Preset(
        name="free-bloom",
        summary="Free-Bloom (arXiv 2309.14494): noise in common, three frames read early, frames in between",
        settings={
            "num_inference_steps": 50,
            "guidance_scale": 12.5,
            "eta": 0.0,
            "strategy": "own+previous+first",
            "early_share": 0.42,  # its steps 0 to 20 of 50
            "layers": "all",
            "phi": 0.0,
            "layout": "off",
            "initial_noise": "mixed",
            "rho": 0.9755,  # cos^2(0.1 pi / 2), its diversity of 0.1
            "keyframe_interval": 2,
            "keyframe_share": 0.42,
            "keyframe_weight": 0.9,
        },
        deviations=(
            "Its code adds new frames between drawn ones, none by default, whose words it interpolates; here "
            "every second frame of the story is such a frame and keeps its own words. keyframe_interval=1 "
            "draws every frame for itself.",
            "Its configurations do not say for how many steps frames are interpolated; here it is as long as "
            "three frames are read.",
            "Its long negative prompt is left to the user.",
            "Frame k's noise depends on the seed and k alone.",
        ),
    ),
    Preset(
        name="consistent-self-attention",
        summary="StoryDiffusion (arXiv 2405.01434): each frame reads itself and half of all others' tokens",
        settings={
            "strategy": "own+sampled",
            "token_share": 0.5,
            "layers": "up",
            "phi": 0.0,
            "layout": "off",
            "initial_noise": "shared",
        },
        deviations=(
            "Of every other frame exactly half the tokens are read, where the release draws each token with "
            "probability 0.5.",
            "Every step and layer takes part; the release leaves out the first five steps, and later each "
            "layer with probability 0.3 or 0.1.",
            "All frames read all frames; the release lets later pictures read a fixed set of first ones.",
            "Frames start from the same noise; the release draws each frame's own.",
        ),
    ),
    Preset(
        name="independent",
        summary="no coupling: each frame drawn from its own prompt and noise; the floor of consistency",
        settings={"strategy": "own", "phi": 0.0, "layout": "off", "initial_noise": "independent"},
    ),
    Preset(
        name="frozen",
        summary="the first frame, repeated: the control that wins every score of neighbouring frames",
        settings={
            "strategy": "own",
            "phi": 0.0,
            "layout": "off",
            "keyframe_interval": 1024,  # no story has more frames
            "keyframe_share": 1.0,
            "keyframe_weight": 1.0,
        },
    ),
)

PRESETS: Mapping[str, Preset] = {preset.name: preset for preset in _PRESETS}


def find_preset(preset: str | Preset) -> Preset:
    """The preset of that name; one of your own as it is.

    Raises:
        SettingsError: for an unknown name.
    """
    if isinstance(preset, Preset):
        return preset
    if preset not in PRESETS:
        raise SettingsError(f"unknown preset {printable(preset, 40)!r}; known: {', '.join(PRESETS)}")
    return PRESETS[preset]


def at_pace(
    pace: Pace | None,
    preset: str | Preset,
    model_defaults: Mapping[str, Any] | None,
    overrides: Mapping[str, Any],
) -> dict[str, Any]:
    """What is asked for, completed by what a pace fixes; both count before model and preset.

    Raises:
        SettingsError: for an unknown preset.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    if pace is None:
        return given
    default = RenderSettings.model_fields["num_inference_steps"].default
    asked = {**(model_defaults or {}), **find_preset(preset).settings}
    return {**pace.overrides(asked.get("num_inference_steps", default)), **given}


def resolve_settings(
    preset: str | Preset = "direct2v", model_defaults: Mapping[str, Any] | None = None, **overrides: Any
) -> RenderSettings:
    """The settings of a render; of two that name a field, the later wins: engine, model, preset, overrides.

    Args:
        preset: a name in ``PRESETS``, or a preset of your own.
        model_defaults: what the model asks for where the preset leaves it open.
        **overrides: what the user asks for; None means not given.

    Raises:
        SettingsError: for an unknown preset or field, or a value outside what is accepted.
    """
    preset = find_preset(preset)
    given = {name: value for name, value in overrides.items() if value is not None}
    wanted = {**(model_defaults or {}), **preset.settings, **_scaled_indices(preset, given), **given}
    if (
        given.get("layout") == "off"
    ):  # then the preset's indices mean nothing; the user's own are still checked
        wanted = {name: value for name, value in wanted.items() if name not in ("t0", "t1") or name in given}
    return RenderSettings.of(**wanted)


def notes_on_preset(
    preset: str | Preset, settings: RenderSettings, overrides: Mapping[str, Any]
) -> tuple[str, ...]:
    """What ``resolve_settings`` did to the preset's own indices, if it had to change them."""
    preset = find_preset(preset)
    given = {name: value for name, value in overrides.items() if value is not None}
    if settings.layout == "off" or not _scaled_indices(preset, given):
        return ()
    fixed = preset.settings
    before = f"t0={fixed.get('t0')}, t1={fixed.get('t1')} of {fixed['num_inference_steps']} steps"
    after = "the general rule" if settings.t0 is None else f"t0={settings.t0}, t1={settings.t1}"
    return (f"{preset.name} has {before}; for {settings.num_inference_steps} steps they became {after}",)


def _scaled_indices(preset: Preset, given: Mapping[str, Any]) -> dict[str, int | None]:
    """The preset's t0 and t1 for another number of steps; None is the general rule, {} no change."""
    fixed = preset.settings
    own, steps = fixed.get("num_inference_steps"), given.get("num_inference_steps")
    t0, t1 = fixed.get("t0"), fixed.get("t1")
    if own is None or type(steps) is not int or steps == own or (t0 is None and t1 is None):
        return {}
    if t0 is None or t1 is None or "t0" in given or "t1" in given:
        return {"t0": None, "t1": None}
    t1 = min(round(t1 * steps / own), steps - 2)  # as in the general rule, one step from pure noise
    t0 = min(round(t0 * steps / own), t1 - 1)
    return {"t0": t0, "t1": t1} if t0 >= 1 else {"t0": None, "t1": None}
