"""Cross-frame attention: what is read, how far it is trusted, and how that gets into a denoiser."""

from direct2v.attention.attach import attach, attached, frame_control, refuse_attached
from direct2v.attention.chunks import cut
from direct2v.attention.control import FrameControl
from direct2v.attention.dual_softmax import DualSoftmaxFilter
from direct2v.attention.steps import calls_of_steps

__all__ = [
    "DualSoftmaxFilter",
    "FrameControl",
    "attach",
    "attached",
    "calls_of_steps",
    "cut",
    "frame_control",
    "refuse_attached",
]
