"""Drawing frames with a diffusion model: the model's seam, noise, the layout phase and the denoising loop."""

from direct2v.diffusion.backbone import StableDiffusionBackbone
from direct2v.diffusion.denoise import Step, Words, denoise, reference_strategy
from direct2v.diffusion.layout import LayoutIndices, layout_indices
from direct2v.diffusion.randomness import NoiseSource, PerFrameNoise, SequentialNoise

__all__ = [
    "LayoutIndices",
    "NoiseSource",
    "PerFrameNoise",
    "SequentialNoise",
    "StableDiffusionBackbone",
    "Step",
    "Words",
    "denoise",
    "layout_indices",
    "reference_strategy",
]
