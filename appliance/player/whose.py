"""Tells whose an entry of MPD's queue is: ours, or a guest's.

Ours is what we put there, and nothing else: while one MPD runs, its ids never come twice, so an id that we
were given is proof. It is kept over a restart of ours, with the time at which MPD began. An MPD that began
anew has numbered its queue anew: then what we put there is known by its name, as often as we put it there,
among what MPD has restored.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from appliance.protocol.memory import OwnEntry, QueueMemory
from appliance.protocol.messages import Pick, Song

UPTIME_ERROR_S = 1.5
"""MPD tells its uptime in whole seconds; beyond this error it has been started anew."""
RESTORED = 2
"""The version that MPD's queue has once MPD has restored it (0.23, 0.24): a higher one says that somebody has
changed it since."""
REMEMBERED = 60
"""Entries of ours kept in mind; more than the queue holds of them."""


class Whose:
    """Remembers which entries are ours, and where the guests' songs were when ours began."""

    def __init__(self, known: QueueMemory) -> None:
        self.picks = {entry.id: _pick(entry) for entry in known.ours}
        """By MPD's id, oldest first: what we queued."""
        self.passed = known.passed
        """Guests' entries up to this id are left over: from before our songs began."""
        self.place = known.place
        """Where the guests' songs were when ours began."""
        self.version = known.version
        """Of MPD's queue, as last seen; it only grows while MPD runs."""
        self.adding: Pick | None = None
        """What we are about to queue; it stays where MPD's answer, and with it the id, is lost."""
        self._began = known.began

    def memory(self, modes: Mapping[str, str]) -> QueueMemory:
        """Return what a restart of ours must not lose. modes: the guests' that are set aside."""
        ours = tuple(OwnEntry(id, pick.song.uri, pick.mood) for id, pick in self.picks.items())
        return QueueMemory(self._began, self.version, ours, self.passed, self.place, dict(modes))

    def meet(self, client: Any, began: float) -> None:
        """Take over a new connection. began: when MPD was started (monotonic seconds)."""
        status = client.status()
        # An MPD that was restarted within the error of its uptime is known by its queue's version, which only
        # grows while MPD runs, and by other songs under our ids.
        is_same = (
            self._began is not None
            and abs(began - self._began) <= UPTIME_ERROR_S
            and int(status["playlist"]) >= self.version
            and all(_uri(client, id) in (None, pick.song.uri) for id, pick in self.picks.items())
        )
        if not is_same:
            self._began = began
            self._renumber(client, status)
        elif self.adding:  # MPD 0.23 may hang until it is too late to answer by the id
            newest = max(
                _ids(client, self.adding.song.uri), default=0
            )  # a guest may have queued it before us
            if newest > max(self.picks, default=self.passed):
                self.picks[newest] = self.adding
        self.adding = None

    def is_ours(self, song_id: int) -> bool:
        """Whether this entry (MPD's id) is one that we have put into the queue."""
        return song_id in self.picks

    def is_left_over(self, song_id: int) -> bool:
        """Whether this entry is a guest's from before our songs began."""
        return song_id <= self.passed and song_id not in self.picks

    def is_wish(self, song_id: int) -> bool:
        """Whether this entry is a guest's that was added since our songs began."""
        return song_id > self.passed and song_id not in self.picks

    def pick_of(self, song_id: int, song: Song) -> Pick | None:
        """The pick that we queued this entry for; None when it is somebody else's."""
        pick = self.picks.get(song_id)
        if pick is None or pick.song.uri != song.uri:
            return None
        return pick if pick.song.title else replace(pick, song=song)

    def add(self, song_id: int, pick: Pick) -> None:
        """Remember an entry of ours, and forget the oldest beyond `REMEMBERED`."""
        self.picks[song_id], self.adding = pick, None
        for oldest in list(self.picks)[:-REMEMBERED]:
            del self.picks[oldest]

    def _renumber(self, client: Any, status: Mapping[str, str]) -> None:
        """Find our entries, and the guests' place, in a queue that MPD has restored with other ids.

        What was added or moved there since is somebody else's, whatever its name: we have not been there.
        """
        length, is_touched = int(status["playlistlength"]), int(status["playlist"]) > RESTORED
        touched = {int(entry["id"]) for entry in client.plchangesposid(RESTORED)} if is_touched else set()
        before: dict[str, list[Pick]] = {}
        for pick in self.picks.values():
            before.setdefault(pick.song.uri, []).append(pick)
        found: dict[int, Pick] = {}
        for uri, picks in before.items():
            found |= zip((id for id in _ids(client, uri) if id not in touched), picks, strict=False)
        self.picks = dict(sorted(found.items()))
        self.version = 0
        # Which of the guests' songs came after ours is not known any more: none is taken for a new wish.
        self.passed = _last_id(client, length) if self.passed else 0
        if self.place:
            theirs = [id for id in _ids(client, self.place.uri) if id not in self.picks]
            self.place = replace(self.place, id=theirs[0]) if theirs else None


def _pick(entry: OwnEntry) -> Pick:
    purpose = f" for {entry.mood}" if entry.mood else ""
    return Pick(Song(entry.uri), entry.mood, f"Chosen{purpose} before the box began anew")


def _ids(client: Any, uri: str) -> list[int]:
    """The entries of this name, in the queue's order."""
    from mpd import CommandError

    entries: list[Mapping[str, str]] = []
    with suppress(CommandError, ValueError):
        if "\n" not in uri:
            entries = client.playlistfind("file", uri)
    return [int(entry["id"]) for entry in sorted(entries, key=lambda entry: int(entry["pos"]))]


def _uri(client: Any, song_id: int) -> str | None:
    """The song of the entry with this id, as MPD names it; None where there is none."""
    from mpd import CommandError

    with suppress(CommandError):
        for entry in client.playlistid(song_id):
            return str(entry["file"])
    return None


def _last_id(client: Any, length: int) -> int:
    last = client.playlistinfo((length - 1, length)) if length else []
    return max((int(entry["id"]) for entry in last), default=0)
