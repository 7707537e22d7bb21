"""The protocol that judges a head for music: valence and arousal of Emotify's clips.

Emotify: Aljanabi, Wiering and Veltkamp, "Studying emotion induced by music through a crowdsourcing game"
(2016). Of each clip it tells which share of its raters felt each of nine emotions.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from converter.errors import BadInput

AXES = ("arousal", "valence")

WEIGHTS = {
    "amazement": (0.3, 0.6),
    "solemnity": (-0.2, 0.0),
    "tenderness": (-0.6, 0.6),
    "nostalgia": (-0.4, -0.1),
    "calmness": (-1.0, 0.6),
    "power": (1.0, 0.3),
    "joyful_activation": (0.8, 1.0),
    "tension": (0.6, -0.9),
    "sadness": (-0.6, -0.8),
}
"""How much each emotion's share says of arousal and of valence."""


@dataclass(frozen=True)
class Clip:
    """One rated clip."""

    track: str
    artist: str
    genre: str
    raters: int
    felt: tuple[float, ...]
    """Weighted sums of the nine shares, one per `AXES`, not yet standardised."""


@dataclass(frozen=True)
class Scale:
    """Where zero, one, and the border between the quadrants lie, for each of `AXES`."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    median: tuple[float, ...]
    """In standardised units."""

    def standardised(self, felt: np.ndarray) -> np.ndarray:
        return (felt - np.array(self.mean)) / np.array(self.deviation)


def read(table: Path) -> list[Clip]:
    """The clips of `emotify.csv`. Raises BadInput."""
    try:
        with table.open(newline="", encoding="utf-8") as file:
            return [_clip(row) for row in csv.DictReader(file)]
    except OSError as error:
        raise BadInput(f"{table}: {error.strerror}; --data names the folder of emotify.csv") from error
    except (KeyError, ValueError, TypeError) as error:
        raise BadInput(f"{table}: this is not Emotify's table ({error})") from error


def _clip(row: dict[str, str]) -> Clip:
    shares = {name: float(row[name]) for name in WEIGHTS}
    felt = tuple(sum(share * WEIGHTS[name][axis] for name, share in shares.items()) for axis in (0, 1))
    return Clip(row["track"], row["artist"], row["genre"], int(row["raters"]), felt)


def scale(clips: Sequence[Clip]) -> Scale:
    """Mean, deviation and medians of these clips."""
    felt = np.array([clip.felt for clip in clips])
    mean, deviation = felt.mean(axis=0), felt.std(axis=0)
    median = np.median((felt - mean) / deviation, axis=0)
    return Scale(*(tuple(float(value) for value in values) for values in (mean, deviation, median)))


def figures(
    truth: np.ndarray, said: np.ndarray, deviation: np.ndarray, median: Sequence[float]
) -> dict[str, float]:
    """The reported figures of answers (clips, 2) with their deviations (clips, 2), in the order of `AXES`."""
    border = np.array(median)
    right_side = (truth > border) == (said > border)
    right, opposite = right_side.all(axis=1), (~right_side).all(axis=1)
    surety = (np.abs(said - border) / deviation).min(axis=1)
    surer = np.argsort(-surety, kind="stable")[: (len(surety) + 1) // 2]
    surest = np.argsort(-surety, kind="stable")[: (len(surety) + 4) // 5]
    r2 = 1 - ((truth - said) ** 2).mean(axis=0) / truth.var(axis=0)
    return {
        "r2_arousal": float(r2[0]),
        "r2_valence": float(r2[1]),
        "quadrants": float(right.mean()),
        "surer_half": float(right[surer].mean()),
        "opposite": float(opposite[surer].mean()),
        "surest_fifth": float(right[surest].mean()),
        "majority": float(majority(truth > border)),
    }


def majority(sides: np.ndarray) -> float:
    """Share of the most frequent quadrant: what one reaches who always says it."""
    return np.bincount(sides @ np.array([1, 2]), minlength=4).max() / len(sides)


def folds(groups: Sequence[str], count: int, seed: int) -> np.ndarray:
    """Which fold each clip belongs to; a group is never split. Large ones are dealt first."""
    names, sizes = np.unique(np.array(groups), return_counts=True)
    shuffled = np.random.default_rng(seed).permutation(len(names))
    filled, chosen = np.zeros(count), {}
    for number in sorted(shuffled, key=lambda number: -sizes[number]):
        fold = int(np.argmin(filled))
        chosen[names[number]] = fold
        filled[fold] += sizes[number]
    return np.array([chosen[group] for group in groups])
