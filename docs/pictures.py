"""Draws the pictures of the README: real stories by the embedded model, one row each.

Usage: python docs/pictures.py [--seed 0]
"""

import argparse
from pathlib import Path

from PIL import Image

from direct2v import DirecT2V
from direct2v.director import resolve_director

STORIES = (
    "A thunderstorm developing over a sea",
    "A corgi walks across a meadow",
    "A tree turns from green to red in autumn",
    "A girl in a yellow coat walks through the forest as snow begins to fall",
    "From dawn to night in the city",
)
SCALE = 2


def main() -> None:
    """Writes docs/stories.png."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=0)
    seed = options.parse_args().seed
    engine, director = DirecT2V.from_pretrained("storybook"), resolve_director("storybook")
    rows = [engine.render(director.direct(prompt, 8), seed=seed).frames for prompt in STORIES]
    width, height = rows[0][0].size
    sheet = Image.new("RGB", (8 * width * SCALE, len(rows) * height * SCALE))
    for y, row in enumerate(rows):
        for x, frame in enumerate(row):
            large = frame.resize((width * SCALE, height * SCALE), Image.Resampling.NEAREST)
            sheet.paste(large, (x * width * SCALE, y * height * SCALE))
    sheet.save(Path(__file__).with_name("stories.png"), optimize=True)


if __name__ == "__main__":
    main()
