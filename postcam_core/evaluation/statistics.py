"""From the scores of many clips to a few numbers with their uncertainty."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .scores import Scores

_NUM_RESAMPLES, _CONFIDENCE = 5000, 0.95


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A score over clips.

    Attributes:
        mean: Of the finite values.
        spread: Their standard deviation.
        median: Of all values, infinities among them.
        num_finite: Number of finite values.
    """

    mean: float
    spread: float
    median: float
    num_finite: int


@dataclass(frozen=True, kw_only=True)
class Difference:
    """By how much one method beats another, clip by clip.

    Attributes:
        mean: Over the clips that both have a finite value for.
        low: Lower end of the 95 % bootstrap interval of the mean.
        high: Upper end.
        num_better: Clips in which the first is higher.
        num_clips: Clips compared.
    """

    mean: float
    low: float
    high: float
    num_better: int
    num_clips: int


def methods_of(scores: Sequence[Scores]) -> list[str]:
    """The methods in order of appearance."""
    return list(dict.fromkeys(row.method for row in scores))


def summarize(scores: Sequence[Scores], method: str, name: str) -> Summary:
    """One score of one method; NaN throughout if no clip has it."""
    values = np.array([getattr(row, name) for row in scores if row.method == method], float)
    values = values[~np.isnan(values)]
    finite = values[np.isfinite(values)]
    has_any = len(finite) > 0
    return Summary(
        mean=float(finite.mean()) if has_any else math.nan,
        spread=float(finite.std(ddof=1)) if len(finite) > 1 else math.nan,
        median=float(np.median(values)) if len(values) else math.nan,
        num_finite=len(finite),
    )


def compare(scores: Sequence[Scores], method: str, other: str, name: str) -> Difference:
    """Paired differences of one score, ``method`` minus ``other``; NaN if no clip has both."""
    ours, theirs = (
        {row.seed: getattr(row, name) for row in scores if row.method == m} for m in (method, other)
    )
    pairs = np.array([(ours[seed], theirs[seed]) for seed in ours if seed in theirs]).reshape(-1, 2)
    pairs = pairs[np.isfinite(pairs).all(axis=1)]
    if not len(pairs):
        return Difference(mean=math.nan, low=math.nan, high=math.nan, num_better=0, num_clips=0)
    differences = pairs[:, 0] - pairs[:, 1]
    draws = np.random.default_rng(0).integers(len(differences), size=(_NUM_RESAMPLES, len(differences)))
    tail = (1 - _CONFIDENCE) / 2
    low, high = np.quantile(differences[draws].mean(axis=1), (tail, 1 - tail))
    return Difference(
        mean=float(differences.mean()),
        low=float(low),
        high=float(high),
        num_better=int((differences > 0).sum()),
        num_clips=len(differences),
    )
