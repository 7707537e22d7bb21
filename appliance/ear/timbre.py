"""Features of a sound's colour: its cepstrum (MFCC), and how far its partials stand out."""

from __future__ import annotations

import itertools

import numpy as np

from appliance.ear.loudness import FLOOR_OF_COLUMN, Named
from appliance.ear.spectrum import BANDS, frequencies

CEPSTRUM = 13
CONTRAST_HZ = (0.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 8001.0)
"""Octaves of Jiang's spectral contrast (2002)."""

EXTREME = 0.1
"""Share of an octave's columns that count as its peaks, and as its valleys."""


def cepstrum(mel: np.ndarray) -> Named:
    """MFCC of log-mel bands: mean and deviation of the first 13."""
    band, order = np.arange(BANDS) + 0.5, np.arange(CEPSTRUM)[:, None]
    cosines = np.cos(np.pi * order * band / BANDS) * np.sqrt(2 / BANDS)
    found = mel @ cosines.T
    means = {f"mfcc_{n}": float(value) for n, value in enumerate(found.mean(axis=0))}
    return means | {f"mfcc_change_{n}": float(value) for n, value in enumerate(found.std(axis=0))}


def contrast(spectra: np.ndarray) -> Named:
    """Peaks over valleys of each octave in dB: the mean over time."""
    edges = np.searchsorted(frequencies(), CONTRAST_HZ)
    found = {}
    for number, (low, high) in enumerate(itertools.pairwise(edges)):
        ordered = np.sort(spectra[:, low:high], axis=1) + FLOOR_OF_COLUMN
        some = max(1, round((high - low) * EXTREME))
        valley, peak = ordered[:, :some].mean(axis=1), ordered[:, -some:].mean(axis=1)
        found[f"contrast_{number}"] = float(10 * np.log10(peak / valley).mean())
    return found
