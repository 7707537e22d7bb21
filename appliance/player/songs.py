"""Reads MPD's lists of songs, and sorts out which belong to each mood.

Tags may be missing or given several times: the title falls back to the file's name, several artists are
joined. Reads with a client that is already connected; keeps none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from sys import intern
from typing import Any, TypeAlias
from unicodedata import normalize

from appliance.player.junk import is_music
from appliance.player.names import Names, filters, folder_of, loose
from appliance.player.placed import with_places
from appliance.protocol.messages import LibraryChanged, Placed, Song

PAGE = 5000
"""Songs asked for at once: MPD drops a client whose answer exceeds `max_output_buffer_size` (8 MB)."""
USED = ("Artist", "AlbumArtist", "Album", "Title", "Name")
"""The tags that we read; MPD need not send the others, which are most of a library's bytes."""

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
    """Make a song of its tags. The strings that many songs share are kept once."""
    uri = _first(tags, "file")
    duration = _first(tags, "duration") or _first(tags, "time")
    return Song(
        uri=uri,
        title=_first(tags, "title") or _first(tags, "name") or PurePosixPath(uri).stem,
        artist=intern(_all(tags, "artist") or _all(tags, "albumartist")),
        album=intern(_first(tags, "album")),
        duration_s=_seconds(duration),
    )


def songs_in(lines: list[str]) -> list[Song]:
    """Make songs of the lines in which MPD describes them, without what is no music."""
    return [song_from(_tags_in(block)) for block in _blocks(lines)]


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
        self._warned: dict[str, str] = {}
        self._known: dict[int, Song] = {}
        """By the hash of what MPD said of it: of 100,000 songs, few change at once."""
        self.counts: Mapping[str, int] = {}
        """Mood -> how many songs it had at the last reading; any thread may look."""

    def read(self, client: Any) -> LibraryChanged:
        """List all songs and those of each mood.

        A source that MPD does not know, or a bad filter, means no songs for that mood and one warning.
        Raises what the client raises when the connection is lost.
        """
        _ask_for_less(client)
        before, self._known = self._known, {}
        everything = tuple(self._song(block, before) for block in _find_all(client, "(base '')"))
        by_uri = {song.uri: song for song in everything}
        by_mood = {mood: self._of(mood, source, client, by_uri) for mood, source in self._sources.items()}
        self._listed = LibraryChanged(by_mood, everything)
        return self.again()

    def again(self) -> LibraryChanged:
        """What was read last, with what the coach says now; nothing at all before it was read."""
        self.last = with_places(self._listed, self._placed())
        self.counts = {mood: len(songs) for mood, songs in self.last.by_mood.items()}
        return self.last

    def _song(self, block: str, before: Mapping[int, Song]) -> Song:
        """The song that MPD describes so: the same object as the last time, unless a word has changed."""
        key = hash(block)
        song = before.get(key) or self._known.get(key) or song_from(_tags_in(block))
        self._known[key] = song
        return song

    def _songs_of(self, source: Source, client: Any, by_uri: Mapping[str, Song]) -> Iterable[Song]:
        if source.filter:
            return self._filtered(client, _one_line(source.filter))
        if source.playlist:
            return _listed(client, _one_line(source.playlist), by_uri)
        # By name out of the whole list, so that no quoting can go wrong.
        return [by_uri[uri] for uri in folder_of(source.folder, by_uri)]

    def _filtered(self, client: Any, expression: str) -> list[Song]:
        """Songs that pass, however the words in the filter and in the tags are spelled."""
        ways, must_pass_all = filters(expression)
        lists = [[self._song(block, {}) for block in _find_all(client, way)] for way in ways]
        found = [{song.uri: song for song in songs} for songs in lists]
        if must_pass_all:
            return [song for uri, song in found[0].items() if all(uri in others for others in found)]
        return list({uri: song for songs in found for uri, song in songs.items()}.values())

    def _of(self, mood: str, source: Source, client: Any, by_uri: Mapping[str, Song]) -> tuple[Song, ...]:
        from mpd import CommandError

        try:
            songs = tuple(self._songs_of(source, client, by_uri))
            problem = "" if songs else "MPD has no song there"
        except (CommandError, ValueError) as error:
            songs, problem = (), str(error)
        self._note(mood, source, problem)
        return songs

    def _note(self, mood: str, source: Source, problem: str) -> None:
        if problem and self._warned.get(mood) != problem:
            log.warning("music.moods.%s: %s: %s; this mood borrows other music", mood, source, problem)
        self._warned[mood] = problem


def _listed(client: Any, playlist: str, by_uri: Mapping[str, Song]) -> list[Song]:
    """The songs of a stored playlist, however it writes their names; what is not there is left out."""
    # Names only: a long playlist with all its tags would exceed what MPD sends at once.
    lines = [line.removeprefix("file: ") for line in _playlist(client, playlist)]
    strange = any(line not in by_uri and "://" not in line for line in lines)
    names = Names(by_uri if strange else ())
    songs = []
    for line in lines:
        uri = line if line in by_uri else names.find(line)
        if uri:
            songs.append(by_uri[uri])
        elif "://" in line and not line.startswith("file:"):
            songs.append(Song(line, title=line))
    return songs


def _playlist(client: Any, wanted: str) -> list[str]:
    """The lines of a playlist, by its name or another spelling of it; also of one among the music.

    Raises ValueError when there is none.
    """
    from mpd import CommandError

    with suppress(CommandError):
        return list(client.lines("listplaylist", wanted))
    stored = [entry["playlist"] for entry in client.listplaylists()]
    stem = loose(wanted.removesuffix(".m3u8").removesuffix(".m3u"))
    names = [name for name in stored if loose(name) == stem]
    for form in ("NFC", "NFD"):  # MPD reads these, too, but only in the music folder
        names += [normalize(form, wanted + ending) for ending in ("", ".m3u8", ".m3u", ".pls", ".xspf")]
    for name in names:
        with suppress(CommandError):
            return list(client.lines("listplaylist", name))
    raise ValueError("MPD has no such playlist; .m3u8 is read in the music folder only, .m3u anywhere")


def all_songs(client: Any, *tags: str) -> Iterator[str]:
    """The lines about each song that MPD has, a page of them in memory at a time. tags: those to send."""
    _ask_for_less(client, tags)
    return _find_all(client, "(base '')")


def _ask_for_less(client: Any, tags: Iterable[str] = USED) -> None:
    """Have MPD leave out the tags that nobody reads: most of what it would send."""
    from mpd import CommandError

    try:
        client.lines("tagtypes", "clear")
        if tags:
            client.lines("tagtypes", "enable", *tags)
    except CommandError:  # it knows none of this, or not all of them
        with suppress(CommandError):
            client.lines("tagtypes", "all")


def _find_all(client: Any, expression: str) -> Iterator[str]:
    """The lines about each song, as MPD has them."""
    start = 0
    while True:
        lines = client.lines("find", expression, "window", (start, start + PAGE))
        yield from _blocks(lines)
        start += PAGE
        if sum(line.startswith("file: ") for line in lines) < PAGE:
            return


def _blocks(lines: list[str]) -> Iterator[str]:
    starts = [number for number, line in enumerate(lines) if line.startswith("file: ")]
    for here, there in pairwise([*starts, len(lines)]):
        if is_music(lines[here].removeprefix("file: ")):
            yield "\n".join(lines[here:there])


def _tags_in(block: str) -> Tags:
    """Lower-case names, as python-mpd2 has them; a tag that occurs twice is a list."""
    found: dict[str, str | list[str]] = {}
    for line in block.split("\n"):
        name, _, value = line.partition(": ")
        name = name.lower()
        before = found.get(name)
        if before is None:
            found[name] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            found[name] = [before, value]
    return found


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
