"""Puts the trained parts into the package: image model, director, CLIP and reader, with their model cards.

All weights are fp16 on disk. Configurations ask for fp32, so that stock loaders that are told no dtype run
everything in one; told float16, they take that. Each part is replaced whole or not at all.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch
from cards import write_cards
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from director import TEMPLATE
from transformers import AutoModelForCausalLM, CLIPModel, CLIPTextModel, CLIPTokenizer
from unet import scheduler

from direct2v.director.instructions import MESSAGE_VERSION
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
MAX_MEGABYTES = 48.0
PARTS = ("model", "director", "clip", "reader.safetensors", "training.json")
STAGES = ("autoencoder", "text_encoder", "reader", "unet", "director", "decoder", "clip")
PRIVATE = ("_name_or_path", "name_or_path", "is_local", "local_files_only")
"""Where a part lay while it was trained is nobody's business."""


def write_json(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def assemble_images(work: Path, folder: Path) -> None:
    sharp = work / "vae_sharp"
    pipeline = StableDiffusionPipeline(
        vae=AutoencoderKL.from_pretrained(sharp if sharp.exists() else work / "vae").half(),
        text_encoder=CLIPTextModel.from_pretrained(work / "text_encoder").half(),
        tokenizer=CLIPTokenizer.from_pretrained(work / "tokenizer"),
        unet=UNet2DConditionModel.from_pretrained(work / "unet").half(),
        scheduler=scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder, safe_serialization=True)
    write_json(folder / "direct2v.json", DEFAULTS)


def assemble_director(work: Path, folder: Path) -> None:
    if TEMPLATE != MESSAGE_VERSION:
        raise SystemExit(
            f"the director is trained on template {TEMPLATE}, the package speaks {MESSAGE_VERSION}; "
            "train it anew, with TEMPLATE of director.py counted up"
        )
    AutoModelForCausalLM.from_pretrained(work / "director").half().save_pretrained(folder)
    for file in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(work / "director" / file, folder)
    write_json(folder / "direct2v.json", {"template_version": TEMPLATE})


def assemble_clip(work: Path, folder: Path) -> None:
    CLIPModel.from_pretrained(work / "clip").half().save_pretrained(folder)
    for file in ("tokenizer.json", "tokenizer_config.json", "preprocessor_config.json"):
        shutil.copy(work / "clip" / file, folder)


def training_of(work: Path) -> dict[str, dict[str, float]]:
    """Stage -> minutes and samples, as its checkpoint counted them."""
    out = {}
    for stage in STAGES:
        state = torch.load(work / f"{stage}.pt", weights_only=True, mmap=True)
        out[stage] = {"minutes": round(state["seconds"] / 60, 1), "samples": state["samples"]}
    return out


def tidied(values: Any) -> Any:
    """A configuration without places on the machine that trained it, and with fp32 where it names a dtype."""
    if isinstance(values, dict):
        kept = {key: tidied(value) for key, value in values.items() if key not in PRIVATE}
        return kept | {"dtype": "float32"} if "dtype" in kept else kept
    return [tidied(value) for value in values] if isinstance(values, list) else values


def tidy_configurations(folder: Path) -> None:
    for path in folder.rglob("*config.json"):
        write_json(path, tidied(json.loads(path.read_text(encoding="utf-8"))))


def megabytes(folder: Path) -> float:
    """Of all weights, which are listed."""
    total = 0.0
    for path in sorted(folder.rglob("*.safetensors")):
        size = path.stat().st_size / 1e6
        print(f"{path.relative_to(folder)}: {size:.1f} MB")
        path.chmod(0o644)  # safetensors writes files for its user alone
        total += size
    print(f"all weights: {total:.1f} MB of at most {MAX_MEGABYTES:.0f}")
    return total


def replace(fresh: Path, old: Path, aside: Path) -> None:
    """Puts `fresh` where `old` was, which goes to `aside`."""
    if old.exists():
        old.rename(aside)
    fresh.rename(old)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    options.add_argument("--work", type=Path, default=Path("build/storybook"), help="the finished parts")
    options.add_argument("--output", type=Path, default=model_path().parent, help="where they are put")
    args = options.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    # On the same file system as the output, so that a part moves in one step.
    with tempfile.TemporaryDirectory(prefix=".assemble", dir=args.output) as temporary:
        fresh, aside = Path(temporary) / "fresh", Path(temporary) / "aside"
        aside.mkdir()
        assemble_images(args.work, fresh / "model")
        assemble_director(args.work, fresh / "director")
        assemble_clip(args.work, fresh / "clip")
        shutil.copy(args.work / "reader.safetensors", fresh)
        write_json(fresh / "training.json", training_of(args.work))
        tidy_configurations(fresh)
        if (total := megabytes(fresh)) > MAX_MEGABYTES:
            raise SystemExit(
                f"the weights take {total:.1f} MB; at most {MAX_MEGABYTES:.0f}. Nothing was replaced."
            )
        for part in PARTS:
            replace(fresh / part, args.output / part, aside / part)
    write_cards(args.output)


if __name__ == "__main__":
    main()
