"""Has MPD blend a song into the next, and leaves it as it was.

MPD mixes the end of a song with the beginning of the one that follows by itself, where both have the same
format and are long enough. It cannot do so in the middle of a song: a new mood fades.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

log = logging.getLogger(__name__)


class Blend:
    """Sets MPD's crossfade. Methods raise what the client raises when the connection is lost."""

    def __init__(self, seconds: float) -> None:
        """seconds: for which two songs sound together; 0 leaves MPD's crossfade alone."""
        self._seconds = max(1, round(seconds)) if seconds else 0
        self._before: int | None = None
        """What it was before ours; None where we have set none."""

    def begin(self, client: Any) -> None:
        """Set it: on every new connection, for an MPD that was restarted may have forgotten it."""
        from mpd import CommandError

        if not self._seconds:
            return
        try:
            before = int(client.status().get("xfade", 0))
            client.crossfade(self._seconds)
        except CommandError as error:
            log.warning("MPD will not blend songs: %s", error)
            return
        self._before = before if self._before is None else self._before

    def end(self, client: Any) -> None:
        """Put it back."""
        from mpd import CommandError

        if self._before is not None:
            with suppress(CommandError):
                client.crossfade(self._before)
