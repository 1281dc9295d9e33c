"""Right and wrong, counted: figures with standard errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

Figure = dict[str, float | int]
BINS = 15


def figure(clusters: Iterable[Sequence[float]]) -> Figure:
    """Mean, standard error and number of outcomes.

    Outcomes of one picture (or story) depend on each other, so the error is that of a ratio over independent
    clusters: se² = C / (C - 1) · Σ_c (Σ_{i in c} (x_i - mean))² / n². With one outcome a cluster this is the
    usual standard error of a mean.
    """
    kept = [np.asarray(values, float) for values in clusters if len(values)]
    n, count = sum(map(len, kept)), len(kept)
    if not n:
        raise ValueError("nothing was measured; measure more pictures or stories")
    mean = float(sum(values.sum() for values in kept)) / n
    square = sum(float((values - mean).sum()) ** 2 for values in kept)
    return {"mean": mean, "se": (square * count / max(count - 1, 1)) ** 0.5 / n, "n": n}


class Rights:
    """Outcomes per metric; each `add` is one cluster."""

    def __init__(self) -> None:
        self._clusters: dict[str, list[list[bool]]] = defaultdict(list)

    def add(self, verdict: Mapping[str, list[bool]]) -> None:
        for metric, rights in verdict.items():
            self._clusters[metric].append(rights)

    def figures(self) -> dict[str, Figure]:
        return {metric: figure(clusters) for metric, clusters in self._clusters.items()}


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error: how far confidence is from accuracy, over equal bins of confidence."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs((confidence[bins == b] - right[bins == b]).sum()) for b in range(BINS)]
    return float(sum(gaps) / len(confidence))
