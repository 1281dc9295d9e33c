"""Opens the outputs it is given, of every kind, and looks at the run folder beside each."""

import sys
from pathlib import Path

import av
import numpy as np
from PIL import Image

CODECS = {".mp4": ("h264", "yuv420p"), ".webm": ("vp9", "yuv420p")}


def frames_of(path: Path) -> list[np.ndarray]:
    """Every frame as it is shown."""
    if path.is_dir():
        return [np.asarray(Image.open(file).convert("RGB")) for file in sorted(path.glob("*.png"))]
    if path.suffix not in CODECS:
        with Image.open(path) as picture:
            frames = []
            for index in range(picture.n_frames):
                picture.seek(index)
                frames.append(np.asarray(picture.convert("RGB")))
            return frames
    with av.open(str(path)) as container:
        codec = container.streams.video[0].codec_context
        if (codec.name, codec.pix_fmt) != CODECS[path.suffix]:
            raise SystemExit(f"CI failed: {path.name} is {codec.name}, {codec.pix_fmt}")
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


if len(sys.argv) < 2:
    raise SystemExit("CI failed: no output to look at")
for path in map(Path, sys.argv[1:]):
    frames = frames_of(path)
    print(path.name, len(frames), frames[0].shape if frames else "")
    size = 64 if path.is_dir() else 512
    if len(frames) != 8 or frames[0].shape != (size, size, 3):
        raise SystemExit(f"CI failed: expected 8 frames of {size}x{size} in {path.name}")
    if np.array_equal(frames[0], frames[-1]) or frames[0].std() < 5:
        raise SystemExit(f"CI failed: {path.name} shows nothing, or nothing changes in it")
    run = path.with_suffix(".run")
    wanted = [f"frames/{number:04d}.png" for number in range(1, 9)]
    wanted += ["contact_sheet.png", "storyboard.yaml", "run.json"]
    if missing := [name for name in wanted if not (run / name).is_file()]:
        raise SystemExit(f"CI failed: the run folder of {path.name} lacks {missing}")
