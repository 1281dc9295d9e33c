"""Cross-frame attention: which frame is read, how far it is trusted, and how that gets into a denoiser."""

from direct2v.attention.attach import attach
from direct2v.attention.dual_softmax import DualSoftmaxFilter
from direct2v.attention.processor import FrameControl
from direct2v.attention.reference import ReferenceStrategy, first, never_reference, own, previous, rotational

__all__ = [
    "DualSoftmaxFilter",
    "FrameControl",
    "ReferenceStrategy",
    "attach",
    "first",
    "never_reference",
    "own",
    "previous",
    "rotational",
]
