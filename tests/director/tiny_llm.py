"""Tiny random language models of real classes, with tokenizers trained on a few sentences."""

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    OpenAIGPTConfig,
    OpenAIGPTLMHeadModel,
    PreTrainedTokenizerFast,
)
from transformers.utils import logging

TEXTS = [
    "A dog runs over the green hill while the sun sets behind the sea.",
    'Answer: {"subjects": ["a fox"], "frames": [{"prompt": "a red fox in the snow", "camera": null}]}',
    '"camera": {"pan": 0.5, "tilt": 0, "zoom": 1.25, "roll": -10}',
    "The lighthouse at night: waves, a storm, lightning over the sea, café, 日本.",
] * 10

CHATML = (
    "{% for message in messages %}"
    "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
NO_SYSTEM = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    + CHATML
)
DROPS_SYSTEM = CHATML.replace("messages %}", "messages if message.role != 'system' %}")
THINKS = CHATML.replace("assistant\n{% endif", "assistant\n<think>\n{% endif")
SPECIAL = ["<s>", "</s>", "<|im_start|>", "<|im_end|>", "[INST]"]


def byte_level(template: str | None = CHATML) -> PreTrainedTokenizerFast:
    """Byte-level BPE, as GPT-2, Llama 3 and Qwen have it."""
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=alphabet, special_tokens=SPECIAL, show_progress=False
    )
    core.train_from_iterator(TEXTS, trainer)
    return _wrapped(core, template)


def byte_fallback(template: str | None = CHATML) -> PreTrainedTokenizerFast:
    """SentencePiece's way, as Llama 2, Mistral and Gemma have it: blanks as ▁, unknown letters as bytes."""
    blank = normalizers.Replace(" ", "▁")
    unbroken = [blank.normalize_str(f" {text}") for text in TEXTS]
    core = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=["<unk>", *SPECIAL], limit_alphabet=60, show_progress=False
    )
    core.train_from_iterator(unbroken, trainer)
    # as converted models have them: the bytes are ordinary entries of the vocabulary
    state = json.loads(core.to_str())
    vocab = state["model"]["vocab"]
    for name in bytes_:
        vocab[name] = len(vocab)
    state["normalizer"] = {
        "type": "Sequence",
        "normalizers": [
            {"type": "Prepend", "prepend": "▁"},
            {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        ],
    }
    state["decoder"] = {
        "type": "Sequence",
        "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
            {"type": "ByteFallback"},
            {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0},
        ],
    }
    return _wrapped(Tokenizer.from_str(json.dumps(state)), template)


def _wrapped(core: Tokenizer, template: str | None) -> PreTrainedTokenizerFast:
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, bos_token="<s>", eos_token="</s>")
    tokenizer.chat_template = template
    return tokenizer


def llama(num_tokens: int, **settings: Any) -> LlamaForCausalLM:
    return LlamaForCausalLM(
        LlamaConfig(
            **{
                "vocab_size": num_tokens,
                "hidden_size": 32,
                "intermediate_size": 64,
                "num_hidden_layers": 2,
                "num_attention_heads": 4,
                "num_key_value_heads": 2,
                "max_position_embeddings": 8192,
                "bos_token_id": 0,
                "eos_token_id": 1,
                **settings,
            }
        )
    )


def gpt2(num_tokens: int, **settings: Any) -> GPT2LMHeadModel:
    sizes = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 4096}
    return GPT2LMHeadModel(
        GPT2Config(**{"vocab_size": num_tokens, "bos_token_id": 0, "eos_token_id": 1, **sizes, **settings})
    )


def gpt1(num_tokens: int, **settings: Any) -> OpenAIGPTLMHeadModel:
    sizes = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 2048}
    return OpenAIGPTLMHeadModel(OpenAIGPTConfig(**{"vocab_size": num_tokens, **sizes, **settings}))


def mamba(num_tokens: int, **settings: Any) -> MambaForCausalLM:
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 8}
    return MambaForCausalLM(
        MambaConfig(**{"vocab_size": num_tokens, "bos_token_id": 0, "eos_token_id": 1, **sizes, **settings})
    )


def save(folder: Path, *, tokenizer: Any = None, network: Any = llama, **settings: Any) -> Path:
    """Writes a random model to a folder; its embeddings are padded, as those of many models are.

    Args:
        folder: of the model, is made.
        tokenizer: byte-level with a template unless given.
        network: makes the model from the number of tokens and the settings.
        **settings: of the model's configuration.
    """
    tokenizer = byte_level() if tokenizer is None else tokenizer
    logging.disable_progress_bar()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network(len(tokenizer) + 37, **settings).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
