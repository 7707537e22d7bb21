"""Limit how often a password may be tried: a few at once, then ever more slowly, by address and in all.

A device that has been let in before has its tries to itself, or a guesser would keep its owner out.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable

AT_ONCE, EACH_S = 5, 30.0
"""Wrong passwords that one address may send, and the seconds after which one more is forgiven."""
ALL_AT_ONCE, ALL_EACH_S = 30, 5.0
"""The same for all strangers together: a home network has many addresses for one guesser."""
MOST_KNOWN = 1000
"""How many addresses and devices are remembered; the oldest is forgotten."""
PREFIX = 64
"""Bits of an IPv6 address that are the network's: a guesser chooses the others as he likes (RFC 4291)."""


class Bucket:
    """A leaky bucket: holds tries, each of which drains away after a while."""

    def __init__(self, size: int, each_s: float) -> None:
        """size: tries that it holds. each_s: seconds in which one drains away."""
        self._size, self._each_s = size, each_s
        self._level, self._at = 0.0, 0.0

    def wait_s(self, now: float) -> float:
        """Return the seconds until one more try fits; 0 when it does."""
        return max(0.0, (self._drained(now) + 1 - self._size) * self._each_s)

    def add(self, now: float) -> None:
        """Put a try in."""
        self._level, self._at = self._drained(now) + 1, now

    def _drained(self, now: float) -> float:
        return max(0.0, self._level - (now - self._at) / self._each_s)


class Attempts:
    """Counts wrong passwords, of strangers and of who was let in before. Any thread may ask."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._all = Bucket(ALL_AT_ONCE, ALL_EACH_S)
        self._strangers: dict[str, Bucket] = {}
        self._friends: dict[str, Bucket] = {}
        """Devices and addresses that were let in."""

    def begin(self, address: str, device: str | None = None) -> float:
        """Count a try before it is known to be right, so that many at once count too.

        device: as `Rights.device` knows a browser that has logged in before.
        Returns the seconds to wait instead; 0 when the try may go on.
        """
        with self._guard:
            now, place = self._clock(), device or network_of(address)
            is_friend = device is not None or place in self._friends
            own = _of(self._friends if is_friend else self._strangers, place)
            wait_s = own.wait_s(now) if is_friend else max(own.wait_s(now), self._all.wait_s(now))
            if not wait_s:
                own.add(now)
                if not is_friend:
                    self._all.add(now)
            return wait_s

    def forgive(self, address: str, device: str | None = None) -> None:
        """Take the try back because the password was right: who came so is known from now on."""
        with self._guard:
            for place in {device, network_of(address)} - {None}:
                self._strangers.pop(str(place), None)
                self._friends.pop(str(place), None)
                _of(self._friends, str(place))


def _of(buckets: dict[str, Bucket], place: str) -> Bucket:
    bucket = buckets.setdefault(place, Bucket(AT_ONCE, EACH_S))
    if len(buckets) > MOST_KNOWN:
        del buckets[next(iter(buckets))]
    return bucket


def network_of(address: str) -> str:
    """Return under what an address's tries are counted: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known, PREFIX), strict=False))
