import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from direct2v.diffusion.loading import find_model, load_pipeline, model_defaults, quiet, resolve_device
from direct2v.errors import ModelError, SettingsError

CPU = torch.device("cpu")


@pytest.fixture
def broken(tiny_sd, tmp_path):
    """A copy of a model to damage."""
    return shutil.copytree(tiny_sd, tmp_path / "model")


def refusal(folder):
    with pytest.raises(ModelError) as caught:
        load_pipeline(find_model(folder), device=CPU, dtype=torch.float32)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_whole_model_loads_in_the_dtype_asked_for(broken):
    weights = broken / "text_encoder" / "model.safetensors"
    save_file({k: v.half() for k, v in load_file(weights).items()}, weights, metadata={"format": "pt"})
    pipeline = load_pipeline(broken, device=CPU, dtype=torch.float32)
    assert {pipeline.unet.dtype, pipeline.vae.dtype, pipeline.text_encoder.dtype} == {torch.float32}


def test_weights_in_the_fp16_variant_are_found(broken):
    for path in broken.rglob("*.safetensors"):
        path.rename(path.with_name(path.name.replace(".safetensors", ".fp16.safetensors")))
    assert load_pipeline(broken, device=CPU, dtype=torch.float32).unet.dtype == torch.float32


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nonesuch", "unknown model 'nonesuch'; known: storybook;"),
        ("./nonesuch", "the model folder ./nonesuch does not exist"),
        ("a/b/nonesuch", "the model folder a/b/nonesuch does not exist"),
        (
            "some-owner/nonesuch",
            "there is no folder some-owner/nonesuch here, and the Hugging Face Hub did not",
        ),
    ],
)
def test_a_name_that_is_no_model(name, message):
    with pytest.raises(ModelError) as caught:
        find_model(name)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_are_refused(tmp_path):
    for name, message in (("a.ckpt", "pickle checkpoints can run code"), ("a.safetensors", "is a file")):
        (tmp_path / name).write_bytes(b"")
        with pytest.raises(ModelError, match=message):
            find_model(tmp_path / name)


def test_a_folder_that_is_no_model(tmp_path):
    assert "has no model_index.json" in refusal(tmp_path)
    (tmp_path / "model_index.json").write_text("{")
    assert "is not valid JSON" in refusal(tmp_path)
    (tmp_path / "model_index.json").write_text('{"_class_name": "FluxPipeline"}')
    assert "is a FluxPipeline; supported: StableDiffusionPipeline" in refusal(tmp_path)


def test_missing_and_pickled_weights(broken):
    weights = broken / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    assert "unet has only pickled weights, which can run code" in refusal(broken)
    weights.with_suffix(".bin").unlink()
    assert "is incomplete: unet has no weights" in refusal(broken)
    shutil.rmtree(broken / "vae")
    shutil.copy(broken / "text_encoder" / "model.safetensors", weights)
    assert "is incomplete: the folder vae is missing" in refusal(broken)


@pytest.mark.parametrize("component", ["unet", "vae", "text_encoder"])
@pytest.mark.parametrize("keep", [0, 5, 5000])
def test_truncated_weights(broken, component, keep):
    weights = next((broken / component).glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:keep])
    assert f"{component}/{weights.name} is damaged or truncated" in refusal(broken)


@pytest.mark.parametrize("component", ["unet", "vae", "text_encoder"])
def test_weights_that_lack_a_tensor_are_not_filled_with_random_numbers(broken, component):
    weights = next((broken / component).glob("*.safetensors"))
    tensors = load_file(weights)
    name = max(tensors, key=lambda name: tensors[name].ndim)
    tensors[f"renamed.{name}"] = tensors.pop(name)
    save_file(tensors, weights, metadata={"format": "pt"})
    assert f"the weights of its {component} lack {name}" in refusal(broken)


def test_a_config_that_does_not_fit_the_weights(broken):
    path = broken / "unet" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "cross_attention_dim": 16}))
    assert "cannot be loaded" in refusal(broken)


def test_the_models_own_settings(broken):
    assert model_defaults(broken) == {}
    (broken / "direct2v.json").write_text('{"num_inference_steps": 12}')
    assert model_defaults(broken) == {"num_inference_steps": 12}
    (broken / "direct2v.json").write_text("[]")
    with pytest.raises(ModelError, match="holds no JSON object"):
        model_defaults(broken)


def test_devices():
    assert resolve_device("cpu") == CPU
    resolve_device("auto")
    with pytest.raises(SettingsError, match="device 'toaster' cannot be used"):
        resolve_device("toaster")


def test_quiet_puts_back_what_it_found():
    from diffusers.utils import logging

    before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.enable_progress_bar()
    with quiet():
        assert not logging.is_progress_bar_enabled()
    assert logging.is_progress_bar_enabled()
    logging.set_verbosity(before[0])
    if not before[1]:
        logging.disable_progress_bar()
