"""Chooses the next song, from a mood, the library and what was played.

Every song of a mood plays once before any plays twice, and no artist twice in a row where that can be
avoided. A mood without music borrows from its nearest neighbour, then from the whole library: never
silence by accident.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence

from appliance.protocol.messages import EMOTIONS, LibraryChanged, Pick, Song

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
    """List the other moods, the most similar first."""
    here = CIRCUMPLEX[mood]
    return sorted(
        (name for name in EMOTIONS if name != mood), key=lambda name: math.dist(here, CIRCUMPLEX[name])
    )


OWN_S, PASSING_S = (60.0, 86400.0), (10.0, 600.0)
"""For how long what failed is not offered, at first and at most; it doubles each time. A song that a decoder
refuses is hardly better tomorrow; a network, a share, or rights may be in a moment."""
IN_A_ROW = 5
"""After so many failures in a row another mood's music has its turn: the whole share may be away."""
FEWEST_NEAR = 5
"""Songs that are near enough to a place, however far: with fewer it would be the same ones each time."""
AT_ONCE, LONGEST_PAUSE_S = 3, 30.0
"""So many tries follow at once; then each waits twice as long as the one before, at most this."""


class Refusals:
    """Keeps what could not be played lately from being offered: for a term that grows, never for ever."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._terms: dict[str, float] = {}

    def add(self, name: str, own: bool, now: float) -> None:
        """Note that this failed. own: by its own fault, as a decoder says. now: monotonic seconds."""
        first, longest = OWN_S if own else PASSING_S
        self._terms[name] = min(longest, 2 * self._terms.get(name, first / 2))
        self._until[name] = now + self._terms[name]

    def hold(self, name: str, now: float) -> bool:
        """Whether this is not to be offered now."""
        return self._until.get(name, now) > now

    def lift(self) -> None:
        """Give everything another chance now; what fails again waits for longer than before."""
        self._until.clear()

    def forget(self, name: str) -> None:
        """Forget that this ever failed: it was heard."""
        self._until.pop(name, None)
        self._terms.pop(name, None)


class Chooser:
    """Picks songs out of the library as MPD lists it now."""

    def __init__(self, chance: random.Random, played: Mapping[str, Sequence[str]] | None = None) -> None:
        """played: what `played` gave before the box was switched off."""
        self._chance = chance
        self._played = {mood: dict.fromkeys(uris) for mood, uris in (played or {}).items()}
        """Mood -> what its round has played, by name, in order."""
        self._by_mood: dict[str, tuple[Song, ...]] = {}
        self._places: Mapping[str, tuple[float, float]] = {}
        """Valence and arousal of the songs that the box has heard; others lie where their mood does."""
        self._is_whole = True
        """Whether these are all songs; else a large library is still being listed, and no round is over."""
        self.now = 0.0
        """Monotonic seconds, as last told."""
        self.failures = 0
        """Songs that failed in a row."""
        self._songs, self._sources = Refusals(), Refusals()
        self._source = ""
        """The mood whose music the last pick was from; "" for the whole library."""
        self._last: Song | None = None

    def stock(self, library: LibraryChanged) -> None:
        """Take over the library; what was played stays played, and unplayable songs get a new chance."""
        self.forgive()
        self._by_mood = {**library.by_mood, "": library.everything}
        self._is_whole = library.is_whole
        self._places = library.places

    def note_played(self, pick: Pick) -> None:
        """Count this song as played, because it plays now: what was merely queued may never be heard."""
        played = self._played.setdefault(pick.mood, {})
        if self._is_whole and all(song.uri in played for song in self._playable(pick.mood)):
            played.clear()
        played[pick.song.uri] = None
        self._last = pick.song

    def played(self) -> dict[str, tuple[str, ...]]:
        """Mood -> what its round has played, for `Memory`."""
        return {mood: tuple(uris) for mood, uris in self._played.items() if uris}

    def refuse(self, song: Song, own_fault: bool = True) -> None:
        """Offer this song no more for a while, for MPD could not play it.

        own_fault: whether a decoder says so; a network's, a share's or an output's fault passes sooner.
        """
        self.failures += 1
        self._songs.add(song.uri, own_fault, self.now)
        if self.failures % IN_A_ROW == 0:  # a share of a thousand songs would take a thousand tries
            self._sources.add(self._source, False, self.now)

    def note_heard(self, pick: Pick) -> None:
        """Note that this song was really heard: neither it nor its mood's music fails any more."""
        self.failures = 0
        self._songs.forget(pick.song.uri)
        self._sources.forget(pick.mood)

    def forgive(self) -> None:
        """Give everything another chance, because somebody asks for music or the library has changed."""
        self.failures = 0
        self._songs.lift()
        self._sources.lift()

    def pause_s(self) -> float:
        """Seconds to wait before the next try: a library that fails as a whole is no reason to race."""
        late = self.failures - AT_ONCE
        return 0.0 if late < 0 else min(LONGEST_PAUSE_S, 2.0 ** min(late, 10))

    def without_music(self) -> list[str]:
        """The moods that have to borrow; all of them when the library is empty."""
        return [mood for mood in EMOTIONS if not self._is_playable(mood)]

    def is_empty(self) -> bool:
        """Whether there is no song at all."""
        return not any(self._by_mood.values())

    def source(self, mood: str) -> str | None:
        """Say whose music a mood gets now: its own, or the nearest that has some; "" is the whole library's.

        None when there is no music at all. Before silence, what failed is tried again.
        """
        near = (mood, *neighbours(mood), "")
        playable = next((source for source in near if self._is_playable(source)), None)
        return next((s for s in near if self._by_mood.get(s)), None) if playable is None else playable

    def pick(self, mood: str, because: str, near: tuple[float, float] | None = None) -> Pick | None:
        """Choose the next song for a mood; None when there is nothing to play at all.

        because: why this mood, the beginning of a sentence; the pick's `why` ends it.
        near: the valence and arousal near which it is to lie; None: anywhere in the mood.
        """
        source = self.source(mood)
        if source is None:
            return None
        self._source = source
        songs = self._varied(self._left(source))
        song = self._chance.choice(songs if near is None else self._nearest(songs, source, near))
        return Pick(song, source, f"{because}{_borrowed(mood, source)}")

    def _is_playable(self, mood: str) -> bool:
        if self._sources.hold(mood, self.now):
            return False
        return any(not self._songs.hold(song.uri, self.now) for song in self._by_mood.get(mood, ()))

    def _playable(self, mood: str) -> Sequence[Song]:
        """What has not failed lately; when all has, all of it."""
        everything = self._by_mood.get(mood, ())
        return [song for song in everything if not self._songs.hold(song.uri, self.now)] or everything

    def _left(self, mood: str) -> Sequence[Song]:
        """What this round has not played yet; a whole new round when it is over.

        What plays now is not left either: the box may have found it playing, as no song of any mood's round.
        """
        playable, played = self._playable(mood), set(self._played.get(mood, ()))
        if self._last:
            played.add(self._last.uri)
        return [song for song in playable if song.uri not in played] or playable

    def _nearest(self, songs: Sequence[Song], mood: str, near: tuple[float, float]) -> Sequence[Song]:
        """The nearest of the songs, so many that it is not always the same ones."""
        middle = CIRCUMPLEX.get(mood, CIRCUMPLEX["neutral"])
        far = [math.dist(near, self._places.get(song.uri, middle)) for song in songs]
        farthest = sorted(far)[min(len(far), max(FEWEST_NEAR, len(far) // 5)) - 1]
        return [song for song, distance in zip(songs, far, strict=True) if distance <= farthest]

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
