"""The time of day, as far as it can be trusted: a Pi has none at boot, and then it jumps."""

from __future__ import annotations

import ctypes
from datetime import datetime
from pathlib import Path

UNSYNCHRONISED = 0x0040
"""STA_UNSYNC of adjtimex(2): the kernel sets it at boot, whatever disciplines the clock clears it."""
SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
"""Made by systemd-timesyncd, which keeps a Pi's clock, once it has set it."""
RTC = Path("/sys/class/rtc/rtc0/hctosys")
"""Reads 1 where the kernel took the time from a clock with a battery."""


def now() -> datetime | None:
    """Local time of day, with its zone; None while nothing vouches for the clock."""
    return datetime.now().astimezone() if is_synchronised() or _has_battery() else None


def is_synchronised() -> bool:
    """Whether the network (or anything else that disciplines the kernel's clock) has set the time."""
    # struct timex: `modes` (an int, padded), `offset`, `freq`, `maxerror`, `esterror` (longs), then `status`.
    word = ctypes.sizeof(ctypes.c_long)
    timex = (ctypes.c_byte * 512)()
    libc = ctypes.CDLL(None)
    if libc.adjtimex(ctypes.byref(timex)) < 0:
        return SYNCHRONISED.exists()  # ProtectClock= of our unit refuses even to be asked
    status = ctypes.c_int.from_buffer(timex, 5 * word)
    # Without a network for hours the kernel calls its clock unsynchronised; to a second it is right for days.
    return not status.value & UNSYNCHRONISED or SYNCHRONISED.exists()


def _has_battery() -> bool:
    try:
        return RTC.read_text(encoding="ascii").strip() == "1"
    except OSError:
        return False
