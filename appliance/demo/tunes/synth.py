"""A small synthesiser: instruments and drums as numpy arrays.

Sounds are float32 (samples,), about -1 to 1, at `RATE` samples a second, and begin and end at nothing, so
that none of them clicks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

RATE = 44_100
"""Samples a second; every sound card has this rate."""
TABLE = 4096
HIGHEST_HZ = 12_000.0
"""Harmonics above it are left out: they would only hiss, or fold back."""


@dataclass(frozen=True)
class Timbre:
    """How an instrument with harmonic overtones sounds."""

    body: tuple[float, ...]
    """Strength of each harmonic, from the fundamental up."""
    strike: tuple[float, ...] = ()
    """Further harmonics at the start of the note, gone within `strike_s`."""
    strike_s: float = 0.15
    attack_s: float = 0.006
    decay_s: float = math.inf
    """Time to fall to 37 %, at middle C; higher notes fall faster. Infinite: bowed or blown."""
    release_s: float = 0.12
    vibrato_cents: float = 0.0
    detune_cents: float = 0.0
    """Apart from zero, a second voice beside the first: a choir instead of a soloist."""
    breath: float = 0.0
    """Share of noise."""
    drive: float = 0.0
    """How hard an amplifier is overdriven."""


TIMBRES = {
    "piano": Timbre(
        (1, 0.45, 0.22, 0.10, 0.05), (0.3, 0.3, 0.3, 0.25, 0.2, 0.15, 0.1, 0.06), decay_s=1.1, release_s=0.2
    ),
    "felt": Timbre((1, 0.25, 0.08), (0.15, 0.15, 0.1), attack_s=0.012, decay_s=1.8, release_s=0.35),
    "tines": Timbre(
        (1, 0.10, 0.12, 0.02), (0.0, 0.2, 0, 0.25, 0, 0.15), 0.25, decay_s=1.4, release_s=0.25, detune_cents=4
    ),
    "strings": Timbre(
        (1, 0.6, 0.42, 0.3, 0.2, 0.14, 0.09, 0.05),
        attack_s=0.18,
        release_s=0.35,
        vibrato_cents=9,
        detune_cents=9,
    ),
    "cello": Timbre(
        (1, 0.7, 0.4, 0.3, 0.16, 0.1), attack_s=0.09, release_s=0.25, vibrato_cents=14, detune_cents=3
    ),
    "flute": Timbre((1, 0.35, 0.12, 0.04), attack_s=0.05, release_s=0.12, vibrato_cents=12, breath=0.03),
    "clarinet": Timbre(
        (1, 0.04, 0.5, 0.05, 0.25, 0.03, 0.1), attack_s=0.025, release_s=0.08, vibrato_cents=5
    ),
    "bassoon": Timbre(
        (0.5, 0.8, 1, 0.75, 0.4, 0.25, 0.15, 0.1, 0.06), attack_s=0.03, release_s=0.08, vibrato_cents=7
    ),
    "accordion": Timbre((1, 0.7, 0.55, 0.45, 0.3, 0.22, 0.15), attack_s=0.04, release_s=0.1, detune_cents=17),
    "brass": Timbre(
        (0.8, 1, 0.8, 0.55, 0.4, 0.28, 0.18, 0.1), attack_s=0.03, release_s=0.09, vibrato_cents=4, drive=0.6
    ),
    "guitar": Timbre(
        (1, 0.8, 0.65, 0.5, 0.4, 0.3, 0.22, 0.15),
        (0.5, 0.5, 0.5, 0.4, 0.3),
        decay_s=1.2,
        release_s=0.05,
        detune_cents=6,
        drive=4.0,
    ),
    "bass": Timbre((1, 0.5, 0.2, 0.08), (0.2, 0.3, 0.3, 0.2), 0.06, decay_s=0.9, release_s=0.06),
}
BARS = {
    "bell": ((1, 0.5, 0.3, 0.16), (1.0, 2.76, 5.40, 8.93), 0.9),
    "marimba": ((1, 0.35, 0.08), (1.0, 3.93, 9.5), 0.28),
}
"""Struck bars: strengths, ratios (Fletcher & Rossing, The Physics of Musical Instruments), decay in s."""


@lru_cache(maxsize=64)
def note(instrument: str, pitch: float, seconds: float) -> np.ndarray:
    """One note.

    instrument: a name of `TIMBRES` or `BARS`, or `pluck`. pitch: MIDI's, 60 is middle C.
    seconds: how long it is held; it rings a little longer.
    Raises KeyError for an unknown instrument.
    """
    hz = 440.0 * 2 ** ((pitch - 69) / 12)
    if instrument == "pluck":
        sound = _pluck(hz, seconds)
    elif instrument in BARS:
        sound = _bar(*BARS[instrument], hz)
    else:
        sound = _harmonic(TIMBRES[instrument], hz, seconds)
    return sound.astype(np.float32)


def times(seconds: float) -> np.ndarray:
    """Seconds since the beginning, for each sample."""
    return np.arange(max(1, int(seconds * RATE))) / RATE


def _soft_ends(sound: np.ndarray, attack_s: float, release_s: float) -> np.ndarray:
    """Let it start and stop along half a cosine."""
    for length, part in ((attack_s, slice(None, None, 1)), (release_s, slice(None, None, -1))):
        n = min(len(sound), max(2, int(length * RATE)))
        sound[part][:n] *= 0.5 - 0.5 * np.cos(np.linspace(0, math.pi, n))
    return sound


@lru_cache(maxsize=256)
def _wave(strengths: tuple[float, ...], harmonics: int) -> np.ndarray:
    """One period, with a sample more so that the last one can be looked up too."""
    turn = np.linspace(0, 2 * math.pi, TABLE, endpoint=False)
    wave = sum((a * np.sin((k + 1) * turn + k * k) for k, a in enumerate(strengths[:harmonics])), 0 * turn)
    return np.asarray(wave / sum(strengths))


def _harmonic(timbre: Timbre, hz: float, seconds: float) -> np.ndarray:
    t = times(seconds + timbre.release_s)
    harmonics = max(1, int(HIGHEST_HZ / hz))
    sound = np.zeros(len(t))
    for cents in (-timbre.detune_cents / 2, timbre.detune_cents / 2) if timbre.detune_cents else (0.0,):
        phase = hz * 2 ** (cents / 1200) * t
        if timbre.vibrato_cents:
            depth = timbre.vibrato_cents / 1200 * math.log(2) * hz / (2 * math.pi * 5.4)
            phase += depth * np.minimum(t / 0.4, 1.0) * np.sin(2 * math.pi * 5.4 * t)
        at = (phase * TABLE).astype(np.int64) % TABLE
        voice = _wave(timbre.body, harmonics)[at]
        if timbre.strike:
            voice = voice + _wave(timbre.strike, harmonics)[at] * 0.6 * np.exp(-t / timbre.strike_s)
        sound += voice
    if timbre.decay_s < math.inf:
        sound *= np.exp(-t / (timbre.decay_s * (261.6 / hz) ** 0.5))
    if timbre.breath:
        sound += timbre.breath * noise(len(t), 7)
    if timbre.drive:
        sound = np.tanh(timbre.drive * sound) / math.tanh(max(timbre.drive, 1.0))
    return _soft_ends(sound, timbre.attack_s, timbre.release_s)


def _pluck(hz: float, seconds: float) -> np.ndarray:
    """A string after Karplus & Strong (Computer Music Journal 7(2), 1983), one period at a time."""
    period = max(2, round(RATE / hz - 0.5))
    count = int((seconds + 0.5) * hz) + 2
    string = noise(period, period)
    string = 0.5 * (string + np.roll(string, 1))
    string -= string.mean()
    keep = 0.5 ** (1 / (0.45 * hz * (220.0 / hz) ** 0.5))
    periods = np.empty((count, period))
    before = 0.0
    for k in range(count):
        periods[k] = string
        last = string[-1]
        string = keep * 0.5 * (string + np.concatenate([[before], string[:-1]]))
        before = last
    # The string's length is a whole number of samples; reading it a little slower or faster tunes it.
    raw = periods.reshape(-1)
    positions = np.arange(int(len(raw) * RATE / (hz * (period + 0.5))) - 1) * hz * (period + 0.5) / RATE
    sound = np.interp(positions, np.arange(len(raw)), raw)
    return _soft_ends(sound, 0.002, 0.35)


def _bar(strengths: tuple[float, ...], ratios: tuple[float, ...], decay_s: float, hz: float) -> np.ndarray:
    t = times(decay_s * 4)
    sound = np.zeros(len(t))
    for strength, ratio in zip(strengths, ratios, strict=True):
        if hz * ratio < HIGHEST_HZ:
            fall = np.exp(-t * ratio**0.7 / (decay_s * (523.0 / hz) ** 0.4))
            sound += strength * np.sin(2 * math.pi * hz * ratio * t) * fall
    return _soft_ends(sound / sum(strengths), 0.002, 0.1)


def noise(samples: int, seed: int) -> np.ndarray:
    """The same noise for the same seed, -1 to 1."""
    return np.random.default_rng(seed).uniform(-1, 1, samples)


# --- drums -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=32)
def drum(name: str) -> np.ndarray:
    """One stroke on `kick`, `tom`, `snare`, `clap`, `hat`, `shaker`, `block`, `timpani` or `heart`.

    Raises KeyError for another name.
    """
    if name in SKINS:
        return _skin(*SKINS[name])
    seconds, decay_s, colour, tone_hz = RATTLES[name]
    t = times(seconds)
    rattle = noise(len(t), 11)
    for _ in range(colour):
        rattle = np.diff(rattle, prepend=0.0) * 0.6
    sound = rattle * np.exp(-t / decay_s)
    if tone_hz:
        sound = 0.45 * sound + 0.55 * np.sin(2 * math.pi * tone_hz * t) * np.exp(-t / decay_s)
    return _soft_ends(sound, 0.004 if name == "shaker" else 0.001, 0.02)


SKINS = {
    "kick": (0.35, 0.11, 48.0, 110.0, 0.03),
    "tom": (0.4, 0.14, 95.0, 60.0, 0.05),
    "timpani": (1.4, 0.5, 73.0, 12.0, 0.05),
    "heart": (0.3, 0.09, 44.0, 20.0, 0.03),
}
"""Seconds, decay, hertz at the end, hertz more at the start, and how fast that goes."""
RATTLES = {
    "snare": (0.25, 0.07, 0, 185.0),
    "clap": (0.22, 0.06, 1, 0.0),
    "hat": (0.10, 0.025, 3, 0.0),
    "shaker": (0.09, 0.03, 2, 0.0),
    "block": (0.12, 0.025, 1, 820.0),
}
"""Seconds, decay, how often the noise is brightened, and the hertz of a tone in it."""


def _skin(seconds: float, decay_s: float, hz: float, sweep_hz: float, sweep_s: float) -> np.ndarray:
    t = times(seconds)
    phase = hz * t + sweep_hz * sweep_s * (1 - np.exp(-t / sweep_s))
    return _soft_ends(np.sin(2 * math.pi * phase) * np.exp(-t / decay_s), 0.002, 0.05)
