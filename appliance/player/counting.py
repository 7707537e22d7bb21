"""Counts the songs of each mood by MPD: for whoever needs only the figures, and must not list them all."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from appliance.player.names import filters, loose, spelled
from appliance.player.songs import Library, Source


def count(sources: Mapping[str, Source], client: Any) -> tuple[int, dict[str, int]]:
    """Count all songs, and those of each mood. Of 100,000 it takes 0.1 s, where listing them takes 10.

    Only what a playlist means is looked up in the whole list, as `Library.read` does it. Files that MPD knows
    and the box passes over as no music count, too; on a box an `.mpdignore` keeps them from MPD.
    Raises what the client raises when the connection is lost.
    """
    if any(source.playlist or "\\" in source.folder for source in sources.values()):
        library = Library(sources).read(client)
        return len(library.everything), {mood: len(songs) for mood, songs in library.by_mood.items()}
    return int(client.stats()["songs"]), {mood: _of(source, client) for mood, source in sources.items()}


def _of(source: Source, client: Any) -> int:
    from mpd import CommandError

    with suppress(CommandError, ValueError):  # a bad filter finds no song
        if not source.filter:
            return sum(beneath(client, folder) for folder in folders(client, source.folder))
        ways, must_pass_all = filters(source.filter)
        counts = [_songs(client, way) for way in ways]  # one by one: `min` is how many pass all at the most
        return min(counts) if must_pass_all else sum(counts)
    return 0


def beneath(client: Any, folder: str) -> int:
    """Count the songs in a folder and beneath; "" is the whole library."""
    # Not in a filter, where quotes in its name would have to be escaped; but so MPD takes no empty name.
    return _songs(client, "base", folder) if folder else _songs(client, "(base '')")


def _songs(client: Any, *expression: str) -> int:
    return int(client.count(*expression)["songs"])


def folders(client: Any, wanted: str) -> list[str]:
    """Find folders as MPD spells them: the one of that very name, else those in another case."""
    found = [""]
    for part in filter(None, wanted.split("/")):
        below = [folder for above in found for folder in _below(client, above)]
        found = [folder for folder in below if loose(folder.rpartition("/")[2]) == loose(part)]
    exact = [folder for folder in found if spelled(folder) == spelled(wanted.strip("/"))]
    return exact or found


def _below(client: Any, folder: str) -> list[str]:
    lines = client.lines("lsinfo", folder)
    return [line.removeprefix("directory: ") for line in lines if line.startswith("directory: ")]
