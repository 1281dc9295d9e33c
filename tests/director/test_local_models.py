"""Everything that can be wrong with a language model is one clear line."""

import json
import shutil

import pytest
import tiny_llm
import torch
from safetensors.torch import load_file, save_file
from transformers.utils import logging

from direct2v.director.local import LocalWriter
from direct2v.errors import ModelError


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return tiny_llm.save(tmp_path_factory.mktemp("llm") / "whole")


@pytest.fixture
def broken(whole, tmp_path):
    """A copy of a model to damage."""
    return shutil.copytree(whole, tmp_path / "model")


def refusal(model):
    with pytest.raises(ModelError) as caught, LocalWriter(model):
        pass
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 500
    return message


def change(path, **values):
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("", "hf: names no model; give the folder, or the hub id"),
        ("nonesuch", "there is no model folder nonesuch; give the folder, or the hub id (owner/name)"),
        ("./nonesuch", "there is no model folder ./nonesuch"),
        ("a/b/c", "there is no model folder a/b/c"),
        ("~nobody-here/model", "there is no model folder ~nobody-here/model"),
        ("x" * 5000, "there is no model folder xxx"),
        ("a\0b", r"there is no model folder a\x00b"),
        ("a\x1b[31m\nb", r"there is no model folder a\x1b[31m b"),
    ],
)
def test_a_name_that_is_no_model(model, message):
    with pytest.raises(ModelError) as caught:
        LocalWriter(model)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_hub_id_that_cannot_be_had(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    writer = LocalWriter("some-owner/nonesuch")  # asks nobody
    assert writer.name == "hf:some-owner/nonesuch"
    said = "there is no folder some-owner/nonesuch here, and the Hugging Face Hub did not give it"
    assert said in refusal("some-owner/nonesuch")
    with pytest.raises(ModelError, match=said):
        assert writer.identity


def test_a_hub_id_that_was_fetched_before(whole, monkeypatch, tmp_path):
    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = tmp_path / "models--some-owner--some-model"
    shutil.copytree(whole, repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    events = []
    with LocalWriter("some-owner/some-model", on_event=events.append) as writer:
        assert writer.identity["hub_id"] == "some-owner/some-model"
        assert writer.identity["revision"] == commit
    assert events == ["Fetching some-owner/some-model from the hub", "Loading hf:some-owner/some-model"]


def test_the_users_folder(whole, monkeypatch):
    monkeypatch.setenv("HOME", str(whole.parent))
    monkeypatch.setenv("USERPROFILE", str(whole.parent))
    assert LocalWriter("~/whole").identity == LocalWriter(whole).identity


def test_files_are_refused(tmp_path):
    for name, message in (("a.gguf", "serve it with llama.cpp"), ("a.safetensors", "is a file; give the")):
        (tmp_path / name).write_bytes(b"")
        with pytest.raises(ModelError, match=message):
            LocalWriter(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("model_index.json", "it holds an image model in diffusers format"),
        ("adapter_config.json", "it holds an adapter without its base model"),
        ("other.json", "it has no config.json"),
    ],
)
def test_folders_of_something_else(tmp_path, name, message):
    (tmp_path / name).write_text("{}")
    assert message in refusal(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "config.json is not valid JSON"),
        ("[]", "config.json holds no JSON object"),
        ('{"is_encoder_decoder": true}', "is an encoder-decoder model"),
        ("{}", "cannot be loaded"),
        ('{"model_type": "nonesuch"}', "cannot be loaded"),
        ('{"model_type": "vit", "architectures": ["ViTModel"]}', "a ViTModel, which is no causal language"),
        (
            '{"model_type": "clip", "architectures": ["CLIPModel"]}',
            "a CLIPModel, which is no causal language",
        ),
        (
            '{"model_type": "bert", "architectures": ["BertForMaskedLM"]}',
            "BertForMaskedLM, which is no causal",
        ),
        ('{"model_type": "llama", "architectures": ["LlamaModel"]}', "LlamaModel, which is no causal"),
        ('{"model_type": "llama", "architectures": "LlamaForCausalLM"}', "is a L, which"),
        ('{"model_type": "llama", "hidden_size": "big"}', "expected int"),
        ('{"model_type": "mine", "auto_map": {"AutoConfig": "mine.Mine"}}', "code from its own"),
    ],
)
def test_configurations(broken, content, message):
    (broken / "config.json").write_text(content)
    assert message in refusal(broken)


def test_code_of_a_model_is_never_run(broken, capfd):
    (broken / "mine.py").write_text("raise SystemExit('this ran')")
    maps = {
        "AutoConfig": "mine.Mine",
        "AutoModelForCausalLM": "mine.Mine",
        "AutoTokenizer": ["mine.Mine", None],
    }
    change(broken / "config.json", auto_map=maps)
    change(broken / "tokenizer_config.json", auto_map=maps)
    with LocalWriter(broken) as writer:
        assert type(writer._loaded.network).__module__.startswith("transformers.")
    assert "ran" not in capfd.readouterr().out
    change(broken / "config.json", model_type="mine")
    assert "it needs code from its own repository, which is never run" in refusal(broken)


@pytest.mark.parametrize("keep", [0, 5, 5000])
def test_truncated_weights(broken, keep):
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:keep])
    assert "model.safetensors is damaged or truncated" in refusal(broken)


def test_missing_and_pickled_weights(broken):
    (broken / "model.safetensors").unlink()
    assert "is incomplete: it has no model.safetensors" in refusal(broken)
    torch.save({}, broken / "pytorch_model.bin")
    assert "has only pickled weights, which can run code" in refusal(broken)


def test_weights_that_lack_a_tensor_are_not_filled_with_random_numbers(broken):
    weights = broken / "model.safetensors"
    tensors = load_file(weights)
    name = "model.layers.0.mlp.down_proj.weight"
    tensors[f"renamed.{name}"] = tensors.pop(name)
    save_file(tensors, weights, metadata={"format": "pt"})
    assert f"cannot be used: its weights lack {name}" in refusal(broken)


def test_a_configuration_that_does_not_fit_the_weights(broken):
    change(broken / "config.json", intermediate_size=48)
    assert "config.json does not fit the size of model.layers.0.mlp.down_proj.weight and" in refusal(broken)


def test_a_configuration_without_sizes_takes_no_memory(broken):
    (broken / "config.json").write_text('{"model_type": "llama"}')  # whose sizes are those of 7B
    said = "cannot be used: its config.json does not fit its weights: it has"
    assert f"{said} 32 layers, they are 21 tensors" in refusal(broken)
    (broken / "config.json").write_text('{"model_type": "llama", "num_hidden_layers": 2}')
    assert f"{said} room for 666,914,816 numbers, they are " in refusal(broken)


def test_an_endless_configuration_ends(broken):
    change(broken / "config.json", num_hidden_layers=10**9)
    assert "it has 1,000,000,000 layers, they are 21 tensors" in refusal(broken)
    change(broken / "config.json", num_hidden_layers=2, vocab_size=10**15)
    assert "does not fit its weights: " in refusal(broken)


def test_weights_without_a_place_are_refused(broken):
    change(broken / "config.json", num_hidden_layers=1)
    said = "its config.json has no place for model.layers.1.input_layernorm.weight and 8 more"
    assert said in refusal(broken)


def test_masks_that_old_versions_saved_are_no_weights(broken):
    weights = broken / "model.safetensors"
    masks = {"model.layers.0.self_attn.rotary_emb.inv_freq": torch.zeros(4)}
    masks["model.layers.0.attn.attention.masked_bias"] = torch.zeros(1)
    save_file({**load_file(weights), **masks}, weights, metadata={"format": "pt"})
    with LocalWriter(broken):
        pass


def test_weights_in_several_files(broken):
    weights = broken / "model.safetensors"
    before = LocalWriter(broken).identity
    tensors = load_file(weights)
    weights.unlink()
    parts = {f"model-0000{i + 1}-of-00002.safetensors": sorted(tensors)[i::2] for i in range(2)}
    for file, names in parts.items():
        save_file({name: tensors[name] for name in names}, broken / file, metadata={"format": "pt"})
    index = broken / "model.safetensors.index.json"
    where = {name: file for file, names in parts.items() for name in names}
    index.write_text(json.dumps({"metadata": {}, "weight_map": where}))
    with LocalWriter(broken) as writer:
        assert writer.identity != before
    (broken / file).unlink()
    assert f"is incomplete: it has no {file}" in refusal(broken)
    for wrong in ({}, {"weight_map": []}, {"weight_map": {}}, {"weight_map": {"a": "../../secret"}}):
        index.write_text(json.dumps(wrong))
        assert "does not name the files of this folder" in refusal(broken)


def test_tokenizers(broken):
    tokenizer = broken / "tokenizer.json"
    content = tokenizer.read_text()
    tokenizer.write_text(content[:500])
    assert "cannot be used: its tokenizer cannot be loaded: Unterminated string" in refusal(broken)
    unknown = {**json.loads(content), "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True}}
    tokenizer.write_text(json.dumps(unknown))
    assert "neither byte-level BPE nor SentencePiece" in refusal(broken)
    tokenizer.unlink()
    assert "is incomplete: it has no tokenizer (tokenizer.json)" in refusal(broken)


def test_settings_of_generation_that_are_no_json(broken):
    (broken / "generation_config.json").write_text("{")
    assert "generation_config.json is not valid JSON" in refusal(broken)


def test_the_dtype_is_that_of_the_processor_whatever_the_file_has(broken):
    weights = broken / "model.safetensors"
    save_file({k: v.half() for k, v in load_file(weights).items()}, weights, metadata={"format": "pt"})
    with LocalWriter(broken) as writer:
        network = writer._loaded.network
        assert network.dtype == (torch.float32 if network.device.type == "cpu" else torch.bfloat16)
        assert not network.training


def test_notices_come_back(whole):
    logging.enable_progress_bar()
    before = logging.get_verbosity()
    with LocalWriter(whole):
        assert logging.get_verbosity() == before
        assert logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
