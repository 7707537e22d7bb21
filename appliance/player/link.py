"""The connections to MPD, made and kept by threads of their own, so that nobody else ever waits for one.

MPD's client is not thread-safe (python-mpd2 #10, #81), so each connection has one owner:

- commands: made here, handed over to the player, used by the service's thread only;
- idle: tells when somebody or the music changes something; noticing its end renews both;
- library: idle too, for the database and stored playlists, and lists all songs when they change. On its own
  because a big library takes seconds, and because MPD cuts off whoever asks for too much at once.

Idle connections drop (python-mpd2 #64, #31): a thread tries at once, then after 0.25 s, doubling to 10 s.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeAlias

import mpd

from appliance.errors import PlayerLost, PlayerRefused
from appliance.player.client import TIMEOUT_S, Password, connect, disconnect, see_rights
from appliance.player.foretaste import some_songs
from appliance.player.songs import Library, Source
from appliance.protocol.messages import LibraryChanged, Placed

FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 10.0
SHORT_LIFE_S = 2.0
"""A connection that ends sooner did not work: wait before the next."""
GATHER_S = 0.2
"""Changes of the library come in bursts while songs are copied; they are gathered for this long."""
REST = 2.0
"""Times as long as listing took, the library is not listed again: it takes a third of a core at most."""

PLAYING = ("player", "mixer", "playlist", "options", "output", "sticker")
LIBRARY = ("database", "stored_playlist")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Connected:
    """A new connection for commands; whoever takes this closes it."""

    client: Any


@dataclass(frozen=True)
class Stirred:
    """Something happened in MPD."""

    subsystems: frozenset[str]


@dataclass(frozen=True)
class Lost:
    """MPD cannot be reached now, or does not let us in."""

    reason: str
    hangs: bool = False
    """Whether it takes connections and does not answer."""


Report: TypeAlias = Connected | Stirred | Lost | LibraryChanged


class Link(Protocol):
    """`MpdLink`, as far as the player needs it; tests bring a simulated one."""

    @property
    def counts(self) -> Mapping[str, int]: ...
    @property
    def library(self) -> LibraryChanged | None: ...
    def place(self) -> None: ...
    def take(self) -> list[Report]: ...
    def drop(self, client: Any) -> None: ...
    def close(self) -> None: ...


class MpdLink:
    """Keeps all connections to one MPD. `take`, `drop` and `close` are for the service's thread."""

    def __init__(
        self,
        address: str,
        port: int,
        password: Password,
        sources: Mapping[str, Source],
        wake: Callable[[], None],
        placed: Callable[[], Mapping[str, Placed]] = dict,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """Begin connecting. placed: where the coach has put songs, by name; called from any thread.

        address: path of a Unix socket, "@name" of an abstract one, or a host name; port: only with a host.
        wake: called from a thread of ours whenever `take` has something new.
        """
        self._connect = partial(connect, address, port, password, timeout_s)
        self._wake = wake
        self._sources, self._library = sources, Library(sources, placed)
        self._telling = threading.Lock()
        self._told: LibraryChanged | None = None
        self._reports: SimpleQueue[Report] = SimpleQueue()
        self._commands: Any = None
        self._watches = (
            Watch("mpd-idle", self._connect, self._watch_playing, self._report),
            Watch("mpd-library", self._connect, self._watch_library, lambda lost: None),
        )
        for watch in self._watches:
            watch.start()

    @property
    def counts(self) -> Mapping[str, int]:
        """Mood -> how many songs it has; any thread may ask."""
        return self._library.counts

    @property
    def library(self) -> LibraryChanged | None:
        """The library as it was read last; None before. Any thread may ask."""
        return self._library.last

    def place(self) -> None:
        """Ask anew where the coach has put songs, and tell what has changed; any thread may call."""
        with self._telling:
            if self._library.last:
                self._tell(self._library.again())

    def take(self) -> list[Report]:
        """Take the events since the last call, oldest first. Never waits."""
        reports = []
        with suppress(Empty):
            while True:
                reports.append(self._reports.get_nowait())
        return reports

    def drop(self, client: Any) -> None:
        """Give up this connection for commands, which is broken; a new one will come."""
        disconnect(client)
        if client is self._commands:
            for watch in self._watches:
                watch.interrupt()

    def close(self) -> None:
        """End the threads and close what nobody has taken.

        A thread that is just trying to reach an MPD that hangs ends by itself within `TIMEOUT_S`.
        """
        for watch in self._watches:
            watch.close()
        for watch in self._watches:
            watch.join(1.0)
        for report in self.take():
            if isinstance(report, Connected):
                disconnect(report.client)

    def _report(self, report: Report) -> None:
        self._reports.put(report)
        self._wake()

    def _tell(self, library: LibraryChanged) -> None:
        if library != self._told:
            self._told = library
            self._report(library)

    def _watch_playing(self, client: Any, watch: Watch) -> None:
        self._commands = self._connect()
        see_rights(self._commands)
        self._report(Connected(self._commands))
        while True:
            self._report(Stirred(frozenset(client.idle(*PLAYING))))

    def _watch_library(self, client: Any, watch: Watch) -> None:
        self._told = None
        if not self._library.counts and (some := some_songs(self._sources, client)):
            self._tell(some)
        while True:
            began = time.monotonic()
            with self._telling:
                library = self._library.read(client)
                ended = time.monotonic()
                self._tell(library)
            client.idle(*LIBRARY)
            watch.pause(rest_s(ended - began, time.monotonic() - ended))


def rest_s(took_s: float, ago_s: float) -> float:
    """For how long not to list the library, which took so long, so long ago, once it has changed."""
    return max(GATHER_S, REST * took_s - ago_s)


class Watch(threading.Thread):
    """A thread that keeps one connection open and attends to it until `close`."""

    def __init__(
        self,
        name: str,
        connect: Callable[[], Any],
        attend: Callable[[Any, Watch], None],
        lose: Callable[[Lost], None],
    ) -> None:
        """attend: uses the connection until it raises; lose: is told why there is none."""
        super().__init__(name=name, daemon=True)
        self._connect, self._attend, self._lose = connect, attend, lose
        self._closing = threading.Event()
        self._guard = threading.Lock()
        self._client: Any = None

    def run(self) -> None:
        wait_s = FIRST_WAIT_S
        while not self._closing.is_set():
            began = time.monotonic()
            try:
                self._live()
            except PlayerRefused as error:
                self._lose(Lost(str(error)))
                wait_s = LONGEST_WAIT_S
            except PlayerLost as error:
                self._lose(Lost(str(error), hangs=isinstance(error.__cause__, TimeoutError)))
            except Exception as error:  # this thread must outlive whatever MPD or the network does
                _note_end(self.name, error)
                if time.monotonic() - began > SHORT_LIFE_S:
                    wait_s = FIRST_WAIT_S
                    continue  # it worked until now: try at once, and tell nobody unless that fails
            self._closing.wait(wait_s)
            wait_s = min(LONGEST_WAIT_S, 2 * wait_s)

    def pause(self, seconds: float) -> None:
        """Wait, but not past `close`."""
        self._closing.wait(seconds)

    def interrupt(self) -> None:
        """Make the connection end; the thread opens another."""
        with self._guard:
            if self._client is not None:
                _hang_up(self._client)

    def close(self) -> None:
        """Begin to end; `join` waits for it."""
        self._closing.set()
        self.interrupt()

    def _live(self) -> None:
        """Connect and attend. Raises PlayerLost or PlayerRefused when there is no connection to be had."""
        client = self._connect()
        with self._guard:
            self._client = client
        try:
            if not self._closing.is_set():
                self._attend(client, self)
        finally:
            with self._guard:
                self._client = None
                disconnect(client)


def _hang_up(client: Any) -> None:
    """End the connection under a thread that waits on it; that thread closes it."""
    with suppress(Exception), socket.socket(fileno=os.dup(client.fileno())) as twin:
        twin.shutdown(socket.SHUT_RDWR)


def _note_end(name: str, error: Exception) -> None:
    expected = isinstance(error, (OSError, mpd.MPDError))
    log.log(
        logging.DEBUG if expected else logging.ERROR,
        "%s: connection ended: %r",
        name,
        error,
        exc_info=not expected,
    )
