"""How major or minor a song sounds from moment to moment: its chords by the second, its keys by ten seconds.

A song that moves through keys has no mode as a whole, and in each of them one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from appliance.ear.decode import RATE
from appliance.ear.loudness import Named
from appliance.ear.tonality import HOP, fits, partials, triads

FFT = 8192
"""Half a second: 2 Hz apart, so that thirds are told apart down to the bass."""
LOW_HZ, HIGH_HZ = 60.0, 4000.0
MELODY_HZ = (350.0, 1500.0)
"""Where most melodies lie; there the loudest tones count."""
CHORD_S, KEY_S = 1.0, 10.0
"""For how long a chord, and a key, are looked at."""
PLAIN = 0.02
"""By so much better a major or minor triad fits where one is heard."""


def tones(sound: np.ndarray) -> np.ndarray:
    """How much of each of the twelve tones each frame has, of all and of the melody's: (2, frames, 12)."""
    found = partials(sound, FFT, LOW_HZ, HIGH_HZ)
    is_melody = (found.hertz > MELODY_HZ[0]) & (found.hertz < MELODY_HZ[1])
    return np.stack([found.tones(found.presence), found.tones(found.magnitude * is_melody)])


def keys(all_tones: np.ndarray, melody: np.ndarray) -> Named:
    """Chords and keys of all of a song's frames of `tones`."""
    chords = np.array(list(_pieces(all_tones, CHORD_S)))
    lengths = np.linalg.norm(chords, axis=1, keepdims=True)
    held = chords / np.maximum(lengths, 1e-9) @ triads().T / np.sqrt(3)
    major = held[:, :12].max(axis=1) - held[:, 12:].max(axis=1)
    found = np.array([fits(piece) for piece in _pieces(all_tones, KEY_S)])
    tonic = found.argmax(axis=1) % 12
    place = np.arange(len(found))
    sung = [np.roll(piece, -at) for piece, at in zip(_pieces(melody, KEY_S), tonic, strict=True)]
    around = np.mean(sung, axis=0) / (np.sum(np.mean(sung, axis=0)) + 1e-9)
    return {
        "chord_mode": float(major.mean()),
        "chord_mode_spread": float(major.std()),
        "chord_mode_share": float((major > PLAIN).mean() - (major < -PLAIN).mean()),
        "key_mode": float((found[:, :12].max(axis=1) - found[:, 12:].max(axis=1)).mean()),
        "key_mode_of_tonic": float((found[place, tonic] - found[place, 12 + tonic]).mean()),
        "melody_third": float(around[4] - around[3]),
        "melody_sixth": float(around[9] - around[8]),
    }


def _pieces(frames: np.ndarray, seconds: float) -> Iterator[np.ndarray]:
    """The mean tones of each piece of about so many seconds."""
    count = max(1, round(len(frames) / (seconds * RATE / HOP)))
    return (piece.mean(axis=0) for piece in np.array_split(frames, count))
