"""What MPD plays, heard through a pipe, and how loud tones in it are."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

import numpy as np

RATE_HZ = 44100
PIPE = """\
audio_output {{
  type "fifo"
  name "pipe"
  path "{pipe}"
  format "44100:16:1"
  mixer_type "software"
}}
"""


def write_sine(
    path: Path,
    hertz: int,
    level_db: float = -6.0,
    length_s: float = 1.0,
    tags: Mapping[str, str] | None = None,
) -> None:
    """Write a sine so many decibels below full scale, in the format that the path's ending names."""
    sine = f"aevalsrc={10 ** (level_db / 20)}*sin(2*PI*{hertz}*t):s={RATE_HZ}:d={length_s}"
    words = [word for name, value in (tags or {}).items() for word in ("-metadata", f"{name}={value}")]
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", sine, *words, path], check=True)


class Ear:
    """Reads the pipe of an MPD that runs, until that ends."""

    def __init__(self, pipe: Path) -> None:
        self._heard: list[bytes] = []
        self._pipe = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # MPD holds its other end already
        os.set_blocking(self._pipe, True)
        self._reader = threading.Thread(target=self._listen)
        self._reader.start()

    def heard(self) -> np.ndarray:
        """All of it, float (samples,), once MPD has ended."""
        self._reader.join()
        os.close(self._pipe)
        return np.frombuffer(b"".join(self._heard), "<i2") / 32768.0

    def _listen(self) -> None:
        self._heard.extend(iter(lambda: os.read(self._pipe, 65536), b""))


def levels_db(sound: np.ndarray, hertz: int) -> np.ndarray:
    """How loud the tone is in each tenth of a second, in decibels below full scale."""
    size = RATE_HZ // 10  # a whole number of the waves of each tone that is a multiple of 10 Hz
    blocks = sound[: len(sound) // size * size].reshape(-1, size)
    wave = np.exp(2j * np.pi * hertz * np.arange(size) / RATE_HZ)
    found: np.ndarray = 20 * np.log10(np.abs(blocks @ wave) * 2 / size + 1e-9)
    return found
