"""One song, heard once: its features, in one order, and what the second ear says."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from appliance.ear import decode, keys, loudness, rhythm, spectrum, timbre, tonality
from appliance.ear.musicnn import SecondEar

FEATURES_VERSION = 2
"""Of the features' meaning and order: what was heard with another is heard again."""


@dataclass(frozen=True, eq=False)
class Heard:
    """A song's features by its sound."""

    features: dict[str, float]
    """Our own, by name; always the same names in the same order."""
    embedding: np.ndarray | None
    """MusiCNN's mean over the song, float32 (200,); None without the second ear."""
    loudness: float
    """LUFS over what was heard, by ITU-R BS.1770-4, at 16 kHz and mono: within about 1 of the true one."""
    length_s: float
    tags: dict[str, str] = field(default_factory=dict)
    """What the file says of itself: artist, genre, mood, comment, as far as it has them."""


def hear(path: Path, second_ear: SecondEar | None = None, any_length: bool = False) -> Heard:
    """Hear a song: three windows of it, one at a time in memory.

    Raises SongUnheard (SongPassedOver where it is no song by its length), EarMissing without ffmpeg.
    """
    examined = decode.examine(path)
    length = examined.length_s
    if not any_length:
        decode.check_length(path, length)
    parts, chromas, tones, blocks, patches = [], [], [], [], []
    for sound in decode.windows(path, length):
        spectra = spectrum.power(sound)
        mel = spectrum.log_mel(spectra)
        parts.append(_of_window(sound, spectra, mel))
        chromas.append(tonality.chroma(sound))
        tones.append(keys.tones(sound))
        blocks.append(loudness.blocks(spectra))
        if second_ear:
            patches.append(second_ear.listen(mel))
    integrated = loudness.integrated(np.concatenate(blocks))
    features = {name: float(np.mean([part[name] for part in parts])) for name in parts[0]}
    features |= {"loudness": integrated} | tonality.tonality(np.concatenate(chromas))
    features |= keys.keys(*np.concatenate(tones, axis=1))
    embedding = np.concatenate(patches).mean(axis=0) if second_ear else None
    return Heard(features, embedding, integrated, length, examined.tags)


def _of_window(sound: np.ndarray, spectra: np.ndarray, mel: np.ndarray) -> dict[str, float]:
    return (
        loudness.dynamics(sound, spectra)
        | loudness.brightness(sound, spectra)
        | timbre.contrast(spectra)
        | timbre.cepstrum(mel)
        | rhythm.rhythm(mel)
    )
