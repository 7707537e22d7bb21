"""Sounds into a stereo mix, and a room around it."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from appliance.demo.tunes.synth import RATE, noise, times


class Mix:
    """Stereo, to which sounds are added where they belong."""

    def __init__(self, seconds: float) -> None:
        self.sound = np.zeros((2, int(seconds * RATE)), dtype=np.float32)

    def add(self, sound: np.ndarray, at_s: float, level: float, pan: float = 0.0) -> None:
        """Mix `sound` in from `at_s` on. pan: -1 is left, 1 is right; equal power between."""
        start = max(0, int(at_s * RATE))
        end = min(self.sound.shape[1], start + len(sound))
        if end <= start:
            return
        angle = (pan + 1) * math.pi / 4
        for channel, share in enumerate((math.cos(angle), math.sin(angle))):
            self.sound[channel, start:end] += np.float32(level * share) * sound[: end - start]

    def finish(self, room: float, room_s: float, peak_db: float, fade_s: float = 1.5) -> np.ndarray:
        """Put a room around it and set the level.

        room: share of the reverberation; room_s: how long it takes to die away by 60 dB.
        peak_db: the loudest sample, decibels of full scale. fade_s: of the end.
        Returns float32 (samples, 2).
        """
        mixed = self.sound.copy()
        for seed, channel in enumerate(mixed):
            channel += np.float32(room) * _convolve(self.sound[seed], _room(room_s, seed))
        # A gentle bend takes the odd peak down, so that the rest can be as loud as it is meant.
        mixed *= np.float32(1.2 / max(np.abs(mixed).max(), 1e-9))
        np.tanh(mixed, out=mixed)
        _fade(mixed, fade_s)
        mixed *= np.float32(10 ** (peak_db / 20) / max(np.abs(mixed).max(), 1e-9))
        return mixed.T


def _fade(mixed: np.ndarray, fade_s: float) -> None:
    """In place: begin within 5 ms, and fade out at the end."""
    rise, fall = int(0.005 * RATE), min(mixed.shape[1], int(fade_s * RATE))
    mixed[:, :rise] *= np.linspace(0, 1, rise, dtype=np.float32)
    mixed[:, -fall:] *= np.linspace(1, 0, fall, dtype=np.float32) ** 2


@lru_cache(maxsize=2)
def _room(seconds: float, seed: int) -> np.ndarray:
    """Noise that dies away, losing its brightness first: a plain room's answer to a click."""
    t = times(seconds)
    tail = noise(len(t), 100 + seed) * np.exp(-6.9 * t / seconds) * np.minimum(1.0, t / 0.012)
    dull = np.convolve(tail, np.ones(24) / 24, mode="same")
    tail = tail * np.exp(-9 * t / seconds) + 2.5 * dull
    return np.asarray(tail / np.sqrt((tail**2).sum()))


def _convolve(sound: np.ndarray, answer: np.ndarray) -> np.ndarray:
    """The sound in a room with that answer, no longer than it was; a piece at a time, to save memory."""
    size = 2 ** math.ceil(math.log2(2 * len(answer)))
    step = size - len(answer) + 1
    spectrum = np.fft.rfft(answer, size)
    whole = np.zeros(len(sound) + size, dtype=np.float32)
    for start in range(0, len(sound), step):
        piece = np.fft.rfft(sound[start : start + step], size)
        whole[start : start + size] += np.fft.irfft(piece * spectrum, size)
    return whole[: len(sound)]
