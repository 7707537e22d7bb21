"""MPD's queue: [... history, current, next]. Which entries are ours, and how we add and remove them.

Only what we have put there is ever removed. All methods take a connected client and raise what it raises.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from appliance.messages import Pick, Song

HISTORY = 20
"""Songs of ours that stay before the current one, to go back to."""
REMEMBERED = 500
"""Picks kept in mind; far more than the queue holds of ours."""

log = logging.getLogger(__name__)


class Start(NamedTuple):
    """A song that we had MPD play, and from where in it."""

    song: Song
    from_s: float


class Queue:
    def __init__(self) -> None:
        self._picks: dict[int, Pick] = {}
        """By MPD's id, oldest first: what we queued."""
        self._adopted: set[int] = set()
        """What was there before us."""
        self.refused: Song | None = None
        """What MPD would not take or play; whoever tells of it clears it."""
        self.started: Start | None = None
        """What we last had MPD play; whoever tells what came of it clears it."""
        self._before: dict[str, Pick] = {}
        """By name: what we had queued before MPD was restarted, which numbers its queue anew."""

    def adopt(self, client: Any) -> None:
        """Take what is in the queue of a new or restarted MPD for ours, in so far as it may be replaced."""
        self._before = {pick.song.uri: pick for pick in self._picks.values()}
        self._picks.clear()
        self._adopted = {int(entry["id"]) for entry in client.plchangesposid(0)}

    def pick_of(self, song_id: int, song: Song) -> Pick | None:
        """What we queued this entry for; None when it is somebody else's."""
        pick = self._picks.get(song_id)
        if pick and pick.song.uri == song.uri:
            return pick
        if song_id in self._adopted:
            return self._before.get(song.uri) or Pick(song, "", "it was playing already")
        return None

    def is_ours(self, song_id: int) -> bool:
        return song_id in self._picks or song_id in self._adopted

    def songs(self) -> list[Song]:
        """What we have queued, as far as remembered."""
        return [pick.song for pick in self._picks.values()]

    def newest(self) -> tuple[int, Pick] | None:
        """What we queued last, and MPD's id of it."""
        return next(reversed(self._picks.items()), None)

    def start(self, client: Any, pick: Pick, start_s: float) -> None:
        """Play this now, from `start_s`, and take back what of ours was to come."""
        with self._noting_refusal(pick):
            self._withdraw(client)
            _play(client, self._insert(client, pick), start_s)
            self.started = Start(pick.song, start_s)

    def replace_next(self, client: Any, pick: Pick) -> None:
        """Let this follow the current song, instead of what of ours was to come."""
        with self._noting_refusal(pick):
            self._withdraw(client)
            self._insert(client, pick)

    def follow(self, client: Any, pick: Pick, status: Mapping[str, str]) -> None:
        """Let this follow the current song unless somebody else's does; instead of ours, if one does."""
        following = int(status.get("nextsongid", -1))
        if _goes_its_own_way(status) or (following >= 0 and following not in self._picks):
            return
        with self._noting_refusal(pick):
            if following >= 0:
                _delete(client, following)
            self._insert(client, pick)

    def trim(self, client: Any, position: int) -> None:
        """Forget our oldest songs before the current one, which is at `position`."""
        if position <= HISTORY:
            return
        for entry in client.playlistinfo((0, position - HISTORY)):
            if self.is_ours(int(entry["id"])):
                _delete(client, int(entry["id"]))

    def _insert(self, client: Any, pick: Pick) -> int:
        from mpd import CommandError, FailureResponseCode

        uri = pick.song.uri
        if "\n" in uri:  # python-mpd2 would send it as the end of this command and the beginning of another
            raise ValueError(f"{uri!r} holds a line break, which MPD cannot take")
        try:
            new = int(client.addid(uri, "+0"))
        except CommandError as error:
            if error.errno is not FailureResponseCode.PLAYER_SYNC:  # there is no current song
                raise
            new = int(client.addid(uri))
        self._picks[new] = pick
        for oldest in list(self._picks)[:-REMEMBERED]:
            del self._picks[oldest]
        return new

    @contextmanager
    def _noting_refusal(self, pick: Pick) -> Iterator[None]:
        from mpd import CommandError

        try:
            yield
        except (CommandError, ValueError) as error:
            log.debug("MPD will not play %s: %s", pick.song.uri, error)
            self.refused = pick.song

    def _withdraw(self, client: Any) -> None:
        """Remove what lies behind the current song and is ours: queued there, or gone back from."""
        from mpd import CommandError

        position = client.status().get("song")
        if position is None:
            return
        first = int(position) + 1
        with suppress(CommandError):  # somebody else has made the queue shorter than that
            for entry in client.playlistinfo((first, first + HISTORY + 1)):
                if int(entry["id"]) in self._picks:
                    _delete(client, int(entry["id"]))


def has_next(status: Mapping[str, str]) -> bool:
    """Whether music follows the current song."""
    return "nextsongid" in status or _goes_its_own_way(status)


def _goes_its_own_way(status: Mapping[str, str]) -> bool:
    """Whether a guest has MPD repeat or shuffle its queue, or stop after each song: theirs to decide."""
    return any(status.get(mode, "0") != "0" for mode in ("repeat", "random", "single"))


def _play(client: Any, song_id: int, start_s: float) -> None:
    from mpd import CommandError

    if start_s > 0:
        with suppress(CommandError):  # no such place in the song, or it cannot be sought in
            client.seekid(song_id, f"{start_s:.3f}")
            return
    client.playid(song_id)


def _delete(client: Any, song_id: int) -> None:
    from mpd import CommandError

    with suppress(CommandError):  # somebody else has removed it
        client.deleteid(song_id)
