"""The denoising loop, as a generator: progress, preview and cancelling belong to whoever drives it.

With a layout phase: one frame from pure noise to T1 and on to T0; copies of it, moved, back to T1 with new
noise; then all frames from T1 to clean, in which value mapping acts. Without: all frames from pure noise.
"""

import copy
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal

import torch
from torch import Tensor

from direct2v.attention import attached, frame_control, refuse_attached
from direct2v.diffusion.backbone import StableDiffusionBackbone
from direct2v.diffusion.clean import clean_estimate
from direct2v.diffusion.decoding import not_finite
from direct2v.diffusion.embeddings import Embeddings
from direct2v.diffusion.keyframes import follow_keyframes
from direct2v.diffusion.layout import LayoutIndices, layout_indices
from direct2v.diffusion.motion import CameraPath, translate, warp
from direct2v.diffusion.noise_law import CLEAN, noise_level, renoise, renoise_as_released
from direct2v.diffusion.randomness import NoiseSource
from direct2v.diffusion.schedule import Schedule
from direct2v.diffusion.snapshot import Snapshot, restore_scheduler, scheduler_state
from direct2v.diffusion.words import Words
from direct2v.errors import NumericsError, SettingsError
from direct2v.settings import RenderSettings
from direct2v.text import numbered

__all__ = ["Step", "denoise"]

Phase = Literal["layout", "frames"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Step:
    """The state after one step.

    Attributes:
        phase: "layout" (one frame) or "frames" (all).
        step_index: position in the phase, from 0.
        num_steps: steps of the phase.
        timestep: the scheduler's value at which the step began.
        latents: [1, C, h, w] or [F, C, h, w].
        completed: steps of the whole run that are done, from 1 to ``total``.
        total: steps of the whole run.
        snapshot: gives all that ``denoise`` needs to go on after this step; to be called before the next one.
        clean: gives the clean latents, of the shape of ``latents``, that the model expected in this step, or
            ``latents`` where that is not known; to be called before the next one.
    """

    phase: Phase
    step_index: int
    num_steps: int
    timestep: float
    latents: Tensor
    completed: int
    total: int
    snapshot: Callable[[], Snapshot]
    clean: Callable[[], Tensor]


def denoise(
    backbone: StableDiffusionBackbone,
    words: Words,
    settings: RenderSettings,
    noise: NoiseSource,
    *,
    scheduler: Any = None,
    latents: Tensor | None = None,
    path: CameraPath | None = None,
    resumed: Snapshot | None = None,
) -> Generator[Step, None, None]:
    """Draws the frames. Closing the generator early puts the denoiser back at once.

    Args:
        backbone: the model.
        words: for F frames.
        settings: complete.
        noise: where random numbers come from.
        scheduler: of diffusers; it stays as it is. None for the model's own.
        latents: standard normal start, [1, C, h, w], or [F, C, h, w] without layout phase; None to draw it.
        path: how the camera moves over the layout; None leaves it still.
        resumed: where an earlier run with the same arguments stopped; None to begin.

    Yields:
        The state after each step, with ``resumed`` first that one; the last holds the finished latents.

    Raises:
        NumericsError: if latents are not finite after a step.
        SettingsError: if the scheduler or the model cannot do what is asked.
    """
    yield from _Run(backbone, words, settings, noise, scheduler).frames(latents, path, resumed)


class _Run:
    """One render in progress."""

    def __init__(
        self,
        backbone: StableDiffusionBackbone,
        words: Words,
        settings: RenderSettings,
        noise: NoiseSource,
        scheduler: Any,
    ) -> None:
        self.backbone = backbone
        self.words = words
        self.settings = settings
        self.noise = noise
        self.control = frame_control(settings, words.num_frames)
        self.control.refuse_chunks(settings.chunk_size)
        refuse_attached(backbone.denoiser)
        self.indices = layout_indices(settings)
        self.schedule = Schedule(
            copy.deepcopy(backbone.pipeline.scheduler if scheduler is None else scheduler),
            settings.num_inference_steps,
            backbone.device,
            by_call=self.indices is not None and settings.history == "carried",
        )
        self.completed = 0
        self.total = len(self.schedule.steps)
        self.at_t1: tuple[Tensor, Any] | None = None  # the layout's latents there, and the scheduler
        self.seen: tuple[int, Tensor, Tensor] | None = None  # the last call, its latents and the output

    def frames(
        self, latents: Tensor | None, path: CameraPath | None, resumed: Snapshot | None
    ) -> Iterator[Step]:
        num_steps, num_frames = len(self.schedule.steps), self.words.num_frames
        if self.indices is None:
            start, x = 0, self._start(range(num_frames), latents)
        else:
            start = num_steps - self.indices.t1 - 1
            self.total += self.indices.t1 - self.indices.t0
            if resumed is None or resumed.phase == "layout":
                x = yield from self._layout(self.indices, start, self._start([0], latents), path, resumed)
            elif self.settings.history == "reset":
                self.schedule.restart(start)

        begin = 0
        if resumed is not None and resumed.phase == "frames":
            x, begin = self._resume(resumed), resumed.step_index + 1
            self.completed = self.total - (num_steps - start) + resumed.step_index
            yield self._report("frames", begin - 1, num_steps - start, start + begin - 1, x)
        with attached(self.backbone.denoiser, self.control, self.settings):
            for s, index in enumerate(range(start + begin, num_steps), start=begin):
                self.control.go_to(s, num_steps - start)
                x = self._step(index, x, self._predict_in_chunks)
                if s < round(self.settings.keyframe_share * (num_steps - start)):
                    x = follow_keyframes(x, self.settings.keyframe_interval, self.settings.keyframe_weight)
                yield self._report("frames", s, num_steps - start, index, x)

    def _start(self, frames: Sequence[int], latents: Tensor | None) -> Tensor:
        backbone, settings = self.backbone, self.settings
        if latents is None:
            shape = backbone.latents_shape(settings.height, settings.width)
            latents = self.noise.draw("initial", frames, shape, settings.initial_noise, settings.rho)
        elif latents.shape[0] == 1:
            latents = latents.expand(len(frames), -1, -1, -1)
        x: Tensor = latents.to(backbone.device, backbone.dtype) * self.schedule.scheduler.init_noise_sigma
        return x

    def _layout(
        self,
        indices: LayoutIndices,
        start: int,
        x: Tensor,
        path: CameraPath | None,
        resumed: Snapshot | None,
    ) -> Generator[Step, None, Tensor]:
        """From one frame's noise to all frames' latents before step ``start``."""
        schedule, settings = self.schedule, self.settings
        predict = partial(self._predict, self.words.layout(settings.layout_prompt))
        end = start + indices.t1 - indices.t0
        if settings.history == "carried":
            schedule.refuse_split(start)
        scheduler, t0, t1 = schedule.scheduler, schedule.steps[end][0], schedule.steps[start][0]
        if settings.renoise == "released":
            add_noise = partial(renoise_as_released, scheduler, start=t0, end=t1)
        else:  # an unknown law is refused before anything is drawn
            add_noise = partial(renoise, start=noise_level(scheduler, t0), end=noise_level(scheduler, t1))
        begin = 0
        if resumed is not None:
            x, begin = self._resume(resumed), resumed.step_index + 1
            self.completed = resumed.step_index
            yield self._report("layout", begin - 1, end, begin - 1, x)
        for index in range(begin, end):
            if index == start:
                self.at_t1 = x, copy.deepcopy(schedule.scheduler)
            x = self._step(index, x, predict)
            yield self._report("layout", index, end, index, x)

        others = range(1, self.words.num_frames)
        noise = self.noise.draw("renewal", others, x.shape[1:], settings.renewal_noise, settings.rho)
        noise = noise.to(x.device, x.dtype)
        if path is None or path.only_shifts:
            copies = x.expand_as(noise)
            copies = add_noise(copies if path is None else translate(copies, path.shifts()[1:]), noise)
        else:  # interpolation would take variance from the noise that x holds
            output = predict(x, schedule.scheduler.timesteps[t0])
            clean = clean_estimate(scheduler, noise_level(scheduler, t0), x, output)
            seen = warp(clean.expand_as(noise), path.views(*x.shape[2:])[1:])
            copies = renoise(seen, noise, CLEAN, noise_level(scheduler, t1))
        assert self.at_t1 is not None  # start < end
        first_at_t1, carried = self.at_t1
        self.at_t1 = None
        if settings.history == "carried":
            schedule.scheduler = carried
        else:
            schedule.restart(start)
        return torch.cat([first_at_t1, copies])

    def _step(self, index: int, x: Tensor, predict: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
        scheduler = self.schedule.scheduler
        generator = self.noise.step_generators(range(x.shape[0]))
        extra = self.schedule.step_arguments(index, eta=self.settings.eta, generator=generator)
        for call in self.schedule.steps[index]:
            timestep = scheduler.timesteps[call]
            output = predict(x, timestep)
            self.seen = call, x, output
            x = scheduler.step(output, timestep, x, **extra, return_dict=False)[0]
        return x

    def _predict(self, embeds: Embeddings, x: Tensor, timestep: Tensor) -> Tensor:
        scale = self.settings.guidance_scale
        return self.backbone.predict(self.schedule.scheduler, x, timestep, embeds, scale)

    def _predict_in_chunks(self, x: Tensor, timestep: Tensor) -> Tensor:
        """The model's output for all frames [F, C, h, w], some of them at a time."""
        output = torch.empty_like(x)
        for frames in self.control.chunks(self.settings.chunk_size):
            rows = list(frames)
            embeds = self._all_words if len(rows) == len(x) else self.words.of(frames)
            output[rows] = self._predict(embeds, x[rows], timestep)
        return output

    @cached_property
    def _all_words(self) -> Embeddings:
        """Of all frames in one batch, for every step."""
        return self.words.of(range(self.words.num_frames))

    def _report(self, phase: Phase, step_index: int, num_steps: int, index: int, x: Tensor) -> Step:
        timestep = float(self.schedule.scheduler.timesteps[self.schedule.steps[index][0]])
        if broken := not_finite(x):
            kind = str(x.dtype).removeprefix("torch.")
            remedy = "another scheduler" if x.dtype == torch.float32 else "dtype float32 or bfloat16"
            raise NumericsError(
                f"latents of {numbered(broken)} became NaN or infinite in step {step_index + 1} of "
                f"{num_steps} of the {phase} phase (timestep {timestep:g}, {kind}); try {remedy}, or a lower "
                "guidance_scale"
            )
        self.completed += 1
        return Step(
            phase=phase,
            step_index=step_index,
            num_steps=num_steps,
            timestep=timestep,
            latents=x,
            completed=self.completed,
            total=self.total,
            snapshot=partial(self._snapshot, phase, step_index, x),
            clean=partial(self._clean, x),
        )

    def _clean(self, x: Tensor) -> Tensor:
        if self.seen is None:  # just resumed
            return x
        call, latents, output = self.seen
        try:
            level = noise_level(self.schedule.scheduler, call)
            if level.signal == 0:
                return x
            return clean_estimate(self.schedule.scheduler, level, latents, output)
        except SettingsError:  # no known law of noise, or kind of output
            return x

    def _snapshot(self, phase: Phase, step_index: int, x: Tensor) -> Snapshot:
        kept, scheduler = self.at_t1 or (None, None)
        return Snapshot(
            phase=phase,
            step_index=step_index,
            latents=x,
            scheduler=scheduler_state(self.schedule.scheduler),
            generators=self.noise.states(),
            kept_latents=kept,
            kept_scheduler=None if scheduler is None else scheduler_state(scheduler),
        )

    def _resume(self, resumed: Snapshot) -> Tensor:
        """Takes up where ``resumed`` was; gives its latents."""
        backbone = self.backbone
        restore_scheduler(self.schedule.scheduler, resumed.scheduler)
        self.noise.restore(resumed.generators)
        if resumed.kept_latents is not None and resumed.kept_scheduler is not None:
            scheduler = copy.deepcopy(self.schedule.scheduler)
            restore_scheduler(scheduler, resumed.kept_scheduler)
            self.at_t1 = resumed.kept_latents.to(backbone.device, backbone.dtype), scheduler
        return resumed.latents.to(backbone.device, backbone.dtype)
