"""Those who watch: as many as there are seats, and all wait for the same change."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Viewers:
    """Any thread may take a seat, or close the room."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._changed = threading.Condition()
        self._closed = False
        self.taken = 0

    def close(self) -> None:
        """Let everybody go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @contextmanager
    def seat(self) -> Iterator[bool]:
        """Sit there meanwhile; False when the house is full, or closed."""
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
        """The last one has gone."""
