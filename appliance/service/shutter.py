"""Closes the camera before the loop knows of it, for that may be waiting for an MPD that hangs.

Privacy comes first. The order itself still goes its way through the inbox, for everything else that follows
from it. The brain decides what "the other state" is; but a press that means "off" is one at once, and never
becomes an "on".
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from appliance.protocol.commands import SwitchCamera, ToggleCamera

E = TypeVar("E")


class Eyes(Protocol):
    """`vision.Vision`, as far as the shutter needs it."""

    def pause(self, timeout_s: float) -> bool: ...
    def resume(self) -> None: ...


def is_off(event: object) -> bool:
    """Whether this event switches the camera off."""
    return isinstance(event, SwitchCamera) and not event.on


def at_once(event: E, is_shown_off: bool) -> E | SwitchCamera:
    """Make an "off" of a press for the other state, where that is what it means; else leave the event.

    is_shown_off: whether the camera is off for all to see.
    """
    if isinstance(event, ToggleCamera) and not is_shown_off:
        return SwitchCamera(False, source=event.source)
    return event


class Shutter:
    """Stands between every order and the camera: while an "off" is on its way to the loop, nothing opens."""

    def __init__(self, keep: Callable[[bool], None]) -> None:
        """keep: have it written whether the camera may be on; must not block."""
        self._keep = keep
        self._eyes: Eyes | None = None
        self._lock = threading.Lock()
        self._coming = 0
        """How many times "off" is on its way: the loop has not dealt with it yet."""

    def attach(self, eyes: Eyes) -> None:
        """Close and open these from now on."""
        self._eyes = eyes

    @property
    def is_closing(self) -> bool:
        """Whether the camera was switched off, and the loop does not know yet."""
        return self._coming > 0

    @contextmanager
    def ahead_of(self, event: object) -> Iterator[None]:
        """Keep an "off" and close the camera, in whatever thread, before it is put into the inbox."""
        if is_off(event):
            with self._lock:
                self._coming += 1
            self._keep(False)
            self.close()
        try:
            yield
        except BaseException:
            self.passed(event)
            raise

    def passed(self, event: object) -> None:
        """Note that the loop has dealt with this event, or that it never got there."""
        if is_off(event):
            with self._lock:
                self._coming -= 1

    def keep(self, on: bool) -> None:
        """Keep what the loop thinks of the camera."""
        with self._lock:
            if not self._coming:  # else the loop, which does not know of the "off" yet, would write "on"
                self._keep(on)

    def open(self) -> None:
        """Open the camera, unless an "off" is on its way."""
        with self._lock:
            if self._eyes and not self._coming:
                self._eyes.resume()

    def close(self) -> None:
        """Have the camera closed, without waiting for it."""
        if self._eyes:
            self._eyes.pause(timeout_s=0.0)  # nobody waits for a camera that hangs
