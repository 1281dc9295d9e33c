"""Videos made by hand, whose figures are known."""

import cv2
import numpy as np

Frames = np.ndarray


def texture(height: int = 64, width: int = 120, seed: int = 0) -> np.ndarray:
    """Smooth and the same nowhere: what optical flow can follow."""
    coarse = np.random.default_rng(seed).integers(0, 256, (height // 4, width // 4, 3)).astype(np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def frozen(count: int = 3) -> Frames:
    return np.stack([texture()[:, :64]] * count)


def moving(count: int = 3, step: int = 2) -> Frames:
    """A camera that moves to the right over a still scene: every frame shows what the one before did."""
    return np.stack([texture()[:, step * i : step * i + 64] for i in range(count)])


def noise(count: int = 3) -> Frames:
    return np.random.default_rng(1).integers(0, 256, (count, 64, 64, 3)).astype(np.uint8)


def flat(*values: int) -> Frames:
    """Frames of one colour each."""
    return np.stack([np.full((64, 64, 3), value, np.uint8) for value in values])
