"""The songs that a mood's music goes on with, once somebody has asked: so it stays, unless they change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from appliance.brain.music import Chooser
from appliance.protocol.messages import Pick, Song

AHEAD = 6
"""Songs that are seen ahead."""


class Outlook:
    """Knows the songs to come of each mood that somebody has looked at. Their `why` lacks its beginning."""

    def __init__(self, chooser: Chooser) -> None:
        self._chooser = chooser
        self._plans: dict[str, list[Pick]] = {}
        self._person = chooser.person
        """Whose taste and folders they were chosen for."""

    def look(self, mood: str, queued: Pick | None) -> None:
        """Choose ahead for this mood. queued: what was last queued, which it then begins with."""
        plan = self._plan(mood)
        if not plan and queued and queued.mood == self._chooser.source(mood) and self._chooser.fits(queued):
            plan.append(replace(queued, why=""))
        plan += self._chooser.ahead(mood, plan, AHEAD - len(plan))

    def songs(self, mood: str) -> tuple[Song, ...]:
        """The songs to come of this mood, as far as somebody has looked."""
        return tuple(pick.song for pick in self._plan(mood))

    def order(self, mood: str, uris: Sequence[str]) -> None:
        """Let those of them come in this order. The others are not chosen again before they have rested."""
        plan = {pick.song.uri: pick for pick in self._plan(mood)}
        for uri in plan.keys() - set(uris):
            self._chooser.rest(plan[uri])
        self._plans[mood] = [plan[uri] for uri in dict.fromkeys(uris) if uri in plan]

    def next(self, mood: str, because: str) -> Pick | None:
        """The next of them that can be played; None where nobody has looked. because: see `Chooser.pick`."""
        pick = next(filter(self._chooser.fits, self._plan(mood)), None)
        return pick and replace(pick, why=f"{because}{pick.why}")

    def drop(self, song: Song) -> None:
        """Take out a song that plays, has failed, or is not wanted."""
        for mood, plan in self._plans.items():
            self._plans[mood] = [pick for pick in plan if pick.song.uri != song.uri]

    def mind(self) -> None:
        """Take out what the library does not have any more."""
        for mood, plan in self._plans.items():
            self._plans[mood] = [*filter(self._chooser.fits, plan)]

    def _plan(self, mood: str) -> list[Pick]:
        if self._person != self._chooser.person:
            self._person, self._plans = self._chooser.person, {}
        return self._plans.setdefault(mood, [])
