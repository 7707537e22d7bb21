"""Server-sent events: the box's state for viewers, described once for all of them, told when it changes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Annotated, TypedDict

import appliance
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.encoding import Share, State, describe
from appliance.protocol.looks import Reading
from appliance.protocol.snapshot import Snapshot
from appliance.web.interface import Interface
from appliance.web.live.timeline import History, Timeline
from appliance.web.live.viewers import Viewers

MOST_READERS = 16
QUIET_S = 15.0
"""Seconds without news after which `here` is said: either end notices when the other has gone."""
LEAST_S = 0.2
"""Seconds between two events for one reader: five a second look fluent, and leave a phone's battery alone."""


class Sides(TypedDict):
    """A face's box, in parts of the picture's width and height."""

    left: float
    top: float
    width: float
    height: float


class Seen(TypedDict):
    """One look at the listener's face."""

    box: Annotated[Sides, "The face, in parts of the picture"]
    probabilities: dict[str, Share]


class PageState(State):
    """The state with what only the page has."""

    at: Annotated[float, "When it was so, in seconds of the machine's own clock: newer than a smaller one"]
    seen: Annotated[Seen | None, "The newest look, not smoothed"]
    song_id: Annotated[int | None, "Another one for each song that begins"]
    queue_version: Annotated[
        int | None, "Another one whenever anybody changes the queue: fetch /api/queue again"
    ]
    viewers: Annotated[int, "Who watch the live picture", ("minimum", 0)]
    problems: Annotated[list[str], "What is wrong in the settings; safe mode when any is"]
    version: str


class Events(Viewers):
    """Tells readers the state as it changes. `tell` is for the service's thread, `read` for each reader's."""

    def __init__(self, interface: Interface, viewers: Callable[[], int], quiet_s: float = QUIET_S) -> None:
        """Tell nobody yet. viewers: says how many look at the live picture."""
        super().__init__(MOST_READERS)
        self._interface, self._viewers, self._quiet_s = interface, viewers, quiet_s
        self._version = 0
        self._described: tuple[int, bytes] = -1, b""
        self.timeline = Timeline()
        self.looks = 0
        """Looks at the listener since the beginning."""
        self._looked_at = 0.0

    def tell(self, snapshot: Snapshot) -> None:
        """Take the newest snapshot, and wake the readers."""
        looked = snapshot.looked
        if isinstance(looked, Reading) and looked.taken_at != self._looked_at:
            self._looked_at = looked.taken_at
            self.looks += 1
        with self._changed:
            self.timeline.add(snapshot)
            self._version += 1
            self._changed.notify_all()

    def read(self, may_go_on: Callable[[], bool]) -> Iterator[bytes]:
        """Give server-sent events: `state` at each change, `history` when it grows, else `here`."""
        known, told = -1, -1
        yield b"retry: 2000\n\n"
        while may_go_on():
            with self._changed:
                before = known
                self._await_other(before)
                if self._closed:
                    return
                known, grown = self._version, self.timeline.version != told
                told = self.timeline.version
            if known == before:
                yield event("here", b"{}")  # no comment: of those a browser's scripts are told nothing
                continue
            if grown:
                yield event("history", json.dumps(self.history()).encode())
            yield event("state", self._state_bytes(known))
            with self._changed:
                self._changed.wait_for(lambda: self._closed, LEAST_S)

    def state(self) -> PageState:
        """Describe the box as it is now, for machines."""
        snapshot, now = self._interface.snapshot(), time.monotonic()
        return {
            **describe(snapshot, now),
            "at": round(snapshot.at, 3),
            "seen": self._seen(snapshot),
            "song_id": snapshot.song_id,
            "queue_version": snapshot.queue_version,
            "viewers": self._viewers(),
            "problems": list(self._interface.problems),
            "version": appliance.__version__,
        }

    def history(self) -> History:
        """Describe the last minutes, for machines."""
        with self._changed:
            return self.timeline.describe(time.monotonic())

    def _await_other(self, version: int) -> None:
        self._changed.wait_for(lambda: self._closed or self._version != version, self._quiet_s)

    def _seen(self, snapshot: Snapshot) -> Seen | None:
        """Describe the newest look, not smoothed; None where it found no face."""
        newest = self._interface.latest()
        if newest is None:
            return None
        frame, look = newest
        if not isinstance(look, Reading):
            return None
        height, width = frame.grey.shape[:2]
        box: Sides = {
            "left": round(look.box.left / width, 4),
            "top": round(look.box.top / height, 4),
            "width": round(look.box.width / width, 4),
            "height": round(look.box.height / height, 4),
        }
        shares = zip(EMOTIONS, look.probabilities, strict=True)
        return {
            "box": box,
            "probabilities": {emotion: round(share, 4) for emotion, share in shares},
        }

    def _state_bytes(self, version: int) -> bytes:
        described, text = self._described
        if described != version:
            text = json.dumps(self.state(), ensure_ascii=False).encode()
            self._described = version, text
        return text


def event(name: str, line: bytes) -> bytes:
    """Write one server-sent event of one line."""
    return b"event: " + name.encode() + b"\ndata: " + line + b"\n\n"
