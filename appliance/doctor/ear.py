"""Checks what songs are heard with: the program ffmpeg, and the second ear's network."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from appliance.config import Config
from appliance.doctor.check import Check, ill, well
from appliance.ear.musicnn import FILE, SecondEar
from appliance.errors import ModelError

PROGRAMS = ("ffmpeg", "ffprobe")


def checks(
    config: Config, which: Callable[[str], str | None] = shutil.which, second: Path = FILE
) -> list[Check]:
    """Nothing for a box that learns nothing of its songs."""
    name = "ear"
    if config.state.music_file() is None:
        return []
    missing = [program for program in PROGRAMS if which(program) is None]
    if missing:
        lost = "so no song is heard, and those in no mood's folder stay without one"
        return [ill(name, f"{' and '.join(missing)} not found, {lost}; sudo apt-get install ffmpeg")]
    try:
        SecondEar(second)
    except ModelError as error:  # a board of 512 MB has none: songs are heard all the same
        return [well(name, f"ffmpeg, and one ear of two, so moods are found less well: {error}")]
    return [well(name, "ffmpeg, and both ears")]
