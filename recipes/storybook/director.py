"""Trains the director of the storybook: a tiny Llama that answers a prompt with a story of captions.

It is driven by the same code as any local language model: one JSON object, held to the director's schema. The
rules that other models need would fill its context many times over, so its chat template shows it nothing but
the user's sentence and the number of frames; `TEMPLATE` counts up with the form that it is trained on.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from common import Team, launch, parser, report
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor
from torch.nn import functional as F
from training import Optimizer, Training, split_parameters
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from direct2v.director.brief import Brief
from direct2v.director.instructions import answer_schema, max_tokens, system_text, user_text
from direct2v.director.local import LocalWriter
from direct2v.director.local.chat import prompt_tokens
from direct2v.director.writer import Message
from direct2v.storybook.world import words
from direct2v.storybook.world.captions import StatedSubject, describe_subject
from direct2v.storybook.world.stories import Story, sample_story

TEMPLATE = 1
ASK, ANSWER, END = f"<|ask {TEMPLATE}|>", "<|answer|>", "<|end|>"
CHAT_TEMPLATE = (
    # The first user turn; its last paragraph, should the rules have been put before it. Corrections are not
    # shown: it knows one answer, and the schema takes care of the form. Capitals mean nothing in its world.
    "{%- set asked = messages | selectattr('role', 'equalto', 'user') | list -%}"
    f"{ASK}" + "{{ asked[0].content.split('\\n\\n')[-1] | lower }}" + f"{ANSWER}"
)
CONTEXT = 4096
LOOSE_SHARE = 0.35
IDLE_WORDS = (
    "slowly quickly gently very beautiful nice lovely pretty suddenly then and with in of please some one"
).split()
"""Words that a prompt can have and a picture cannot show."""
IGNORE = -100


def subjects_of(story: Story) -> list[str]:
    """Identity words of the subjects that are in every frame."""
    out = []
    every = [{subject.kind: subject for subject in scene.subjects} for scene in story.scenes]
    for kind in every[0]:
        seen = [frame[kind] for frame in every if kind in frame]
        looks = {describe_subject(s, StatedSubject(position=False, pose=False, facing=False)) for s in seen}
        name = looks.pop() if len(looks) == 1 else words.KIND[kind][0]
        if all(name in caption for caption in story.captions):
            out.append(name)
    return out


def answer_of(story: Story) -> str:
    """What the director should write."""
    frames = [{"prompt": caption, "camera": None} for caption in story.captions]
    return json.dumps({"subjects": subjects_of(story), "frames": frames}, ensure_ascii=False)


def draw_num_frames(rng: random.Random) -> int:
    """Long stories are the hard ones: the errors are in those of 9 frames and more, so many have as many."""
    return rng.choices((8, rng.randint(1, 12), rng.randint(9, 16), rng.randint(17, 24)), (25, 30, 37, 8))[0]


def pieces() -> list[str]:
    """Regular expressions of what a token may span, the first that fits counting.

    What canonical captions say of place, hour, weather, position and camera is one token each, and so is all
    that stands between two captions: a frame of one subject then takes about ten tokens instead of thirty,
    which trains and tells stories three times as fast.
    """
    places = [f", {word}" for said in words.PLACE.values() for word in (" ".join(said[0]), said[0][1])]
    settings = [f", {said[0]}" for table in (words.TIME, words.WEATHER, words.PAN) for said in table.values()]
    phrases = [
        *places,
        *settings,
        f", {words.CLOSE[0]}",
        *(f" {said[0]}" for said in words.POSITION.values()),
    ]
    longest_first = "|".join(sorted(map(re.escape, phrases), key=len, reverse=True))
    between = r'", "camera": null\}(?:, \{"prompt": "|\]\})'
    # The marks between two texts stand alone, so that both are spelt the same whatever is around them.
    marks = r'[\[\]{},: ]*"[\[\]{},: "]*'
    return [
        between,
        rf"(?:{longest_first})(?![A-Za-z])",
        marks,
        r" ?[A-Za-z_]+",
        r" ?\d",
        r" ?[^\sA-Za-z_\d\"]+",
    ]


def train_tokenizer(folder: Path, seed: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE in which most words of prompts, and phrases of captions, are one token."""
    rng = random.Random(f"director tokenizer {seed}")
    stories = [sample_story(rng, draw_num_frames(rng)) for _ in range(8_000)]
    texts = [text for story in stories for text in (user_text(brief_of(story)).lower(), answer_of(story))]
    bpe = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex("|".join(pieces())), "isolated")
    in_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    bpe.pre_tokenizer = pre_tokenizers.Sequence([split, in_bytes])
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2000,
        min_frequency=4,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        special_tokens=[END, ASK, ANSWER],
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token=END,
        pad_token=END,
        additional_special_tokens=[ASK, ANSWER],
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.save_pretrained(folder)
    return tokenizer


def build(tokenizer: PreTrainedTokenizerFast, width: int, layers: int) -> LlamaForCausalLM:
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=width * 8 // 3,
        num_hidden_layers=layers,
        num_attention_heads=width // 32,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    model.generation_config = GenerationConfig(
        do_sample=True, temperature=0.1, top_k=1, eos_token_id=tokenizer.eos_token_id
    )
    return model


def loosely(prompt: str, rng: random.Random) -> str:
    """A prompt as it is left when people type carelessly, or when words that nobody can draw are taken out.

    What it means stays: only articles and marks go, and words come in that say nothing.
    """
    out = prompt.split()
    if rng.random() < 0.5:
        out = [word for word in out if word.lower() not in ("a", "an", "the") or rng.random() < 0.3]
    elif rng.random() < 0.5:
        swaps = {"a": "the", "an": "the", "the": "a"}
        out = [swaps.get(word, word) if rng.random() < 0.5 else word for word in out]
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        out.insert(rng.randint(0, len(out)), rng.choice(IDLE_WORDS))
    text = " ".join(out)
    return re.sub(r"[.,:?]", "", text) if rng.random() < 0.4 else text


def brief_of(story: Story) -> Brief:
    return Brief(prompt=story.prompt, num_frames=len(story.scenes))


def messages_of(brief: Brief) -> list[Message]:
    return [Message("system", system_text(brief)), Message("user", user_text(brief))]


def batch(tokenizer: PreTrainedTokenizerFast, stories: list[Story]) -> tuple[Tensor, Tensor]:
    """(token ids, targets): only the answer is learned."""
    asked = [f"{ASK}{user_text(brief_of(story)).lower()}{ANSWER}" for story in stories]
    before = tokenizer(asked, add_special_tokens=False).input_ids
    after = tokenizer([answer_of(story) + END for story in stories], add_special_tokens=False).input_ids
    rows = [torch.tensor(a + b) for a, b in zip(before, after, strict=True)]
    ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=tokenizer.pad_token_id)
    targets = torch.full_like(ids, IGNORE)
    for index, (row, start) in enumerate(zip(rows, before, strict=True)):
        targets[index, len(start) : len(row)] = row[len(start) :]
    return ids, targets


@torch.inference_mode()
def foreseen(model: LlamaForCausalLM, ids: Tensor, targets: Tensor) -> dict[str, float]:
    """How often the next token, and all tokens of a story, are the likeliest ones."""
    made = torch.cat([model(part.to(model.device)).logits.argmax(-1).cpu() for part in ids.split(8)])
    wanted = targets[:, 1:]
    right, known = made[:, :-1] == wanted, wanted != IGNORE
    return {
        "tokens": float(right[known].float().mean()),
        "stories": float((right | ~known).all(1).float().mean()),
    }


def written(folder: Path, stories: list[Story]) -> dict[str, float]:
    """Shares of frames and of stories whose captions come out right by way of the package's own director."""
    rights = []
    with LocalWriter(folder) as writer:
        for story in stories:
            brief = brief_of(story)
            reply = writer.write(
                messages_of(brief), schema=answer_schema(brief), seed=0, max_tokens=max_tokens(brief)
            )
            frames = json.loads(reply.text)["frames"] if reply.ended == "stop" else [{"prompt": ""}]
            made = [frame["prompt"] for frame in frames]
            rights.append([a == b for a, b in zip(made, story.captions, strict=False)])
    frames = [right for story in rights for right in story]
    stories_right = [all(story) for story in rights]
    return {"frames": sum(frames) / len(frames), "stories": sum(stories_right) / len(rights)}


def train(team: Team, args: argparse.Namespace) -> None:
    folder = args.work / "director"
    tokenizer: Any = PreTrainedTokenizerFast.from_pretrained(folder)
    model = build(tokenizer, args.width, args.layers).to(args.device)
    matrices, rest = split_parameters(model, ("model.embed_tokens", "lm_head"))
    optimizer = Optimizer(team, matrices, [{"params": rest, "lr": 2e-3}], muon_rate=0.01)
    training = Training(team, args, "director", {"model": model}, optimizer)
    rng = random.Random("director held out")
    held_out = [sample_story(rng, 8, "heldout") for _ in range(64)]
    shown = prompt_tokens(tokenizer, messages_of(brief_of(held_out[0])))
    if shown != batch(tokenizer, held_out[:1])[0][0, : len(shown)].tolist():
        raise RuntimeError("the package shows the director other tokens than it is trained on")

    def make(rng: random.Random) -> tuple[Tensor, Tensor]:
        num_frames = draw_num_frames(rng)  # one for the whole batch, so that little of it is padding
        count = max(1, args.batch * 8 // num_frames)
        stories = [sample_story(rng, num_frames, "train") for _ in range(count)]
        loose = [
            s if rng.random() > LOOSE_SHARE else replace(s, prompt=loosely(s.prompt, rng)) for s in stories
        ]
        return batch(tokenizer, loose)

    def look() -> None:
        model.eval().save_pretrained(folder)
        report("held out, as text", foreseen(model, *batch(tokenizer, held_out)), 4)
        report("held out, written", written(folder, held_out[:24]))
        model.train()

    for ids, targets in training.batches(make, look):
        logits = model(ids.to(args.device)).logits[:, :-1]
        training.learn(F.cross_entropy(logits.flatten(0, 1), targets[:, 1:].flatten().to(args.device)))


if __name__ == "__main__":
    options = parser(__doc__, minutes=74, batch=8)
    options.add_argument("--width", type=int, default=192)
    options.add_argument("--layers", type=int, default=6)
    arguments = options.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    if not (arguments.work / "director" / "tokenizer.json").exists():
        made = train_tokenizer(arguments.work / "director", arguments.seed)
        print(f"tokenizer: {len(made)} tokens", flush=True)
    launch(train, arguments)
