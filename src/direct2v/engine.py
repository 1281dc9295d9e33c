"""Words in, frames out: the only place that knows directors, diffusion and video together."""

import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import numpy as np
from torch import Generator, Tensor

from direct2v.checkpoints import Checkpoint
from direct2v.diffusion import (
    Clock,
    Drawing,
    Step,
    backbone_of,
    camera_path,
    check_latents,
    check_motion,
    check_types,
    choose_noise,
    encode_words,
    for_camera,
    layout_indices,
    notes_on,
    read_told,
)
from direct2v.diffusion.loading import load_model
from direct2v.diffusion.resuming import Identity, Keeper, fingerprint
from direct2v.director import Director, direct
from direct2v.errors import InputError
from direct2v.model_source import ModelSource
from direct2v.models import model_defaults, weights_sha256
from direct2v.paces import Pace, check_fit, find_pace
from direct2v.presets import Preset, at_pace, notes_on_preset, resolve_settings
from direct2v.rendering import Rendering
from direct2v.settings import RenderSettings
from direct2v.storyboard import Storyboard
from direct2v.video import ModelRecord, RedrawnFrame, RunRecord, as_preset

__all__ = ["DirecT2V", "Rendering", "generate"]


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
        notes = notes_on_preset(preset, settings, overrides)
        kept_in = None if checkpoint is None else Checkpoint.at(checkpoint)
        clock = Clock()
        with nullcontext() if kept_in is None else kept_in.held():
            inputs = "" if kept_in is None else fingerprint(told, latents)
            keeper = Keeper(kept_in, lambda settings: self._identity(settings, inputs, scheduler))
            if generator is None:
                settings = keeper.adopt(settings)
            settings, noise = choose_noise(settings, seed, generator)
            words = encode_words(
                self.backbone, told.positive, told.negative, settings.guidance_scale, settings.long_prompts
            )
            check_latents(self.backbone, latents, words.num_frames, settings)
            path = camera_path(told.storyboard, words.num_frames, settings.motion)
            check_motion(path, layout_indices(settings))
            clock.lap("encode")
            drawn = Drawing(
                backbone=self.backbone,
                words=words,
                scheduler=None if scheduler is None else self.backbone.scheduler(scheduler),
                latents=latents,
                path=path,
                generator=generator,
                output_type=output_type,
                on_step=on_step,
                keeper=keeper,
                clock=clock,
                notes=[*notes, *notes_on(settings, words.num_frames)],
            ).draw(settings, noise)
        self.backbone.release()

        frames: Any = None if drawn.pictures is None else drawn.pictures.frames
        return Rendering(
            frames=np.stack(frames) if output_type == "np" else frames,
            latents=drawn.latents,
            settings=drawn.settings,
            storyboard=told.record,
            notes=drawn.notes,
            timings=clock.laps,
            model=self._model_record(scheduler),
            path=self.path,
            latents_given=latents is not None,
            checkpoints=() if kept_in is None else (kept_in,),
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
