"""Turns shipped models back into a folder of finished parts, from which training goes on.

The weights are those that were shipped, in fp16; the optimizers begin anew. Each checkpoint counts the
minutes and samples that its stage has had. A part that is in the folder already is left alone.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file
from training import save_whole
from transformers import AutoModelForCausalLM, CLIPModel, CLIPTextModel

from direct2v.storybook import model_path

FOLDERS = {
    "vae": "model/vae",
    "unet": "model/unet",
    "text_encoder": "model/text_encoder",
    "text_encoder_pretrained": "model/text_encoder",
    "tokenizer": "model/tokenizer",
    "director": "director",
    "clip": "clip",
}
"""Part -> where it lies among the shipped models. The decoder of `vae` is the sharp one already."""

Weights = dict[str, Any]
PARTS: dict[str, Callable[[Path], dict[str, Weights]]] = {
    "autoencoder": lambda work: {"model": AutoencoderKL.from_pretrained(work / "vae").state_dict()},
    "text_encoder": lambda work: {},  # its heads are not shipped
    "reader": lambda work: {"model": load_file(work / "reader.safetensors")},
    "unet": lambda work: {
        "unet": UNet2DConditionModel.from_pretrained(work / "unet").state_dict(),
        "text": CLIPTextModel.from_pretrained(work / "text_encoder").state_dict(),
    },
    "director": lambda work: {"model": AutoModelForCausalLM.from_pretrained(work / "director").state_dict()},
    "decoder": lambda work: {},  # trained on its own once; `autoencoder` has it
    "clip": lambda work: {"model": CLIPModel.from_pretrained(work / "clip").state_dict()},
}
"""Stage -> what its checkpoint holds, by the names that its training gives."""


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    options.add_argument("--work", type=Path, default=Path("build/storybook"), help="where the parts go")
    options.add_argument("--models", type=Path, default=model_path().parent, help="the shipped models")
    args = options.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    for part, shipped in FOLDERS.items():
        if not (args.work / part).exists():
            shutil.copytree(args.models / shipped, args.work / part)
    if not (args.work / "reader.safetensors").exists():
        shutil.copy(args.models / "reader.safetensors", args.work)
    had = json.loads((args.models / "training.json").read_text(encoding="utf-8"))
    for stage, weights in PARTS.items():
        if not (args.work / f"{stage}.pt").exists():
            counted = {"samples": had[stage]["samples"], "seconds": 60 * had[stage]["minutes"]}
            save_whole(args.work / f"{stage}.pt", weights(args.work) | counted)


if __name__ == "__main__":
    main()
