"""Whether the box is to end: for good, or to begin anew with changed settings. Any thread may say so."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Ending:
    """Keeps what was asked for. An end for good, before or after it, is stronger than a beginning anew."""

    def __init__(self, nudge: Callable[[], None]) -> None:
        """nudge: wakes the loop, whatever it waits for."""
        self._nudge, self._is_near = nudge, threading.Event()
        self._is_for_good = self._is_asked_anew = False

    @property
    def is_near(self) -> bool:
        """Whether the loop is to end, in either way."""
        return self._is_near.is_set()

    @property
    def begins_anew(self) -> bool:
        """Whether somebody wants the box to begin anew, and nobody wants it to end for good."""
        return self._is_asked_anew and not self._is_for_good

    def for_good(self) -> None:
        """Have the loop end; safe in a signal handler."""
        self._is_for_good = True
        self._come()

    def anew(self) -> None:
        """Have the loop end, to begin anew."""
        self._is_asked_anew = True
        self._come()

    def wait(self, seconds: float) -> None:
        """Wait for so long, or until the loop is to end."""
        self._is_near.wait(seconds)

    def _come(self) -> None:
        self._is_near.set()
        self._nudge()
