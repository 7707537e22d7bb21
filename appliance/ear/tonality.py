"""Features of a song's key, mode and harmony, from the twelve tones that sound in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from appliance.ear.decode import RATE
from appliance.ear.loudness import Named
from appliance.ear.spectrum import frequencies, power

FFT, HOP = 4096, 2048
"""A quarter of a second: 4 Hz apart, half a semitone at 130 Hz."""

LOW_HZ, HIGH_HZ = 100.0, 2500.0
"""Where the fundamentals and first partials of chords are."""

FINE = 10
"""Bins a semitone in which the tuning is looked for."""

MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
"""How well each of twelve tones fits a key (Krumhansl and Kessler 1982)."""

PIECE_S = 5.0
"""For the mode's changes."""


@dataclass(frozen=True, eq=False)
class Partials:
    """The spectral peaks of so many frames; of each its frame, its pitch, its frequency and its magnitude."""

    frames: int
    frame: np.ndarray
    semitone: np.ndarray
    """Above C (MIDI's 60 is one), in the song's own tuning."""
    hertz: np.ndarray
    magnitude: np.ndarray

    def tones(self, weight: np.ndarray) -> np.ndarray:
        """How much of each of the twelve tones each frame has, C first: (frames, 12). weight: of each peak.

        A frame sums to 1, or to 0 where nothing is heard.
        """
        whole = np.round(self.semitone)
        fits = weight * np.cos(np.pi * (self.semitone - whole)) ** 2
        cells = self.frame * 12 + whole.astype(int) % 12
        tones = np.bincount(cells, fits, minlength=12 * self.frames).reshape(-1, 12)
        sums = tones.sum(axis=1, keepdims=True)
        loud = sums > sums.max() * 1e-3
        return np.where(loud, tones / np.maximum(sums, 1e-12), 0)

    @property
    def presence(self) -> np.ndarray:
        """Each peak's weight in a chord, whose soft tones count, too: the root of its magnitude."""
        return np.sqrt(self.magnitude) / (1 + self.hertz / 1000)


def chroma(sound: np.ndarray) -> np.ndarray:
    """How much of each of the twelve tones each frame has, by its spectral peaks: (frames, 12)."""
    found = partials(sound)
    return found.tones(found.presence)


def partials(sound: np.ndarray, fft: int = FFT, low_hz: float = LOW_HZ, high_hz: float = HIGH_HZ) -> Partials:
    """Find the peaks between two frequencies, in frames of `fft` samples, `HOP` apart."""
    magnitude = np.sqrt(power(sound, fft, HOP))
    at = frequencies(fft)
    low, high = np.searchsorted(at, (low_hz, high_hz))
    middle, before, after = (magnitude[:, low + d : high + d] for d in (0, -1, 1))
    above = middle > 0.01 * magnitude.max(axis=1, keepdims=True) + 1e-6
    frame, column = np.nonzero((middle > before) & (middle >= after) & above)
    a, b, c = (np.log(part[frame, column] + 1e-9) for part in (before, middle, after))
    shift = np.clip(0.5 * (a - c) / np.minimum(a - 2 * b + c, -1e-9), -0.5, 0.5)
    hertz = (column + low + shift) * at[1]
    untuned = Partials(len(magnitude), frame, 69 + 12 * np.log2(hertz / 440), hertz, np.exp(b))
    too_high = _tuning(untuned.semitone, untuned.presence)
    return replace(untuned, semitone=untuned.semitone - too_high)


def _tuning(semitone: np.ndarray, weight: np.ndarray) -> float:
    """By how much of a semitone all is too high: the mean direction on the circle of one."""
    angle = np.angle(np.sum(weight * np.exp(2j * np.pi * semitone)))
    return float(angle / (2 * np.pi))


@cache
def _profiles() -> np.ndarray:
    """The 24 keys' profiles (24, 12), standardised: twelve major ones, then the minor."""
    rolled = np.array([np.roll(kind, tonic) for kind in (MAJOR, MINOR) for tonic in range(12)])
    return (rolled - rolled.mean(axis=1, keepdims=True)) / rolled.std(axis=1, keepdims=True)


def fits(tones: np.ndarray) -> np.ndarray:
    """Correlation of a profile of twelve tones with each of the 24 keys."""
    deviation = tones.std()
    if deviation < 1e-9:
        return np.zeros(24)
    return _profiles() @ ((tones - tones.mean()) / deviation) / 12


@cache
def triads() -> np.ndarray:
    """The tones of the 24 triads (24, 12)."""
    kinds = [(0, 4, 7), (0, 3, 7)]
    held = [[(tone - tonic) % 12 in kind for tone in range(12)] for kind in kinds for tonic in range(12)]
    return np.array(held, float)


def tonality(frames: np.ndarray) -> Named:
    """Key and harmony of all of a song's frames of `chroma`."""
    tones = frames.mean(axis=0)
    found = fits(tones)
    tonic = int(np.argmax(found)) % 12
    around = np.roll(tones, -tonic) / (tones.sum() + 1e-12)
    return (
        {
            "key_plainness": float(found.max()),
            "mode": float(found[:12].max() - found[12:].max()),
            "mode_of_tonic": float(found[tonic] - found[12 + tonic]),
            "third": float(around[4] - around[3]),
            "sixth": float(around[9] - around[8]),
            "seventh": float(around[11] - around[10]),
            "fifth": float(around[7]),
            "tonic": float(around[0]),
            "second": float(around[2] - around[1]),
            "tritone": float(around[6]),
            "tone_entropy": _entropy(tones),
        }
        | _intervals(frames)
        | _chords(frames)
    )


def _entropy(tones: np.ndarray) -> float:
    shares = tones / (tones.sum() + 1e-12)
    return float(-(shares * np.log(shares + 1e-12)).sum())


def _intervals(frames: np.ndarray) -> Named:
    """How much of each interval from semitone to tritone sounds at once, whatever the key."""
    return {
        f"interval_{distance}": float((frames * np.roll(frames, distance, axis=1)).sum(axis=1).mean())
        for distance in range(1, 7)
    }


def _chords(frames: np.ndarray) -> Named:
    """Triads: how many sound major, how plain they are, and how fast harmony moves."""
    if not frames.any():
        return {"major_chords": 0.0, "chord_plainness": 0.0, "harmony_change": 0.0, "mode_change": 0.0}
    per_piece = max(1, round(PIECE_S * RATE / HOP))
    pieces = [fits(frames[at : at + per_piece].mean(axis=0)) for at in range(0, len(frames), per_piece)]
    modes = [piece[:12].max() - piece[12:].max() for piece in pieces]
    smooth = (frames[:-2] + frames[1:-1] + frames[2:]) / 3 if len(frames) > 2 else frames
    held = smooth @ triads().T
    best_major, best_minor = held[:, :12].max(axis=1), held[:, 12:].max(axis=1)
    return {
        "major_chords": float((best_major - best_minor).mean()),
        "chord_plainness": float(np.maximum(best_major, best_minor).mean()),
        "harmony_change": _change(smooth),
        "mode_change": float(np.std(modes)),
    }


def _change(frames: np.ndarray) -> float:
    """How much the tones change from frame to frame."""
    return float(np.abs(np.diff(frames, axis=0)).sum(axis=1).mean()) if len(frames) > 1 else 0.0
