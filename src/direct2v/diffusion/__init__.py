"""Drawing frames with a diffusion model: the model's seam, noise, the layout phase and the denoising loop."""

from direct2v.diffusion.backbone import StableDiffusionBackbone
from direct2v.diffusion.backbones import backbone_of
from direct2v.diffusion.denoise import Step, denoise
from direct2v.diffusion.drawing import Clock, Drawing
from direct2v.diffusion.embeddings import Embeddings
from direct2v.diffusion.inputs import Told, check_latents, check_types, read_told
from direct2v.diffusion.layout import LayoutIndices, check_motion, for_camera, layout_indices
from direct2v.diffusion.motion import CameraPath, camera_path
from direct2v.diffusion.notes import notes_on
from direct2v.diffusion.randomness import (
    NoiseSource,
    PerFrameNoise,
    SequentialNoise,
    choose_noise,
    roll_again,
)
from direct2v.diffusion.words import Words, encode_words

__all__ = [
    "CameraPath",
    "Clock",
    "Drawing",
    "Embeddings",
    "LayoutIndices",
    "NoiseSource",
    "PerFrameNoise",
    "SequentialNoise",
    "StableDiffusionBackbone",
    "Step",
    "Told",
    "Words",
    "backbone_of",
    "camera_path",
    "check_latents",
    "check_motion",
    "check_types",
    "choose_noise",
    "denoise",
    "encode_words",
    "for_camera",
    "layout_indices",
    "notes_on",
    "read_told",
    "roll_again",
]
