"""The one way into the service: holds the newest look at the camera's picture, and every command.

A look is worth nothing once a newer one exists, so only the newest waits; a command is a person's wish,
so all of them do, in order. Any thread may put; only the service's own thread gets.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import NamedTuple

from appliance.errors import CommandRejected
from appliance.protocol.commands import Command, SwitchCamera
from appliance.protocol.looks import Look
from appliance.protocol.messages import (
    AnnouncementEnded,
    AnnouncementReady,
    Event,
    PartChanged,
    Pressed,
    SensorChanged,
)
from appliance.protocol.snapshot import Snapshot

MOST_WAITING = 1000
"""A flood from outside is refused beyond this many; people never get near it."""


OURS = (PartChanged, SensorChanged, AnnouncementReady, AnnouncementEnded)
"""What the box says of itself is never refused."""


class Letter(NamedTuple):
    """An event in the inbox, and whoever waits for its answer."""

    event: Event
    answer: Future[Snapshot] | None = None
    """Wants the snapshot that follows from the event."""


class Inbox:
    """A queue for the service's loop. Any thread may put; only the service's own gets."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._letters: deque[Letter] = deque()
        self._look: Look | None = None
        self._nudged = False

    def see(self, look: Look) -> None:
        """Leave a look; an older one that nobody has taken is dropped."""
        with self._news:
            self._look = look
            self._news.notify()

    def put(self, event: Command | PartChanged | Pressed | SensorChanged) -> None:
        """Leave something that must not be missed.

        Raises CommandRejected when too many wait already; never for what the box says of its own parts.
        """
        self._post(Letter(event))

    def tell(self, event: AnnouncementReady | AnnouncementEnded) -> None:
        """Leave what became of an announcement."""
        self._post(Letter(event))

    def ask(self, command: Command) -> Future[Snapshot]:
        """Leave a command; the answer is the box's snapshot once it has been carried out.

        Raises CommandRejected when too many wait already.
        """
        answer: Future[Snapshot] = Future()
        self._post(Letter(command, answer))
        return answer

    def nudge(self) -> None:
        """Make a waiting `get` return now, because the player has something to do or the box is to end."""
        with self._news:
            self._nudged = True
            self._news.notify()

    def get(self, timeout_s: float) -> Letter | None:
        """Take the oldest command, else the newest look; None after `timeout_s`, or a nudge."""
        with self._news:
            self._news.wait_for(lambda: self._letters or self._look or self._nudged, timeout=timeout_s)
            self._nudged = False
            if self._letters:
                return self._letters.popleft()
            look, self._look = self._look, None
            return Letter(look) if look else None

    def _post(self, letter: Letter) -> None:
        is_ours = isinstance(letter.event, OURS)  # put by the loop, too
        is_off = isinstance(letter.event, SwitchCamera) and not letter.event.on
        with self._news:
            most = (2 if is_off else 1) * MOST_WAITING  # a flood keeps no camera open
            if len(self._letters) >= most and not is_ours:
                raise CommandRejected(f"{MOST_WAITING} commands are waiting already; try again later")
            self._letters.append(letter)
            self._news.notify()


def answer(asked: Future[Snapshot], box: Snapshot) -> None:
    """Give whoever waits the box as it is, unless somebody was quicker."""
    with suppress(InvalidStateError):  # answered already
        asked.set_result(box)
