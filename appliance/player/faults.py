"""Whose fault it is that a song is not heard: what MPD's error names, and what was over too soon."""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from appliance.protocol.messages import Song

OVER_AT_ONCE_S = 2.0
"""A song of ours that is over so soon, and well before its end, holds no music."""


def soon_s(song: Song) -> float:
    """A song that is over in less holds no music."""
    return max(1.0, min(OVER_AT_ONCE_S, song.duration_s / 2 or math.inf))


def named_in(error: str, songs: Iterable[Song]) -> Song | None:
    """The song that MPD's error speaks of, if any: the longest name, for one may be part of another."""
    return max((song for song in songs if song.uri in error), key=lambda song: len(song.uri), default=None)


def is_stream(song: Song) -> bool:
    """Whether it comes from an address, such as a web radio."""
    return "://" in song.uri


def is_own_fault(error: str, song: Song) -> bool:
    """Whether a decoder has refused the song. MPD adds why where it could not even be opened or read."""
    why = error.rpartition(song.uri)[2].strip("\"' ")
    return not is_stream(song) and not why and "decode" in error.partition(song.uri)[0].lower()


def is_at(client: Any, position: int, song_id: int | None) -> bool:
    """Whether this entry is still there: what a guest has removed is nobody's failure."""
    from mpd import CommandError

    if position < 0:
        return False
    with suppress(CommandError):  # the queue has become shorter than that
        return any(int(entry["id"]) == song_id for entry in client.playlistinfo((position, position + 1)))
    return False
