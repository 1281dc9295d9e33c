"""Metrics of embeddings: unit vectors of frames ``[F, D]`` and of texts, whose dot products are cosines."""

import numpy as np
import numpy.typing as npt

__all__ = ["Embeddings", "adjacent_similarity", "alignment", "consistency", "retrieval_accuracy"]

Embeddings = npt.NDArray[np.float32]

_SAME = 1e-5  # cosines nearer than this are a tie: equal frames differ by rounding only


def alignment(frames: Embeddings, texts: Embeddings) -> float:
    """Mean cosine of each frame with its text, -1..1.

    Args:
        frames: [F, D], unit length.
        texts: [F, D] for one of each frame, or [1, D] for one of all.
    """
    return float((frames * texts).sum(axis=1).mean())


def retrieval_accuracy(frames: Embeddings, texts: Embeddings) -> float:
    """Share of texts whose nearest frame is their own, 0..1.

    Where k frames are equally near, each counts 1 / k, so that a frozen video has 1 / F and not what sorting
    makes of it. Equal texts share their frames: any of them is right.

    Args:
        frames: [F, D], unit length.
        texts: [F, D], of each frame.
    """
    nearness = texts @ frames.T
    nearest = nearness >= nearness.max(axis=1, keepdims=True) - _SAME
    own = (texts[:, None] == texts[None]).all(axis=2)
    return float(((nearest & own).sum(axis=1) / nearest.sum(axis=1)).mean())


def adjacent_similarity(frames: Embeddings) -> float | None:
    """Mean cosine of neighbouring frames, -1..1; None for a single frame.

    Args:
        frames: [F, D], unit length.
    """
    return float((frames[1:] * frames[:-1]).sum(axis=1).mean()) if len(frames) > 1 else None


def consistency(frames: Embeddings) -> float | None:
    """Mean over frames from the second of (cosine to the previous + cosine to the first) / 2; 0..1.

    Cosines below 0 count as 0. None for a single frame.

    Args:
        frames: [F, D], unit length.

    Source: VBench (arXiv 2311.17982), subject and background consistency, as in its code.
    """
    if len(frames) < 2:
        return None
    to_previous = (frames[1:] * frames[:-1]).sum(axis=1).clip(min=0)
    to_first = (frames[1:] @ frames[0]).clip(min=0)
    return float((to_previous + to_first).mean() / 2)
