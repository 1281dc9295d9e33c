"""Measures the shipped storybook models on held-out scenes, captions and stories.

Scenes, wordings and stories are of the held-out split, with seeds that no training uses. Pictures are read by
the reader; its own figures on real pictures come first. Every figure is {"mean", "se", "n"}: share that is
right, standard error (clustered: outcomes of one picture, or of one story, are not independent), number of
outcomes.

    images    place, time, weather, pan, zoom, subject, colour, ...: paraphrased captions, drawn independently
              at the model's defaults; what a caption leaves out is not judged
    real      reader: the lowest of its accuracies on rendered pictures, all of them in `attributes`;
              reader_ece: its calibration error on spoilt pictures before and after its temperatures;
              reader_story, reader_identity: what rendered stories get of it as story accuracy and identity
    director  prompts of 1 to 16 frames -> captions, against the scenes meant: share of attributes right
              (director), of stories without a fault (director_exact), with the right length (director_frames)
    story     prompts -> director -> 8 frames -> reader, against the scenes meant: frames drawn independently
              (story), and at the package's defaults (story_mapped)
    clip      a caption finds its picture among 64, and a picture its caption
    size      parameters of each network, megabytes of all weights, settings that the image model asks for
    cost      seconds for a video of 8 frames, peak memory
"""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import clip
import numpy as np
import torch
from cards import fingerprint, read_json, shown
from common import draw, signed, use_models
from measuring import Figure, Rights, calibration_error, figure
from reader import batch, spoil
from safetensors import safe_open
from transformers import CLIPModel, CLIPTokenizer

from direct2v import DirecT2V
from direct2v.director import resolve_director
from direct2v.errors import DirectorError
from direct2v.evaluation.identity import same_identity
from direct2v.evaluation.story import Seen, state_seen, told
from direct2v.models import model_defaults
from direct2v.storyboard import Storyboard
from direct2v.storybook import clip_path, model_path
from direct2v.storybook.reader import load_reader
from direct2v.storybook.world.attributes import IGNORE, compare
from direct2v.storybook.world.captions import paraphrase
from direct2v.storybook.world.render import render
from direct2v.storybook.world.stories import Story, sample_story

HERE = Path(__file__).parent
FRAMES = 8
AT_ONCE = 16
"""Pictures drawn together."""

Report = dict[str, Any]


def rng_of(part: str) -> random.Random:
    """A seed of its own for each part, and none that a training uses."""
    return random.Random(f"report: {part}")


def as_pixels(frames: np.ndarray) -> np.ndarray:
    """Frames in 0..1 -> uint8."""
    return np.rint(frames * 255).astype(np.uint8)


def measure_real(args: argparse.Namespace) -> Report:
    rng, rights, reader = rng_of("real"), Rights(), load_reader()
    for _ in range(0, args.real, 256):
        scenes = draw(rng, 256, "heldout")
        pictures = np.stack([render(scene, rng.randrange(1 << 16)) for scene in scenes])
        for reading, scene in zip(reader.read(pictures), scenes, strict=True):
            rights.add(compare(reading, scene))
    attributes = rights.figures()
    lowest = min(attributes, key=lambda metric: attributes[metric]["mean"])
    return {
        "reader": attributes[lowest] | {"attribute": lowest, "attributes": attributes},
        "reader_ece": reader_ece(rng),
        **reader_of_stories(),
    }


def reader_of_stories(count: int = 100) -> Report:
    """What rendered stories get of the reader, where a perfect one would say 1; one cluster a story."""
    rng, reader = rng_of("reader of stories"), load_reader()
    states, pairs = [], []
    for _ in range(count):
        scenes = sample_story(rng, FRAMES, "heldout").scenes
        pictures = np.stack([render(scene, rng.randrange(1 << 16)) for scene in scenes])
        seen = Seen.of(pictures, reader)
        readings = zip(seen.readings, scenes, strict=True)
        states.append([right for reading, scene in readings for right in state_seen(reading, scene)])
        pairs.append(same_identity(seen, scenes))
    return {"reader_story": figure(states), "reader_identity": figure(pairs)}


def reader_ece(rng: random.Random, count: int = 1024) -> Report:
    """Mean over the attributes of their calibration errors, on pictures spoilt as in training."""
    images, truth, _ = batch(rng, count, "heldout")
    torch.manual_seed(0)
    spoilt, reader = spoil(signed(images)), load_reader()
    out: Report = {}
    for name in ("after", "before"):
        errors = []
        looks = [reader.looks_at(part) for part in spoilt.split(64)]
        for field in reader.shapes:
            confidence, chosen = torch.cat([look[field] for look in looks]).max(-1)
            known = truth[field] != IGNORE
            right = (chosen == truth[field])[known]
            errors.append(calibration_error(confidence[known].numpy(), right.numpy().astype(float)))
        out[name] = float(np.mean(errors))
        reader.temperature.fill_(1.0)
    return out | {"n": count}


def measure_images(args: argparse.Namespace) -> Report:
    """One cluster a picture: several subjects, and their attributes, come from one sample."""
    rng, rights = rng_of("images"), Rights()
    engine, reader = DirecT2V.from_pretrained(device=args.device), load_reader()
    scenes = draw(rng, args.images, "heldout")
    captions = [paraphrase(scene, rng, "heldout") for scene in scenes]
    for start in range(0, args.images, AT_ONCE):
        part = slice(start, start + AT_ONCE)
        texts = [text for text, _ in captions[part]]
        made = engine.render(texts, preset="independent", seed=start, output_type="np").frames
        readings = reader.read(as_pixels(made))
        for reading, scene, (_, stated) in zip(readings, scenes[part], captions[part], strict=True):
            rights.add(compare(reading, scene, stated))
        say(f"images: {min(start + AT_ONCE, args.images)} of {args.images}")
    return rights.figures()


def directed(director: Any, story: Story) -> Storyboard | None:
    """None where the director gives up, which counts as all wrong."""
    try:
        return director.direct(story.prompt, len(story.scenes))
    except DirectorError as error:
        say(f"no storyboard for {story.prompt!r}: {str(error).splitlines()[0]}")
        return None


def measure_director(args: argparse.Namespace) -> Report:
    """One cluster a story: its frames repeat what it gets right and wrong."""
    rng, director = rng_of("director"), resolve_director("storybook", cache=False)
    states, lengths, exact = [], [], []
    for number in range(args.prompts):
        story = sample_story(rng, rng.choice((FRAMES, rng.randint(1, 16))), "heldout")
        storyboard = directed(director, story)
        texts = storyboard.texts() if storyboard else []
        lengths.append([len(texts) == len(story.scenes)])
        frames = [told(text) for text in texts[: len(story.scenes)]]
        frames += [None] * (len(story.scenes) - len(frames))
        rights = [
            right
            for made, scene in zip(frames, story.scenes, strict=True)
            for right in state_seen(made, scene)
        ]
        states.append(rights)
        exact.append([all(rights) and all(lengths[-1])])
        if number % 20 == 19:
            say(f"director: {number + 1} of {args.prompts}, {figure(states)['mean']:.3f}")
    return {"director": figure(states), "director_exact": figure(exact), "director_frames": figure(lengths)}


def measure_story(args: argparse.Namespace) -> Report:
    """One cluster a story."""
    rng, director = rng_of("story"), resolve_director("storybook", cache=False)
    engine, reader = DirecT2V.from_pretrained(device=args.device), load_reader()
    presets = {"story": "independent", "story_mapped": "direct2v"}
    states: dict[str, list[list[bool]]] = {name: [] for name in presets}
    for number in range(args.stories):
        story = sample_story(rng, FRAMES, "heldout")
        storyboard = directed(director, story)
        for name, preset in presets.items():
            readings: list[Any] = [None] * FRAMES
            if storyboard is not None:
                made = engine.render(storyboard, preset=preset, seed=number, output_type="np").frames
                readings = reader.read(as_pixels(made))
            pairs = zip(readings, story.scenes, strict=True)
            states[name].append([right for reading, scene in pairs for right in state_seen(reading, scene)])
        if number % 10 == 9:
            say(f"story: {number + 1} of {args.stories}, {figure(states['story'])['mean']:.3f}")
    return {name: figure(clusters) for name, clusters in states.items()}


def measure_clip(args: argparse.Namespace) -> Report:
    """One cluster for each set of 64, whose members compete."""
    model, tokenizer = CLIPModel.from_pretrained(clip_path()), CLIPTokenizer.from_pretrained(clip_path())
    found: dict[str, list[list[bool]]] = {"clip_caption_to_picture": [], "clip_picture_to_caption": []}
    rng = rng_of("clip")
    for _ in range(0, args.clip, 64):
        rights = clip.retrieval(model, *clip.batch(tokenizer, rng, 64, "heldout"))
        for name, clusters in found.items():
            clusters.append(rights[name.removeprefix("clip_").replace("_", " ")])
    return {name: figure(clusters) for name, clusters in found.items()}


def measure_size(args: argparse.Namespace) -> Report:
    parameters, size = {}, 0
    for path in sorted(args.models.rglob("*.safetensors")):
        name = path.stem if path.parent == args.models else path.parent.name
        with safe_open(path, "pt") as weights:
            tensors = weights.keys()
            parameters[name] = sum(math.prod(weights.get_slice(key).get_shape()) for key in tensors)
        size += path.stat().st_size
    return {"parameters": parameters, "megabytes": size / 1e6, "settings": model_defaults(model_path())}


def measure_cost(args: argparse.Namespace) -> Report:
    command = [sys.executable, str(HERE / "cost.py"), "--device", args.device, "--models", str(args.models)]
    made = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    seconds: dict[str, Figure] = {
        f"seconds_{k}": figure([[s] for s in v]) for k, v in made["seconds"].items()
    }
    return seconds | {"peak_mib": made["peak_mib"], "threads": made["threads"]}


PARTS: dict[str, Callable[[argparse.Namespace], Report]] = {
    "real": measure_real,
    "images": measure_images,
    "director": measure_director,
    "story": measure_story,
    "clip": measure_clip,
    "size": measure_size,
    "cost": measure_cost,
}


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def keep(path: Path, measured: Report) -> None:
    """Adds figures to those of the same weights that are there, also from a report that runs beside this."""
    before = read_json(path)
    report = (before if before.get("weights") == measured["weights"] else {}) | measured
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument(
        "--json", type=Path, help="where the figures go; parts measured there before are kept"
    )
    options.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="all without it")
    options.add_argument("--real", type=int, default=6144, help="rendered pictures for the reader (6144)")
    options.add_argument("--images", type=int, default=1600, help="captions to draw (1600)")
    options.add_argument("--prompts", type=int, default=500, help="stories for the director (500)")
    options.add_argument("--stories", type=int, default=100, help="stories to draw, of 8 frames (100)")
    options.add_argument("--clip", type=int, default=1024, help="pairs for CLIP (1024)")
    options.add_argument("--device", default="cpu", help="cpu or cuda (cpu)")
    options.add_argument("--models", type=Path, default=model_path().parent, help="assembled models")
    args = options.parse_args()
    use_models(args.models)
    weights = fingerprint(args.models)
    for part in args.parts:
        start = time.monotonic()
        measured = PARTS[part](args)
        measured |= {f"minutes_{part}": (time.monotonic() - start) / 60}
        for name, value in measured.items():
            print(f"{name}: {shown(value)}", flush=True)
        if args.json:
            keep(args.json, {"weights": weights} | measured)


if __name__ == "__main__":
    main()
