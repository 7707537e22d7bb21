"""The cover of the song that plays, as text for MQTT; looked up in a thread of its own, for MPD may be slow.

A cover is the picture of an album, out of a song's file or its folder: none of what the camera sees.
"""

from __future__ import annotations

import logging
import threading
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress

LARGEST = 180_000
"""Bytes of a cover that is told, at most: as base64 it fits into a message that `session` takes back."""

log = logging.getLogger(__name__)

Find = Callable[[str], tuple[str, bytes] | None]
"""Finds type and bytes of a song's cover, by its name in MPD; may raise anything."""


class Covers:
    """Knows the cover of one song at a time: the newest that was asked for."""

    def __init__(self, find: Find, news: Callable[[], None]) -> None:
        """news: called from a thread of ours when a cover was found."""
        self._find, self._news = find, news
        self._guard = threading.Lock()
        self._wanted = ""
        self._text = ""
        self._is_looking = False

    def of(self, uri: str) -> str:
        """Return the song's cover in base64; empty while it is not known, and where there is none."""
        with self._guard:
            if uri == self._wanted:
                return self._text
            self._wanted, self._text = uri, ""
            if not uri or self._is_looking:
                return ""
            with suppress(RuntimeError):  # no thread to be had: the next song will have its cover
                threading.Thread(target=self._look, name="cover", daemon=True).start()
                self._is_looking = True
            return ""

    def _look(self) -> None:
        sought: str | None = None
        while (sought := self._next(sought)) is not None:
            text = self._found(sought)
            with self._guard:
                if sought == self._wanted:
                    self._text = text
            if text:
                self._news()

    def _next(self, sought: str | None) -> str | None:
        """Return what is to be looked up after `sought`; None, if that was the newest."""
        with self._guard:
            self._is_looking = bool(self._wanted) and self._wanted != sought
            return self._wanted if self._is_looking else None

    def _found(self, uri: str) -> str:
        try:
            found = self._find(uri)
        except (
            Exception
        ) as error:  # whatever a file holds, or memory that is short: the next song has its turn
            log.debug("no cover: %s", error)
            return ""
        return b64encode(found[1]).decode() if found and len(found[1]) <= LARGEST else ""
