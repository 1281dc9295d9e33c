"""What a model may write next: the grammar, the tokens, and the loop that draws them."""

import json
import random

import numpy as np
import pytest
import tiny_llm
import torch
from llguidance import LLMatcher
from llguidance.hf import from_tokenizer

from direct2v.director.local.constrained import Answer, tokens_needed
from direct2v.director.local.decoding import Reader, draw
from direct2v.director.local.grammar import compile_schema, fixed_parts
from direct2v.director.local.sampling import Sampling
from direct2v.errors import DirectorError

TEXT = {"type": "string", "minLength": 1}
TOKENIZER = tiny_llm.byte_level()
CONSTRAINER = from_tokenizer(TOKENIZER)


def fits(schema, text):
    matcher = LLMatcher(CONSTRAINER, compile_schema(schema), log_level=0)
    tokens = CONSTRAINER.tokenize_str(text)
    return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()


def test_json_is_spelt_in_one_way():
    schema = {"type": "object", "properties": {"a": TEXT, "b": {"type": "number"}}, "required": ["a", "b"]}
    assert fits(schema, json.dumps({"a": 'é "x" \\ 日', "b": -1.5}, ensure_ascii=False))
    for other in ('{"a":"x","b":1}', '{"a": "x",\n"b": 1}', '{"a": "x", "b": 1, "c": 2}', '{"a": "x"}'):
        assert not fits(schema, other)
    for text in ('" x"', '""', '"\\n"', '"\\ud800"', '"\n"', '"\x7f"', '"x\x80"', '"x\x9f"'):
        assert not fits(schema, f'{{"a": {text}, "b": 1}}')


def test_open_lists_end():
    assert fits({"type": "array", "items": TEXT}, json.dumps(["x"] * 16))
    assert not fits({"type": "array", "items": TEXT}, json.dumps(["x"] * 17))


def test_what_is_fixed_in_an_answer():
    schema = {
        "$defs": {"camera": {"type": "object", "properties": {"pan": {"type": "number"}}}},
        "type": "object",
        "properties": {
            "kind": {"enum": ["a", "long"]},
            "ok": {"type": "boolean"},
            "list": {"type": "array", "items": TEXT, "minItems": 1, "maxItems": 2},
            "camera": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/camera"}]},
        },
    }
    longest = ['{"kind": "long", "ok": false, "list": [', ", ", '], "camera": {"pan": -0.0000}}']
    assert fixed_parts(schema) == longest
    shortest = ['{"kind": "a", "ok": false, "list": [', '], "camera": false}']
    assert fixed_parts(schema, shortest=True) == shortest
    assert 16 < tokens_needed(CONSTRAINER, schema) < 80
    endless = {"$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}, "maxItems": 1}}}
    assert "null" in fixed_parts({**endless, "$ref": "#/$defs/a"})[0]


@pytest.mark.parametrize("make", [tiny_llm.byte_level, tiny_llm.byte_fallback])
def test_no_control_token_may_ever_come(make):
    tokenizer = make()
    answer = Answer(from_tokenizer(tokenizer), {"type": "array", "items": TEXT, "minItems": 3}, 300)
    control = [*tokenizer.added_tokens_decoder]
    generator = random.Random(0)
    while not answer.complete and answer.room:
        tokens = answer.forced()
        if not tokens:
            allowed = answer.allowed(len(tokenizer) + 64)  # the model's embeddings are padded
            assert not allowed[control].any()
            assert not allowed[len(tokenizer) :].any()
            tokens = [int(generator.choice(np.flatnonzero(allowed)))]
        answer.take(tokens)
    assert answer.complete
    assert len(json.loads(answer.text)) >= 3


def test_a_model_with_fewer_tokens_than_its_tokenizer():
    answer = Answer(CONSTRAINER, {"type": "array", "items": TEXT, "minItems": 1}, 100)
    answer.take(CONSTRAINER.tokenize_str('["'))
    assert answer.allowed(100).shape == (100,)
    with pytest.raises(DirectorError, match="its tokenizer cannot spell what must follow"):
        answer.allowed(3)


def test_what_has_no_choice_is_spelt_as_the_tokenizer_does():
    schema = {"type": "object", "properties": {"frames": TEXT}, "required": ["frames"]}
    answer = Answer(CONSTRAINER, schema, 100)
    forced = answer.forced()
    whole = CONSTRAINER.tokenize_str('{"frames": "')
    assert forced == whole[: len(forced)]
    assert len(forced) >= 3
    assert len(Answer(CONSTRAINER, schema, 2).forced()) == 2


def test_what_does_not_fit_is_refused():
    answer = Answer(CONSTRAINER, TEXT, 100)
    with pytest.raises(DirectorError, match="constrained decoding failed: ") as caught:
        answer.take(CONSTRAINER.tokenize_str("{"))
    assert "\n" not in str(caught.value)
    with pytest.raises(DirectorError, match="constrained decoding failed: "):
        Answer(CONSTRAINER, {"type": "nonesuch"}, 100)


def test_numbers_end():
    answer = Answer(CONSTRAINER, {"type": "array", "items": {"type": "number"}, "minItems": 2}, 100)
    while not answer.complete:
        tokens = answer.forced()
        if not tokens:
            allowed = answer.allowed(400)
            digits = [t for t in CONSTRAINER.tokenize_str("7") if allowed[t]]
            tokens = digits or [int(np.flatnonzero(allowed)[0])]
        answer.take(tokens)
    assert len(answer.text) < 200
    assert answer.num_cut == 0  # only texts are told


def test_what_models_ask_for_is_taken_within_reason():
    assert Sampling.of_model({}) == Sampling()
    wild = {"temperature": 0.0, "top_p": "x", "top_k": None, "repetition_penalty": 3}
    assert Sampling.of_model(wild) == Sampling()
    high = Sampling.of_model({"temperature": 50, "top_p": 7, "top_k": 10**9})
    assert (high.temperature, high.top_p, high.top_k) == (1.5, 1.0, 1000)
    assert Sampling.of_model({"temperature": 1e-9, "top_k": 1}).temperature == 0.1
    assert Sampling.of_model({"temperature": float("nan")}) == Sampling()


def test_tokens_are_drawn_by_their_scores():
    logits = torch.tensor([5.0, 4.0, 9.0, 1.0, -3.0])
    allowed = np.array([True, True, False, True, True])
    generator = torch.Generator().manual_seed(0)

    def drawn(**settings):
        sampling = Sampling(**settings)
        return [draw(logits, allowed, sampling, generator) for _ in range(2000)]

    free = drawn(temperature=1.0, top_p=1.0)
    want = torch.softmax(torch.tensor([5.0, 4.0, 1.0, -3.0]), 0)
    assert free.count(0) / 2000 == pytest.approx(want[0].item(), abs=0.03)
    assert 2 not in free
    assert {*drawn(temperature=1.0, top_p=0.5)} == {0}
    assert {*drawn(temperature=1.0, top_p=0.8)} == {0, 1}
    assert {*drawn(temperature=1.5, top_k=1)} == {0}
    assert drawn(temperature=1.5).count(0) < drawn(temperature=0.5).count(0)


@pytest.mark.parametrize(
    ("network", "reads"),
    [
        (tiny_llm.llama, 40),
        (tiny_llm.gpt2, 40),
        (tiny_llm.mamba, 40),
        (tiny_llm.gpt1, 20 + 27 + 28 + 40),  # has no memory
    ],
)
def test_reading_on_equals_reading_all_and_reads_each_token_once(network, reads):
    torch.manual_seed(0)
    model = network(300).eval()
    tokens = torch.randint(0, 300, (40,)).tolist()
    reader, logits, read = Reader(model), {}, []
    counting = model.get_input_embeddings().register_forward_pre_hook(
        lambda _, given: read.append(given[0].numel())
    )
    with torch.inference_mode():
        for end, start in ((20, 0), (27, 20), (28, 27), (40, 28)):
            logits[end] = reader.read(tokens[start:end])
        counting.remove()
        assert sum(read) == reads
        for end, got in logits.items():
            want = model(input_ids=torch.tensor([tokens[:end]])).logits[0, -1]
            torch.testing.assert_close(got, want, atol=1e-4, rtol=1e-4)
