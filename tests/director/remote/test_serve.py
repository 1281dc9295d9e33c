"""A real server on this machine: `transformers serve` with a tiny random model, reached over HTTP."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from direct2v.director.remote import parse_remote
from direct2v.director.writer import Message
from direct2v.errors import DirectorError

TEMPLATE = "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}assistant:"
COMMAND = "from transformers.cli.transformers import main; main()"
PATIENCE = 120.0  # seconds; a busy machine imports slowly


def _tiny_model(folder: Path) -> Path:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
    from transformers.utils import logging

    logging.disable_progress_bar()
    letters = ["<s>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    core = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(letters)}, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, bos_token="<s>", eos_token="</s>")
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(letters),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=1024,
        bos_token_id=0,
        eos_token_id=1,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the running server, and the name of its model, as what stands after openai:."""
    pytest.importorskip("fastapi")
    folder = _tiny_model(tmp_path_factory.mktemp("served"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    arguments = ["serve", str(folder), "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    log = folder / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        _wait(process, f"http://127.0.0.1:{port}/v1/models", log)
        yield f"{folder}@http://127.0.0.1:{port}/v1"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), opener.open(url, timeout=5) as answer:
            json.load(answer)
            return
        time.sleep(0.2)
    pytest.fail(f"transformers serve did not start: {log.read_text(errors='replace')[-2000:]}")


def test_a_real_server_is_reached_over_http(server: str) -> None:
    writer = parse_remote(f"openai:{server}")
    assert writer is not None
    talk = [Message("system", "You are a director."), Message("user", "A fox wakes up.")]
    schema = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    with writer:
        reply = writer.write(talk, schema=schema, seed=3, max_tokens=24)
        again = [*talk, Message("assistant", reply.text), Message("user", "There is no JSON in it.")]
        second = writer.write(again, schema=schema, seed=3, max_tokens=24)
    assert reply.text  # random letters: a random model heeds no schema, and this server none either
    assert reply.ended in ("stop", "length")
    assert second.text


def test_it_says_what_it_does_not_like(server: str) -> None:
    writer = parse_remote(f"openai:{server.replace('/v1', '/v2')}")
    assert writer is not None
    with writer, pytest.raises(DirectorError, match=r"answered 404 \(not found\).*check the address"):
        writer.write([Message("user", "A fox.")], schema={}, seed=0, max_tokens=9)
