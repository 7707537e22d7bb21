"""Rotation: which of a mood's songs have played, and which a round has left."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterable, Iterator, Sequence

from appliance.protocol.messages import Song

MANY = 500
"""Of more songs so many, by chance, are chosen from: taste has met few of so many, and a choice from them all
takes twenty milliseconds, on a Pi a tenth of a second."""


class Played:
    """The songs of a mood that have played, in order, and how long ago."""

    def __init__(self, uris: Iterable[str] = ()) -> None:
        self.uris = [*uris]
        self._count = len(self.uris)
        """How many have played in all."""
        self._when = {uri: number for number, uri in enumerate(self.uris)}
        """The number of each song among them, the last time that it played."""

    def __contains__(self, uri: object) -> bool:
        return uri in self._when

    def is_among_last(self, count: int, uri: str) -> bool:
        """Whether this song is one of so many that have played last."""
        return self._when.get(uri, -1) >= max(0, self._count - count)

    def add(self, uri: str) -> None:
        """Note that this song plays; not that it goes on."""
        if not self.uris or self.uris[-1] != uri:
            self.uris.append(uri)
            self._when[uri] = self._count
            self._count += 1

    def keep(self, count: int) -> None:
        """Forget all but so many that have played last."""
        self.uris = self.uris[len(self.uris) - count :]
        self._when = {uri: when for uri, when in self._when.items() if when >= self._count - count}

    def clear(self) -> None:
        """Forget all, because a new round begins."""
        self.uris.clear()
        self._when.clear()


class Pool:
    """Songs, and which of them a round may have left, as numbers: four bytes a song."""

    def __init__(self, songs: Sequence[Song]) -> None:
        self._songs = songs
        self._left = array("I", range(len(songs)))
        """What was played is taken out of it once it is met: at any time a part of it may have been."""

    def begin(self) -> None:
        """Begin a new round, with all of the songs."""
        self._left = array("I", range(len(self._songs)))

    def left(self, played: Played, chance: random.Random) -> Iterator[Song]:
        """Give the songs that were not played; those of more than `MANY` in an order of chance."""
        left, place = self._left, 0
        while place < len(left):
            if len(left) > MANY:
                other = place + int(chance.random() * (len(left) - place))
                left[place], left[other] = left[other], left[place]
            song = self._songs[left[place]]
            if song.uri in played:
                left[place] = left[-1]
                left.pop()
            else:
                place += 1
                yield song
