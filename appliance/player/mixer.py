"""MPD's volume: read from its status, and written where it is due."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from appliance.player.fade import Volume

log = logging.getLogger(__name__)


def volume_in(status: Mapping[str, str]) -> int | None:
    """Return the volume in percent; None where the output has no mixer."""
    text = status.get("volume", "-1")
    return None if text == "-1" else int(text)


def write_volume(client: Any, volume: Volume) -> None:
    """Tell MPD the volume that is due, if any. Raises what the client raises when the connection is lost."""
    from mpd import CommandError

    percent = volume.due()
    if percent is None:
        return
    try:
        client.setvol(percent)
    except CommandError as error:  # the mixer went away just now; the next look finds out
        log.debug("MPD will not set the volume: %s", error)
        return
    volume.wrote(percent, volume_in(client.status()))
