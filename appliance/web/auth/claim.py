"""A claim to what belongs to whoever stands at the box: its first password, or a token for another device.

Whoever asks shows a number, and the box counts the presses of a button. A long press opens nothing: it means
something else. Two who ask at once are both sent away, as in Wi-Fi Protected Setup ("session overlap"): a
neighbour who asks all the time keeps the password from being set, but never sets his own.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from appliance.protocol.messages import Pressed
from appliance.protocol.snapshot import Snapshot

OPEN_S = 120.0
"""Seconds that a claim waits for its presses, and then to be used."""
ALONE_S = 10.0
"""Seconds for which nobody else may have asked."""
REST_S = 2.5
"""Seconds after the last press at which the presses are counted."""
PRESSES = range(5, 13)
"""How many presses the page may ask for: more than a finger does that only wants another song."""


class Stage(Enum):
    """How a claim stands."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    OVERLAP = "overlap"
    """Somebody else asked meanwhile."""
    WRONG = "wrong"
    """Another number of presses."""
    GONE = "gone"
    """Too late, or none of ours."""


@dataclass
class Asked:
    """One claim, as a browser has made it."""

    key: str
    """Known to that browser alone."""
    presses: int
    at: float
    stage: Stage = Stage.WAITING
    name: str = ""
    """What the asker calls itself, where that matters."""
    address: str = ""
    """From where it asks."""


class Claim:
    """The newest claim, and its presses. `watch` is for the service's thread, the rest for any."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._asked: Asked | None = None
        self._asked_at = float("-inf")
        self._last: Pressed | None = None
        self._button, self._count = "", 0

    def ask(self, key: str = "", name: str = "", address: str = "") -> Asked:
        """Make a claim, and wait for its presses. key: of the same browser's claim before, if any.

        name, address: as in `Asked`.
        """
        with self._guard:
            now = self._clock()
            before, self._asked_at, last_at = self._asked, now, self._asked_at
            is_same = before is not None and bool(key) and _is_same(key, before.key)
            own = key if is_same else secrets.token_urlsafe(16)
            claim = Asked(own, secrets.choice(PRESSES), now, name=name, address=address)
            # The claim that is there gives way even to one that overlaps it: then no presses count.
            is_alone = now - last_at >= ALONE_S
            if not is_same and before is not None and before.stage in (Stage.WAITING, Stage.CONFIRMED):
                is_alone = is_alone and now - before.at >= OPEN_S
            was_alone = is_same and before is not None and before.stage is not Stage.OVERLAP
            if not (is_alone or was_alone):
                claim.stage = Stage.OVERLAP
            self._asked, self._count = claim, 0
            return claim

    def stage(self, key: str) -> Stage:
        """Return how the claim with this key stands."""
        with self._guard:
            self._settle(self._clock())
            claim = self._asked
            if claim is None or not _is_same(key, claim.key):
                return Stage.OVERLAP if claim is not None else Stage.GONE
            return claim.stage

    def waiting(self) -> Asked | None:
        """Return the claim that waits to be confirmed, if one does."""
        with self._guard:
            self._settle(self._clock())
            claim = self._asked
            return claim if claim is not None and claim.stage is Stage.WAITING else None

    def confirm(self, number: int) -> Stage:
        """Confirm the claim that waits, as its presses would; with another number it ends."""
        claim = self.waiting()
        with self._guard:
            if claim is None or claim is not self._asked or claim.stage is not Stage.WAITING:
                return Stage.GONE
            claim.stage = Stage.CONFIRMED if number == claim.presses else Stage.WRONG
            return claim.stage

    def take(self, key: str) -> tuple[Stage, Asked | None]:
        """Return how the claim with this key stands and, once it is confirmed, the claim: a single time."""
        stage = self.stage(key)
        with self._guard:
            claim = self._asked
            if claim is None or claim.stage is not Stage.CONFIRMED or not _is_same(key, claim.key):
                return (Stage.GONE if stage is Stage.CONFIRMED else stage), None
            claim.stage = Stage.GONE
            return Stage.CONFIRMED, claim

    def watch(self, snapshot: Snapshot) -> None:
        """Count the presses of one button; called with each snapshot."""
        pressed = snapshot.pressed
        with self._guard:
            self._settle(self._clock())
            if pressed is None or pressed == self._last:
                return
            self._last = pressed
            claim = self._asked
            if claim is None or claim.stage is not Stage.WAITING or pressed.at < claim.at:
                return
            is_more = not pressed.long and (pressed.button == self._button or not self._count)
            self._button, self._count = pressed.button, self._count + 1 if is_more else 0
            if not is_more:
                claim.stage = Stage.WRONG

    def _settle(self, now: float) -> None:
        claim = self._asked
        if claim is None:
            return
        if now - claim.at >= OPEN_S and claim.stage in (Stage.WAITING, Stage.CONFIRMED):
            claim.stage = Stage.GONE
        if claim.stage is Stage.WAITING and self._count and self._last and now - self._last.at >= REST_S:
            claim.stage = Stage.CONFIRMED if self._count == claim.presses else Stage.WRONG
            self._count = 0


def _is_same(key: str, known: str) -> bool:
    """Compare keys in constant time, and as bytes: `compare_digest` takes text only where it is ASCII."""
    return secrets.compare_digest(key.encode(), known.encode())
