"""The songs that a mood's music goes on with, once somebody has asked: so it stays, unless they change it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from appliance.brain.music import Chooser
from appliance.protocol.declaring import SongNames
from appliance.protocol.messages import Pick, Song

AHEAD = 6
"""Songs that are seen ahead."""


class Outlook:
    """Knows the songs to come of each mood that somebody has looked at. Their `why` lacks its beginning."""

    def __init__(self, chooser: Chooser, ordered: Mapping[str, Sequence[str]]) -> None:
        """ordered: what `ordered` gave before the box was switched off."""
        self._chooser = chooser
        self._plans: dict[str, list[Pick]] = {}
        self._left = {mood: tuple(uris) for mood, uris in ordered.items()}
        """What was remembered, by name alone until the library is there."""
        self._is_ordered: set[str] = {*ordered}
        """The moods whose songs somebody has put in order."""
        self._person = chooser.person
        """Whose taste and folders they were chosen for."""

    def look(self, mood: str, queued: Pick | None) -> None:
        """Choose ahead for this mood. queued: what was last queued, which it then begins with."""
        plan = self._plan(mood)
        if not plan and queued and queued.mood == self._chooser.source(mood) and self._chooser.fits(queued):
            plan.append(replace(queued, why=""))
        plan += self._chooser.ahead(mood, plan, AHEAD - len(plan))

    @property
    def ordered(self) -> Mapping[str, tuple[str, ...]]:
        """Mood -> the names of its songs to come, where somebody has put them in order."""
        plans = self._plans if self._person == self._chooser.person else {}
        seen = {mood: tuple(pick.song.uri for pick in plan) for mood, plan in plans.items()}
        return {mood: uris for mood, uris in (self._left | seen).items() if uris and mood in self._is_ordered}

    def songs(self, mood: str) -> tuple[Song, ...]:
        """The songs to come of this mood, as far as somebody has looked."""
        return tuple(pick.song for pick in self._plan(mood))

    def order(self, mood: str, uris: Sequence[str], was: Sequence[str] | None) -> None:
        """Let those of them come in this order. The others are not chosen again before they have rested.

        was: see the command.
        """
        plan = {pick.song.uri: pick for pick in self._plan(mood)}
        wanted = merged(uris, was, [*plan])
        for uri in plan.keys() - set(wanted):
            self._chooser.rest(plan[uri])
        self._plans[mood] = [plan[uri] for uri in dict.fromkeys(wanted) if uri in plan]
        self._is_ordered.add(mood)

    def next(self, mood: str, because: str) -> Pick | None:
        """The next of them that can be played; None where nobody has looked. because: see `Chooser.pick`."""
        pick = next(filter(self._chooser.fits, self._plan(mood)), None)
        return pick and replace(pick, why=f"{because}{pick.why}")

    def drop(self, song: Song) -> None:
        """Take out a song that plays, has failed, or is not wanted."""
        for mood, plan in self._plans.items():
            self._plans[mood] = [pick for pick in plan if pick.song.uri != song.uri]

    def mind(self) -> None:
        """Take over the library: what it has again of what is remembered, and out what it has no more."""
        for mood in [*self._left] if not self._chooser.is_empty() else ():
            self._plans[mood] = [*self._recalled(mood, self._left.pop(mood))]
        for mood, plan in self._plans.items():
            self._plans[mood] = [*filter(self._chooser.fits, plan)]

    def _recalled(self, mood: str, uris: Sequence[str]) -> Iterator[Pick]:
        source = self._chooser.source(mood)
        if source is not None:
            yield from (Pick(song, source, "") for song in map(self._chooser.find, uris) if song)

    def _plan(self, mood: str) -> list[Pick]:
        if self._person != self._chooser.person:
            self._person, self._plans = self._chooser.person, {}
            self._left, self._is_ordered = {}, set()
        return self._plans.setdefault(mood, [])


def merged(wanted: Sequence[str], was: Sequence[str] | None, now: Sequence[str]) -> list[str]:
    """The list that somebody wants who saw it as it was: what has gone since is gone, what has come is last.

    was: None for the list as they want it, whatever is there.
    """
    if was is None:
        return [*wanted]
    seen = Counter(was)
    return [*_without(wanted, seen - Counter(now)), *_without(now, seen)][: SongNames.most]


def _without(uris: Sequence[str], taken: Counter[str]) -> Iterator[str]:
    left = Counter(taken)
    for uri in uris:
        if left[uri] > 0:
            left[uri] -= 1
        else:
            yield uri
