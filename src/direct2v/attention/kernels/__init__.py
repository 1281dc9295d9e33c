"""Attention to a reference frame together with its confidence: several ways to compute the same numbers."""

from direct2v.attention.kernels.choice import PATHS, Path, choose_path
from direct2v.attention.kernels.tiled import log_confidence

__all__ = ["PATHS", "Path", "choose_path", "log_confidence"]
