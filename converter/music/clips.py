"""Hears rated clips through the appliance's own ear, each once: what was heard is kept in the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from appliance.ear.hearing import FEATURES_VERSION, Heard, hear
from appliance.ear.musicnn import SecondEar
from appliance.errors import EarMissing, ModelError, SongUnheard
from appliance.machine.machine import cache_folder
from converter.errors import BadInput
from converter.music import fetch

Say = Callable[[str], None]


def second_ear(say: Say) -> SecondEar:
    """MusiCNN, fetched first where it is not there. Raises BadInput when it cannot be."""
    say(fetch.fetch())
    try:
        return SecondEar(fetch.TARGET)
    except ModelError as error:
        raise BadInput(str(error)) from error


def hear_all(files: Sequence[Path], ear: SecondEar | None, say: Say) -> list[Heard]:
    """Hear the files, in their order. Raises BadInput at the first that cannot be heard."""
    found = []
    for number, file in enumerate(files, 1):
        found.append(hear_one(file, ear))
        if number % 20 == 0 or number == len(files):
            say(f"{number} of {len(files)} heard")
    return found


def hear_one(file: Path, ear: SecondEar | None) -> Heard:
    """Out of the cache where it was heard before, by the same ears. Raises BadInput."""
    try:
        content = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from error
    return kept(content, ear, lambda: file)


def kept(name: str, ear: SecondEar | None, file: Callable[[], Path]) -> Heard:
    """Return what the cache has by that name, else how the file sounds, which is only then asked for."""
    ears = "both" if ear else "own"
    path = cache_folder() / "music" / f"{FEATURES_VERSION}-{ears}" / f"{name}.npz"
    if path.is_file():
        return _read(path)
    try:
        heard = hear(file(), ear, any_length=True)
    except (SongUnheard, EarMissing) as error:
        raise BadInput(str(error)) from error
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, heard)
    return heard


def _write(path: Path, heard: Heard) -> None:
    half = path.with_suffix(".part.npz")
    np.savez(
        half,
        names=np.array(list(heard.features)),
        values=np.array(list(heard.features.values())),
        embedding=np.zeros(0, np.float32) if heard.embedding is None else heard.embedding,
        rest=np.array([heard.loudness, heard.length_s]),
    )
    half.replace(path)


def _read(path: Path) -> Heard:
    with np.load(path) as kept:
        features = dict(zip(map(str, kept["names"]), map(float, kept["values"]), strict=True))
        embedding = kept["embedding"] if len(kept["embedding"]) else None
        loudness, length_s = map(float, kept["rest"])
        return Heard(features, embedding, loudness, length_s)
