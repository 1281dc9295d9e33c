"""Words in, frames out: the only place that knows directors, diffusion and video together."""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import numpy as np
from torch import Generator, Tensor

from direct2v.checkpoints import Checkpoint
from direct2v.diffusion import (
    Step,
    backbone_of,
    camera_path,
    check_latents,
    check_motion,
    check_types,
    choose_noise,
    denoise,
    encode_words,
    for_camera,
    layout_indices,
    notes_on,
    read_told,
    roll_again,
)
from direct2v.diffusion.loading import load_model
from direct2v.diffusion.resuming import Identity, adopt, fingerprint, load_state, save_state
from direct2v.director import Director, direct
from direct2v.errors import InputError
from direct2v.model_source import ModelSource
from direct2v.models import model_defaults, weights_sha256
from direct2v.paces import Pace, check_fit, find_pace
from direct2v.presets import Preset, at_pace, notes_on_preset, resolve_settings
from direct2v.rendering import Rendering
from direct2v.settings import RenderSettings
from direct2v.storyboard import Storyboard
from direct2v.text import numbered
from direct2v.video import ModelRecord, RedrawnFrame, RunRecord, as_preset

__all__ = ["DirecT2V", "Rendering", "generate"]

MAX_ROLLS = 3  # renders more, for frames that a safety checker flags


class DirecT2V:
    """Draws storyboards with a pipeline of diffusers: Stable Diffusion 1.x, 2.x, XL, or distilled from these.

    Args:
        pipeline: as diffusers loaded it; it stays as it is.
        defaults: settings that this model asks for where a preset leaves them open.
        source: what it was loaded from, for the record.
        path: where its weights are, for the record.

    Raises:
        ModelError: if the pipeline is of another kind.
    """

    def __init__(
        self,
        pipeline: Any,
        *,
        defaults: Mapping[str, Any] | None = None,
        source: ModelSource | None = None,
        path: Path | None = None,
    ) -> None:
        self.backbone = backbone_of(pipeline)
        self.defaults = {**self.backbone.defaults, **(defaults or {})}
        self.source = ModelSource(name="unnamed pipeline") if source is None else source
        self.path = path

    @classmethod
    def from_pretrained(cls, model: str | Path | ModelSource = "storybook", **options: Any) -> "DirecT2V":
        """Loads a model.

        Args:
            model: "storybook" for the embedded one, a folder in diffusers format, a .safetensors file, or a
                hub id (owner/name).
            **options: any other field of ``ModelSource``: config, lora, embedding, scheduler, dtype, device,
                offload, vae_slicing, vae_tiling.

        Raises:
            ModelError: if the model, or a file added to it, is missing, damaged or of the wrong kind.
            SettingsError: if an option is not accepted, or cannot be used on this machine.
            MissingExtraError: if LoRAs are given without the extra "lora".
        """
        loaded = load_model(ModelSource.of(model, **options))
        defaults = model_defaults(loaded.path)
        return cls(loaded.pipeline, defaults=defaults, source=loaded.source, path=loaded.path)

    def render(
        self,
        prompts: Storyboard | Sequence[str] | None = None,
        *,
        prompt_embeds: Tensor | None = None,
        pooled_prompt_embeds: Tensor | None = None,
        negative_prompt: str | Sequence[str] | None = None,
        negative_prompt_embeds: Tensor | None = None,
        negative_pooled_prompt_embeds: Tensor | None = None,
        preset: str | Preset = "direct2v",
        pace: str | None = None,
        seed: int | None = None,
        generator: Generator | None = None,
        latents: Tensor | None = None,
        output_type: Literal["pil", "np", "latent"] = "pil",
        on_step: Callable[[Step], object] | None = None,
        checkpoint: str | Path | Checkpoint | None = None,
        **overrides: Any,
    ) -> Rendering:
        """Draws one frame for each prompt.

        Args:
            prompts: a storyboard, or one text for each of 1 to 1024 frames.
            prompt_embeds: [F, L, D] instead of prompts.
            pooled_prompt_embeds: [F, P], beside ``prompt_embeds``, for SDXL.
            negative_prompt: what no frame, or each frame, should not show; None takes the storyboard's.
            negative_prompt_embeds: [F, L, D] or [1, L, D] instead of ``negative_prompt``.
            negative_pooled_prompt_embeds: [F, P] or [1, P], beside ``negative_prompt_embeds``, for SDXL.
            preset: a name in ``PRESETS``, or a preset of your own.
            pace: a name in ``PACES``: fewer steps by a solver that makes do with them. What is given besides,
                also a scheduler at loading, counts before it.
            seed: 0 to 2^32 - 1; None draws one, which ``Rendering.settings`` tells.
            generator: a torch generator instead of a seed. With noise_source "sequential" (``released``) all
                randomness comes from it in order; otherwise one number from it becomes the seed.
            latents: standard normal start: [1, C, h, w], or without layout phase also [F, C, h, w].
            output_type: "pil", "np" or "latent".
            on_step: called with each ``Step``; what it raises ends the render.
            checkpoint: a file that keeps the state after each step. If it is there already the render goes on
                from it, to the same frames; ``Rendering.save`` removes it.
            **overrides: any field of ``RenderSettings``.

        Raises:
            InputError: if words, embeddings or latents do not fit together, the model, or the checkpoint.
            SettingsError: if a setting is not accepted, or the checkpoint was made with others.
            ModelError: if another model made the checkpoint.
            NumericsError: if latents become NaN or infinite.
            OutputError: if the checkpoint cannot be written, or belongs to a run that is still drawing.
        """
        if output_type not in ("pil", "np", "latent"):
            raise InputError(f"unknown output_type {output_type!r}; accepted: pil, np, latent")
        check_types(generator=generator, latents=latents)
        told = read_told(
            prompts=prompts,
            prompt_embeds=prompt_embeds,
            pooled_prompt_embeds=pooled_prompt_embeds,
            negative_prompt=negative_prompt,
            negative_prompt_embeds=negative_prompt_embeds,
            negative_pooled_prompt_embeds=negative_pooled_prompt_embeds,
        )
        chosen = self._pace(pace)
        overrides = at_pace(chosen, preset, self.defaults, overrides)
        settings = resolve_settings(preset, self.defaults, seed=seed, **overrides)
        settings = for_camera(settings, told.storyboard)
        scheduler = self._scheduler(chosen)
        notes = list(notes_on_preset(preset, settings, overrides))
        keeper = None if checkpoint is None else Checkpoint.at(checkpoint)
        clock = _Clock()
        with nullcontext() if keeper is None else keeper.held():
            head = None if keeper is None else keeper.head()
            if generator is None:
                settings = adopt(settings, head)
            settings, noise = choose_noise(settings, seed, generator)
            words = encode_words(
                self.backbone, told.positive, told.negative, settings.guidance_scale, settings.long_prompts
            )
            check_latents(self.backbone, latents, words.num_frames, settings)
            path = camera_path(told.storyboard, words.num_frames, settings.motion)
            check_motion(path, layout_indices(settings))
            notes += notes_on(settings, words.num_frames)
            inputs = "" if keeper is None else fingerprint(told, latents)
            clock.lap("encode")
            for tries_left in reversed(range(MAX_ROLLS + 1)):
                identity = self._identity(settings, inputs, scheduler) if keeper else None
                resumed = None
                if keeper is not None and identity is not None and head is not None:
                    notes += identity.check(head, keeper.name)
                    resumed, head = load_state(keeper, head), None
                run = denoise(
                    self.backbone,
                    words,
                    settings,
                    noise,
                    scheduler=None if scheduler is None else self.backbone.scheduler(scheduler),
                    latents=latents,
                    path=path,
                    resumed=resumed,
                )
                with closing(run):  # also when on_step raises
                    for step in run:
                        if keeper is not None and identity is not None:
                            notes += save_state(keeper, step, identity)
                        if on_step is not None:
                            on_step(step)
                clock.lap("denoise")
                if output_type == "latent":
                    decoded = None
                    break
                decoded = self.backbone.decode(step.latents, output_type, settings.chunk_size)
                clock.lap("decode")
                if not decoded.flagged:
                    break
                named = numbered(decoded.flagged)
                if not tries_left:
                    stay = "stays" if len(decoded.flagged) == 1 else "stay"
                    notes.append(f"the safety checker still flags {named}, which {stay} black")
                    break
                notes.append(f"the safety checker flagged {named}; drawn again with the next noise")
                settings = roll_again(settings, decoded.flagged, words.num_frames)
                settings, noise = choose_noise(settings, None, generator)
        self.backbone.release()

        frames: Any = None if decoded is None else decoded.frames
        return Rendering(
            frames=np.stack(frames) if output_type == "np" else frames,
            latents=step.latents,
            settings=settings,
            storyboard=told.record,
            notes=(*notes, *(() if decoded is None else decoded.notes)),
            timings=clock.laps,
            model=self._model_record(scheduler),
            path=self.path,
            latents_given=latents is not None,
            checkpoints=() if keeper is None else (keeper,),
            decode=lambda between: self.backbone.decode(between, "pil").frames,
        )

    def preview(self, step: Step) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """What a step's frames are going to be, small and roughly, for ``on_step``; costs next to nothing.

        Args:
            step: the latest one.

        Returns:
            [F, h, w, 3], a pixel for each latent; in the layout phase one frame.
        """
        pictures: np.ndarray[Any, np.dtype[np.uint8]] = self.backbone.preview(step.clean())
        return pictures

    def _identity(self, settings: RenderSettings, inputs: str, scheduler: str | None) -> Identity:
        """What a checkpoint must agree with."""
        model = self._model_record(scheduler)
        if self.path is not None:
            model = model.model_copy(update={"sha256": weights_sha256(self.path)})
        return Identity(
            settings=settings.model_dump(mode="json"),
            model=model.model_dump(mode="json"),
            inputs=inputs,
            versions={name: metadata.version(name) for name in ("torch", "diffusers", "transformers")},
        )

    def _pace(self, name: str | None) -> Pace | None:
        if name is None:
            return None
        pace = find_pace(name)
        check_fit(pace, self.backbone.kind, has_lora=self.backbone.has_lora)
        return pace

    def _scheduler(self, pace: Pace | None) -> str | None:
        """The one that a pace brings, unless one was asked for at loading."""
        return None if pace is None or self.source.scheduler is not None else pace.scheduler

    def _model_record(self, scheduler: str | None) -> ModelRecord:
        """What computes now; the hash of the weights, which takes time, is added where it is saved."""
        own = self.source.scheduler or type(self.backbone.pipeline.scheduler).__name__
        facts = {
            "scheduler": scheduler or own,
            "dtype": self.backbone.dtype,
            "device": self.backbone.device.type,
        }
        return ModelRecord.model_validate(self.source.model_dump() | facts)

    def repeat(
        self,
        record: RunRecord,
        *,
        on_step: Callable[[Step], object] | None = None,
        checkpoint: str | Path | Checkpoint | None = None,
        **overrides: Any,
    ) -> Rendering:
        """Draws a recorded run again: the whole storyboard, then each frame that was drawn anew since.

        Args:
            record: of the run.
            on_step: called with each ``Step`` of each render; what it raises ends the repetition.
            checkpoint: as for ``render``; each render after the first has one of its own beside it.
            **overrides: any field of ``RenderSettings``, for all of it.

        Raises:
            InputError: if the run cannot be repeated: it was made from embeddings, or started from what no
                seed tells and none is given.
        """
        storyboard = record.repeatable("the run", seeded=overrides.get("seed") is not None)
        keeper = None if checkpoint is None else Checkpoint.at(checkpoint)
        whole = self.render(
            storyboard, preset=record.preset(), on_step=on_step, checkpoint=keeper, **overrides
        )
        checkpoints = list(whole.checkpoints)
        frames, latents, redrawn = list(whole.frames or ()), whole.latents.clone(), []
        timings = Counter(whole.timings)
        for number, earlier in enumerate(record.redrawn, start=2):
            preset = as_preset(earlier.settings)
            part = None if keeper is None else keeper.part(number)
            again = self.render(
                earlier.storyboard, preset=preset, on_step=on_step, checkpoint=part, **overrides
            )
            checkpoints += again.checkpoints
            index = earlier.frame - 1
            frames[index], latents[index] = list(again.frames or ())[index], again.latents[index]
            timings.update(again.timings)
            redrawn.append(
                RedrawnFrame(
                    frame=earlier.frame,
                    storyboard=earlier.storyboard,
                    settings=again.settings,
                    model=again.model_record,
                )
            )
        return replace(
            whole,
            frames=frames,
            latents=latents,
            timings={name: round(spent, 3) for name, spent in timings.items()},
            redrawn=tuple(redrawn),
            only_frame=record.only_frame,
            checkpoints=tuple(checkpoints),
        )


def generate(
    prompt: str,
    num_frames: int | None = None,
    *,
    director: str | Director = "storybook",
    model: str | Path = "storybook",
    seed: int | None = None,
    preset: str | Preset = "direct2v",
    pace: str | None = None,
    **overrides: Any,
) -> Rendering:
    """One sentence in, a story out: directs the prompt, loads the model, draws the frames.

    Args:
        prompt: what happens, in one sentence.
        num_frames: 1 to 1024; None leaves it to the director: 8, or all that a storyboard file has.
        director: who writes the storyboard, see ``direct2v.direct``.
        model: see ``DirecT2V.from_pretrained``.
        seed: of director and frames; None draws one, which ``Rendering.settings`` tells.
        preset: a name in ``PRESETS``, or a preset of your own.
        pace: a name in ``PACES``.
        **overrides: any field of ``RenderSettings``.

    Raises:
        Direct2VError: see ``DirecT2V.from_pretrained`` and ``DirecT2V.render``.
    """
    seed = secrets.randbelow(2**31) if seed is None else seed
    resolve_settings(preset, seed=seed, **overrides)  # before anything slow
    if pace is not None:
        find_pace(pace)
    options = {"model": model} if isinstance(director, str) else {}
    storyboard = direct(prompt, num_frames, director=director, seed=seed, **options)
    engine = DirecT2V.from_pretrained(model)
    return engine.render(storyboard, preset=preset, pace=pace, seed=seed, **overrides)


class _Clock:
    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, name: str) -> None:
        now = time.monotonic()
        self.laps[name] = round(self.laps.get(name, 0.0) + now - self._last, 3)
        self._last = now
