"""Songs and moods that could not be played lately, and for how long they are not offered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set

from appliance.protocol.messages import Song

OWN_S, PASSING_S = (60.0, 86400.0), (10.0, 600.0)
"""For how long what failed is not offered, at first and at most; it doubles each time. A song that a decoder
refuses is hardly better tomorrow; a network, a share, or rights may be in a moment."""
IN_A_ROW = 5
"""After so many failures in a row each further one gives another mood's music its turn: the whole share may
be away."""
AT_ONCE, LONGEST_PAUSE_S = 3, 30.0
"""So many tries follow at once; then each waits twice as long as the one before, at most this."""
NEW_PAUSE_S = 4.0
"""The longest pause while there are songs that have not failed yet: any of them may be sound."""


class Refusals:
    """Keeps what could not be played lately from being offered: for a term that grows, never for ever."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._terms: dict[str, float] = {}
        self.times: Counter[str] = Counter()
        """How often each has failed since it was last heard."""

    def add(self, name: str, own: bool, now: float) -> None:
        """Note that this failed. own: by its own fault, as a decoder says. now: monotonic seconds."""
        # Never for good: "unplayable until the library changes" left a box with radio alone silent for ever.
        first, longest = OWN_S if own else PASSING_S
        self._terms[name] = min(longest, 2 * self._terms.get(name, first / 2))
        self._until[name] = now + self._terms[name]
        self.times[name] += 1

    def hold(self, name: str, now: float) -> bool:
        """Whether this is not to be offered now."""
        return self._until.get(name, now) > now

    def held(self, now: float) -> Set[str]:
        """All that is not to be offered now."""
        return {name for name, until in self._until.items() if until > now}

    def lift(self) -> None:
        """Give everything another chance now; what fails again waits for longer than before."""
        self._until.clear()

    def forget(self, name: str) -> None:
        """Forget that this ever failed: it was heard."""
        self._until.pop(name, None)
        self._terms.pop(name, None)
        self.times.pop(name, None)


class Failures:
    """Counts the songs that fail one after the other, and holds back what has failed lately."""

    def __init__(self) -> None:
        self.in_a_row = 0
        """Songs that failed one after the other."""
        self.tried: Counter[str] = Counter()
        """How often each mood's music has had its turn in the present row."""
        self.proven: dict[str, Song] = {}
        """Mood -> the song of its music that was really heard last, and has not failed since."""
        self._is_new = True
        """Whether the song that failed last had not failed before."""
        self.songs, self.sources = Refusals(), Refusals()

    @property
    def is_long(self) -> bool:
        """Whether so many failed that it is hardly the songs: a share may be away."""
        return self.in_a_row >= IN_A_ROW

    def add(self, song: str, mood: str | None, own_fault: bool, now: float) -> None:
        """Note that this song failed; own_fault, now: as `Refusals.add` has them.

        mood: whose music was to be heard; None where a hand has gone back to the song.
        """
        self.in_a_row += 1
        self._is_new = song not in self.songs.times
        self.songs.add(song, own_fault, now)
        self.proven = {source: proven for source, proven in self.proven.items() if proven.uri != song}
        if mood is None:
            return
        self.tried[mood] += 1
        if self.is_long:  # a share of a thousand songs would take a thousand tries
            self.sources.add(mood, own_fault, now)

    def begin_row(self) -> None:
        """Count failures anew: something was heard, or a hand wants something else."""
        self.in_a_row = 0
        self.tried.clear()

    def forget(self, song: Song, mood: str) -> None:
        """Forget that this song and this mood's music ever failed: it was heard."""
        self.proven[mood] = song
        self.songs.forget(song.uri)
        self.sources.forget(mood)

    def least(self, songs: Sequence[Song]) -> Sequence[Song]:
        """Those of the songs that have failed least often since they were heard."""
        times = self.songs.times
        if fresh := [song for song in songs if song.uri not in times]:
            return fresh
        fewest = min((times[song.uri] for song in songs), default=0)
        return [song for song in songs if times[song.uri] == fewest]

    def turn(self, least: Mapping[str, Sequence[Song]]) -> str | None:
        """Say whose turn it is: whose songs failed least often, and of those who had the fewest turns.

        least: mood -> what `least` gave for it, the nearest mood first. None where no mood has songs.
        """
        tries = {mood: (self.songs.times[s[0].uri], self.tried[mood]) for mood, s in least.items() if s}
        return min(tries, key=tries.__getitem__, default=None)

    def forgive(self) -> None:
        """Give everything another chance, because somebody asks for music or the library has changed."""
        self.begin_row()
        self.songs.lift()
        self.sources.lift()

    def pause_s(self) -> float:
        """Seconds to wait before the next try: a library that fails as a whole is no reason to race.

        0 while so few have failed that the next try follows at once.
        """
        late, longest_s = self.in_a_row - AT_ONCE, NEW_PAUSE_S if self._is_new else LONGEST_PAUSE_S
        return 0.0 if late < 0 else min(longest_s, 2.0 ** min(late, 10))
