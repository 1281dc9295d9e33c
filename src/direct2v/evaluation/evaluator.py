"""From a run or a video to its figures, with notes on what they do not tell."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from direct2v.evaluation.encoders import Encoders, load_encoders
from direct2v.evaluation.footage import Footage, load_footage
from direct2v.evaluation.measuring import measure
from direct2v.evaluation.telling import Telling, telling
from direct2v.files import replacing
from direct2v.storyboard import Storyboard
from direct2v.storybook.world.vocabulary import unknown_words

__all__ = ["Evaluation", "evaluate"]


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The figures of one video.

    Attributes:
        source: where the frames are.
        num_frames: that were measured, each once.
        height: of a frame, in pixels.
        width: of a frame, in pixels.
        prompt: the user's own sentence, where known.
        clip: the model that embedded frames and texts.
        dino: the model that embedded frames for subject consistency; None for none.
        metrics: by name, see ``ALL_METRICS``; None where a metric has no value. Those of ``STORY_METRICS``
            are there only where the storybook reader can judge.
        notes: what is worth knowing about the figures.
    """

    source: str
    num_frames: int
    height: int
    width: int
    prompt: str | None
    clip: str
    dino: str | None
    metrics: Mapping[str, float | None]
    notes: tuple[str, ...]

    def as_data(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        return {"version": 1, "direct2v": metadata.version("direct2v"), **vars(self)}

    def save(self, path: str | Path) -> None:
        """Writes a JSON file, whole or not at all; an existing file is replaced.

        Raises:
            OutputError: if it cannot be written.
        """
        with replacing(Path(path)) as temporary:
            text = json.dumps(self.as_data(), indent=2, ensure_ascii=False)
            temporary.write_text(f"{text}\n", encoding="utf-8", newline="\n")


def evaluate(
    source: str | Path,
    *,
    storyboard: Storyboard | str | Path | None = None,
    prompt: str | None = None,
    clip: str | Path = "storybook",
    dino: str | Path | None = None,
) -> Evaluation:
    """Measures a run, or any video.

    Args:
        source: a run folder, a video file, or a folder of PNG; see ``load_footage``.
        storyboard: what the frames should show, or a file of it; None takes the run's own.
        prompt: the user's own sentence; None takes the storyboard's.
        clip: what embeds frames and texts: "storybook", or a folder or hub id of a CLIP or SigLIP.
        dino: a folder or hub id of a DINO, for subject consistency; None goes without.

    Raises:
        InputError: if there is no such video, or its storyboard has another number of frames.
        ModelError: if a model is missing, damaged or of another kind.
        MissingExtraError: without the extra "evaluation".
    """
    footage = load_footage(source, storyboard)
    return evaluate_footage(footage, prompt=prompt, models=load_encoders(clip, dino))


def evaluate_footage(footage: Footage, *, prompt: str | None = None, models: Encoders) -> Evaluation:
    """Measures what has been read, with models that are loaded.

    Raises:
        MissingExtraError: without the extra "evaluation".
    """
    storyboard = footage.storyboard
    if prompt is None and storyboard is not None:
        prompt = storyboard.prompt
    told = Telling(metrics={}, notes=()) if storyboard is None else telling(footage.frames, storyboard)
    measured = measure(footage.frames, storyboard, prompt=prompt, models=models)
    return Evaluation(
        source=footage.source,
        num_frames=len(footage.frames),
        height=footage.frames.shape[1],
        width=footage.frames.shape[2],
        prompt=prompt,
        clip=models.clip.name,
        dino=None if models.dino is None else models.dino.name,
        metrics={**told.metrics, **measured},
        notes=(*told.notes, *notes_on_metrics(measured, storyboard, prompt=prompt, models=models)),
    )


def notes_on_metrics(
    metrics: Mapping[str, float | None],
    storyboard: Storyboard | None,
    *,
    prompt: str | None,
    models: Encoders,
) -> tuple[str, ...]:
    """Why figures are missing, and which tell little."""
    notes = []
    if storyboard is None:
        needed = "story accuracy, frame alignment and prompt retrieval"
        notes.append(f"no storyboard is known, which {needed} need; give one with --storyboard")
    if prompt is None:
        notes.append("no prompt is known, which prompt alignment needs; give it with --prompt")
    if models.dino is None:
        notes.append(
            "subject consistency needs a DINO, which is not embedded; name one with --dino, a folder in "
            "transformers format or a hub id, as in facebook/dino-vitb16"
        )
    if metrics["flicker"] is None:
        notes.append("a single frame has no neighbours: what compares frames has no value")
    visible = metrics["visible_share"]
    if visible is not None and visible < 0.5:
        notes.append(
            f"only {visible:.0%} of pixels can be followed from frame to frame; warp error tells of these"
        )
    texts = [] if storyboard is None else storyboard.texts()
    unknown = unknown_words([*texts, *([] if prompt is None else [prompt])])
    if models.clip.name == "storybook" and unknown:
        named = ", ".join(unknown[:6]) + (" ..." if len(unknown) > 6 else "")
        notes.append(
            f"the embedded CLIP was not trained on some words ({named}); alignment and retrieval tell little "
            "of them: name another with --clip"
        )
    return tuple(notes)
