"""What fewer steps cost in story quality: seconds per video against scene state that is right.

    python benchmarks/steps.py --json benchmarks/rows/steps.json --only ddim  8 minutes; so for each scheduler

Stories of held-out scenes and wordings, none of which a training or another report uses, go through the
director, the embedded model at its defaults (shared layout, mapped values, filter) and the reader.
``right`` is the share of the meant scenes' attributes that the reader sees, as in
recipes/storybook/report.py; its standard error counts a story as one. Every case draws the same stories
from the same seeds, story by story, so that cases can be compared in pairs: ``per_story`` keeps what that
needs. Seconds are without the director.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from harness import ROOT, Row, facts, keep, parser, quartiles, rounded, say, start

sys.path.insert(0, str(ROOT / "recipes" / "storybook"))

from measuring import figure

from direct2v.director import resolve_director
from direct2v.engine import DirecT2V
from direct2v.errors import DirectorError
from direct2v.evaluation.story import state_seen
from direct2v.paces import PACES
from direct2v.storybook.reader import SceneReader, load_reader
from direct2v.storybook.world.stories import Story, sample_story

FRAMES: Final = 8
SCHEDULERS: Final = ("ddim", "dpm++-2m", "unipc", "euler")
STEPS: Final = (4, 6, 8, 12, 20)
NAMES: Final = ("case", "stories")


@dataclass
class Case:
    """One way to draw, and what came of it so far."""

    name: str
    engine: DirecT2V
    settings: dict[str, Any]
    steps: int = 0
    rights: list[list[bool]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def draw(self, storyboard: Any, story: Story, seed: int, reader: SceneReader) -> None:
        """One story more."""
        began = time.perf_counter()
        rendering = self.engine.render(storyboard, seed=seed, output_type="np", **self.settings)
        self.seconds.append(time.perf_counter() - began)
        self.steps = rendering.settings.num_inference_steps
        readings = reader.read(np.rint(rendering.frames * 255).astype(np.uint8))
        pairs = zip(readings, story.scenes, strict=True)
        self.rights.append([right for reading, scene in pairs for right in state_seen(reading, scene)])

    def row(self) -> Row:
        """What came of all stories."""
        right, taken = figure(self.rights), quartiles(self.seconds)
        return {
            "case": self.name,
            "steps": self.steps,
            "stories": len(self.rights),
            "right": rounded(right["mean"]),
            "right_se": rounded(right["se"]),
            "seconds": taken["median"],
            "seconds_quartiles": taken["quartiles"],
            "per_story": [rounded(float(np.mean(rights))) for rights in self.rights],
        }


def cases(options: argparse.Namespace) -> list[Case]:
    """Every scheduler with every number of steps, and the paces that suit the embedded model."""
    found = []
    for scheduler in SCHEDULERS:
        steps = [number for number in STEPS if options.only in f"{scheduler} {number}"]
        if steps:
            engine = DirecT2V.from_pretrained(scheduler=scheduler, device=options.device)
            found += [Case(f"{scheduler} {n}", engine, {"num_inference_steps": n}) for n in steps]
    paces = [pace.name for pace in PACES.values() if pace.model == "ordinary" and not pace.needs_lora]
    paces = [name for name in paces if options.only in f"pace {name}"]
    if paces:
        engine = DirecT2V.from_pretrained(device=options.device)
        found += [Case(f"pace {name}", engine, {"pace": name}) for name in paces]
    return found


def main() -> None:
    """Draws the stories in every case asked for."""
    arguments = parser(__doc__)
    arguments.add_argument("--stories", type=int, default=40, help="stories of 8 frames (40)")
    options = arguments.parse_args()
    start(options)
    run, rng = facts(options), random.Random("benchmark of steps")
    director, reader = resolve_director("storybook", cache=False), load_reader()
    compared = cases(options)
    for number in range(options.stories):
        story = sample_story(rng, FRAMES, "heldout")
        try:
            storyboard = director.direct(story.prompt, FRAMES, seed=number)
        except DirectorError as error:  # the same for all: it tells nothing about steps
            say(f"no storyboard for {story.prompt!r}: {error}")
            continue
        for case in compared:
            if number == 0:
                case.engine.render(storyboard, seed=number, **case.settings)  # loads what the first run loads
            case.draw(storyboard, story, number, reader)
        if number % 10 == 9:
            say(f"{number + 1} of {options.stories} stories")
    for case in compared:
        keep(options.json, case.row() | {"run": run}, NAMES)


if __name__ == "__main__":
    main()
