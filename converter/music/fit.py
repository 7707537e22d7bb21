"""Fits the head: kernel ridge over groups of features, weighted by one of a few sets of weights.

The sets come from a search within training folds (docs/decisions/music-ear.md). Which one is taken is chosen
anew each time by cross-validation, on the clips at hand alone, with no artist both fitted and tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from appliance.ear.head import STEPS, nearness, standardised, value
from appliance.ear.hearing import Heard
from converter.music.protocol import folds

LENGTH_SCALE = 2**0.5
"""Of every group's kernel: at so many deviations of difference songs are 0.7 alike."""

INNER = 8
"""Folds in which weights are chosen, and the deviation measured."""

SEED = 11

OWN = ("dynamics", "brightness", "colour", "rhythm", "harmony", "mode", "keys")

AROUSAL = {"harmony": 0.7, "colour": 0.2, "rhythm": 0.2, "mode": 0.2, "dynamics": 0.2, "brightness": 0.07}
VALENCE = {"mode": 2.1, "dynamics": 0.7, "keys": 0.4, "rhythm": 0.2, "brightness": 0.14, "harmony": 0.14}
"""How much each group counts in each axis, against a noise of 1."""

SIZES = (0.5, 1.0, 2.0)
"""All weights times one of these: how far the clips are trusted."""

EMBEDDING = {"arousal": (1.0, 2.0), "valence": (0.35, 0.7)}
"""How much the second ear counts."""

RATERS = 17
"""Half of the clips have as many raters or fewer; of the noise of such a clip `RATED` is the raters'."""

RATED = 0.65

SHARED = 0.2
"""Of a clip's noise is its artist's: the errors of two songs of one artist correlate so much."""

Weights = dict[str, float]

Columns = dict[str, np.ndarray]
"""Each feature, of all songs."""


def columns(songs: Sequence[Heard]) -> Columns:
    """The songs' features, those of the second ear after our own."""
    names = [*songs[0].features]
    if songs[0].embedding is not None:
        names += [f"embedding_{number}" for number in range(len(songs[0].embedding))]
    return {name: np.array([value(song, name) for song in songs]) for name in names}


def some(of: Columns, chosen: np.ndarray) -> Columns:
    """The features of some of the songs. chosen: their indices."""
    return {name: column[chosen] for name, column in of.items()}


def _table(of: Columns, names: Sequence[str]) -> np.ndarray:
    return np.stack([of[name] for name in names], axis=1)


def candidates(axis: str, ears: str) -> list[Weights]:
    """The weights among which to choose."""
    own = AROUSAL if axis == "arousal" else VALENCE
    if ears == "own":
        return [{name: weight * size for name, weight in own.items()} for size in SIZES]
    both = [own | {"embedding": weight} for weight in EMBEDDING[axis]]
    return [{name: weight * size for name, weight in one.items()} for one in both for size in SIZES]


def groups(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Which features are compared together."""
    mode = {"mode", "mode_of_tonic", "third", "sixth"}
    found: dict[str, list[str]] = {name: [] for name in (*OWN, "embedding")}
    part = "dynamics"
    for name in names:
        part = STARTS.get(name, part)
        found[part].append(name)
    found["mode"] = [name for name in names if name in mode]
    return {name: tuple(members) for name, members in found.items()}


STARTS = {
    "level": "dynamics",
    "centroid": "brightness",
    "mfcc_0": "colour",
    "onsets": "rhythm",
    "loudness": "dynamics",
    "key_plainness": "harmony",
    "chord_mode": "keys",
    "embedding_0": "embedding",
}
"""With which feature, in their order, each group begins."""


@dataclass(frozen=True, eq=False)
class Group:
    """A group's clips, standardised and rounded as they are kept."""

    names: tuple[str, ...]
    mean: np.ndarray
    scale: np.ndarray
    steps: np.ndarray
    """int8 (clips, names)."""

    def alike(self, songs: Columns) -> np.ndarray:
        """The kernel between songs and clips."""
        return kernel(standardised(_table(songs, self.names), self.mean, self.scale), self.steps / STEPS)


def group(names: tuple[str, ...], clips: Columns) -> Group:
    """Make a group of the clips' features of these names."""
    found = _table(clips, names)
    mean, scale = found.mean(axis=0), found.std(axis=0) + 1e-6
    steps = np.rint(standardised(found, mean, scale) * STEPS).astype(np.int8)
    return Group(names, mean.astype(np.float32), scale.astype(np.float32), steps)


def kernel(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How alike songs (n, names) and songs (m, names) are, 0 to 1."""
    return nearness(first, second, LENGTH_SCALE)


@dataclass(frozen=True, eq=False)
class Axis:
    """The kernel ridge that was fitted for one axis, valence or arousal."""

    weights: Weights
    coefficients: np.ndarray
    mean: float
    deviation: float
    """Of the error on artists that were left out."""


def trust(raters: Sequence[int]) -> np.ndarray:
    """Each clip's weight, the mean one: what few people have rated is noisier."""
    noise = 1 - RATED + RATED * RATERS / np.array(raters, float)
    return (1 / noise) / (1 / noise).mean()


def noise_between(trusted: np.ndarray, artists: Sequence[str]) -> np.ndarray:
    """The covariance of the clips' noise: an artist with many clips counts less than as many artists."""
    names = np.array(artists)
    return np.diag((1 - SHARED) / trusted) + SHARED * (names[:, None] == names)


def fit(
    alike: dict[str, np.ndarray],
    rated: np.ndarray,
    trusted: np.ndarray,
    artists: Sequence[str],
    tried: list[Weights],
) -> Axis:
    """Fit one axis with the best of the weights.

    alike: each group's kernel between the clips. rated: what the clips are, in standard units.
    """
    parts = folds(artists, INNER, SEED)
    noise = noise_between(trusted, artists)
    errors = [_left_out(_together(alike, weights), rated, trusted, noise, parts) for weights in tried]
    best = int(np.argmin(errors))
    coefficients, _, mean = _solve(_together(alike, tried[best]), rated, trusted, noise)
    return Axis(tried[best], coefficients, mean, float(np.sqrt(errors[best])))


def _together(alike: dict[str, np.ndarray], weights: Weights) -> np.ndarray:
    return np.sum([weight * alike[name] for name, weight in weights.items()], axis=0)


def _solve(
    alike: np.ndarray, rated: np.ndarray, trusted: np.ndarray, noise: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Coefficients, the inverse that gives them, and the mean."""
    mean = float(np.average(rated, weights=trusted))
    inverse = np.linalg.inv(alike + noise)
    return inverse @ (rated - mean), inverse, mean


def _left_out(
    alike: np.ndarray, rated: np.ndarray, trusted: np.ndarray, noise: np.ndarray, parts: np.ndarray
) -> float:
    """Mean squared error of parts that are left out, each by the inverse of its block of the one inverse."""
    coefficients, inverse, _ = _solve(alike, rated, trusted, noise)
    errors = np.empty(len(rated))
    for part in range(INNER):
        out = np.flatnonzero(parts == part)
        errors[out] = np.linalg.solve(inverse[np.ix_(out, out)], coefficients[out])
    return float((errors**2).mean())
