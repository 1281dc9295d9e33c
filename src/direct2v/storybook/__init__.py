"""The storybook: a procedural pixel-art world and small models trained on it, shipped beside this file."""

from pathlib import Path

__all__ = ["clip_path", "director_path", "model_path", "reader_figures_path", "reader_path"]

_FOLDER = Path(__file__).parent


def model_path() -> Path:
    """The folder of the embedded image model, in diffusers format; stock pipelines load it too."""
    return _FOLDER / "model"


def director_path() -> Path:
    """The folder of the embedded director, a transformers language model with its chat template."""
    return _FOLDER / "director"


def clip_path() -> Path:
    """The folder of the embedded CLIP, in transformers format: which captions fit which pictures."""
    return _FOLDER / "clip"


def reader_path() -> Path:
    """The weights of the embedded reader; `direct2v.storybook.reader` loads them."""
    return _FOLDER / "reader.safetensors"


def reader_figures_path() -> Path:
    """The embedded reader's accuracy on held-out pictures, as JSON; missing where it was not measured."""
    return _FOLDER / "reader.json"
