"""How the coach hears one song and judges it: the ear, and numbers as they are kept."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from appliance.coach import words
from appliance.coach.placing import Sound, place_of
from appliance.coach.shelf import Row, Stamp
from appliance.ear import musicnn
from appliance.ear.head import Head, Judgement
from appliance.ear.hearing import FEATURES_VERSION, Heard, hear
from appliance.ear.musicnn import SecondEar
from appliance.errors import ModelError

HALF = 65504.0
"""The largest float16."""

log = logging.getLogger(__name__)


class Listener:
    """Both ears, or ours alone where the second one's file is not there."""

    def __init__(self) -> None:
        """Raises ModelError without the head."""
        self._head = Head()
        self._second = _second_ear()
        self.head = self._head.name

    def stamp(self, file: Path) -> Stamp:
        """Return what the file is now, and which ears hear it. Raises OSError."""
        found = file.stat()
        return Stamp(found.st_mtime_ns, found.st_size, FEATURES_VERSION, 2 if self._second else 1)

    def hear(self, uri: str, file: Path, stamp: Stamp) -> Row:
        """Hear a song and judge it. Raises SongUnheard, EarMissing."""
        heard = hear(file, self._second)
        tags = heard.tags
        told = words.mood_in(tags.get("mood", "")) or words.mood_in(tags.get("comment", ""))
        known = (tags.get("artist", ""), tags.get("genre", ""), told)
        sound = _sound(self._head.judge(heard))
        return Row(
            uri,
            stamp,
            sound,
            self.head,
            heard.length_s,
            heard.loudness,
            _packed(heard, self._head.features),
            *known,
        )

    def judge(self, songs: Iterable[tuple[str, int, bytes]]) -> dict[str, Sound]:
        """Judge again what was heard before: names, ears and features as they are kept."""
        names = self._head.features
        return {uri: _sound(self._head.judge(_unpacked(said, ears, names))) for uri, ears, said in songs}


def _second_ear() -> SecondEar | None:
    try:
        return SecondEar(musicnn.FILE)
    except ModelError as error:
        log.warning("songs are heard without the second ear, and moods found less well: %s", error)
        return None


def _sound(said: Judgement) -> Sound:
    valence, arousal = said.borders
    v, v_error = place_of(said.valence, valence, said.valence_deviation)
    a, a_error = place_of(said.arousal, arousal, said.arousal_deviation)
    return Sound(v, a, v_error, a_error)


def _packed(heard: Heard, names: Sequence[str]) -> bytes:
    own = np.array([heard.features[name] for name in names], "<f4")
    both = own if heard.embedding is None else np.concatenate([own, heard.embedding])
    return np.clip(both, -HALF, HALF).astype("<f2").tobytes()


def _unpacked(features: bytes, ears: int, names: Sequence[str]) -> Heard:
    """Undo the packing, but for the song's loudness and length, which no judgement needs."""
    numbers = np.frombuffer(features, "<f2").astype(np.float32)
    own = dict(zip(names, map(float, numbers), strict=False))
    return Heard(own, numbers[len(names) :] if ears == 2 else None, 0.0, 0.0)
