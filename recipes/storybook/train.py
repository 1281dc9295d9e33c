"""Trains every part of the storybook model, in order, and puts them into the package.

Can be stopped and started again: finished stages are skipped, the autoencoder and the UNet go on from their
last checkpoint, and the stages of a few minutes begin anew.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from common import MINUTES, parser

from direct2v.storybook import model_path

STAGES = {
    "autoencoder": ["autoencoder.py"],
    "text_encoder": ["text_encoder.py"],
    "reader": ["reader.py"],
    "unet": ["unet.py"],
    "decoder": ["autoencoder.py", "--decoder-only"],
}


def main() -> None:
    options = parser(__doc__ or "", minutes=1.0)
    options.set_defaults(minutes=sum(MINUTES.values()))
    options.add_argument("--output", type=Path, default=model_path(), help="folder of the finished model")
    args = options.parse_args()
    here = Path(__file__).parent
    args.work.mkdir(parents=True, exist_ok=True)
    for stage, (script, *further) in STAGES.items():
        done = args.work / f"{stage}.done"
        if done.exists():
            print(f"{stage}: done already")
            continue
        minutes = args.minutes * MINUTES[stage] / sum(MINUTES.values())
        print(f"{stage}: {minutes:.1f} minutes", flush=True)
        command = [sys.executable, str(here / script), *further, "--work", str(args.work)]
        command += ["--minutes", str(minutes), "--procs", str(args.procs)]
        command += ["--device", args.device, "--seed", str(args.seed)]
        subprocess.run(command, check=True)
        done.touch()
    command = [
        sys.executable,
        str(here / "assemble.py"),
        "--work",
        str(args.work),
        "--output",
        str(args.output),
    ]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
