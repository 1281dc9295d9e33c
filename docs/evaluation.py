"""What the embedded CLIP says of the world's own pictures: the figures in docs/evaluation.md.

python docs/evaluation.py
"""

import random
from dataclasses import replace

import numpy as np

from direct2v.evaluation import load_encoders
from direct2v.evaluation.similarity import adjacent_similarity, alignment, consistency, retrieval_accuracy
from direct2v.storybook.world.captions import canonical
from direct2v.storybook.world.render import render
from direct2v.storybook.world.sampling import random_scene
from direct2v.storybook.world.scene import Scene
from direct2v.storybook.world.stories import sample_story
from direct2v.storybook.world.words import POSITION

NAMES = ("frame alignment", "prompt alignment", "prompt retrieval", "adjacent CLIP", "background consistency")
CLIP = load_encoders().clip


def figures(frames: np.ndarray, captions: list[str], prompt: str) -> list[float | None]:
    """What ``measure`` says, of CLIP only."""
    seen, told, asked = CLIP.pictures(frames), CLIP.texts(captions), CLIP.texts([prompt])
    return [
        alignment(seen, told),
        alignment(seen, asked),
        retrieval_accuracy(seen, told),
        adjacent_similarity(seen),
        consistency(seen),
    ]


def crossing(rng: random.Random) -> list[Scene]:
    """A thing that can stand at all five positions, at each in turn."""
    while True:
        scene = random_scene(rng, "heldout")
        try:
            (thing,) = scene.subjects
            scenes = [replace(scene, subjects=(replace(thing, position=place),)) for place in POSITION]
        except ValueError:  # not one thing, or one that cannot be there
            continue
        if len({canonical(scene) for scene in scenes}) == len(scenes):
            return scenes


def show(title: str, rows: list[list[float | None]]) -> None:
    """Mean and standard error of each figure."""
    values = np.array(rows, float)
    means, errors = values.mean(axis=0), values.std(axis=0, ddof=1) / len(values) ** 0.5
    told = (
        f"{name} {mean:.3f} ± {error:.3f}" for name, mean, error in zip(NAMES, means, errors, strict=True)
    )
    print(f"{title} (n = {len(rows)}): {', '.join(told)}")


def main() -> None:
    """Prints all figures."""
    rng = random.Random("docs: evaluation")
    true, frozen, crossings = [], [], []
    for _ in range(64):
        story = sample_story(rng, 8, "heldout")
        frames = np.stack([render(scene, 1) for scene in story.scenes])
        true.append(figures(frames, list(story.captions), story.prompt))
        frozen.append(figures(frames[[0] * 8], list(story.captions), story.prompt))
        scenes = crossing(rng)
        captions = [canonical(scene) for scene in scenes]
        crossings.append(figures(np.stack([render(scene, 1) for scene in scenes]), captions, captions[0]))
    show("True stories", true)
    show("Their first picture, repeated", frozen)
    show("True stories of one thing at five positions", crossings)


if __name__ == "__main__":
    main()
