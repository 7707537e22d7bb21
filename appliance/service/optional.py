"""Opens and closes the optional parts (buttons and light, page, MQTT): the box plays without any of them.

Where one is missing, the box says why and tries it again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Protocol

from appliance.errors import MoodboxError, PageLost
from appliance.machine import limits
from appliance.machine.memory import give_back
from appliance.protocol.messages import PartChanged
from appliance.protocol.snapshot import Snapshot

ABSENT_S = 5.0
"""Between two tries to open a part that is absent, such as a page whose port is taken."""


PAGE_HANDLES = 24
"""File handles that must be free for the page to open."""
CALM_S = (4.0, 600.0)
"""After a shortage the page stays closed for so long, doubled each time up to the second figure: opened every
five seconds into the same shortage, it took the threads that had just become free."""


class OptionalPart(Protocol):
    """An optional part that shows the box and may put commands into the inbox; it reconnects by itself."""

    def show(self, snapshot: Snapshot) -> None:
        """Show the box as it is; must not block. Raises MoodboxError when the part must be opened anew."""
        ...

    def close(self) -> None: ...


class OptionalParts:
    """Holds all that are wanted, open or absent. For the service's thread, but for `show_ahead`."""

    def __init__(self, tell: Callable[[PartChanged], None], now: float) -> None:
        """tell: hears of each that is missing, or back. now: monotonic seconds."""
        self._tell = tell
        self._make: dict[str, Callable[[], OptionalPart]] = {}
        self._open: dict[str, OptionalPart] = {}
        self._showing = Lock()
        """Held for each `show` of a part, and for nothing else: closing one waits for its threads."""
        self._try_at = now + ABSENT_S

    def open(self, name: str, make: Callable[[], OptionalPart]) -> None:
        """Open this part; where it cannot be opened now, it is tried again."""
        self._make[name] = make
        self._try(name)

    def close(self, name: str) -> None:
        """Close this part, if it is open, and try it no more."""
        del self._make[name]
        self._end(name)

    def show(self, snapshot: Snapshot) -> None:
        """Have each part show the box as it is. One that has died is opened again later."""
        for name, part in [*self._open.items()]:
            try:
                with self._showing:
                    part.show(snapshot)
            except MoodboxError as error:
                self._end(name)
                self._tell(PartChanged(name, str(error)))

    def show_ahead(self, snapshot: Snapshot) -> None:
        """Have each part show the box, from any thread: what has died is found by the next `show`."""
        for part in [*self._open.values()]:
            with suppress(MoodboxError), self._showing:
                part.show(snapshot)

    def give_way(self, name: str, reason: str) -> bool:
        """Close this part until it is tried again. Returns whether it was open."""
        is_open = name in self._open
        if is_open:
            self._end(name)
            self._tell(PartChanged(name, reason))
        return is_open

    def try_absent(self, now: float) -> None:
        """Open again what is absent, now and then. now: monotonic seconds."""
        if now < self._try_at:
            return
        self._try_at = now + ABSENT_S
        for name in self._make:
            if name not in self._open and self._try(name):
                self._tell(PartChanged(name, None))

    def _try(self, name: str) -> bool:
        try:
            self._open[name] = self._make[name]()
        except (MoodboxError, ImportError) as error:
            self._tell(PartChanged(name, str(error)))
            return False
        except (OSError, RuntimeError, MemoryError) as error:
            short = limits.named(error)
            if short is None and not isinstance(error, OSError):
                raise
            if short is None:  # a file or folder that was there when the settings were tried
                self._tell(PartChanged(name, f"{error}; it opens when that is mended"))
                return False
            self._tell(PartChanged(name, f"the box is out of {short}; it opens when there is room"))
            return False
        return True

    def _end(self, name: str) -> None:
        part = self._open.pop(name, None)
        if part:
            part.close()


class Need:
    """Closes what music does not need while file handles, threads or memory are short, and tells of it."""

    def __init__(self, optional: OptionalParts, tell: Callable[[PartChanged], None]) -> None:
        self._optional, self._tell = optional, tell
        self._short: str | None = None
        self._calm_s = CALM_S[0]
        self._calm_at = -math.inf
        """Monotonic seconds from which on the page may open."""

    def check(self, now: float) -> None:
        """Look for a shortage, once a second; while there is none, open what is absent. now: monotonic."""
        short = limits.shortage()
        if short:
            self.give_way(short, now)
        elif self._short:
            self._short = None
            self._tell(PartChanged("box", None))
        elif now > self._calm_at + CALM_S[1]:
            self._calm_s = CALM_S[0]
        if not short:
            self._optional.try_absent(now)

    def give_way(self, short: str, now: float) -> None:
        """Close the page; where that is closed already, MQTT. short: what is short, for people."""
        if short != self._short:
            self._short = short
            self._tell(PartChanged("box", f"out of {short}; it closes the page before the music"))
        reason = f"closed: the box is out of {short}; it opens when there is room"
        if self._optional.give_way("page", reason):
            self._calm_s = min(2 * self._calm_s, CALM_S[1])
        else:
            self._optional.give_way("mqtt", reason)
        self._calm_at = now + self._calm_s
        give_back()

    def make_sure(self, now: float) -> None:
        """See that the page may open. Raises PageLost while there is no room for it."""
        short = limits.shortage(handles=PAGE_HANDLES)
        if short:
            raise PageLost(f"the box is out of {short}; it opens when there is room")
        if now < self._calm_at:
            raise PageLost("closed, because the box had no room for it; it opens again soon")
