"""Keeps what MPD tells of all songs, and has it told anew only as far as it has changed.

Names come by `list`, a tenth of the work of whole songs, and so whatever was added, removed or moved is found
whatever its date; tags come of those names that are new, and of files that have been written since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from appliance.player.junk import is_music
from appliance.player.telling import ask_for_less, find_all, song_from_lines, songs_in
from appliance.protocol.messages import Song

AT_ONCE = 7_500_000
"""Bytes of names asked for at once: MPD drops a client whose answer exceeds 8 MB."""
MANY = 500
"""New songs beyond which all are read in pages, not each by its name."""
MARGIN_S = 3600
"""A file may have been written so long before MPD, still busy with others, found it."""


class Catalogue:
    """The songs of one MPD, by name in its order."""

    def __init__(self, at_once: int = AT_ONCE, many: int = MANY) -> None:
        """at_once: bytes of names. many: new songs."""
        self._at_once, self._many = at_once, many
        self._songs: dict[str, Song] = {}
        self._updated: int | None = None
        """When MPD's database had last changed, by MPD's clock (Unix seconds)."""

    def read(self, client: Any) -> Mapping[str, Song]:
        """Bring it up to date. Raises what the client raises when the connection is lost."""
        ask_for_less(client)
        # If the connection is lost in the middle, perhaps for too long an answer, the next reading is whole.
        before, self._songs = self._songs, {}
        since, self._updated = self._updated, _updated(client)
        news = None if since is None or not before else self._news(client, before, since - MARGIN_S)
        self._songs = _whole(client, before) if news is None else news
        return self._songs

    def passing(self, client: Any, expression: str) -> Iterator[str]:
        """The names of the songs that pass this filter. Raises CommandError where it is none."""
        if _weight(self._songs) <= self._at_once:
            return map(_name, client.lines("list", "file", expression))
        return (song_from_lines(block).uri for block in find_all(client, expression))

    def _news(self, client: Any, before: Mapping[str, Song], since: int) -> dict[str, Song] | None:
        """All songs, of which only what is new was told; None where that is too much, or cannot be."""
        from mpd import CommandError

        try:
            names = [name for name in self._names(client, "", [*before]) if is_music(name)]
            written = map(song_from_lines, find_all(client, f"(modified-since '{since}')"))
            fresh = {song.uri: song for song in written}
            unknown = [name for name in names if name not in before and name not in fresh]
            if len(unknown) > self._many:
                return None
            for name in unknown:
                fresh |= {song.uri: song for song in songs_in(client.lines("lsinfo", name))}
        except CommandError:  # an MPD that knows none of this, or a folder that has gone meanwhile
            return None
        found = ((name, fresh.get(name) or before.get(name)) for name in names)
        return {name: _same(song, before) for name, song in found if song}

    def _names(self, client: Any, folder: str, known: list[str]) -> Iterator[str]:
        """The names of the songs in a folder and beneath, as many at once as MPD can tell.

        known: those that were there.
        """
        if _weight(known) <= self._at_once:
            yield from map(_name, client.lines("list", "file", *(("base", folder) if folder else ())))
            return
        beneath: dict[str, list[str]] = {}
        for name in known:
            beneath.setdefault(_below(name, folder), []).append(name)
        for line in client.lines("lsinfo", folder):
            kind, _, name = line.partition(": ")
            if kind == "file":
                yield name
            elif kind == "directory":
                yield from self._names(client, name, beneath.get(name, []))


def _updated(client: Any) -> int | None:
    with suppress(ValueError):
        return int(client.stats().get("db_update", ""))
    return None


def _whole(client: Any, before: Mapping[str, Song]) -> dict[str, Song]:
    songs = map(song_from_lines, find_all(client, "(base '')"))
    return {song.uri: _same(song, before) for song in songs}


def _below(name: str, folder: str) -> str:
    """The folder in this one that a song lies beneath."""
    start = len(folder) + 1 if folder else 0
    return name[: name.find("/", start)]


def _weight(names: Any) -> int:
    return sum(map(len, names)) + 8 * len(names)


def _name(line: str) -> str:
    return line.removeprefix("file: ")


def _same(song: Song, before: Mapping[str, Song]) -> Song:
    """The object of the last time where nothing has changed: of 100,000 songs, few change at once."""
    known = before.get(song.uri)
    return known if known == song else song
