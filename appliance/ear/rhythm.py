"""Features of a song's rhythm: how often and how hard notes begin, and how plain its pulse is."""

from __future__ import annotations

import numpy as np

from appliance.ear.decode import RATE
from appliance.ear.loudness import Named
from appliance.ear.spectrum import HOP

PER_S = RATE / HOP
"""Frames a second."""

SLOWEST, FASTEST = 40.0, 220.0
"""Beats a minute among which the pulse is looked for."""

USUAL, OCTAVE = 110.0, 0.9
"""People tap to 110 a minute rather than to half or double: the prior's middle, and its width in octaves."""

BASS_BANDS = 12
"""The lowest mel bands, to about 400 Hz: drum and bass."""


def rises(mel: np.ndarray) -> np.ndarray:
    """How much louder the bands became with each frame, on the whole."""
    return np.maximum(0, np.diff(mel, axis=0)).mean(axis=1)


def rhythm(mel: np.ndarray) -> Named:
    """Onsets a second and how hard they are, the pulse's tempo and how plain it is. Of one window."""
    flux = rises(mel)
    strong = flux[_peaks(flux)]
    tempo, clarity, evenness = pulse(flux)
    _, bass_clarity, _ = pulse(rises(mel[:, :BASS_BANDS]))
    return {
        "onsets": float(len(strong) / len(flux) * PER_S),
        "onset_strength": float(strong.mean()) if len(strong) else 0.0,
        "flux": float(flux.mean()),
        "flux_change": float(flux.std()),
        "flux_hardness": float(np.percentile(flux, 95) / (flux.mean() + 1e-6)),
        "tempo": float(np.log2(tempo / USUAL)),
        "pulse": clarity,
        "pulse_evenness": evenness,
        "bass_pulse": bass_clarity,
    }


def _peaks(flux: np.ndarray) -> np.ndarray:
    """Frames of onsets: highest within 50 ms on both sides, and well above the half second around them."""
    reach, around = 3, round(PER_S / 4)
    wide = np.pad(flux, reach, constant_values=-1)
    highest = np.lib.stride_tricks.sliding_window_view(wide, 2 * reach + 1).max(axis=1)
    sums = np.cumsum(np.pad(flux, (around + 1, around), mode="edge"))
    mean = (sums[2 * around + 1 :] - sums[: -2 * around - 1]) / (2 * around + 1)
    return np.flatnonzero((flux == highest) & (flux > mean + 0.5 * flux.std()) & (flux > 1e-3))


def pulse(flux: np.ndarray) -> tuple[float, float, float]:
    """Beats a minute, how plain they are (0 to 1), and how alike a beat and the second next are (0 to 1).

    By the autocorrelation of the onsets.
    """
    centred = flux - flux.mean()
    size = 2 ** int(np.ceil(np.log2(2 * len(centred))))
    alike = np.fft.irfft(np.abs(np.fft.rfft(centred, size)) ** 2)[: len(centred)]
    if alike[0] <= 1e-9:
        return USUAL, 0.0, 0.0
    # Unbiased: a later lag has fewer products.
    alike = alike / alike[0] * len(centred) / np.arange(len(centred), 0, -1)
    lags = np.arange(int(PER_S * 60 / FASTEST), min(int(PER_S * 60 / SLOWEST), len(alike) // 2))
    prior = np.exp(-0.5 * (np.log2(60 * PER_S / lags / USUAL) / OCTAVE) ** 2)
    best = int(lags[np.argmax(np.maximum(alike[lags], 0) * prior)])
    exact = best + _summit(alike[best - 1 : best + 2])
    double = float(alike[min(2 * best, len(alike) - 1)])
    return 60 * PER_S / exact, float(np.clip(alike[best], 0, 1)), float(np.clip(double, 0, 1))


def _summit(three: np.ndarray) -> float:
    """Where between its neighbours the top of a parabola through three points lies."""
    before, at, after = (float(value) for value in three)
    bend = before - 2 * at + after
    return float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < 0 else 0.0
