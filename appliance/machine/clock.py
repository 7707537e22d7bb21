"""Tell the time of day, as far as it can be trusted: a Pi has none at boot, and then its clock jumps."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

UNSYNCHRONISED = 0x0040
"""STA_UNSYNC of adjtimex(2): the kernel sets it at boot, whatever disciplines the clock clears it."""
SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
"""A file that systemd-timesyncd, which keeps a Pi's clock, makes once it has set the clock."""
RTC = Path("/sys/class/rtc/rtc0/hctosys")
"""A file that reads 1 where the kernel took the time from a clock with a battery."""

LOCALTIME = Path("/etc/localtime")
"""The time zone that is set; timedatectl and raspi-config lay a new link there."""


def kernel_status() -> int | None:
    """Return adjtimex(2)'s status bits; None where we may not ask: our unit's ProtectClock= refuses it."""
    # struct timex: `modes` (an int, padded), `offset`, `freq`, `maxerror`, `esterror` (longs), then `status`.
    word = ctypes.sizeof(ctypes.c_long)
    timex = (ctypes.c_byte * 512)()
    libc = ctypes.CDLL(None)
    if libc.adjtimex(ctypes.byref(timex)) < 0:
        return None
    return ctypes.c_int.from_buffer(timex, 5 * word).value


def now(
    status: Callable[[], int | None] = kernel_status, mark: Path = SYNCHRONISED, rtc: Path = RTC
) -> datetime | None:
    """Return the local time of day, with its offset; None while nothing vouches for the clock.

    Without a network for hours the kernel calls its clock unsynchronised; to a second it is right for days,
    and the mark stays.
    """
    if os.environ.get("TZ") == f":{LOCALTIME}":  # with it, the C library would never look again
        del os.environ["TZ"]
    time.tzset()  # one stat(2): without it a process lives on in the zone that was set when it began
    said = status()
    is_set = said is not None and not said & UNSYNCHRONISED
    return datetime.now().astimezone() if is_set or mark.exists() or _has_battery(rtc) else None


def zone(localtime: Path = LOCALTIME) -> str:
    """Return a name for the time zone that is set now; another one when it is changed, not in summer time."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if named and named != str(LOCALTIME):
        return named
    try:
        where = localtime.resolve(strict=True)
        # A copied file in place of the link has no zone's name: its date tells when it was changed.
        return str(where) if where != localtime else f"{where} {where.stat().st_mtime_ns}"
    except OSError:
        return "UTC"


def _has_battery(rtc: Path) -> bool:
    try:
        return rtc.read_text(encoding="ascii").strip() == "1"
    except OSError:
        return False
