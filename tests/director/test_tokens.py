"""Token budgets: what the tokenizer of an image model counts, and how much its text encoder reads."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from direct2v.director.tokens import TokenBudget, token_budget
from direct2v.errors import ModelError
from direct2v.storybook import model_path

TINY = Path(__file__).parents[1] / "data" / "golden" / "tiny"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder with nothing but vocab.json and merges.txt."""
    (tmp_path / "tokenizer").mkdir()
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(TINY / "tokenizer" / name, tmp_path / "tokenizer")
    return tmp_path


def _encoder(folder: Path, config: object) -> None:
    (folder / "text_encoder").mkdir()
    (folder / "text_encoder" / "config.json").write_text(json.dumps(config))


def test_the_storybook_model_reads_62_tokens_of_content():
    budget = token_budget("storybook")
    assert (budget.limit, budget.name) == (62, "storybook")
    assert budget.count("") == 0
    assert budget.count("a red car on the left") == 6
    assert budget == token_budget(model_path()).__class__(62, "storybook", len)


def test_a_folder_in_diffusers_format():
    budget = token_budget(TINY)
    assert budget.limit == 75
    assert budget.count("a dog") == 4


def test_the_budget_is_what_rendering_refuses_by():
    from transformers import CLIPTokenizer

    tokenizer = CLIPTokenizer.from_pretrained(model_path() / "tokenizer", local_files_only=True)
    budget = token_budget("storybook")
    for num_words in (61, 62, 63):
        text = " ".join(["dog"] * num_words)
        whole = len(tokenizer(text, verbose=False).input_ids)
        assert (budget.count(text) > budget.limit) == (whole > 64)


def test_only_vocabulary_and_merges_are_needed(folder):
    assert token_budget(folder).limit == 75  # the tokenizer itself says 1e30
    assert token_budget(folder / "tokenizer").limit == 75
    _encoder(folder, {"max_position_embeddings": 40})
    assert token_budget(str(folder)).limit == 38


def test_an_encoder_without_a_length_has_that_of_clip(folder):
    _encoder(folder, {})
    assert token_budget(folder).limit == 75


@pytest.mark.parametrize(
    ("positions", "text"),
    [("many", "max_position_embeddings is many"), (2, "no room for words"), (-5, "no room")],
)
def test_lengths_that_are_none(folder, positions, text):
    _encoder(folder, {"max_position_embeddings": positions})
    with pytest.raises(ModelError, match=text):
        token_budget(folder)


def _no_tokenizer(folder: Path) -> None:
    shutil.rmtree(folder / "tokenizer")


def _no_merges(folder: Path) -> None:
    (folder / "tokenizer" / "merges.txt").unlink()


def _broken_vocabulary(folder: Path) -> None:
    (folder / "tokenizer" / "vocab.json").write_text("{")


def _broken_config(folder: Path) -> None:
    (folder / "tokenizer" / "tokenizer_config.json").write_text("[]")


def _other_kind(folder: Path) -> None:
    (folder / "tokenizer" / "tokenizer_config.json").write_text('{"tokenizer_class": "T5Tokenizer"}')


def _odd_length(folder: Path) -> None:
    (folder / "tokenizer" / "tokenizer_config.json").write_text('{"model_max_length": "long"}')


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (_no_tokenizer, "has no CLIP tokenizer"),
        (_no_merges, "has no CLIP tokenizer"),
        (_broken_vocabulary, "cannot be loaded"),
        (_broken_config, "holds no JSON object"),
        (_other_kind, "has a T5Tokenizer; supported"),
        (_odd_length, "is damaged|cannot be loaded"),
    ],
)
def test_what_is_wrong_is_one_line(folder, damage, text):
    damage(folder)
    with pytest.raises(ModelError, match=text) as caught:
        token_budget(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("model", ["nonsense", "./nowhere", Path("nowhere")])
def test_unknown_models(model):
    with pytest.raises(ModelError):
        token_budget(model)


def test_a_hub_id_is_fetched_and_offline_that_is_said():
    with pytest.raises(ModelError, match="Hugging Face Hub did not give") as caught:
        token_budget("nobody/nothing")
    assert "\n" not in str(caught.value)


def test_a_budget_of_ones_own():
    assert TokenBudget(5, "words", lambda text: len(text.split())).count("a b c") == 3


def test_the_import_is_cheap():
    code = "import sys, direct2v.director.tokens; print({'torch', 'transformers'} & sys.modules.keys())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"
