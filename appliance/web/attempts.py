"""How often a password may be tried: a few at once, then ever more slowly, for each address and for all."""

from __future__ import annotations

import threading
from collections.abc import Callable

AT_ONCE, EACH_S = 5, 30.0
"""Wrong passwords of one address, and the seconds after which one more is forgiven."""
ALL_AT_ONCE, ALL_EACH_S = 30, 5.0
"""The same for everybody together: a home network has many addresses for one guesser, with IPv6 countless."""
MOST_KNOWN = 1000


class Bucket:
    """Holds tries; each drains away after a while."""

    def __init__(self, size: int, each_s: float) -> None:
        self._size, self._each_s = size, each_s
        self._level, self._at = 0.0, 0.0

    def wait_s(self, now: float) -> float:
        """Seconds until one more fits; 0 when it does."""
        return max(0.0, (self._drained(now) + 1 - self._size) * self._each_s)

    def add(self, now: float) -> None:
        self._level, self._at = self._drained(now) + 1, now

    def _drained(self, now: float) -> float:
        return max(0.0, self._level - (now - self._at) / self._each_s)


class Attempts:
    """Wrong passwords, counted. Any thread may ask."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._all = Bucket(ALL_AT_ONCE, ALL_EACH_S)
        self._by_address: dict[str, Bucket] = {}

    def begin(self, address: str) -> float:
        """Count a try before it is known to be right, so that many at once count too.

        Returns the seconds to wait instead; 0 when the try may go on.
        """
        with self._guard:
            now = self._clock()
            own = self._by_address.setdefault(address, Bucket(AT_ONCE, EACH_S))
            if len(self._by_address) > MOST_KNOWN:
                del self._by_address[next(iter(self._by_address))]
            wait_s = max(own.wait_s(now), self._all.wait_s(now))
            if not wait_s:
                own.add(now)
                self._all.add(now)
            return wait_s

    def forgive(self, address: str) -> None:
        """The password was right."""
        with self._guard:
            self._by_address.pop(address, None)
