"""Switches off MPD's play modes that guests leave on while our songs play, and puts them back for theirs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

MODES = ("repeat", "random", "single", "consume")
VALUES = ("1", "oneshot")
"""What a mode that is on may be."""


class Modes:
    """Knows which modes are the guests'. Methods that take a client raise what it raises."""

    def __init__(self, aside: Mapping[str, str]) -> None:
        self.aside = {mode: value for mode, value in aside.items() if mode in MODES and value in VALUES}
        """Set aside while our songs play: mode -> its value."""

    def names(self, status: Mapping[str, str]) -> tuple[str, ...]:
        """Those that guests have on, also where they are set aside."""
        return tuple(mode for mode in MODES if mode in self.aside or _is_on(status, mode))

    def set_aside(self, client: Any, status: Mapping[str, str]) -> None:
        """Switch off the modes that are on, because our songs play.

        A mode that a guest had left on once made the box play the same few songs for ever.
        """
        for mode in MODES:
            if _is_on(status, mode):
                self.aside[mode] = status[mode]
                set_mode(client, mode, "0")

    def put_back(self, client: Any) -> None:
        """Put the guests' modes back, because their songs go on; what they have set meanwhile holds."""
        if self.aside:
            status, aside, self.aside = client.status(), self.aside, {}
            for mode, value in aside.items():
                if not _is_on(status, mode):
                    set_mode(client, mode, value)


def _is_on(status: Mapping[str, str], mode: str) -> bool:
    return status.get(mode, "0") != "0"


def set_mode(client: Any, mode: str, value: str) -> None:
    """Set one of MPD's modes, as far as it lets us."""
    from mpd import CommandError

    with suppress(CommandError):  # an MPD that lets us do less; the music goes on all the same
        getattr(client, mode)(value)
