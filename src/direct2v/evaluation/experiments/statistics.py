"""Means with intervals, and paired tests, where stories are what was sampled.

Cells of one story are not independent: they share its scenes. So stories are resampled, and signs are
flipped story by story. All of it is seeded: the same cells give the same figures.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Difference", "Estimate", "estimate", "holm", "paired"]

_RESAMPLES: Final = 10_000
_LEVEL: Final = 0.95
_SEED: Final = 7


@dataclass(frozen=True)
class Estimate:
    """A mean over cells with its bootstrap interval.

    Attributes:
        mean: over all cells.
        ci_low: lower end of the 95 % percentile interval over stories.
        ci_high: upper end.
        n: cells.
        stories: clusters.
    """

    mean: float
    ci_low: float
    ci_high: float
    n: int
    stories: int


@dataclass(frozen=True)
class Difference(Estimate):
    """A mean difference of two settings over the cells that both have.

    Attributes:
        p: two-sided, that signs of the stories' differences are chance; 1 where all are 0.
    """

    p: float


def estimate(values: Mapping[Hashable, Sequence[float]]) -> Estimate:
    """The mean of values that come in stories.

    Args:
        values: story -> the values of its cells; at least one in all.
    """
    groups = [np.asarray(group, float) for group in values.values() if len(group)]
    sums, counts = np.array([group.sum() for group in groups]), np.array([group.size for group in groups])
    rng = np.random.default_rng(_SEED)
    drawn = rng.integers(0, len(groups), (_RESAMPLES, len(groups)))
    means = sums[drawn].sum(1) / counts[drawn].sum(1)
    low, high = np.quantile(means, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return Estimate(float(sums.sum() / counts.sum()), float(low), float(high), int(counts.sum()), len(groups))


def paired(one: Mapping[tuple[int, int], float], other: Mapping[tuple[int, int], float]) -> Difference | None:
    """The mean of `one` - `other` over the cells that both have; None if there are none.

    The test flips the signs of stories' mean differences: the sign-flip permutation test, with all flips up
    to 12 stories, else with 10,000 random ones.

    Args:
        one: (story, seed) -> value.
        other: the same of what it is compared with.
    """
    groups: dict[Hashable, list[float]] = {}
    for story, seed in sorted(set(one) & set(other)):
        groups.setdefault(story, []).append(one[story, seed] - other[story, seed])
    if not groups:
        return None
    found = estimate(groups)
    means = np.array([np.mean(group) for group in groups.values()])
    return Difference(**vars(found), p=_sign_flip(means))


def _sign_flip(differences: NDArray[np.float64]) -> float:
    count = len(differences)
    if count <= 12:
        signs = 1.0 - 2.0 * (np.arange(2**count)[:, None] >> np.arange(count) & 1)
    else:
        flips = np.random.default_rng(_SEED).integers(0, 2, (_RESAMPLES, count))
        signs = np.vstack([np.ones(count), 1.0 - 2.0 * flips])  # what was seen counts as one of them
    flipped = np.abs(signs @ differences)
    return float(np.mean(flipped >= abs(differences.sum()) - 1e-12))


def holm(p_values: Sequence[float]) -> list[float]:
    """P values corrected for how many there are: the step-down method of Holm (1979)."""
    order = np.argsort(p_values, kind="stable")
    corrected, largest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = largest
    return corrected
