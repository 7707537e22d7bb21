"""How loud a song is, how much that changes, and how bright it sounds."""

from __future__ import annotations

import numpy as np

from appliance.ear.decode import RATE
from appliance.ear.spectrum import FFT, HOP, frequencies

Named = dict[str, float]

FLOOR = 1e-8
"""Power below which nothing is heard: -80 dB of full scale."""

FLOOR_OF_COLUMN = 1e-4
"""The same for a column of `power`, where a full sine has 16,384: what codecs leave there is no sound."""

BLOCK = round(0.4 * RATE / HOP)
"""Frames of 400 ms, over which ITU-R BS.1770 averages."""

EDGES_HZ = (150.0, 600.0, 2000.0, 4500.0)
"""Bass, low middle, high middle, treble, air."""


def decibels(power: np.ndarray) -> np.ndarray:
    """Power of full scale in dB, -80 at the least."""
    return 10 * np.log10(np.maximum(power, FLOOR))


def weighting() -> np.ndarray:
    """The K-weighting's gain in power at `frequencies()`: less bass, and 4 dB more above 2 kHz (BS.1770-4).

    By the analogue shapes of its two filters.
    """
    at = 1j * frequencies()
    high_pass = at**2 / (at**2 + at * 38.1 / 0.5 + 38.1**2)
    gain, corner, quality = 10 ** (4.0 / 20), 1682.0, 0.7072
    shelf_over = gain * at**2 + np.sqrt(gain) * at * corner / quality + corner**2
    shelf = shelf_over / (at**2 + at * corner / quality + corner**2)
    return np.abs(high_pass * shelf).astype(np.float32) ** 2


def blocks(spectra: np.ndarray) -> np.ndarray:
    """Weighted mean power of full scale of each 400 ms, a new one each 100 ms."""
    # A Hann window keeps 3/8 of the power; each but the first and last column stands for two.
    each = 2 * (spectra @ weighting()) / (FFT * FFT * 0.375)
    sums = np.concatenate([[0.0], np.cumsum(each, dtype=np.float64)])
    starts = np.arange(0, max(1, len(each) - BLOCK + 1), BLOCK // 4)
    ends = np.minimum(starts + BLOCK, len(each))
    return (sums[ends] - sums[starts]) / (ends - starts)


def integrated(all_blocks: np.ndarray) -> float:
    """Loudness in LUFS over what is no pause: blocks above -70, and of them those within 10 of the mean."""
    loud = all_blocks[_lufs(all_blocks) > -70]
    if not len(loud):
        return -70.0
    return float(_lufs(loud[_lufs(loud) > _lufs(loud.mean()) - 10].mean()))


def _lufs(power: np.ndarray) -> np.ndarray:
    return decibels(power) - 0.691


def dynamics(sound: np.ndarray, spectra: np.ndarray) -> Named:
    """Return the features of loudness and its changes within one window."""
    # Half of 3/8: the window's share of the power, and each column stands for two (see `blocks`).
    level = decibels(spectra.sum(axis=1) / (FFT * FFT * 0.1875))
    slow = decibels(blocks(spectra))
    low, middle, high = np.percentile(level, (10, 50, 90))
    return {
        "level": float(decibels(np.mean(sound**2))),
        "range": float(high - low),
        "quiet_side": float(middle - low),
        "slow_range": float(np.percentile(slow, 95) - np.percentile(slow, 10)),
        "slow_change": float(np.abs(np.diff(slow)).mean()) if len(slow) > 1 else 0.0,
        "fast_change": float(np.abs(np.diff(level)).mean()),
        "crest": float(decibels(np.max(sound**2)) - decibels(np.mean(sound**2))),
        "quiet_share": float((level < level.mean() - 6).mean()),
    }


def brightness(sound: np.ndarray, spectra: np.ndarray) -> Named:
    """Where the sound's energy lies. Frames count only where something is heard."""
    at = frequencies()
    energy = spectra.sum(axis=1)
    heard = spectra[energy > energy.max() * 1e-6] + FLOOR_OF_COLUMN
    shares = heard / heard.sum(axis=1, keepdims=True)
    centroid = shares @ at.astype(np.float32)
    spread = np.sqrt(np.maximum(shares @ (at**2).astype(np.float32) - centroid**2, 0))
    rolloff = at[np.argmax(np.cumsum(shares, axis=1) > 0.85, axis=1)]
    flatness = np.log(heard).mean(axis=1) - np.log(heard.mean(axis=1))
    crossings = np.mean(np.signbit(sound[1:]) != np.signbit(sound[:-1]))
    whole = heard.sum(axis=0)
    bands = [part.sum() / whole.sum() for part in np.split(whole, np.searchsorted(at, EDGES_HZ))]
    found = {
        "centroid": float(np.log(centroid + 1).mean()),
        "centroid_change": float(np.log(centroid + 1).std()),
        "rolloff": float(np.log(rolloff + 1).mean()),
        "rolloff_change": float(np.log(rolloff + 1).std()),
        "spread": float(np.log(spread + 1).mean()),
        "flatness": float(flatness.mean()),
        "flatness_change": float(flatness.std()),
        "crossings": float(crossings),
    }
    return found | {f"band_{n}": float(np.log(share + 1e-4)) for n, share in enumerate(bands)}
