"""Lists a few songs of each mood, for a large library's first song not to wait until all are listed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from appliance.player.counting import beneath, folders
from appliance.player.songs import Source
from appliance.player.telling import PAGE, songs_in
from appliance.protocol.messages import LibraryChanged, Song

SOME = 100
"""Songs of each mood: enough to be no surprise, listed in a moment."""


def some_songs(sources: Mapping[str, Source], client: Any, large: int = PAGE) -> LibraryChanged | None:
    """List some of each mood's songs, from anywhere among them; none only of a mood that has none.

    large: a library of so many songs is listed in a moment. Returns None where there are no more, or MPD does
    not tell, and where a mood is a playlist or a filter: what is told as empty must be empty.
    """
    from mpd import CommandError

    if not all(source.folder and "\\" not in source.folder for source in sources.values()):
        return None
    try:
        if int(client.stats().get("songs", 0)) <= large:
            return None
        by_mood = {mood: _some(client, source.folder) for mood, source in sources.items()}
    except CommandError:
        return None
    return LibraryChanged(by_mood, tuple({*sum(by_mood.values(), ())}), is_whole=False)


def _some(client: Any, wanted: str) -> tuple[Song, ...]:
    songs: list[Song] = []
    for folder in folders(client, wanted):
        start = random.randrange(max(1, beneath(client, folder) - SOME + 1))
        where = ("base", folder) if folder else ("(base '')",)
        songs += songs_in(client.lines("find", *where, "window", (start, start + SOME)))
    return tuple(songs)
