"""Camera off goes past the loop, which may be waiting for an MPD that hangs: privacy comes first.

The order itself still goes its way through the inbox, for everything else that follows from it. The brain
decides what "the other state" is; but a press that means "off" is one at once, and never becomes an "on".
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from appliance.protocol.commands import SwitchCamera, ToggleCamera

E = TypeVar("E")


class Eyes(Protocol):
    """As `vision.Vision`."""

    def pause(self, timeout_s: float) -> bool: ...
    def resume(self) -> None: ...


def is_off(event: object) -> bool:
    return isinstance(event, SwitchCamera) and not event.on


def at_once(event: E, is_shown_off: bool) -> E | SwitchCamera:
    """The event as it is to be put into the inbox. is_shown_off: whether the camera is off for all to see."""
    if isinstance(event, ToggleCamera) and not is_shown_off:
        return SwitchCamera(False, source=event.source)
    return event


class Shutter:
    """Between every order and the camera. While an "off" is on its way through the inbox, nothing opens."""

    def __init__(self, keep: Callable[[bool], None]) -> None:
        """keep: have it written whether the camera may be on; must not block."""
        self._keep = keep
        self._eyes: Eyes | None = None
        self._lock = threading.Lock()
        self._coming = 0

    def attach(self, eyes: Eyes) -> None:
        """These are what is closed and opened from now on."""
        self._eyes = eyes

    @property
    def is_closing(self) -> bool:
        """Whether the camera was switched off, and the loop does not know yet."""
        return self._coming > 0

    @contextmanager
    def ahead_of(self, event: object) -> Iterator[None]:
        """Before an "off" is put into the inbox, in whatever thread: keep it, and close the camera."""
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
        """The loop has dealt with this event, or it never got there."""
        if is_off(event):
            with self._lock:
                self._coming -= 1

    def keep(self, on: bool) -> None:
        """What the loop wants kept."""
        with self._lock:
            if not self._coming:
                self._keep(on)

    def open(self) -> None:
        with self._lock:
            if self._eyes and not self._coming:
                self._eyes.resume()

    def close(self) -> None:
        if self._eyes:
            self._eyes.pause(timeout_s=0.0)  # nobody waits for a camera that hangs
