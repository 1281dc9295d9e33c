"""Encoders: stock models of transformers by folder, and one clear line for what is none."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import (
    CLIPImageProcessor,
    CLIPModel,
    CLIPTokenizer,
    SiglipConfig,
    SiglipModel,
    ViTConfig,
    ViTImageProcessor,
    ViTModel,
)

from direct2v.errors import ModelError
from direct2v.evaluation import load_encoders
from direct2v.storybook import clip_path

PICTURES = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3)).astype(np.uint8)
TEXTS = ["a red car on a road, at night", "a dog"]


@pytest.fixture(scope="module")
def tiny_dino(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class of DINO at tiny size, saved without its pooling layer, as Meta's weights are."""
    folder = tmp_path_factory.mktemp("dino")
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    ViTModel(ViTConfig(image_size=32, patch_size=8, **sizes), add_pooling_layer=False).save_pretrained(folder)
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def tiny_siglip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("siglip")
    shutil.copytree(clip_path(), folder, dirs_exist_ok=True)  # for tokenizer and processor
    (folder / "model.safetensors").unlink()
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    text = {**sizes, "vocab_size": 2000, "max_position_embeddings": 24, "projection_size": 16}
    vision = {**sizes, "image_size": 64, "patch_size": 16}
    SiglipModel(SiglipConfig(text_config=text, vision_config=vision)).save_pretrained(folder)
    return folder


def test_the_worlds_own_clip_is_used_as_stock_classes_use_it() -> None:
    clip = load_encoders().clip
    model = CLIPModel.from_pretrained(clip_path()).eval()
    images = [Image.fromarray(picture) for picture in PICTURES]
    pixels = CLIPImageProcessor.from_pretrained(clip_path())(images, return_tensors="pt")
    words = CLIPTokenizer.from_pretrained(clip_path())(TEXTS, padding=True, return_tensors="pt")
    with torch.inference_mode():
        out = model(**words, **pixels)
    assert np.allclose(clip.pictures(PICTURES), out.image_embeds.numpy(), atol=1e-5)
    assert np.allclose(clip.texts(TEXTS), out.text_embeds.numpy(), atol=1e-5)


def test_texts_of_any_length_are_taken() -> None:
    assert load_encoders().clip.texts(["a red car, " * 200]).shape[0] == 1


def test_a_dino_gives_its_class_token(tiny_dino: Path) -> None:
    encoders = load_encoders(dino=tiny_dino)
    found = encoders.dino.pictures(PICTURES)
    model = ViTModel.from_pretrained(tiny_dino, add_pooling_layer=False).eval()
    pixels = ViTImageProcessor.from_pretrained(tiny_dino)(
        [Image.fromarray(picture) for picture in PICTURES], return_tensors="pt"
    )
    with torch.inference_mode():
        token = model(**pixels).last_hidden_state[:, 0]
    assert np.allclose(found, torch.nn.functional.normalize(token, dim=1).numpy(), atol=1e-5)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert encoders.dino.name == str(tiny_dino)


def test_a_siglip_does_in_clips_place(tiny_siglip: Path) -> None:
    clip = load_encoders(tiny_siglip).clip
    assert clip.pictures(PICTURES).shape == (3, 16)
    assert clip.texts(TEXTS).shape == (2, 16)


def test_frames_in_one_batch_or_in_several_are_the_same() -> None:
    clip = load_encoders().clip
    many = np.concatenate([PICTURES] * 12)
    assert np.allclose(clip.pictures(many)[33:36], clip.pictures(PICTURES), atol=1e-5)


def test_what_cannot_be_used_is_refused_in_one_line(tiny_dino: Path, tmp_path: Path) -> None:
    def refused(**models: object) -> str:
        with pytest.raises(ModelError) as error:
            load_encoders(**models)
        assert "\n" not in str(error.value)
        return str(error.value)

    assert "give a CLIP or SigLIP" in refused(clip=tiny_dino)
    assert "is no DINO" in refused(dino=clip_path())
    assert "folder with config.json, or a hub id" in refused(clip=tmp_path)
    assert "folder with config.json, or a hub id" in refused(clip="no such thing")
    damaged = shutil.copytree(clip_path(), tmp_path / "damaged")
    (damaged / "model.safetensors").write_bytes(b"\0" * 20)
    assert "cannot be loaded" in refused(clip=damaged)
    larger = shutil.copytree(tiny_dino, tmp_path / "larger")
    config = json.loads((larger / "config.json").read_text())
    (larger / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 3}))
    assert "its weights lack" in refused(dino=larger)
