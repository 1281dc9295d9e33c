"""Trains every part of the storybook model, in order, and puts them into the package.

Interrupted runs go on where they stopped: finished parts are skipped, unfinished ones resume from their
checkpoint. On two CPU cores this takes about an hour and a half.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from common import parser

STAGES = (
    ("autoencoder.py", 13, ("vae/config.json",), ()),
    ("text_encoder.py", 3, ("text_encoder_pretrained/config.json",), ()),
    ("reader.py", 5, ("reader.safetensors",), ()),
    ("unet.py", 50, ("unet/config.json", "text_encoder/config.json"), ()),
    ("autoencoder.py", 12, ("decoder_refined",), ("--decoder-only",)),
)
"""(recipe, minutes, what it leaves in the work folder, further options)"""


def main() -> None:
    options = parser(__doc__ or "", minutes=1.0)
    options.add_argument("--times", type=float, default=1.0, help="multiplies every stage's minutes")
    args = options.parse_args()
    here = Path(__file__).parent
    for script, minutes, outputs, further in STAGES:
        if all((args.work / name).exists() for name in outputs):
            print(f"{script} {' '.join(further)}: done already")
            continue
        print(f"{script} {' '.join(further)}: {minutes * args.times:g} minutes", flush=True)
        common = [
            "--work",
            str(args.work),
            "--procs",
            str(args.procs),
            "--device",
            args.device,
            "--seed",
            str(args.seed),
        ]
        command = [
            sys.executable,
            str(here / script),
            *common,
            "--minutes",
            str(minutes * args.times),
            *further,
        ]
        subprocess.run(command, check=True)
    subprocess.run([sys.executable, str(here / "assemble.py"), "--work", str(args.work)], check=True)


if __name__ == "__main__":
    main()
