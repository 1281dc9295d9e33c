"""Trains the tokenizer and pre-trains the text encoder: captions -> every attribute they state.

The supervised pre-training takes minutes and saves the UNet from having to teach the text encoder to read;
both are then trained on together in `unet.py`.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import torch
from common import (
    IGNORE,
    MINUTES,
    Clock,
    Optimizer,
    accuracy,
    draw_scenes,
    heads_loss,
    launch,
    learning_rate,
    parser,
    say,
    split_parameters,
    stack_targets,
    targets,
)
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from direct2v.storybook.captions import Stated, canonical, paraphrase
from direct2v.storybook.reader import Heads
from direct2v.storybook.scene import Scene

MAX_LENGTH = 64
BATCH = 128


def train_tokenizer(folder: Path, seed: int) -> CLIPTokenizer:
    """A CLIP-format byte-level BPE in which every word of the caption grammar is one token."""
    rng = random.Random(f"tokenizer {seed}")
    texts = [text for s in draw_scenes(rng, 20_000) for text in (canonical(s), paraphrase(s, rng)[0])]
    bpe = Tokenizer(
        models.BPE(unk_token="<|endoftext|>", continuing_subword_prefix="", end_of_word_suffix="</w>")
    )
    bpe.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1400,
        min_frequency=2,
        end_of_word_suffix="</w>",
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|startoftext|>", "<|endoftext|>"],
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    model = json.loads(bpe.to_str())["model"]
    vocab = model["vocab"]
    for byte in pre_tokenizers.ByteLevel.alphabet():  # any text must be encodable, also at the end of a word
        vocab.setdefault(byte + "</w>", len(vocab))
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in model["merges"]]
    tokenizer = CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=MAX_LENGTH)
    tokenizer.save_pretrained(folder)
    return CLIPTokenizer.from_pretrained(folder)


def build(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=128,
            intermediate_size=512,
            num_hidden_layers=3,
            num_attention_heads=4,
            max_position_embeddings=MAX_LENGTH,
            projection_dim=128,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            hidden_act="quick_gelu",
        )
    )


def stated_targets(scene: Scene, stated: Stated) -> dict[str, list[int]]:
    """The targets of a caption: what it leaves out is ignored, not guessed."""
    out = targets(scene)
    for field in ("time", "weather", "sun", "colour", "position", "facing"):
        if not getattr(stated, field):
            out[field] = [IGNORE] * len(out[field])
    if not stated.weather or scene.sun is None:
        out["sun"] = [IGNORE]
    return out


def encode(tokenizer: CLIPTokenizer, texts: list[str]) -> torch.Tensor:
    """[B, MAX_LENGTH] token ids, padded."""
    return tokenizer(
        texts, padding="max_length", truncation=True, max_length=MAX_LENGTH, return_tensors="pt"
    ).input_ids


def train(rank: int, args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    tokenizer = CLIPTokenizer.from_pretrained(args.work / "tokenizer")
    model = build(tokenizer).to(args.device)
    heads = Heads(128).to(args.device)
    matrices, rest = split_parameters(model, ("embeddings", "text_model.embeddings"))
    optimizer = Optimizer(matrices, [{"params": rest + list(heads.parameters()), "lr": 2e-3}], muon_rate=0.01)
    rng = random.Random(f"text encoder {args.seed} {rank}")
    clock, step = Clock(args.minutes), 0
    while (progress := clock.progress()) < 1:
        scenes = draw_scenes(rng, BATCH // args.procs)
        captions = [paraphrase(s, rng) for s in scenes]
        truth = stack_targets([stated_targets(s, c[1]) for s, c in zip(scenes, captions, strict=True)])
        ids = encode(tokenizer, [c[0] for c in captions]).to(args.device)
        logits = heads(model(ids).pooler_output)
        loss = heads_loss(logits, {k: v.to(args.device) for k, v in truth.items()})
        loss.backward()
        optimizer.step(learning_rate(progress))
        step += 1
        if step % 100 == 0:
            right = accuracy(logits, truth)
            say(
                rank,
                f"{clock.seconds():5.0f} s  step {step}  loss {loss.item():.3f}  "
                + "  ".join(f"{k} {v:.2f}" for k, v in right.items()),
            )
    if rank == 0:
        model.save_pretrained(args.work / "text_encoder_pretrained")


if __name__ == "__main__":
    arguments = parser(__doc__ or "", minutes=MINUTES["text_encoder"]).parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    train_tokenizer(arguments.work / "tokenizer", arguments.seed)
    launch(train, arguments)
