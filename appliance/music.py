"""Mood, library and history -> what to play.

Every song of a mood plays once before any plays twice, and no artist twice in a row where that can be
avoided. A mood without music borrows from its nearest neighbour, then from the whole library: never
silence by accident.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence

from appliance.messages import EMOTIONS, LibraryChanged, Pick, Song

CIRCUMPLEX: Mapping[str, tuple[float, float]] = {
    name: (math.cos(math.radians(angle)), math.sin(math.radians(angle)))
    for name, angle in {
        "happy": 7.8,
        "surprise": 69.8,  # "astonished"
        "angry": 99.0,
        "fear": 116.0,  # "afraid"
        "disgust": 123.0,  # Russell has no disgust; "annoyed" is its nearest word
        "sad": 207.5,
    }.items()
} | {"neutral": (0.0, 0.0)}
"""Valence and arousal of each mood: its angle among the affect words of Russell (1980), "A circumplex
model of affect", Journal of Personality and Social Psychology 39(6), figure 2; neutral is the middle."""


def neighbours(mood: str) -> list[str]:
    """The other moods, the most similar first."""
    here = CIRCUMPLEX[mood]
    return sorted(
        (name for name in EMOTIONS if name != mood), key=lambda name: math.dist(here, CIRCUMPLEX[name])
    )


class Chooser:
    """Picks songs out of the library as MPD lists it now."""

    def __init__(self, chance: random.Random, played: Mapping[str, Sequence[str]] | None = None) -> None:
        """played: what `played` gave before the box was switched off."""
        self._chance = chance
        self._played = {mood: dict.fromkeys(uris) for mood, uris in (played or {}).items()}
        """Mood -> what its round has played, by name, in order."""
        self._by_mood: dict[str, tuple[Song, ...]] = {}
        self._unplayable: set[str] = set()
        self._last: Song | None = None

    def stock(self, library: LibraryChanged) -> None:
        """Take over the library; what was played stays played, and unplayable songs get a new chance."""
        self._unplayable.clear()
        self._by_mood = {**library.by_mood, "": library.everything}

    def note_played(self, pick: Pick) -> None:
        """This song plays now; only that counts, for what was merely queued may never be heard."""
        played = self._played.setdefault(pick.mood, {})
        if all(song.uri in played for song in self._playable(pick.mood)):
            played.clear()
        played[pick.song.uri] = None
        self._last = pick.song

    def played(self) -> dict[str, tuple[str, ...]]:
        """Mood -> what its round has played, for `Memory`."""
        return {mood: tuple(uris) for mood, uris in self._played.items() if uris}

    def refuse(self, song: Song) -> None:
        """MPD could not play this; do not offer it again until the library changes."""
        self._unplayable.add(song.uri)

    def without_music(self) -> list[str]:
        """The moods that have to borrow; all of them when the library is empty."""
        return [mood for mood in EMOTIONS if not self._playable(mood)]

    def is_empty(self) -> bool:
        """Whether nothing at all can be played."""
        return not any(map(self._playable, self._by_mood))

    def pick(self, mood: str, because: str) -> Pick | None:
        """Choose the next song for a mood; None when there is nothing to play at all.

        because: why this mood, the beginning of a sentence; the pick's `why` ends it.
        """
        for source in (mood, *neighbours(mood), ""):
            if self._playable(source):
                song = self._chance.choice(self._varied(self._left(source)))
                return Pick(song, source, f"{because}{_borrowed(mood, source)}")
        return None

    def _playable(self, mood: str) -> list[Song]:
        return [song for song in self._by_mood.get(mood, ()) if song.uri not in self._unplayable]

    def _left(self, mood: str) -> list[Song]:
        """What this round has not played yet; a whole new round when it is over.

        What plays now is not left either: the box may have found it playing, as no song of any mood's round.
        """
        playable, played = self._playable(mood), set(self._played.get(mood, ()))
        if self._last:
            played.add(self._last.uri)
        return [song for song in playable if song.uri not in played] or playable

    def _varied(self, left: Sequence[Song]) -> Sequence[Song]:
        """Those of the songs left that keep artists apart, now and for the rest of them."""
        last = self._last
        if last is None:
            return left
        fresh = [song for song in left if song.uri != last.uri] or left
        fresh = [song for song in fresh if not last.artist or song.artist != last.artist] or fresh
        # An artist with more than half of the songs left must come now, or two of theirs end up together.
        artist, count = Counter(song.artist for song in left).most_common(1)[0]
        urgent = [song for song in fresh if song.artist == artist]
        return urgent if urgent and 2 * count > len(left) else fresh


def _borrowed(mood: str, source: str) -> str:
    if source == mood:
        return ""
    return f"; there is no music for {mood}, so this is from {source or 'the whole library'}"
