"""Has MPD blend a song into the next, and leaves it as it was.

MPD mixes the end of a song with the beginning of the one that follows by itself, where both have the same
format and are long enough. It cannot do so in the middle of a song: a new mood fades.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

from appliance.protocol.memory import Crossfade

log = logging.getLogger(__name__)


class Blend:
    """Sets MPD's crossfade. Methods raise what the client raises when the connection is lost."""

    def __init__(self, seconds: float, left: Crossfade | None = None) -> None:
        """seconds: for which two songs sound together; 0 leaves MPD's crossfade alone.

        left: by a box that was killed, or lost its power, before it could put it back.
        """
        self._seconds = max(1, round(seconds)) if seconds else 0
        self.crossfade = left
        """What it was before ours; None where we have set none."""

    def begin(self, client: Any) -> None:
        """Set it: on every new connection, for an MPD that was restarted may have forgotten it."""
        from mpd import CommandError

        if not self._seconds:
            self.end(client)
            return
        try:
            before = self._before(client)
            client.crossfade(self._seconds)
        except CommandError as error:
            log.warning("MPD will not blend songs: %s", error)
            return
        self.crossfade = Crossfade(before, self._seconds)

    def end(self, client: Any) -> None:
        """Put it back, if it is ours."""
        from mpd import CommandError

        if self.crossfade:
            with suppress(CommandError):
                client.crossfade(self._before(client))
            self.crossfade = None

    def _before(self, client: Any) -> int:
        """Return what it was before ours; another one than ours was set by somebody's hand, and stays."""
        now = int(client.status().get("xfade", 0))
        return self.crossfade.before if self.crossfade and now == self.crossfade.ours else now
