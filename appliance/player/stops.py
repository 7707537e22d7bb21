"""Why the music stopped, as far as MPD's status tells."""

from __future__ import annotations

import math
from collections.abc import Mapping

SETTLING_S = 0.25
"""MPD's player stops before its queue knows that it is at its end: by 0.1 ms, on a busy board by more."""


def has_ended(status: Mapping[str, str]) -> bool:
    """Whether music stopped because the queue came to its end.

    After a deliberate stop MPD still has a current song; after `clear` it has no queue.
    """
    return status["state"] == "stop" and "song" not in status and status["playlistlength"] != "0"


class Stops:
    """Tells an end that MPD's queue does not know of yet from somebody's stop: only the stop lasts."""

    def __init__(self) -> None:
        self._until: float | None = None
        """When a stop with a current song is to be believed (monotonic); None while there is no such stop."""

    def expect(self) -> None:
        """We stop it ourselves, now."""
        self._until = -math.inf

    def is_unclear(self, status: Mapping[str, str], now: float) -> bool:
        """Whether it takes another look, `SETTLING_S` later, to know who stopped the music."""
        if status["state"] != "stop" or "song" not in status or "error" in status:
            self._until = None
            return False
        if self._until is None:
            self._until = now + SETTLING_S
        return now < self._until
