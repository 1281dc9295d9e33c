"""The whole talk with a model on this machine: random weights write nonsense, but in the right form."""

import gc
import warnings
from pathlib import Path

import pytest
import tiny_llm
from transformers import LlamaForCausalLM

from direct2v.director import resolve_director
from direct2v.director.dialogue import LanguageModelDirector
from direct2v.director.local import LocalWriter
from direct2v.director.writer import Reply
from direct2v.errors import DirectorError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("llm") / "tiny"
    return tiny_llm.save(path, tokenizer=tiny_llm.byte_level(), max_position_embeddings=8192)


@pytest.mark.parametrize("num_frames", [1, 3, 6])
def test_random_weights_give_exactly_so_many_frames_and_the_same_for_the_same_seed(
    folder: Path, num_frames: int
) -> None:
    director = LanguageModelDirector(LocalWriter(folder), attempts=1, lenient=True)
    board = director.direct("a cat walks", num_frames, seed=3)
    assert board.num_frames == num_frames
    assert board.director == "hf:tiny"
    assert director.direct("a cat walks", num_frames, seed=3) == board
    assert director.direct("a cat walks", num_frames, seed=4).texts() != board.texts()
    assert board.notes  # the checks find something in nonsense


def test_nonsense_does_not_pass_the_checks(folder: Path) -> None:
    director = resolve_director(f"hf:{folder}", cache=False)
    with pytest.raises(DirectorError) as error:
        director.direct("a cat walks", 2)
    assert "hf:tiny gave no usable storyboard in 3 attempts" in str(error.value)


def test_the_model_is_gone_before_drawing_begins(folder: Path) -> None:
    LanguageModelDirector(LocalWriter(folder), attempts=1, lenient=True).direct("a cat walks", 1)
    gc.collect()
    with warnings.catch_warnings(action="ignore"):  # some modules warn when they are looked at
        assert not any(isinstance(thing, LlamaForCausalLM) for thing in gc.get_objects())


def test_texts_that_had_to_be_ended_are_a_finding(folder: Path) -> None:
    class Cutting(LocalWriter):
        def write(self, *args: object, **options: object) -> Reply:
            frames = '"a black cat on a red roof", "a black cat under a blue table"'
            return Reply(f'{{"subjects": ["cat"], "frames": [{frames}]}}', num_cut=2)

    with pytest.raises(DirectorError, match="2 texts were cut off for their length"):
        LanguageModelDirector(Cutting(folder)).direct("a cat walks", 2)
