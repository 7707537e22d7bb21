"""Tells why the music stopped: at the end of MPD's queue, or by somebody's hand.

MPD says the same of both where there is no current song any more: a queue that has come to its end, and one
that a guest has cleared and filled anew (`clear; add`, as Home Assistant's `play_media` does). The song that
played last tells them apart: after an end it still lies in the queue, or was near its end, or was consumed.
Consumed it is gone as after a `clear`, but what came into the queue before it is there still: MPD's ids grow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from appliance.protocol.messages import Song

SETTLING_S = 0.25
"""MPD's player stops before its queue knows that it is at its end: by 0.1 ms, on a busy board by more."""
NEAR_S = 1.0
"""A song that is gone from the queue this long before its end, or later, has played to its end."""


class Stops:
    """Knows the song that played last; each method that takes a client raises what it raises."""

    def __init__(self) -> None:
        self._until: float | None = None
        """When a stop with a current song is to be believed (monotonic); None while there is no such stop."""
        self._last: int | None = None
        """MPD's id of the song that played last, as far as we know."""
        self._ends_at = math.inf
        """When that song will have played out (monotonic)."""
        self._has_length = False
        """Whether that song is known to have an end: neither a radio, nor one that was never seen to play."""

    def expect(self) -> None:
        """Take the next stop for ours, at once: nobody need wait to learn who stopped the music."""
        self._until = -math.inf

    def began(self, song_id: int) -> None:
        """Note that we have MPD play this entry."""
        self._last, self._ends_at, self._has_length = song_id, math.inf, False

    def saw(self, status: Mapping[str, str], song: Song, now: float) -> None:
        """Note that this is the current song, and when it will have played out."""
        self._last, self._has_length = int(status["songid"]), song.duration_s > 0
        left_s = song.duration_s - float(status.get("elapsed", 0.0))
        self._ends_at = now + left_s if status["state"] == "play" and self._has_length else math.inf

    def has_ended(self, client: Any, status: Mapping[str, str], now: float) -> bool:
        """Whether music stopped because the queue came to its end."""
        if status["state"] != "stop" or "song" in status or self._last is None:
            return False
        if is_queued(client, self._last) or now >= self._ends_at - NEAR_S:
            return True
        return status.get("consume", "0") != "0" and self._is_consumed(client, self._last)

    def _is_consumed(self, client: Any, song_id: int) -> bool:
        """Whether MPD has taken this song out of the queue, rather than a guest who cleared it.

        An empty queue may be either's: nobody clears away what was never heard, but a song in its middle.
        """
        first = client.playlistinfo((0, 1))
        return int(first[0]["id"]) < song_id if first else not self._has_length

    def is_unclear(self, status: Mapping[str, str], now: float) -> bool:
        """Whether it takes another look, `SETTLING_S` later, to know who stopped the music."""
        if status["state"] != "stop" or "song" not in status or "error" in status:
            self._until = None
            return False
        if self._until is None:
            self._until = now + SETTLING_S
        return now < self._until


def is_queued(client: Any, song_id: int) -> bool:
    """Whether MPD's queue still has this entry."""
    from mpd import CommandError

    try:
        client.playlistid(song_id)
    except CommandError:
        return False
    return True
