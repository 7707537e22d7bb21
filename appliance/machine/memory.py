"""Keep frames out of core dumps: who starts us may have allowed them, and a crash would write one down."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import resource

PR_SET_DUMPABLE = 4
"""Option of prctl(2): whether the process may be dumped, and attached to."""


def stay_in_ram() -> None:
    """Forbid core dumps of this process, for good: a camera that is closed has left frames in freed memory.

    The limit alone does not bind a program that the kernel pipes dumps into, such as systemd-coredump; not
    being dumpable does. Then nobody of the same user can attach a debugger and look at them, either.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def give_back() -> None:
    """Give the kernel back what an ended service leaves: the C library would keep 6 MB of each."""
    gc.collect()
    with contextlib.suppress(AttributeError):  # not every C library can
        ctypes.CDLL(None).malloc_trim(0)
