"""Adds and removes our entries in MPD's queue: [what guests have left, history, current, next].

Only what we have put there is ever removed. Our songs go right after the current one; where they are to pass
over a guest's, they begin at the end of the queue, so that his never come by themselves, and what he adds
later still does. (Put between his songs they would have to take the place of one that MPD decodes already,
and MPD 0.23 then hangs for the rest of a short song.) All methods take a connected client and raise what it
raises.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from appliance.player.modes import Modes
from appliance.player.whose import Whose
from appliance.protocol.memory import GuestPlace, QueueMemory
from appliance.protocol.messages import Pick, Song

HISTORY = 20
"""Songs of ours that stay before the current one, to go back to."""

log = logging.getLogger(__name__)


class Start(NamedTuple):
    """A song that we had MPD play, and from where in it."""

    song: Song
    from_s: float
    id: int
    at: float
    """Monotonic seconds, not after it began."""


class Queue:
    """Changes MPD's queue on the brain's behalf, and remembers which of its entries are ours."""

    def __init__(self, known: QueueMemory | None = None) -> None:
        known = known or QueueMemory()
        self.whose = Whose(known)
        self.modes = Modes(known.modes)
        self.refused: Song | None = None
        """What MPD would not take or play; whoever tells of it clears it."""
        self.started: Start | None = None
        """What we last had MPD play; whoever tells what came of it clears it."""

    def meet(self, client: Any, began: float) -> None:
        """Take over a new connection. began: when MPD was started (monotonic seconds)."""
        self.whose.meet(client, began)

    def memory(self) -> QueueMemory:
        """Which entries are ours, and where a guest's songs wait, for a restart of ours."""
        return self.whose.memory(self.modes.aside)

    def songs(self) -> list[Song]:
        """The songs that we have queued, as far as remembered."""
        return [pick.song for pick in self.whose.picks.values()]

    def newest(self) -> tuple[int, Pick] | None:
        """The song that we queued last, and MPD's id of it."""
        return next(reversed(self.whose.picks.items()), None)

    def start(self, client: Any, pick: Pick, start_s: float, over_guests: bool, now: float) -> None:
        """Play this now, from `start_s`, and take back what of ours was to come.

        over_guests: pass over the guests' songs that are there, from now on. now: monotonic seconds.
        """
        with self._noting_refusal(pick):
            status = client.status()
            # Not once it plays: an MPD that is late by then would have it fail after all.
            self._withdraw(client, status)
            new = self._insert(client, pick, at_end=over_guests)
            # By the status of before: where the guest's song was when ours takes its place.
            self._note_place(client, status)
            self.modes.set_aside(client, status)
            self.whose.passed = new if over_guests else self.whose.passed
            _play(client, new, start_s)
            self.started = Start(pick.song, start_s, new, now)

    def replace_next(self, client: Any, pick: Pick) -> None:
        """Let this follow the current song, instead of what of ours was to come."""
        with self._noting_refusal(pick):
            new = self._insert(client, pick)
            self._withdraw(client, client.status(), new)

    def follow(self, client: Any, pick: Pick, status: Mapping[str, str]) -> None:
        """Let this follow the current song unless somebody else's does; instead of ours, if one does."""
        following = int(status.get("nextsongid", -1))
        is_ours = self.whose.is_ours(following)
        if self.has_next(status) and not is_ours:
            return
        with self._noting_refusal(pick):
            if is_ours:
                self._insert(client, pick)
                if following != int(client.status().get("songid", -1)):
                    self._delete(client, following)
            else:  # the guests' songs, where there are any, have been heard
                self.whose.passed = self._insert(client, pick, at_end=True)

    def has_next(self, status: Mapping[str, str]) -> bool:
        """Whether something follows the current song without our doing."""
        is_guest = "songid" in status and not self.whose.is_ours(int(status["songid"]))
        is_single = status.get("single", "0") != "0"
        return "nextsongid" in status or (
            is_guest and is_single
        )  # to stop after each song is theirs to decide

    def give_way(self, client: Any, status: Mapping[str, str]) -> None:
        """Leave everything as the guest had it, because an entry of his has begun to play."""
        is_back = self.whose.is_left_over(int(status["songid"]))
        is_queue = self.whose.is_wish(int(status.get("nextsongid", 0)))
        places = {id: place for id in self.whose.picks if (place := _place(client, id)) is not None}
        if is_back or not places:
            self.whose.place = None
        self.whose.passed = 0 if is_back else self.whose.passed
        # His queue goes on as he left it: at a song from before ours, at one that another of his follows, or
        # where nothing of ours is left.
        is_all = bool(self.modes.aside) and (is_back or is_queue or not places)
        for song_id in list(self.whose.picks):  # what follows his songs is chosen anew
            if is_all or places.get(song_id, math.inf) > int(status["song"]):
                self._delete(client, song_id)
        if is_all:  # not for a song of his amid ours, such as an announcement
            self.modes.put_back(client)

    def resume_guest(self, client: Any) -> None:
        """Play the guest's song that ours took the place of, from where it was."""
        place = self.whose.place
        if place:
            self.whose.passed = max(self.whose.passed, place.id)
            _play(client, place.id, place.elapsed_s)

    def go_back(self, client: Any) -> None:
        """Go back to the song before; from the first of ours to the guest's whose place it took."""
        position = int(client.status().get("song", 0))
        before = client.playlistinfo((position - 1, position)) if position else []
        if self.whose.place and before and not self.whose.is_ours(int(before[0]["id"])):
            self.resume_guest(client)
        else:
            client.previous()

    def mind_place(self, client: Any) -> None:
        """Forget the guest's place if its song is gone from the queue, which has changed."""
        place = self.whose.place
        if place and _place(client, place.id) is None:
            self.whose.place = None

    def trim(self, client: Any, status: Mapping[str, str]) -> None:
        """Remove the oldest of our songs, but for `HISTORY` to go back to; a guest's is never removed."""
        kept = HISTORY + 1 + self.whose.is_ours(int(status.get("nextsongid", -1)))
        for song_id in list(self.whose.picks)[:-kept]:
            if song_id != int(status["songid"]):
                self._delete(client, song_id)

    def _insert(self, client: Any, pick: Pick, at_end: bool = False) -> int:
        """Put this behind the current song, or behind all. Returns MPD's id of it."""
        from mpd import CommandError, FailureResponseCode

        uri = pick.song.uri
        if "\n" in uri:  # python-mpd2 would send it as the end of this command and the beginning of another
            raise ValueError(f"{uri!r} holds a line break, which MPD cannot take")
        self.whose.adding = pick
        try:
            # "+0" is right behind the current song, wherever others move that meanwhile.
            new = int(client.addid(uri) if at_end else client.addid(uri, "+0"))
        except CommandError as error:
            if error.errno is not FailureResponseCode.PLAYER_SYNC:  # there is no current song
                raise
            new = int(client.addid(uri))
        self.whose.add(new, pick)
        return new

    @contextmanager
    def _noting_refusal(self, pick: Pick) -> Iterator[None]:
        from mpd import CommandError

        try:
            yield
        except (CommandError, ValueError):
            log.debug("MPD will not play a song that was chosen")  # its path would tell the mood
            self.refused, self.whose.adding = pick.song, None

    def _note_place(self, client: Any, status: Mapping[str, str]) -> None:
        """Remember which song of a guest's ours takes the place of, and where in it that was."""
        current = int(status.get("songid", -1))
        if current >= 0 and not self.whose.is_ours(current):
            (entry,) = client.playlistid(current)
            self.whose.place = GuestPlace(current, entry["file"], float(status.get("elapsed", 0.0)))

    def _withdraw(self, client: Any, status: Mapping[str, str], new: int = -1) -> None:
        """Remove what lies behind the current song and is ours, not `new`: queued there, or gone back from.

        Of a song that has just begun MPD stops, if nothing comes after it: `new`, or what is played at once.
        """
        from mpd import CommandError

        if "song" not in status:
            return
        first = int(status["song"]) + 1
        with suppress(CommandError):  # somebody else has made the queue shorter than that
            # Somebody may have gone back through all of ours that `trim` leaves.
            for entry in client.playlistinfo((first, first + HISTORY + 4)):
                song_id = int(entry["id"])
                if song_id != new and self.whose.is_ours(song_id):
                    self._delete(client, song_id)

    def _delete(self, client: Any, song_id: int) -> None:
        from mpd import CommandError

        with suppress(CommandError):  # somebody else has removed it
            client.deleteid(song_id)
        self.whose.picks.pop(song_id, None)


def _place(client: Any, song_id: int) -> int | None:
    """Where in the queue this entry is; None when it is gone."""
    from mpd import CommandError

    with suppress(CommandError):
        return int(client.playlistid(song_id)[0]["pos"])
    return None


def _play(client: Any, song_id: int, start_s: float) -> None:
    from mpd import CommandError

    if start_s > 0:
        with suppress(CommandError):  # no such place in the song, or it cannot be sought in
            client.seekid(song_id, f"{start_s:.3f}")
            client.pause(0)  # one that was paused, as an MPD that has crashed may come back, stays so
            return
    client.playid(song_id)
