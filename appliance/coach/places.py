"""Tells the running box where songs belong, as it is now: a scan or a correction needs no restart.

It only reads, in a thread of its own, but for what a backup has put back. A `music.db` that is absent,
damaged, of a newer release or locked costs nothing but the places.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from appliance.coach import keepsake
from appliance.coach.placing import Correction, judged
from appliance.coach.shelf import Shelf
from appliance.errors import CoachUnable
from appliance.protocol.messages import Placed

LOOK_S = 2.0
"""Between two looks at the file's time on the disk, which cost nothing."""
REST = 30.0
"""Times as long as reading took, places are not read again: a scan keeps a song every second or two. A
correction counts at once."""
AGAIN_S = 60.0
"""Between two tries to read a file that cannot be read."""

Trace = tuple[int, ...]

log = logging.getLogger(__name__)


class Places(threading.Thread):
    """Knows the places as they were read last; any thread may ask `now`."""

    def __init__(
        self, path: Path, changed: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """path: of `music.db`, which need not be there. changed: called in this thread after new places."""
        super().__init__(name="places", daemon=True)
        self._path, self._changed, self._clock = path, changed, clock
        self._placed: Mapping[str, Placed] = {}
        self._corrections: Mapping[str, Correction] = {}
        self._closing, self._nudged = threading.Event(), threading.Event()
        self._shelf: Shelf | None = None
        self._is_taken_in = False
        self._seen: Trace = ()
        self._due = 0.0
        """When a change that is no correction is read (monotonic)."""
        self._trouble = ""

    def now(self) -> Mapping[str, Placed]:
        """Where songs are placed, by MPD's name."""
        return self._placed

    def nudge(self) -> None:
        """Look at once."""
        self._nudged.set()

    def close(self) -> None:
        """End the thread."""
        self._closing.set()
        self.nudge()
        self.join(1.0)

    def run(self) -> None:
        while not self._closing.is_set():
            self._nudged.clear()
            self._nudged.wait(self.look())
        self._leave()

    def look(self) -> float:
        """Look once, from one thread alone. Returns the seconds until the next look."""
        try:
            self._look()
        except Exception as error:  # short memory, a failing card: the thread must outlive it
            self._trouble_with(str(error) or type(error).__name__)
            self._leave()
            return AGAIN_S
        return LOOK_S

    def _look(self) -> None:
        if not self._is_taken_in:
            self._take_in()
        trace = _trace(self._path)
        if trace == self._seen:
            return
        if not self._seen or trace[:1] != self._seen[:1]:  # another file than the one that is open
            self._leave()
        if not self._path.exists():
            self._seen = trace
            self._take({})
            return
        self._shelf = self._shelf or Shelf(self._path)
        corrections, began = self._shelf.corrections(), self._clock()
        if corrections == self._corrections and began < self._due:
            return
        self._seen, self._corrections = trace, corrections
        found = judged(self._shelf.known(), corrections, datetime.now().month)
        self._take({uri: verdict.placed for uri, verdict in found.items()})
        ended = self._clock()
        self._due, self._trouble = ended + REST * (ended - began), ""

    def _take_in(self) -> None:
        """Take in what a backup has put back, once: it only comes while the box is about to begin anew."""
        if keepsake.put_back(self._path).exists():
            with Shelf(self._path) as shelf:
                try:
                    keepsake.take_in(shelf, self._path)
                except (OSError, ValueError) as error:
                    raise CoachUnable(f"{keepsake.put_back(self._path)}: {error}") from error
        self._is_taken_in = True

    def _take(self, placed: Mapping[str, Placed]) -> None:
        if placed != self._placed:
            self._placed = placed
            self._changed()

    def _leave(self) -> None:
        if self._shelf:
            self._shelf.close()
        self._shelf, self._seen, self._due = None, (), 0.0

    def _trouble_with(self, reason: str) -> None:
        if reason != self._trouble:
            log.warning("what was heard of songs cannot be read, so folders alone count: %s", reason)
        self._trouble = reason


def _trace(path: Path) -> Trace:
    """Return what each writing into the database changes; the month counts, for Christmas."""
    found: list[int] = []
    for name in (path, path.with_name(path.name + "-wal")):
        with suppress(OSError):
            there = name.stat()
            found += [there.st_ino, there.st_mtime_ns, there.st_size]
    return (*found, datetime.now().month)
