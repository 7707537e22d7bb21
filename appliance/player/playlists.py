"""Reads the playlists that MPD keeps: those of moods, and all of them, for a hand to choose one."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from itertools import islice
from typing import Any
from unicodedata import normalize

from appliance.player.names import Names, loose
from appliance.protocol.messages import MOST_LISTED, Song

MOST = 100
"""Playlists that can be chosen: more are no list that anybody reads."""
JOINERS = frozenset("\u200c\u200d")
"""Join letters in Hindi and Persian, and emoji; Python counts them among what cannot be seen."""
TRIES = 2
"""MPD drops a client for a list over 8 MB: one at which it has hung up so often is not asked for any more."""

log = logging.getLogger(__name__)


class Playlists:
    """Reads all playlists of one MPD, as far as people can choose them."""

    def __init__(self) -> None:
        self._reading = ""
        """The playlist that is being read, or at which MPD has hung up."""
        self._hung_up: Counter[str] = Counter()

    def read(self, client: Any, by_uri: Mapping[str, Song]) -> dict[str, tuple[Song, ...]]:
        """Their first `MOST_LISTED` songs by their names, in the order of the names.

        Left out is one without a song, and one whose name is no line that can be read. Raises what the client
        raises when the connection is lost.
        """
        from mpd import CommandError

        self._note_hung_up()
        try:
            names = sorted(filter(is_readable, _names(client)), key=loose)
        except CommandError:  # this MPD keeps none
            return {}
        names_of = cache(lambda: Names(by_uri))
        found = {}
        for name in names[:MOST]:
            if self._hung_up[name] >= TRIES:
                continue
            self._reading = name
            with suppress(CommandError):  # its name, or its file, is none that MPD can read
                lines = client.lines("listplaylist", name)
                found[name] = tuple(islice(songs_of(lines, by_uri, names_of), MOST_LISTED))
        self._reading = ""
        return {name: songs for name, songs in found.items() if songs}

    def _note_hung_up(self) -> None:
        if self._reading:
            self._hung_up[self._reading] += 1
            if self._hung_up[self._reading] == TRIES:
                log.warning("MPD hangs up at one of its playlists, which may be too long; it is left out")
            self._reading = ""


def is_readable(name: str) -> bool:
    """Whether a playlist's name can be shown, and be sent back, as one line of text."""
    is_seen = all(letter.isprintable() or letter in JOINERS for letter in name)
    return bool(name) and name == name.strip() and is_seen


def _names(client: Any) -> list[str]:
    lines = client.lines("listplaylists")
    return [line.removeprefix("playlist: ") for line in lines if line.startswith("playlist: ")]


def listed(client: Any, playlist: str, by_uri: Mapping[str, Song]) -> list[Song]:
    """The songs of a stored playlist, by its name or another spelling. Raises ValueError without one."""
    # Names only: a long playlist with all its tags would exceed what MPD sends at once.
    return [*songs_of(_lines(client, playlist), by_uri, lambda: Names(by_uri))]


def songs_of(lines: list[str], by_uri: Mapping[str, Song], names: Callable[[], Names]) -> Iterator[Song]:
    """The songs that lines of a playlist mean, however they are written; what is not there is left out.

    names: makes what finds the strangely written ones; asked only where there are some.
    """
    lines = [line.removeprefix("file: ") for line in lines]
    strange = any(line not in by_uri and "://" not in line for line in lines)
    finder = names() if strange else Names(())
    for line in lines:
        uri = line if line in by_uri else finder.find(line)
        if uri:
            yield by_uri[uri]
        elif "://" in line and not line.startswith("file:"):
            yield Song(line, title=line)


def _lines(client: Any, wanted: str) -> list[str]:
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
