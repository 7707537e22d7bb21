"""Reads how MPD tells of songs: line by line, each song's beginning with its name.

Tags may be missing or given several times: the title falls back to the file's name, several artists are
joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import pairwise
from pathlib import PurePosixPath
from sys import intern
from typing import Any, TypeAlias

from appliance.player.junk import is_music
from appliance.protocol.messages import Song

PAGE = 5000
"""Songs asked for at once: MPD drops a client whose answer exceeds `max_output_buffer_size` (8 MB)."""
USED = ("Artist", "AlbumArtist", "Album", "Title", "Name", "Work", "MovementNumber")
"""The tags that we read; MPD need not send the others, which are most of a library's bytes."""

Tags: TypeAlias = Mapping[str, str | list[str]]
"""One song, as python-mpd2 gives it: a tag that occurs twice is a list."""


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
        work=intern(_first(tags, "work")),
        movement=_number(_first(tags, "movementnumber")),
    )


def songs_in(lines: list[str]) -> list[Song]:
    """Make songs of the lines in which MPD describes them, without what is no music."""
    return [song_from_lines(block) for block in blocks(lines)]


def song_from_lines(block: str) -> Song:
    """Make a song of the lines in which MPD describes it."""
    return song_from(_tags_in(block))


def all_songs(client: Any, *tags: str) -> Iterator[str]:
    """The lines about each song that MPD has, a page of them in memory at a time. tags: those to send."""
    ask_for_less(client, tags)
    return find_all(client, "(base '')")


def ask_for_less(client: Any, tags: Iterable[str] = USED) -> None:
    """Have MPD leave out the tags that nobody reads: most of what it would send."""
    from mpd import CommandError

    try:
        client.lines("tagtypes", "clear")
        if tags:
            client.lines("tagtypes", "enable", *tags)
    except CommandError:  # it knows none of this, or not all of them
        with suppress(CommandError):
            client.lines("tagtypes", "all")


def find_all(client: Any, expression: str) -> Iterator[str]:
    """The lines about each song, as MPD has them."""
    start = 0
    while True:
        lines = client.lines("find", expression, "window", (start, start + PAGE))
        yield from blocks(lines)
        start += PAGE
        if sum(line.startswith("file: ") for line in lines) < PAGE:
            return


def blocks(lines: list[str]) -> Iterator[str]:
    """The lines about each song, without what is no music."""
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


def _first(tags: Tags, name: str) -> str:
    value = tags.get(name, "")
    return value if isinstance(value, str) else value[0]


def _all(tags: Tags, name: str) -> str:
    value = tags.get(name, "")
    return value if isinstance(value, str) else ", ".join(dict.fromkeys(value))


def _number(text: str) -> int:
    """A movement's number, which may be "2" or "2/4"; 0 where it is none."""
    number = text.partition("/")[0].strip()
    return int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0
