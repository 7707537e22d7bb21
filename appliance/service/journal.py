"""Tells the log what troubles the box, and what no longer does."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from appliance.protocol.snapshot import Snapshot

log = logging.getLogger(__name__)


class Journal:
    """Shows the box to whoever reads the log: each change of what is wrong once."""

    def __init__(self, known: Mapping[str, str]) -> None:
        """known: what is wrong at the beginning, of which nothing is said: part -> why."""
        self._known = known

    def show(self, snapshot: Snapshot) -> None:
        """Tell what is new in this snapshot."""
        before, self._known = self._known, snapshot.degraded
        for part, reason in self._known.items():
            if before.get(part) != reason:
                log.warning("%s: %s", part, reason)
        for part in before.keys() - self._known.keys():
            log.info("%s: no trouble any more", part)
