"""Reads MPD's lists of songs, and sorts out which belong to each mood.

Reads with a client that is already connected; keeps none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.player.catalogue import Catalogue
from appliance.player.likes import opinions
from appliance.player.names import filters, folder_of
from appliance.player.placed import with_places
from appliance.player.playlists import Playlists, listed
from appliance.protocol.messages import LibraryChanged, Placed, Song

NO_SONG = "MPD has no song there"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """Where a mood's music is: exactly one of these is set."""

    folder: str = ""
    """In MPD's music folder, with all that lies beneath; "/" is all of it."""
    playlist: str = ""
    """Stored in MPD."""
    filter: str = ""
    """An MPD filter expression, such as '(genre == "Jazz")'."""

    def __str__(self) -> str:
        kind = next((name for name in ("folder", "playlist", "filter") if getattr(self, name)), "folder")
        return f"{kind} {getattr(self, kind)!r}"


class Library:
    """Lists what MPD has, and warns about each mood's source once until it is well again."""

    def __init__(
        self, sources: Mapping[str, Source], placed: Callable[[], Mapping[str, Placed]] = dict
    ) -> None:
        """placed: where the coach has put songs, by name; asked anew at each reading."""
        self._sources, self._placed = sources, placed
        self._listed = LibraryChanged({}, ())
        """What MPD has, without the coach's word."""
        self.last: LibraryChanged | None = None
        """What was told last; any thread may look."""
        self._asks_opinions = True
        """Whether MPD has answered, so far, what stickers say of songs."""
        self._warned: dict[str, str] = {}
        self._catalogue, self._playlists = Catalogue(), Playlists()
        self.counts: Mapping[str, int] = {}
        """Mood -> how many songs it had at the last reading; any thread may look."""

    def read(self, client: Any) -> LibraryChanged:
        """List all songs, those of each mood, and the playlists.

        A source that MPD does not know, or a bad filter, means no songs for that mood and one warning.
        Raises what the client raises when the connection is lost.
        """
        by_uri = self._catalogue.read(client)
        by_mood, problems = self._sorted(client, by_uri)
        opinions, playlists = self._opinions(client), self._playlists.read(client, by_uri)
        everything = tuple(by_uri.values())
        self._listed = LibraryChanged(by_mood, everything, opinions=opinions, playlists=playlists)
        found = self.again()
        for mood, problem in problems.items():
            self._note(mood, problem, is_borrowing=not found.by_mood[mood])
        return found

    def _sorted(
        self, client: Any, by_uri: Mapping[str, Song]
    ) -> tuple[dict[str, tuple[Song, ...]], dict[str, str]]:
        """The songs of each mood's source, and what is wrong with it; "" where nothing is."""
        found = {mood: self._of(source, client, by_uri) for mood, source in self._sources.items()}
        by_mood = {mood: songs for mood, (songs, _) in found.items()}
        return by_mood, {mood: problem for mood, (_, problem) in found.items()}

    def _opinions(self, client: Any) -> Mapping[str, float]:
        if not self._asks_opinions:
            return {}
        # Where a program has rated 100,000 songs MPD drops who asks: then no more, or no song is listed.
        self._asks_opinions = False
        found = opinions(client)
        self._asks_opinions = True
        return found

    def again(self) -> LibraryChanged:
        """Return the library as last read, with what the coach says now; an empty one before it was read."""
        self.last = with_places(self._listed, self._placed())
        self.counts = {mood: len(songs) for mood, songs in self.last.by_mood.items()}
        return self.last

    def _songs_of(self, source: Source, client: Any, by_uri: Mapping[str, Song]) -> Iterable[Song]:
        if source.filter:
            return self._filtered(client, _one_line(source.filter), by_uri)
        if source.playlist:
            return listed(client, _one_line(source.playlist), by_uri)
        # By name out of the whole list, so that no quoting can go wrong.
        return [by_uri[uri] for uri in folder_of(source.folder, by_uri)]

    def _filtered(self, client: Any, expression: str, by_uri: Mapping[str, Song]) -> list[Song]:
        """Songs that pass, however the words in the filter and in the tags are spelled."""
        ways, must_pass_all = filters(expression)
        found = [dict.fromkeys(self._catalogue.passing(client, way)) for way in ways]
        passed = {uri: None for names in found for uri in names}
        if must_pass_all:
            passed = {uri: None for uri in found[0] if all(uri in others for others in found)}
        return [by_uri[uri] for uri in passed if uri in by_uri]

    def _of(self, source: Source, client: Any, by_uri: Mapping[str, Song]) -> tuple[tuple[Song, ...], str]:
        from mpd import CommandError

        try:
            songs = tuple(self._songs_of(source, client, by_uri))
            return songs, "" if songs else NO_SONG
        except (CommandError, ValueError) as error:
            return (), str(error)

    def _note(self, mood: str, problem: str, is_borrowing: bool) -> None:
        """Warn once of what is wrong. An empty folder is nothing wrong where the coach has found songs."""
        if problem == NO_SONG and not is_borrowing:
            problem = ""
        if problem and self._warned.get(mood) != problem:
            so = "this mood borrows other music" if is_borrowing else "it has the songs that suit it by sound"
            log.warning("music.moods.%s: %s: %s; %s", mood, self._sources[mood], problem, so)
        self._warned[mood] = problem


def _one_line(text: str) -> str:
    if "\n" in text:  # python-mpd2 would send it as the end of this command and the beginning of another
        raise ValueError("MPD cannot take a line break")
    return text
