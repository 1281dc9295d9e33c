"""Which way of making frames in between comes closer to the truth?

Stories of the storybook world are drawn by its renderer; every second frame is held out and made again from
its two neighbours. Two kinds of sequences: frames of a story, in which things jump, and a camera that pans
over one picture a few pixels at a time, in which they move.

    python benchmarks/smooth.py [--stories N]
"""

import argparse
import random
from collections import defaultdict
from collections.abc import Callable, Iterator

import numpy as np
import torch

from direct2v.diffusion.interpolation import latents_between
from direct2v.engine import DirecT2V
from direct2v.storybook.world.render import render
from direct2v.storybook.world.stories import sample_story
from direct2v.video.frames import Pixels
from direct2v.video.smooth import in_between

WINDOW = 7  # pixels, of SSIM


def psnr(a: Pixels, b: Pixels) -> float:
    """In dB."""
    error = ((a.astype(float) - b) ** 2).mean()
    return float(10 * np.log10(255**2 / max(error, 0.1)))


def ssim(a: Pixels, b: Pixels) -> float:
    """Mean over channels and windows, with its usual constants."""
    one, other = (
        np.lib.stride_tricks.sliding_window_view(x.astype(float), (WINDOW, WINDOW), axis=(0, 1))
        for x in (a, b)
    )
    mean_a, mean_b = one.mean((-1, -2)), other.mean((-1, -2))
    cov = (one * other).mean((-1, -2)) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * mean_a * mean_b + c1) * (2 * cov + c2)
    below = (mean_a**2 + mean_b**2 + c1) * (one.var((-1, -2)) + other.var((-1, -2)) + c2)
    return float((top / below).mean())


def latent_between() -> Callable[[Pixels, Pixels], Pixels]:
    """Halfway between latents on the sphere, decoded, with the storybook's autoencoder."""
    vae = DirecT2V.from_pretrained("storybook", device="cpu").backbone.pipeline.vae

    @torch.no_grad()
    def make(before: Pixels, after: Pixels) -> Pixels:
        pixels = torch.tensor(np.stack([before, after])).permute(0, 3, 1, 2) / 127.5 - 1
        middle = latents_between(vae.encode(pixels).latent_dist.mode(), 1)[0]
        made = ((vae.decode(middle).sample[0].clamp(-1, 1) + 1) * 127.5).round().byte()
        return np.asarray(made.permute(1, 2, 0))

    return make


def stories(count: int) -> Iterator[list[Pixels]]:
    """Nine frames each, of stories that no model was trained on."""
    rng = random.Random(0)
    for seed in range(count):
        yield [np.asarray(render(scene, seed)) for scene in sample_story(rng, 9, "heldout").scenes]


def pans(count: int) -> Iterator[list[Pixels]]:
    """A window of 40 pixels that goes right by three pixels a frame."""
    for frames in stories(count):
        yield [frames[0][:, start : start + 40] for start in range(0, 24, 3)]


def main() -> None:
    """Prints mean scores with their standard errors."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stories", type=int, default=200)
    count = parser.parse_args().stories
    ways: dict[str, Callable[[Pixels, Pixels], Pixels]] = {
        "hold the frame before": lambda before, after: before,
        "mean of both": lambda before, after: ((before.astype(int) + after) // 2).astype(np.uint8),
        # "latent slerp": Latent(),
        "flow": lambda before, after: in_between(before, after, 1)[0],
    }
    for name, sequences in (("stories", stories), ("pans", pans)):
        scores = defaultdict(list)
        for frames in sequences(count):
            for k in range(1, len(frames) - 1, 2):
                if np.array_equal(frames[k - 1], frames[k + 1]):
                    continue
                for way, make in ways.items():
                    made = make(frames[k - 1], frames[k + 1])
                    scores[way].append((psnr(made, frames[k]), ssim(made, frames[k])))
        for way, values in scores.items():
            mean, error = np.mean(values, 0), np.std(values, 0) / len(values) ** 0.5
            print(
                f"{name:8} {way:24} PSNR {mean[0]:.2f} +- {error[0]:.2f} dB  "
                f"SSIM {mean[1]:.4f} +- {error[1]:.4f}  ({len(values)} frames)",
                flush=True,
            )


if __name__ == "__main__":
    main()
