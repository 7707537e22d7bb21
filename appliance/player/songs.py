"""MPD's lists of songs -> the songs of each mood.

Tags may be missing or given several times: the title falls back to the file's name, several artists are
joined. Reads with a client that is already connected; keeps none.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, TypeAlias

from appliance.messages import LibraryChanged, Song

PAGE = 1000
"""Songs asked for at once: MPD drops a client whose answer exceeds `max_output_buffer_size` (8 MB)."""

Tags: TypeAlias = Mapping[str, str | list[str]]
"""One song, as python-mpd2 gives it: a tag that occurs twice is a list."""

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


def song_from(tags: Tags) -> Song:
    """Read one song."""
    uri = _first(tags, "file")
    duration = _first(tags, "duration") or _first(tags, "time")
    return Song(
        uri=uri,
        title=_first(tags, "title") or _first(tags, "name") or PurePosixPath(uri).stem,
        artist=_all(tags, "artist") or _all(tags, "albumartist"),
        album=_first(tags, "album"),
        duration_s=_seconds(duration),
    )


class Library:
    """Lists what MPD has, and warns about each mood's source once until it is well again."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources
        self._warned: dict[str, str] = {}

    def read(self, client: Any) -> LibraryChanged:
        """List all songs and those of each mood.

        A source that MPD does not know, or a bad filter, means no songs for that mood and one warning.
        Raises what the client raises when the connection is lost.
        """
        everything = tuple(song_from(tags) for tags in _find_all(client, "(base '')"))
        by_uri = {song.uri: song for song in everything}
        return LibraryChanged(
            by_mood={mood: self._of(mood, source, client, by_uri) for mood, source in self._sources.items()},
            everything=everything,
        )

    def _of(self, mood: str, source: Source, client: Any, by_uri: Mapping[str, Song]) -> tuple[Song, ...]:
        from mpd import CommandError

        try:
            songs = tuple(_songs_of(source, client, by_uri))
            problem = "" if songs else "MPD has no song there"
        except (CommandError, ValueError) as error:
            songs, problem = (), str(error)
        self._note(mood, source, problem)
        return songs

    def _note(self, mood: str, source: Source, problem: str) -> None:
        if problem and self._warned.get(mood) != problem:
            log.warning("music.moods.%s: %s: %s; this mood borrows other music", mood, source, problem)
        self._warned[mood] = problem


def _songs_of(source: Source, client: Any, by_uri: Mapping[str, Song]) -> Iterable[Song]:
    if source.filter:
        return [song_from(tags) for tags in _find_all(client, _one_line(source.filter))]
    if source.playlist:
        # Names only: a long playlist with all its tags would exceed what MPD sends at once.
        uris: Sequence[str] = client.listplaylist(_one_line(source.playlist))
        return [by_uri.get(uri) or Song(uri, title=uri) for uri in uris if uri in by_uri or "://" in uri]
    # By name out of the whole list, so that no quoting can go wrong.
    folder = source.folder.strip("/")
    return [song for uri, song in by_uri.items() if not folder or uri.startswith(f"{folder}/")]


def _find_all(client: Any, expression: str) -> Iterable[Tags]:
    start = 0
    while True:
        page = [tags for tags in client.find(expression, "window", (start, start + PAGE)) if "file" in tags]
        yield from page
        start += PAGE
        if len(page) < PAGE:
            return


def _one_line(text: str) -> str:
    if "\n" in text:  # python-mpd2 would send it as the end of this command and the beginning of another
        raise ValueError("MPD cannot take a line break")
    return text


def _first(tags: Tags, name: str) -> str:
    value = tags.get(name, "")
    return value if isinstance(value, str) else value[0]


def _all(tags: Tags, name: str) -> str:
    value = tags.get(name, "")
    return value if isinstance(value, str) else ", ".join(dict.fromkeys(value))


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0
