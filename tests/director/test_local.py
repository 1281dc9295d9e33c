"""Local language models: any of them gives the frames asked for, and is gone afterwards."""

import gc
import json
import os
import subprocess
import sys
import weakref

import pytest
import tiny_llm
import torch

from direct2v.director.local import LocalWriter
from direct2v.director.writer import Message
from direct2v.errors import DirectorError

MESSAGES = [Message("system", "Write one prompt per frame."), Message("user", '{"sentence": "a red fox"}')]
RANGES = {"pan": (-1, 1), "zoom": (0.25, 4), "roll": (-180, 180)}


def schema(num_frames):
    text = {"type": "string", "minLength": 1, "maxLength": 300}
    numbers = {name: {"type": "number", "minimum": a, "maximum": b} for name, (a, b) in RANGES.items()}
    camera = {"type": "object", "properties": numbers, "required": list(numbers)}
    frame = {"prompt": text, "camera": {"anyOf": [{"type": "null"}, camera]}}
    frames = {"type": "object", "properties": frame, "required": list(frame)}
    parts = {
        "subjects": {"type": "array", "items": {"type": "string"}},  # left open on purpose
        "frames": {"type": "array", "minItems": num_frames, "maxItems": num_frames, "items": frames},
    }
    return {"type": "object", "properties": parts, "required": list(parts)}


def check_answer(text, num_frames):
    answer = json.loads(text)
    assert list(answer) == ["subjects", "frames"]
    assert all(isinstance(subject, str) for subject in answer["subjects"])
    assert len(answer["frames"]) == num_frames
    for frame in answer["frames"]:
        assert list(frame) == ["prompt", "camera"]
        assert 1 <= len(frame["prompt"]) <= 300
        assert frame["prompt"].strip()
        assert frame["prompt"].isprintable() or not any(ord(c) < 32 for c in frame["prompt"])
        if frame["camera"] is not None:
            assert list(frame["camera"]) == list(RANGES)
            assert all(low <= frame["camera"][name] <= high for name, (low, high) in RANGES.items())
    return answer


def write(writer, num_frames=3, seed=0, max_tokens=None, messages=MESSAGES):
    room = 400 + 200 * num_frames if max_tokens is None else max_tokens
    return writer.write(messages, schema=schema(num_frames), seed=seed, max_tokens=room)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_llm.save(tmp_path_factory.mktemp("llm") / "tiny-llama")


@pytest.fixture(scope="module")
def writer(folder):
    with LocalWriter(folder) as writer:
        yield writer


KINDS = {
    "llama": (tiny_llm.llama, tiny_llm.byte_level(), {}),
    "sentencepiece": (tiny_llm.llama, tiny_llm.byte_fallback(), {}),
    "no-template": (tiny_llm.gpt2, tiny_llm.byte_level(None), {}),
    "no-system-role": (tiny_llm.gpt2, tiny_llm.byte_level(tiny_llm.NO_SYSTEM), {}),
    "recurrent": (tiny_llm.mamba, tiny_llm.byte_fallback(None), {}),
    "no-memory": (tiny_llm.gpt1, tiny_llm.byte_level(None), {}),
    "saved-without-cache": (tiny_llm.llama, tiny_llm.byte_level(), {"use_cache": False}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_random_models_give_exactly_the_frames_asked_for(kind, tmp_path):
    network, tokenizer, settings = KINDS[kind]
    tiny_llm.save(tmp_path / "model", tokenizer=tokenizer, network=network, **settings)
    with LocalWriter(tmp_path / "model") as writer:
        for num_frames in (1,) if kind == "no-memory" else (1, 3, 8):
            reply = write(writer, num_frames, seed=num_frames)
            assert reply.ended == "stop"
            check_answer(reply.text, num_frames)


@pytest.mark.parametrize("room", [150, 400])
@pytest.mark.parametrize("seed", range(3))
def test_what_room_there_is_is_shared_among_the_texts(writer, room, seed):
    one_text = {"type": "string", "minLength": 1}
    several = {"type": "array", "items": one_text, "minItems": 8, "maxItems": 8}
    reply = writer.write(MESSAGES, schema=several, seed=seed, max_tokens=room)
    assert reply.ended == "stop"
    texts = json.loads(reply.text)
    assert len(texts) == 8
    assert room > 150 or reply.num_cut


def test_too_little_room_is_said(writer):
    reply = write(writer, 8, max_tokens=60)
    assert reply.ended == "length"
    assert reply.text.startswith('{"subjects": [')
    assert write(writer, 8, max_tokens=0).ended == "length"


def test_the_seed_decides(writer):
    texts = [write(writer, seed=seed).text for seed in (0, 0, 1, 2, 2**63 - 1)]
    assert texts[0] == texts[1]
    assert len(set(texts)) == 4
    assert write(writer, 1, seed=-(2**80)).ended == "stop"


def test_a_model_loaded_again_writes_the_same(writer, folder):
    with LocalWriter(folder) as again:
        assert write(again, seed=3) == write(writer, seed=3)


def test_torchs_own_random_numbers_stay_as_they_are(writer):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    write(writer, 1)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    assert write(writer, 1, seed=0) == write(writer, 1, seed=0)


def test_nothing_is_printed(folder, capfd, monkeypatch):
    monkeypatch.setenv("TRANSFORMERS_VERBOSITY", "info")
    with LocalWriter(folder) as writer:
        write(writer, 1)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("error", [None, RuntimeError, KeyboardInterrupt])
def test_the_model_is_freed(folder, error, monkeypatch):
    writer = LocalWriter(folder)
    held = None
    try:
        with writer:
            network = weakref.ref(writer._loaded.network)
            if error is None:
                write(writer, 1)
            else:
                monkeypatch.setattr(torch, "multinomial", raising(error("stopped")))
                write(writer, 1)
    except (DirectorError, KeyboardInterrupt) as caught:
        held = caught
    assert network() is None
    assert (held is None) == (error is None)
    with pytest.raises(DirectorError, match="is not loaded; write inside a with block"):
        write(writer, 1)


def raising(error):
    def fail(*_, **__):
        raise error

    return fail


def test_an_interrupt_passes(writer, monkeypatch):
    monkeypatch.setattr(torch, "multinomial", raising(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        write(writer, 1)


@pytest.mark.parametrize(
    ("kind", "words", "message"),  # no errors, which would keep the model alive
    [
        (
            torch.OutOfMemoryError,
            "CUDA out of memory. Tried\nto allocate",
            "ran out of memory; ask for fewer",
        ),
        (MemoryError, "", "ran out of memory; ask for fewer"),
        (RuntimeError, "shapes\ndiffer", "hf:tiny-llama cannot write: shapes"),
    ],
)
def test_failures_while_writing_are_one_line(writer, kind, words, message, monkeypatch):
    monkeypatch.setattr(writer._loaded.network, "forward", raising(kind(words)))
    with pytest.raises(DirectorError, match=message) as caught:
        write(writer, 1)
    assert "\n" not in str(caught.value)


def test_weights_that_are_no_numbers_are_told(folder):
    with LocalWriter(folder) as writer:
        writer._loaded.network.lm_head.weight.data.fill_(float("nan"))
        with pytest.raises(DirectorError, match="hf:tiny-llama: the model computes NaN or infinity"):
            write(writer, 1)


def test_a_task_longer_than_the_context(tmp_path):
    tiny_llm.save(tmp_path / "short", max_position_embeddings=300)
    with LocalWriter(tmp_path / "short") as writer:
        with pytest.raises(DirectorError, match="the model reads 300 in all; ask for fewer") as caught:
            write(writer, 30)
        assert "\n" not in str(caught.value)
        replies = [write(writer, 1, seed=seed, max_tokens=100_000) for seed in range(3)]
    for reply in replies:  # they took what room there is
        check_answer(reply.text, 1)


def test_an_earlier_answer_makes_room_for_the_new_one(tmp_path):
    tiny_llm.save(tmp_path / "short", max_position_embeddings=400)
    long = [Message("assistant", "a red fox, " * 100), Message("user", "Again.")]
    with LocalWriter(tmp_path / "short") as writer:
        check_answer(write(writer, 1, messages=[*MESSAGES, *long]).text, 1)


def test_a_tokenizer_of_another_model_is_told(tmp_path):
    tiny_llm.save(tmp_path / "model", network=lambda count: tiny_llm.llama(count - 300))
    with (
        LocalWriter(tmp_path / "model") as writer,
        pytest.raises(DirectorError, match=r"gives the token \d+, but it knows only \d+ tokens"),
    ):
        write(writer, 1)


def test_name_and_identity(folder, tmp_path):
    copy = tiny_llm.save(tmp_path / "other", initializer_range=0.5)
    first, other = LocalWriter(folder), LocalWriter(copy)
    assert first.name == "hf:tiny-llama"
    assert json.loads(json.dumps(first.identity)) == LocalWriter(str(folder)).identity
    assert first.identity != other.identity
    before = LocalWriter(copy).identity
    (copy / "chat_template.jinja").write_text("{{ messages[0].content }}")
    assert LocalWriter(copy).identity != before
    (copy / "generation_config.json").write_text('{"temperature": 9, "top_p": null, "top_k": 20.0}')
    sampling = LocalWriter(copy).identity["sampling"]
    assert sampling == {"temperature": 1.5, "top_p": 0.95, "top_k": 20}


def test_the_weights_are_read_once_in_a_process(folder, monkeypatch):
    first = LocalWriter(folder).identity
    monkeypatch.setattr("hashlib.file_digest", raising(AssertionError("read again")))
    assert LocalWriter(folder).identity == first
    monkeypatch.undo()
    os.utime(folder / "config.json", ns=(1, 1))
    monkeypatch.setattr("hashlib.file_digest", raising(AssertionError("read again")))
    with pytest.raises(AssertionError):
        assert LocalWriter(folder).identity


def test_the_precision_is_part_of_the_identity(folder, monkeypatch):
    identity = LocalWriter(folder).identity
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: True)
    on_cuda = LocalWriter(folder).identity
    assert (on_cuda["device"], on_cuda["dtype"]) == ("cuda", "bfloat16")
    if identity["device"] == "cpu":
        assert identity["dtype"] == "float32"
        assert {name for name in identity if identity[name] != on_cuda[name]} == {"device", "dtype"}


def test_the_model_is_looked_for_without_torch(folder):
    code = (
        "import sys; from direct2v.director.local import LocalWriter; "
        f"writer = LocalWriter({str(folder)!r}); writer.name; "
        "assert not {'torch', 'transformers', 'llguidance'} & {*sys.modules}; "
        "writer.identity; assert not {'transformers', 'llguidance'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.gpu
def test_the_gpu_is_free_afterwards(folder):
    before = torch.cuda.memory_reserved()
    with LocalWriter(folder) as writer:
        assert writer._loaded.network.device.type == "cuda"
        check_answer(write(writer, 3).text, 3)
        assert torch.cuda.memory_allocated() > 0
    gc.collect()
    assert torch.cuda.memory_reserved() == before
