"""Drawing frames with a diffusion model: the model's seam, noise, the layout phase and the denoising loop."""

from direct2v.diffusion.backbone import StableDiffusionBackbone
from direct2v.diffusion.denoise import Step, denoise, reference_strategy
from direct2v.diffusion.inputs import as_storyboard, check_latents, check_types, negative_words
from direct2v.diffusion.layout import LayoutIndices, layout_indices, layout_shifts
from direct2v.diffusion.notes import notes_on
from direct2v.diffusion.randomness import NoiseSource, PerFrameNoise, SequentialNoise, choose_noise
from direct2v.diffusion.words import Words, encode_words

__all__ = [
    "LayoutIndices",
    "NoiseSource",
    "PerFrameNoise",
    "SequentialNoise",
    "StableDiffusionBackbone",
    "Step",
    "Words",
    "as_storyboard",
    "check_latents",
    "check_types",
    "choose_noise",
    "denoise",
    "encode_words",
    "layout_indices",
    "layout_shifts",
    "negative_words",
    "notes_on",
    "reference_strategy",
]
