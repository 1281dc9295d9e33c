"""One story by several presets: the same prompts, the same seed, the figures of each beside its frames."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from direct2v.diffusion import Step
from direct2v.director import Director, direct
from direct2v.engine import DirecT2V
from direct2v.evaluation.contenders import check_presets, preset_name
from direct2v.evaluation.encoders import Encoders, load_encoders
from direct2v.evaluation.evaluator import Evaluation, evaluate_footage
from direct2v.evaluation.footage import Footage
from direct2v.evaluation.side_by_side import SavedComparison, save_comparison
from direct2v.presets import Preset
from direct2v.rendering import Rendering
from direct2v.storyboard import Storyboard
from direct2v.video import Hold, as_pixels

__all__ = ["Compared", "Comparison", "compare"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Compared:
    """What one preset made of the story.

    Attributes:
        preset: its name.
        rendering: its frames, settings and notes.
        evaluation: its figures.
    """

    preset: str
    rendering: Rendering
    evaluation: Evaluation

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing about its settings and figures."""
        return (*self.rendering.notes, *self.evaluation.notes)


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparison:
    """One story by several presets.

    Attributes:
        storyboard: what all of them drew.
        seed: of all.
        results: one for each preset, in the order that was asked for.
    """

    storyboard: Storyboard
    seed: int
    results: tuple[Compared, ...]

    def save(
        self, path: str | Path, *, fps: float | None = None, hold: Hold = None, force: bool = False
    ) -> SavedComparison:
        """Writes a video with a cell for each preset, and beside it ``NAME.compare``, both or neither.

        That folder holds a contact sheet, ``metrics.json`` with every figure and setting, and the storyboard.

        Args:
            path: of the video: .mp4, .webm, .gif or .webp.
            fps: frames of the story per second; None for 2.
            hold: seconds each frame is shown, see ``Rendering.save``.
            force: replace an existing video and folder.

        Raises:
            InputError: if the path is none of a video, or a number is out of range.
            OutputError: if something stands there already, or cannot be written.
        """
        return save_comparison(self, path, fps=fps, hold=hold, force=force)

    def as_data(self) -> dict[str, Any]:
        """Everything but the frames, as JSON can hold it."""
        first = self.results[0]
        return {
            "version": 1,
            "direct2v": first.evaluation.as_data()["direct2v"],
            "storyboard": self.storyboard.model_dump(mode="json", exclude_none=True),
            "seed": self.seed,
            "model": first.rendering.model_record.model_dump(mode="json"),
            "clip": first.evaluation.clip,
            "dino": first.evaluation.dino,
            "presets": {
                result.preset: {
                    "metrics": dict(result.evaluation.metrics),
                    "notes": list(result.notes),
                    "settings": result.rendering.settings.model_dump(mode="json"),
                    "timings": dict(result.rendering.timings),
                }
                for result in self.results
            },
        }


def compare(
    story: str | Storyboard,
    presets: Sequence[str | Preset],
    num_frames: int | None = None,
    *,
    director: str | Director = "storybook",
    model: str | Path | DirecT2V = "storybook",
    seed: int | None = None,
    clip: str | Path = "storybook",
    dino: str | Path | None = None,
    on_step: Callable[[str, Step], object] | None = None,
    **overrides: Any,
) -> Comparison:
    """Draws one story with several presets from the same seed, and measures each.

    Args:
        story: what happens, in one sentence, or a storyboard.
        presets: names in ``PRESETS``, or presets of your own; each once.
        num_frames: see ``direct2v.generate``; of a sentence only.
        director: who writes the storyboard, see ``direct2v.direct``; of a sentence only.
        model: a loaded one, or see ``DirecT2V.from_pretrained``.
        seed: of director and frames; None draws one.
        clip: see ``direct2v.evaluate``.
        dino: see ``direct2v.evaluate``.
        on_step: called with the preset's name and each ``Step``; what it raises ends the comparison.
        **overrides: any field of ``RenderSettings``, for every preset.

    Raises:
        InputError: if a preset is unknown or given twice, or a setting is not accepted.
        Direct2VError: see ``direct2v.generate`` and ``direct2v.evaluate``.
    """
    seed = secrets.randbelow(2**31) if seed is None else seed
    check_presets(presets, seed=seed, **overrides)
    if isinstance(story, str):
        options = {"model": model} if isinstance(director, str) and not isinstance(model, DirecT2V) else {}
        story = direct(story, num_frames, director=director, seed=seed, **options)
    models = load_encoders(clip, dino)
    engine = model if isinstance(model, DirecT2V) else DirecT2V.from_pretrained(model)
    results = [
        _compared(engine, models, story, preset, on_step, {"seed": seed, **overrides}) for preset in presets
    ]
    return Comparison(storyboard=story, seed=seed, results=tuple(results))


def _compared(
    engine: DirecT2V,
    models: Encoders,
    storyboard: Storyboard,
    preset: str | Preset,
    on_step: Callable[[str, Step], object] | None,
    settings: Mapping[str, Any],
) -> Compared:
    name = preset_name(preset)

    def step(now: Step) -> None:
        if on_step is not None:
            on_step(name, now)

    rendering = engine.render(storyboard, preset=preset, on_step=step, **settings)
    frames = np.stack(as_pixels(list(rendering.frames or ())))
    footage = Footage(source=name, frames=frames, storyboard=storyboard)
    return Compared(preset=name, rendering=rendering, evaluation=evaluate_footage(footage, models=models))
