"""Makes announcements ready, one after the other, in a thread of its own: the music waits for none of it."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any, TypeAlias

from appliance.errors import AnnouncementLost, CommandRejected
from appliance.protocol.actions import FetchAnnouncement
from appliance.protocol.declaring import is_address
from appliance.protocol.messages import AnnouncementEnded, AnnouncementReady

if TYPE_CHECKING:
    from appliance.announcements.serving import Serving

MOST_WAITING = 5
IDLE_S = 60.0
"""Between two looks whether the thread is to end."""

AGAIN_S = 0.2
"""Between two tries to tell what became of an announcement."""

log = logging.getLogger(__name__)

Put: TypeAlias = Callable[[AnnouncementReady | AnnouncementEnded], None]


class Announcements:
    """Fetches what lies on the network, and serves it to MPD. For one thread, but for `is_full`."""

    def __init__(self, put: Put, mpd_address: str, is_forbidden: Callable[[Any], bool] | None = None) -> None:
        """put: hears, in a thread of ours, of each that is ready or cannot be had.

        mpd_address: as the settings have it; is_forbidden: judges an address instead of `fetching.is_own`.
        """
        self._put, self._mpd_address, self._is_forbidden = put, mpd_address, is_forbidden
        self._wishes: Queue[FetchAnnouncement] = Queue(MOST_WAITING)
        self._served: dict[str, Serving] = {}
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_full(self) -> bool:
        """Whether so many wait that no more are taken; any thread may ask."""
        return self._wishes.full()

    def take(self, wish: FetchAnnouncement) -> None:
        """Begin to make this ready; where too many wait it is dropped."""
        if self._wishes.full():
            self._put(AnnouncementEnded(failed="too many wait already"))
            return
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="announcements", daemon=True)
            thread.start()  # where threads are short this raises, and the next announcement tries again
            self._thread = thread
        self._wishes.put_nowait(wish)

    def forget(self, uri: str) -> None:
        """Take note that an announcement is over."""
        served = self._served.pop(uri, None)
        if served:
            served.close()

    def close(self) -> None:
        """End; what is just being fetched is not waited for."""
        self._closing.set()
        for uri in list(self._served):
            self.forget(uri)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                wish = self._wishes.get(timeout=IDLE_S)
            except Empty:
                continue
            self._hand_over(self._made_ready(wish))

    def _made_ready(self, wish: FetchAnnouncement) -> AnnouncementReady | AnnouncementEnded:
        try:
            return AnnouncementReady(self._uri(wish.sound), wish.percent)
        except (AnnouncementLost, OSError) as error:
            return AnnouncementEnded(failed=str(error))
        except Exception as error:  # memory or threads that are short: the next ones want to be heard
            kind = type(error).__name__  # and no more, for there may be an address with a password in it
            log.error("an announcement cannot be made ready: %s", kind)
            return AnnouncementEnded(failed=f"it cannot be made ready ({kind})")

    def _hand_over(self, event: AnnouncementReady | AnnouncementEnded) -> None:
        """Tell it, however long that takes: the box waits for word of each."""
        while not self._closing.is_set():
            try:
                self._put(event)
                return
            except CommandRejected:  # the inbox is full
                self._closing.wait(AGAIN_S)

    def _uri(self, sound: str) -> str:
        if not is_address(sound):
            return sound
        # Only now: these libraries would hold up the first song.
        from appliance.announcements.fetching import fetch
        from appliance.announcements.serving import Serving

        fetched = fetch(sound, is_forbidden=self._is_forbidden)
        served = Serving(fetched, _own_address(self._mpd_address))
        self._served[served.uri] = served
        return served.uri


def _own_address(mpd: str) -> str:
    """Return the address by which MPD reaches this machine. mpd: its host, or the path of its socket."""
    if mpd.startswith(("/", "@")):
        return "127.0.0.1"
    family, _, _, _, where = socket.getaddrinfo(mpd, 9, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, socket.SOCK_DGRAM) as way:
        way.connect(where)  # asks the routes; sends nothing
        return str(way.getsockname()[0])
