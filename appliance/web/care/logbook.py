"""The newest lines of the log, in RAM, for the page. Like the log they name no emotion and no song's mood."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterable

LINES = 500
LONGEST = 2000
"""Characters of one message."""


class Logbook(logging.Handler):
    """Keeps the newest `LINES` lines of the log."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[tuple[float, str, str, str]] = deque(maxlen=LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line; called by logging."""
        try:
            text = self.format(record)[:LONGEST]
        except Exception:  # a message that does not fit its arguments must not end who logs it
            text = str(record.msg)[:LONGEST]
        self._lines.append((time.monotonic(), record.levelname.lower(), record.name, text))

    def lines(self, least: str, now: float) -> Iterable[dict[str, object]]:
        """Give the lines of this level or above, the newest last. least: debug, info, warning or error.

        now: monotonic seconds.
        """
        floor = logging.getLevelName(least.upper())
        for at, level, name, text in list(self._lines):
            if logging.getLevelName(level.upper()) >= floor:
                yield {"ago_s": round(now - at, 1), "level": level, "name": name, "text": text}


_OF_PROCESS = Logbook()


def logbook() -> Logbook:
    """Return this process's logbook, listening; it outlives a service that begins anew in the process."""
    root = logging.getLogger()
    if _OF_PROCESS not in root.handlers:
        root.addHandler(_OF_PROCESS)
    return _OF_PROCESS
