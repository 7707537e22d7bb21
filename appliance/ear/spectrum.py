"""Frames, spectra and mel bands of sound, in numpy alone."""

from __future__ import annotations

from functools import cache

import numpy as np

from appliance.ear.decode import RATE

FFT, HOP, BANDS = 512, 256, 96
"""32 ms and 16 ms: what MusiCNN was trained on, and fine enough for onsets."""


def power(sound: np.ndarray, fft: int = FFT, hop: int = HOP) -> np.ndarray:
    """Power of each frame, centred as librosa does: float32 (1 + samples // hop, 1 + fft // 2)."""
    padded = np.pad(sound, fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, fft)[::hop]
    out = np.empty((len(frames), fft // 2 + 1), np.float32)
    window = np.hanning(fft + 1)[:-1].astype(np.float32)
    for at in range(0, len(frames), 256):  # a few at a time: numpy transforms in doubles
        spectrum = np.fft.rfft(frames[at : at + 256] * window)
        out[at : at + 256] = spectrum.real**2 + spectrum.imag**2
    return out


def frequencies(fft: int = FFT) -> np.ndarray:
    """Hertz of each column of `power`."""
    return np.fft.rfftfreq(fft, 1 / RATE)


@cache
def mel_bands() -> np.ndarray:
    """Weights (columns of `power`, BANDS) of triangles of area one, even in mel: Slaney's, as librosa has."""
    edges = _hertz(np.linspace(0, _mel(RATE / 2), BANDS + 2))
    at = frequencies()[:, None]
    rising = (at - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - at) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0, np.minimum(rising, falling)) * 2 / (edges[2:] - edges[:-2])
    return triangles.astype(np.float32)


LINEAR_TO, PER_MEL, OCTAVES = 1000.0, 200 / 3, np.log(6.4) / 27
"""Slaney's scale is linear to 1 kHz, with 200/3 Hz a mel, and then 27 mels for each factor of 6.4."""


def _mel(hertz: float) -> float:
    return LINEAR_TO / PER_MEL + float(np.log(hertz / LINEAR_TO)) / OCTAVES


def _hertz(mel: np.ndarray) -> np.ndarray:
    knee = LINEAR_TO / PER_MEL
    return np.where(mel < knee, mel * PER_MEL, LINEAR_TO * np.exp(OCTAVES * (mel - knee)))


def log_mel(spectra: np.ndarray) -> np.ndarray:
    """The bands of `power`'s frames as MusiCNN takes them: log10(1 + 10000 x), float32 (frames, BANDS)."""
    return np.log10(1 + 10_000 * (spectra @ mel_bands()))
