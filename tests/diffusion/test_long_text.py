"""Prompts that are longer than a text encoder reads: refused with their length, or read in chunks."""

import pytest
import tiny
import torch
from hypothesis import given
from hypothesis import strategies as some

from direct2v.diffusion import encode_words
from direct2v.diffusion.long_text import cut_text
from direct2v.engine import DirecT2V
from direct2v.errors import InputError, SettingsError
from direct2v.video import RunRecord

# the tiny tokenizer has a token for each letter: 77 - 2 letters fit, without spaces
LONG = "a red fox " * 9 + "at night"  # 9 * 7 + 7 = 70 fit, "at night" included
LONGER = LONG + " by the old mill"
LONGEST = LONGER + " and the river " * 8


@pytest.fixture(scope="module", params=["sd", "sdxl"])
def engine(request):
    return DirecT2V(getattr(tiny, request.param)())


def test_a_long_text_is_refused_with_its_length(engine):
    with pytest.raises(InputError) as caught:
        engine.render([LONGER], num_inference_steps=1)
    assert (
        "a prompt has 84 tokens, but this model reads at most 77 (begin and end count); shorten it, or"
        in str(caught.value)
    )
    assert "--long-prompts chunk" in str(caught.value)
    with pytest.raises(SettingsError, match=r"long_prompts: got .*; accepted: 'refuse' or 'chunk'"):
        engine.render([LONG], long_prompts="cut")


def test_chunks_are_what_the_model_reads_of_each(engine):
    backbone = engine.backbone
    first, second = backbone.pieces(LONGER)
    assert f"{first} {second}" == LONGER
    both = backbone.encode([LONGER, LONG, ""], num_pieces=2)
    for row, pieces in enumerate([(first, second), (LONG, ""), ("", "")]):
        alone = [backbone.encode([piece]) for piece in pieces]
        # not bit for bit: they were encoded in batches of another size
        torch.testing.assert_close(both.tokens[row], torch.cat([part.tokens[0] for part in alone]))
        if both.pooled is not None:
            torch.testing.assert_close(both.pooled[row], alone[0].pooled[0])


def test_everything_is_read_and_all_rows_are_equally_long(engine):
    words = encode_words(engine.backbone, ["a fox", LONGEST], "blurry", 7.5, "chunk")
    assert words.positive.tokens.shape[1] == words.negative.tokens.shape[1] == 77 * 3
    long_negative = encode_words(engine.backbone, ["a fox"], LONGER, 7.5, "chunk")
    assert long_negative.positive.tokens.shape[1] == 77 * 2
    unguided = encode_words(engine.backbone, ["a fox"], LONGER, 1.0, "chunk")
    assert unguided.positive.tokens.shape[1] == 77
    if engine.backbone.pooled_size is not None:
        nothing = encode_words(engine.backbone, [LONGER], "", 7.5, "chunk")
        assert not nothing.negative.tokens.any()


def test_the_last_word_counts_and_short_texts_are_drawn_as_ever(engine, tmp_path):
    def draw(text, **settings):
        return engine.render([text], num_inference_steps=1, seed=1, **settings)

    one, other = (draw(text, long_prompts="chunk") for text in (LONGER, LONGER[:-4] + "barn"))
    assert not torch.equal(one.latents, other.latents)
    assert torch.equal(draw(LONG, long_prompts="chunk").latents, draw(LONG).latents)
    record = RunRecord.load(one.save(tmp_path / "a").folder / "run.json")
    assert record.settings.long_prompts == "chunk"
    assert torch.equal(engine.repeat(record).latents, one.latents)


@given(some.text(alphabet="ab  \n", max_size=60), some.integers(1, 12))
def test_pieces_fit_and_lose_nothing(text, limit):
    pieces = cut_text(text, lambda piece: len(piece) <= limit)
    assert all(len(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    words = text.split()
    if len(text) > limit and all(len(word) <= limit for word in words):
        assert " ".join(pieces).split() == words  # cut between words only
