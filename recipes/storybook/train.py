"""Trains every part of the storybook models, in order, and puts them together.

Can be stopped and started again: finished stages are skipped, and a stage goes on from its last checkpoint.
`--minutes` is shared out over the stages as the shipped models had it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

STAGES = {
    "autoencoder": (40.0, ["autoencoder.py"]),
    "text_encoder": (4.0, ["text_encoder.py"]),
    "reader": (20.0, ["reader.py"]),
    "unet": (190.0, ["unet.py"]),
    "director": (74.0, ["director.py"]),
    "decoder": (9.0, ["autoencoder.py", "--decoder-only"]),
    "clip": (6.0, ["clip.py"]),
}
"""Stage -> (minutes on two CPU cores, what is run)."""


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    total = sum(minutes for minutes, _ in STAGES.values())
    options.add_argument("--work", type=Path, default=Path("build/storybook"), help="everything is kept here")
    options.add_argument("--minutes", type=float, default=total, help="training time of all stages together")
    options.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    options.add_argument("--seed", type=int, default=0)
    args = options.parse_args()
    here = Path(__file__).parent
    args.work.mkdir(parents=True, exist_ok=True)
    common = ["--work", str(args.work), "--device", args.device, "--seed", str(args.seed)]
    for stage, (minutes, command) in STAGES.items():
        done = args.work / f"{stage}.done"
        if done.exists():
            print(f"{stage}: done already")
            continue
        minutes *= args.minutes / total
        print(f"{stage}: {minutes:.1f} minutes", flush=True)
        script, *further = command
        run = [sys.executable, str(here / script), *further, *common, "--minutes", str(minutes)]
        subprocess.run(run, check=True)
        done.touch()
    subprocess.run([sys.executable, str(here / "assemble.py"), "--work", str(args.work)], check=True)


if __name__ == "__main__":
    main()
