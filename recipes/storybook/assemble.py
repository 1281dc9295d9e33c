"""Puts the trained parts together as a folder that `StableDiffusionPipeline.from_pretrained` loads."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer
from unet import scheduler

from direct2v.storybook import model_path

DEFAULTS = {
    "num_inference_steps": 12,
    "guidance_scale": 2.5,
    "initial_noise": "shared",
    "renewal_noise": "shared",
    "layers": "last_two",
    "period": "auto",
    "phi": 0.5,
}
"""What this model asks for where a preset leaves it open; real checkpoints never see these."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--work", type=Path, default=Path("build/storybook"))
    options.add_argument("--output", type=Path, default=model_path())
    args = options.parse_args()
    # fp16 on disk halves the package. The small text encoder stays fp32: a stock pipeline that is asked for
    # no dtype would load it as it lies, beside an fp32 UNet.
    pipeline = StableDiffusionPipeline(
        vae=AutoencoderKL.from_pretrained(args.work / "vae").half(),
        text_encoder=CLIPTextModel.from_pretrained(args.work / "text_encoder", dtype=torch.float32),
        tokenizer=CLIPTokenizer.from_pretrained(args.work / "tokenizer"),
        unet=UNet2DConditionModel.from_pretrained(args.work / "unet").half(),
        scheduler=scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    temporary = args.output.with_suffix(".tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    pipeline.save_pretrained(temporary, safe_serialization=True)
    for config in temporary.glob(
        "*/config.json"
    ):  # where a part lay while it was trained is nobody's business
        values = {k: v for k, v in json.loads(config.read_text()).items() if k != "_name_or_path"}
        config.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    (temporary / "direct2v.json").write_text(json.dumps(DEFAULTS, indent=2) + "\n", encoding="utf-8")
    card = Path(__file__).with_name("MODEL_CARD.md")
    if card.exists():
        shutil.copy(card, temporary / "README.md")
    shutil.rmtree(args.output, ignore_errors=True)
    temporary.rename(args.output)
    shutil.copy(args.work / "reader.safetensors", args.output.with_name("reader.safetensors"))
    size = sum(f.stat().st_size for f in args.output.rglob("*") if f.is_file())
    print(f"{args.output}: {size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
