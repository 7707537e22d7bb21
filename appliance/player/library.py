"""Asks MPD what the page shows of the music: queue, covers, the folder on disk.

Each call has a connection of its own that ends with it, so any thread may ask and the player never waits.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from appliance.errors import CommandRejected, PlayerLost, PlayerRefused
from appliance.player import audition, covers
from appliance.player.client import Password, connect, disconnect
from appliance.player.covers import Cover
from appliance.player.likes import stickers
from appliance.player.songs import Library, Source
from appliance.player.telling import all_songs, song_from
from appliance.protocol.messages import LibraryChanged, Placed, Song

LONGEST_QUEUE = 50
"""Songs shown from the current one on."""
COVERS, LARGEST_KEPT = 6, 4 * 1024 * 1024
"""Covers kept in RAM, and bytes of one; a larger one is looked for anew, and kept by browsers."""


class LibraryClient:
    """Asks one MPD for the page. Any thread may call; each raises PlayerLost or PlayerRefused without MPD."""

    def __init__(
        self,
        address: str,
        port: int,
        password: Password,
        sources: Mapping[str, Source],
        count: Callable[[], Mapping[str, int]] | None = None,
    ) -> None:
        """count: the songs of each mood, as the player has counted them."""
        self._count = count
        self._connect = partial(connect, address, port, password)
        self._sources = sources
        self._music: Path | None = None
        """MPD's music folder, as it told it last."""
        self._guard, self._stage, self._frame = Lock(), Lock(), Lock()
        self._covers: OrderedDict[str, Cover] = OrderedDict()

    def queue(self) -> tuple[Song, ...]:
        """List the current song and those behind it, at most `LONGEST_QUEUE`."""
        with self._mpd() as client:
            start = int(client.status().get("song", 0))
            return tuple(map(song_from, client.playlistinfo((start, start + LONGEST_QUEUE))))

    def cover(self, uri: str) -> Cover | None:
        """Find the type and bytes of a song's picture, in the file or beside it; None when it has none.

        Only songs of the library and the queue have any. Raises CommandRejected for one that is too large.
        """
        with self._guard:
            if uri in self._covers:
                return self._covers[uri]
        with self._frame:
            found = self._find_cover(uri)
        if found and len(found[1]) <= LARGEST_KEPT:
            with self._guard:
                self._covers[uri] = found
                while len(self._covers) > COVERS:
                    self._covers.popitem(last=False)
        return found

    def music_folder(self) -> Path:
        """Where MPD's music lies; it tells this only on its Unix socket.

        Where MPD does not answer just now, the folder is the one that it told before, asked for whatever:
        MPD 0.23 hangs for seconds while its output plays out, and a song that somebody sends need not be lost
        for that.
        """
        try:
            with self._mpd() as client:
                self._music = _music_folder(client)
        except PlayerLost:
            if self._music is None:
                raise
        return self._music

    def names(self) -> Iterator[str]:
        """List MPD's names of all songs that are files, without ever holding them all."""
        with self._mpd() as client:
            for block in all_songs(client):
                name = block.partition("\n")[0].removeprefix("file: ")
                if "://" not in name:
                    yield name

    def stickers(self, *names: str) -> Mapping[str, Mapping[str, str]]:
        """Tell what MPD's stickers of these names say: name -> song's name -> what it says."""
        with self._mpd() as client:
            return {name: dict(stickers(client, name)) for name in names}

    def read(self, placed: Callable[[], Mapping[str, Placed]]) -> LibraryChanged:
        """List all songs and those of each mood, as the box has them. placed: what the coach says."""
        with self._mpd() as client:
            return Library(self._sources, placed).read(client)

    def plays(self, song: Path) -> bool:
        """Whether MPD plays this file. Takes half a second; one at a time, for the memory."""
        with self._stage:
            return audition.plays(song)

    def update(self, folder: str) -> None:
        """Let MPD look for new songs in this folder of its music, without waiting for it."""
        with self._mpd() as client:
            client.update(folder)

    def counts(self) -> Mapping[str, int]:
        """Mood -> how many songs it has, as the player counted; without a player all are listed for it."""
        if self._count:
            return self._count()
        with self._mpd() as client:
            library = Library(self._sources)
            library.read(client)
            return library.counts

    def _find_cover(self, uri: str) -> Cover | None:
        from mpd import CommandError

        with self._mpd() as client:
            music = None
            with suppress(CommandError):  # an MPD elsewhere does not tell
                music = _music_folder(client)
            return covers.find(client, uri, music)

    @contextmanager
    def _mpd(self) -> Iterator[Any]:
        from mpd import CommandError, MPDError

        client = self._connect()
        try:
            if self._music is None:
                with suppress(CommandError):  # an MPD elsewhere does not tell
                    self._music = _music_folder(client)
            yield client
        except CommandRejected:  # which is a ValueError too, and not MPD's
            raise
        except CommandError as error:
            raise PlayerRefused(f"MPD will not do this: {error}") from error
        except (OSError, MPDError, ValueError) as error:
            raise PlayerLost(f"MPD hung up: {error}") from error
        finally:
            disconnect(client)


def _music_folder(client: Any) -> Path:
    from mpd import MPDClient

    # MPD 0.24 tells three settings, which python-mpd2 3.1 takes for one and makes None of.
    MPDClient.add_command("config", MPDClient._parse_object)
    answer: dict[str, str] = client.config()
    return Path(answer["music_directory"])
