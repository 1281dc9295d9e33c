"""Multi-scale structural similarity: how much of one picture's arrangement another has, from fine to coarse.

Its own few lines, because torchmetrics brings matplotlib and seconds of start with it; tests hold both equal.
"""

import numpy as np
import numpy.typing as npt

from direct2v.evaluation.extra import evaluation_library
from direct2v.evaluation.pixels import Frames, enlarged

__all__ = ["ms_ssim"]

Picture = npt.NDArray[np.float32]

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the scales, the finest first
_WINDOW, _SIGMA = 11, 1.5
_LUMINANCE, _CONTRAST = 0.01**2, 0.03**2  # keep quotients finite, for pixels in 0..1


def ms_ssim(frames: Frames) -> float | None:
    """Mean multi-scale structural similarity of neighbouring frames, 0..1; None for a single frame.

    Five scales with the published weights. Frames below 256 pixels are enlarged, see ``enlarged``: the first
    of the scales then see the corners of pixels, the last their arrangement.

    Args:
        frames: [F, H, W, 3].

    Raises:
        MissingExtraError: without the extra "evaluation".

    Source: Wang et al. 2003, "Multiscale structural similarity for image quality assessment", as torchmetrics
    has it: a negative term, of which no broken power could be taken, counts as 0; borders that the window
    overhangs are left out, but at the last scale the picture is mirrored there.
    """
    large = enlarged(frames)
    pairs = ((large[i] / np.float32(255), large[i + 1] / np.float32(255)) for i in range(len(large) - 1))
    values = [_of_pair(*pair) for pair in pairs]
    return sum(values) / len(values) if values else None


def _of_pair(one: Picture, other: Picture) -> float:
    """Of two pictures [H, W, 3] in 0..1."""
    similarity, inside = 1.0, slice(_WINDOW // 2, -(_WINDOW // 2))
    for weight in _WEIGHTS[:-1]:
        structure = _terms(one, other)[1][inside, inside]
        similarity *= max(0.0, float(structure.mean())) ** weight
        one, other = _halved(one), _halved(other)
    luminance, structure = _terms(one, other)
    last: float = max(0.0, float((luminance * structure).mean())) ** _WEIGHTS[-1]
    return similarity * last


def _terms(one: Picture, other: Picture) -> tuple[Picture, Picture]:
    """Luminance, and contrast with structure, around every pixel."""
    mean_one, mean_other = _windowed(one), _windowed(other)
    variance_one = (_windowed(one * one) - mean_one**2).clip(min=0)
    variance_other = (_windowed(other * other) - mean_other**2).clip(min=0)
    covariance = _windowed(one * other) - mean_one * mean_other
    luminance = (2 * mean_one * mean_other + _LUMINANCE) / (mean_one**2 + mean_other**2 + _LUMINANCE)
    return luminance, (2 * covariance + _CONTRAST) / (variance_one + variance_other + _CONTRAST)


def _windowed(picture: Picture) -> Picture:
    """Gaussian means over the window around every pixel, mirrored at the borders."""
    means: Picture = evaluation_library("cv2").GaussianBlur(picture, (_WINDOW, _WINDOW), _SIGMA)
    return means


def _halved(picture: Picture) -> Picture:
    """Means over 2 x 2 pixels; an odd last row or column is left out."""
    height, width = (side // 2 for side in picture.shape[:2])
    means: Picture = picture[: 2 * height, : 2 * width].reshape(height, 2, width, 2, -1).mean(axis=(1, 3))
    return means
