"""What the experiments on drawing measure: a known story drawn, read back, and all metrics of its frames."""

from typing import Any, Final

import numpy as np

from direct2v.evaluation.experiments.bench import Bench
from direct2v.evaluation.experiments.plan import Outcome, Setting
from direct2v.evaluation.judging import judge
from direct2v.evaluation.measuring import measure
from direct2v.evaluation.story import Seen
from direct2v.storyboard import Storyboard
from direct2v.storybook.world.render import render
from direct2v.storybook.world.stories import Story

__all__ = ["COMPARED", "RENDERED", "drawn"]

COMPARED: Final = ("story_accuracy", "identity", "identity_look", "adjacent_clip")

RENDERED: Final = Setting(name="rendered", factor="control", values={"preset": None}, num_seeds=1)
"""The world's own pictures of the story: what the metrics say of a perfect drawing, errors of the reader
included."""


def drawn(bench: Bench, setting: Setting, story: Story, seed: int) -> Outcome:
    """Draws a story from its own captions, so that no director's mistake is counted as the image model's.

    Args:
        bench: the models.
        setting: values are `preset` (None for the world's own pictures) and fields of ``RenderSettings``.
        story: what is drawn.
        seed: of the noise.
    """
    values: dict[str, Any] = dict(setting.values)
    preset = values.pop("preset", "direct2v")
    storyboard = Storyboard.from_prompts(story.prompt, list(story.captions))
    if preset is None:
        frames = np.stack([render(scene, seed) for scene in story.scenes])
    else:
        made: Any = bench.engine.render(storyboard, preset=preset, seed=seed, output_type="np", **values)
        frames = np.rint(made.frames * 255).astype(np.uint8)
    found = judge(Seen.of(frames, bench.reader), story.scenes)
    found |= measure(frames, storyboard, models=bench.encoders)
    return Outcome({name: value for name, value in found.items() if value is not None}, frames)
