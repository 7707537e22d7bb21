"""Waits until something is so: the one poll of all tests, in place of sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 100.0
"""For a machine that is busy with other tests, and pauses between tries; all here takes a second or two."""


def until(is_so: Callable[[], Any], within_s: float = PATIENCE_S, what: str = "it") -> Any:
    """Poll until it is true, and return it; fails, naming `what`, when it is not so in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if found := is_so():
            return found
        time.sleep(0.01)
    raise AssertionError(f"waited in vain for {what}")
