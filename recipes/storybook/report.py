"""Measures the embedded storybook model: does it draw what captions ask for, and do stories come out?

The pictures are read back by the reader network. Captions are paraphrases of scenes drawn from a seed that
no training used (the world is small enough that a scene may have been seen in training; its wording and
noise were not).
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from pathlib import Path

import numpy as np
from common import draw_scenes

from direct2v import DirecT2V
from direct2v.director import resolve_director
from direct2v.storybook.captions import Stated, paraphrase
from direct2v.storybook.reader import SceneReader, load_reader
from direct2v.storybook.render import render
from direct2v.storybook.scene import Scene
from direct2v.storybook.stories import plan

Rights = dict[str, list[bool]]

STORIES = (
    "A thunderstorm developing over a sea",
    "A corgi walks across a meadow",
    "A red flower grows in a field",
    "The sun sets over the mountains",
    "A blue car drives through the city as snow begins to fall",
    "A person in a yellow coat walks through the forest at night",
    "A purple balloon drifts over the desert",
    "A tree turns from green to red",
)


def judge(
    reader: SceneReader, pictures: np.ndarray, scenes: list[Scene], stated: list[Stated], into: Rights
) -> None:
    """Adds one right or wrong per attribute that the caption stated."""
    for reading, scene, said in zip(reader.read(pictures), scenes, stated, strict=True):
        for key, right in reading.agreement(scene).items():
            field = key.split(".")[0]
            told = getattr(said, field, True)
            if field == "sun" and scene.sun is None:
                told = said.weather  # only the weather says that it cannot be seen
            if told:
                into[field].append(right)


def measure_images(engine: DirecT2V, reader: SceneReader, count: int, options: dict) -> Rights:
    rng = random.Random("report")
    rights: Rights = defaultdict(list)
    scenes = draw_scenes(rng, count)
    for start in range(0, count, 16):
        part = scenes[start : start + 16]
        captions, stated = zip(*(paraphrase(scene, rng) for scene in part), strict=True)
        made = engine.render(captions, preset="independent", seed=start, output_type="np", **options).frames
        judge(reader, np.rint(made * 255).astype(np.uint8), part, list(stated), rights)
    return rights


def measure_stories(engine: DirecT2V, reader: SceneReader, seeds: int, options: dict) -> Rights:
    """Attributes right per frame, over the stories and seeds."""
    rights: Rights = defaultdict(list)
    director = resolve_director("storybook")
    for prompt in STORIES:
        scenes = list(plan(prompt, 8).scenes)
        for seed in range(seeds):
            made = engine.render(director.direct(prompt, 8), seed=seed, output_type="np", **options).frames
            pictures = np.rint(made * 255).astype(np.uint8)
            judge(reader, pictures, scenes, [Stated()] * 8, rights)
    return rights


def summary(rights: Rights) -> dict[str, dict[str, float]]:
    everything = [value for values in rights.values() for value in values]
    out = {}
    for field, values in {**rights, "all": everything}.items():
        mean, n = float(np.mean(values)), len(values)
        out[field] = {"mean": mean, "standard_error": (mean * (1 - mean) / n) ** 0.5, "n": n}
    return out


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    options.add_argument("--model", default="storybook")
    options.add_argument("--images", type=int, default=512, help="captions to draw")
    options.add_argument("--seeds", type=int, default=20, help="seeds per story")
    options.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a render setting, as JSON"
    )
    options.add_argument("--json", type=Path)
    args = options.parse_args()
    settings = {name: json.loads(value) for name, _, value in (item.partition("=") for item in args.set)}
    engine, reader = DirecT2V.from_pretrained(args.model), load_reader()
    report: dict = {"settings": settings}
    rights: Rights = defaultdict(list)
    scenes = draw_scenes(random.Random("report, real pictures"), 2000)
    judge(reader, np.stack([render(s, 1) for s in scenes]), scenes, [Stated()] * len(scenes), rights)
    report["reader on real pictures"] = summary(rights)
    if args.images:
        image_settings = {k: v for k, v in settings.items() if k in ("num_inference_steps", "guidance_scale")}
        report["images"] = summary(measure_images(engine, reader, args.images, image_settings))
    if args.seeds:
        report["stories"] = summary(measure_stories(engine, reader, args.seeds, settings))
    for part, values in report.items():
        if part != "settings":
            print(f"{part}: " + "  ".join(f"{k} {v['mean']:.3f}" for k, v in values.items()))
    if args.json:
        args.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
