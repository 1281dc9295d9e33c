"""The storybook: a procedural pixel-art world and the small Stable Diffusion model trained on it."""

from pathlib import Path

__all__ = ["model_path"]


def model_path() -> Path:
    """The folder of the embedded model, in diffusers format; stock pipelines load it too."""
    return Path(__file__).with_name("model")
