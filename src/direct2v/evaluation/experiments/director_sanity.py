"""Does the director do as it is told: so many frames, each on its own, in the order of the story?

And what is each instruction of its task prompt good for? Every one is left out in turn. For this the language
model is asked once and its answer taken as it is, so that no checking and asking again makes up for it.
"""

from typing import Any, Final

import numpy as np

from direct2v.director import Director, LanguageModelDirector, LocalWriter, StorybookDirector
from direct2v.director.contract import check
from direct2v.director.instructions import INSTRUCTIONS
from direct2v.director.tokens import token_budget
from direct2v.errors import DirectorError
from direct2v.evaluation.experiments.bench import Bench
from direct2v.evaluation.experiments.plan import Experiment, Outcome, Setting, Size
from direct2v.evaluation.metrics import Metric
from direct2v.evaluation.story import state_seen, told
from direct2v.storyboard import Storyboard
from direct2v.storybook import director_path
from direct2v.storybook.world.stories import Story

__all__ = ["DIRECTOR_METRICS", "DIRECTOR_SANITY", "kendall_tau"]

_WHOLE: Final = "whole prompt, asked once"
_TIE: Final = 1e-5

_METRICS: Final = (
    Metric(
        name="exact_count",
        title="Exact count",
        better="higher",
        low=0,
        high=1,
        about="share of stories with exactly as many frames as were asked for",
    ),
    Metric(
        name="self_contained",
        title="Self-contained",
        better="higher",
        low=0,
        high=1,
        about="share of frame prompts without a finding of the contract checks",
    ),
    Metric(
        name="kendall_tau",
        title="Kendall tau",
        better="higher",
        low=-1,
        high=1,
        about="order of the frame prompts against the known order of the story's states",
    ),
    Metric(
        name="states_told",
        title="States told",
        better="higher",
        low=0,
        high=1,
        about="share of scene attributes that the frame prompts tell as the story means them; "
        "0 for words that are not the embedded world's",
    ),
)
DIRECTOR_METRICS: Final = {metric.name: metric for metric in _METRICS}


def directed(bench: Bench, setting: Setting, story: Story, seed: int) -> Outcome:
    """Directs a story's prompt and looks at the frame prompts; all is 0 where no storyboard came.

    Args:
        bench: whose director it is.
        setting: `asked` "as used" for the director as the package uses it, "once" for its language model
            alone; `without` an instruction.
        story: whose prompt it is.
        seed: of the director.
    """
    try:
        board = _director(bench, **setting.values).direct(story.prompt, len(story.scenes), seed=seed)
    except DirectorError:
        return Outcome(dict.fromkeys(DIRECTOR_METRICS, 0.0))
    texts = board.texts()
    readings = [told(text) for text in texts[: len(story.scenes)]]
    readings += [None] * (len(story.scenes) - len(readings))
    rights = [state_seen(reading, scene) for reading, scene in zip(readings, story.scenes, strict=True)]
    return Outcome(
        {
            "exact_count": float(board.num_frames == len(story.scenes)),
            "self_contained": _self_contained(board),
            "kendall_tau": kendall_tau(_matched(bench, texts, story.captions)),
            "states_told": float(np.mean([right for frame in rights for right in frame])),
        }
    )


def _director(bench: Bench, *, asked: str, without: str | None = None) -> Director:
    director: Any = bench.director
    if asked == "as used":
        return bench.director
    if isinstance(director, StorybookDirector):
        writer, world = LocalWriter(director_path(), device="cpu"), ""
    elif isinstance(director, LanguageModelDirector):
        writer, world = director.writer, director.world  # type: ignore[assignment]
    else:
        return bench.director  # a file has no prompt to shorten
    return LanguageModelDirector(writer, world=world, attempts=1, lenient=True, without=without)


def _self_contained(board: Storyboard) -> float:
    """The share of frames that no check finds fault with."""
    at_fault = {finding.frame for finding in check(board, budget=token_budget("storybook"))}
    return 1 - len(at_fault - {None}) / board.num_frames


def _matched(bench: Bench, texts: list[str], captions: tuple[str, ...]) -> list[float]:
    """Which state of the story each frame prompt is most like, by the world's CLIP; of ties the middle.

    Like this any director's words can be placed, not only the embedded one's.
    """
    likeness = bench.encoders.clip.texts(texts) @ bench.encoders.clip.texts(list(captions)).T
    nearest = likeness >= likeness.max(axis=1, keepdims=True) - _TIE
    return [float(np.flatnonzero(row).mean()) for row in nearest]


def kendall_tau(states: list[float]) -> float:
    """Kendall's tau-b of a sequence with its own order, -1..1; 0 where all are the same, or there is one.

    Args:
        states: which state each frame shows, in the order of the frames; states that tie count as no pair.
    """
    values = np.asarray(states)
    later, earlier = np.triu_indices(len(values), 1)[::-1]
    signs = np.sign(values[later] - values[earlier])
    untied = int(np.count_nonzero(signs))
    return float(signs.sum() / (untied * len(signs)) ** 0.5) if untied else 0.0


DIRECTOR_SANITY = Experiment(
    name="director-sanity",
    title="The director",
    question="Does the director write as many frames as asked, each to be understood alone, in the order of "
    "the story? And which instruction of its task prompt makes it do so?",
    settings=(
        Setting(name=_WHOLE, factor="prompt", values={"asked": "once"}),
        Setting(name="as used, with checks", factor="prompt", values={"asked": "as used"}),
        *(
            Setting(name=f"without {name}", factor="prompt", values={"asked": "once", "without": name})
            for name in INSTRUCTIONS
        ),
    ),
    control=_WHOLE,
    compared=tuple(DIRECTOR_METRICS),
    full=Size(development=0, heldout=40, seeds=1),
    quick=Size(development=0, heldout=4, seeds=1),
    measure=directed,
    directs=True,
)
