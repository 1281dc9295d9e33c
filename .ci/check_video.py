"""Decodes the one video it is given and looks at the run folder beside it."""

import sys
from pathlib import Path

import av
import numpy as np

(video,) = map(Path, sys.argv[1:])
with av.open(str(video)) as container:
    stream = container.streams.video[0]
    frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
    found = (stream.codec_context.name, stream.codec_context.pix_fmt, len(frames), frames[0].shape)
print(video.name, *found)
if found[:3] != ("h264", "yuv420p", 8) or frames[0].shape != (512, 512, 3):
    raise SystemExit("CI failed: expected 8 frames of 512x512 in H.264, 4:2:0")
if np.array_equal(frames[0], frames[-1]) or frames[0].std() < 5:
    raise SystemExit("CI failed: the video shows nothing, or nothing changes in it")

run = video.with_suffix(".run")
wanted = [f"frames/{number:04d}.png" for number in range(1, 9)]
wanted += ["contact_sheet.png", "storyboard.yaml", "run.json"]
if missing := [name for name in wanted if not (run / name).is_file()]:
    raise SystemExit(f"CI failed: the run folder lacks {missing}")
