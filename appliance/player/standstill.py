"""Finds out that music stands still although MPD says it plays (an output hangs), and what to do about it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from appliance.machine.machine import outputs_again

STANDS_S = 15.0
"""A position that has not moved for so long stands; filling a radio's buffer takes less."""
SWITCH_S, SWITCH_FOREIGN_S = 30.0, 120.0
"""After which an output is switched off and on. MPD may hang as a whole while it waits for one that hangs; so
somebody else's MPD, which we cannot have restarted, gets more time to recover by itself."""
RESTART_S = 30.0
"""An output that hangs so long after that takes MPD's end to let go; so does an MPD that does not answer."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 60.0, 3600.0
"""Between two restarts, doubling: where the card itself is broken they mend nothing."""


class Standstill:
    """Watches whether MPD's position moves."""

    def __init__(self) -> None:
        self._seen: tuple[str | None, ...] = ()
        self._since = 0.0

    def lasts_s(self, status: Mapping[str, str], now: float) -> float:
        """Seconds for which the position has stood although MPD says that it plays."""
        seen = tuple(status.get(key) for key in ("state", "songid", "elapsed"))
        if seen != self._seen or status["state"] != "play":
            self._seen, self._since = seen, now
        return now - self._since


class Rescue:
    """Has MPD restarted, as the last resort, ever more rarely."""

    def __init__(self, restart: Callable[[], None] | None) -> None:
        """restart: begins it; None where MPD is somebody else's."""
        self._restart = restart
        self._next_at = -math.inf
        self._pause_s = FIRST_PAUSE_S
        self._silent_since: float | None = None

    @property
    def switch_s(self) -> float:
        """After how long of standing an output is switched off and on."""
        return SWITCH_FOREIGN_S if self._restart is None else SWITCH_S

    def call(self, now: float) -> None:
        """Have MPD restarted, unless it is somebody else's or was restarted lately."""
        if self._restart is None or now < self._next_at:
            return
        self._next_at, self._pause_s = now + self._pause_s, min(LONGEST_PAUSE_S, 2 * self._pause_s)
        self._restart()

    def note_well(self) -> None:
        """Note that music moves: the pauses between two restarts begin short again."""
        self._pause_s, self._silent_since = FIRST_PAUSE_S, None

    def note_answer(self) -> None:
        """Note that MPD answers, or that none is there to hang."""
        self._silent_since = None

    def note_silence(self, now: float) -> None:
        """Note that MPD took a connection and did not answer; after `RESTART_S` of that it is restarted."""
        self._silent_since = now if self._silent_since is None else self._silent_since
        if now - self._silent_since >= RESTART_S:
            self.call(now)


def blame(client: Any) -> str:
    """Say for people what is wrong with the sound output, and what helps."""
    names = [output["outputname"] for output in client.outputs() if output.get("outputenabled") == "1"]
    if names:
        return (
            f"the sound output hangs ({', '.join(names)}): MPD plays, and nothing moves; "
            "unplug it and plug it in again, or restart MPD"
        )
    return f"MPD plays into nothing: no sound output is on; {outputs_again()}"


def switch_off_and_on(client: Any) -> None:
    """Switch outputs off and on, as a person would try first. What somebody has switched off stays off."""
    for output in client.outputs():
        if output.get("outputenabled") == "1" and output.get("plugin") != "null":
            client.disableoutput(output["outputid"])
            client.enableoutput(output["outputid"])
    client.play()
