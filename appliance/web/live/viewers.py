"""Viewers of a stream: as many as there are seats, and all of them wait for the same change."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Viewers:
    """The seats of one stream, and the condition on which those in them wait. For any thread."""

    def __init__(self, most: int) -> None:
        """most: how many seats there are."""
        self._most = most
        self._changed = threading.Condition()
        self._closed = False
        self.taken = 0

    def close(self) -> None:
        """Let everybody go, and nobody in."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @contextmanager
    def seat(self) -> Iterator[bool]:
        """Take a seat for the block and give True; give False when there is none, or after `close`."""
        with self._changed:
            is_free = self.taken < self._most and not self._closed
            self.taken += is_free
        try:
            yield is_free
        finally:
            with self._changed:
                self.taken -= is_free
                if not self.taken:
                    self._emptied()

    def _emptied(self) -> None:
        """Do what is to be done when the last viewer has gone; for subclasses."""
