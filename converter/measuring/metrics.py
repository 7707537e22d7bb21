"""How good predictions are. Truths as in `protocol`: int64 (n,), `LEFT_OUT` where a face does not count."""

from __future__ import annotations

import numpy as np

from appliance.protocol.emotions import EMOTIONS
from converter.measuring.protocol import LEFT_OUT

BINS = 15
"""Of the reliability diagram and the ECE, of equal width."""

SELECTIVE_ACCURACY = 0.8874
"""The paper's claim: how many faces may be kept when the kept ones are to be right this often?"""


def confusion(guess: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Counts, int64 (7, 7): a row for each truth, a column for each guess."""
    counts = truth != LEFT_OUT
    table = np.zeros((len(EMOTIONS), len(EMOTIONS)), np.int64)
    np.add.at(table, (truth[counts], guess[counts]), 1)
    return table


def accuracy(guess: np.ndarray, truth: np.ndarray) -> float:
    """Share of the faces that count that are right; NaN when none counts."""
    counts = truth != LEFT_OUT
    return float((guess == truth)[counts].mean()) if counts.any() else float("nan")


def recalls(table: np.ndarray) -> np.ndarray:
    """Share found of each class of a confusion table: float64 (7,), NaN for a class without a face."""
    faces = table.sum(axis=1)
    return np.divide(table.diagonal(), faces, out=np.full(len(table), np.nan), where=faces > 0)


def macro_recall(guess: np.ndarray, truth: np.ndarray) -> float:
    """Mean recall of the classes that have a face; NaN when none has."""
    found = recalls(confusion(guess, truth))
    return float(np.nanmean(found)) if np.isfinite(found).any() else float("nan")


def macro_f1(guess: np.ndarray, truth: np.ndarray) -> float:
    """Mean F1 of the classes that have a face; NaN when none has."""
    table = confusion(guess, truth)
    there = table.sum(axis=1) > 0
    if not there.any():
        return float("nan")
    both = table.sum(axis=1) + table.sum(axis=0)
    return float((2 * table.diagonal()[there] / both[there]).mean())


def reliability(probabilities: np.ndarray, truth: np.ndarray) -> list[tuple[int, float, float]]:
    """For each of `BINS` bins of the top probability: faces, mean confidence, share right (zeros when empty).

    probabilities: float (n, 7).
    """
    counts = truth != LEFT_OUT
    sure, right = probabilities.max(axis=1)[counts], (probabilities.argmax(axis=1) == truth)[counts]
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    rows = []
    for number in range(BINS):
        inside = bins == number
        size = int(inside.sum())
        rows.append(
            (size, float(sure[inside].mean()), float(right[inside].mean())) if size else (0, 0.0, 0.0)
        )
    return rows


def ece(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Expected calibration error of the top class: how far confidence is from the share right, by bins."""
    rows = reliability(probabilities, truth)
    total = sum(size for size, _, _ in rows)
    if not total:
        return float("nan")
    return sum(size * abs(sure - right) for size, sure, right in rows) / total


def risk_coverage(probabilities: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keeping the surest faces first: share kept, and accuracy among them; float64 (m,) each."""
    counts = truth != LEFT_OUT
    sure, right = probabilities.max(axis=1)[counts], (probabilities.argmax(axis=1) == truth)[counts]
    by_confidence = np.argsort(-sure, kind="stable")
    kept = np.arange(1, len(sure) + 1)
    return kept / max(len(sure), 1), np.cumsum(right[by_confidence]) / kept


def selective(probabilities: np.ndarray, truth: np.ndarray, wanted: float = SELECTIVE_ACCURACY) -> float:
    """Largest share of faces that can be kept, surest first, with `wanted` of them right."""
    kept, right = risk_coverage(probabilities, truth)
    return float(kept[right >= wanted].max(initial=0.0))


def interval(right: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share: what a class of twenty faces can and cannot tell."""
    if not total:
        return 0.0, 1.0
    z = 1.96
    share, spread = right / total, z * z / total
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * float(np.sqrt(share * (1 - share) / total + spread / (4 * total)))
    return middle - half, middle + half
