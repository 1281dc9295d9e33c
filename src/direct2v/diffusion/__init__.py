"""Drawing frames with a diffusion model: the model's seam, noise, the layout phase and the denoising loop."""

from direct2v.diffusion.backbone import StableDiffusionBackbone
from direct2v.diffusion.denoise import Step, denoise, reference_strategy
from direct2v.diffusion.layout import LayoutIndices, layout_indices
from direct2v.diffusion.randomness import NoiseSource, PerFrameNoise, SequentialNoise
from direct2v.diffusion.words import Words, encode_words

__all__ = [
    "LayoutIndices",
    "NoiseSource",
    "PerFrameNoise",
    "SequentialNoise",
    "StableDiffusionBackbone",
    "Step",
    "Words",
    "denoise",
    "encode_words",
    "layout_indices",
    "reference_strategy",
]
