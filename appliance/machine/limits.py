"""Limits of the process: file handles, threads, memory; and whether some is left."""

from __future__ import annotations

import ctypes
import errno
import math
import mmap
import os
import resource
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path

LONGEST_SOCKET = 107
"""Bytes of a Unix socket's path: sun_path of unix(7) without its closing zero."""
HANDLES = 8
"""File handles that must be free: for MPD, the state, a person's command."""
OTHERS = 32
"""File handles that the box has open at the most, without a page's connections."""
MEMORY = 24 << 20
"""Bytes that must be had at one go."""
FULL = 0.85
"""The share of what the control group may have, beyond which the kernel will soon end the process."""

M_ARENA_MAX = -8
"""Option of mallopt(3): how many heaps there may be."""

CGROUP = Path("/sys/fs/cgroup")


def shortage(handles: int = HANDLES) -> str | None:
    """Return what the machine is short of, for people; None when there is enough. Takes 0.1 ms.

    It tries to have each, for that is what the loop will need next; see docs/decisions/limits.md.
    handles: so many free file handles are enough.
    """
    if not _has_handles(handles):
        return "file handles"
    if not _has_memory(MEMORY):
        return "memory"
    return None if _has_thread() else "threads"


def named(error: BaseException) -> str | None:
    """Return what an error says is short, in the words of `shortage`; None when it is another matter."""
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.EMFILE, errno.ENFILE):
        return "file handles"
    if isinstance(error, MemoryError) or number == errno.ENOMEM:
        return "memory"
    return "threads" if isinstance(error, RuntimeError) and "new thread" in str(error) else None


def few_heaps() -> None:
    """Let the C library keep two heaps, not eight for each core: every thread of the page would fill its own.

    Measured with a thousand viewers of the live picture: 114 MB instead of 128.
    """
    with suppress(AttributeError):  # glibc's alone
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def connections(most: int) -> int:
    """Return how many connections, at `most`, a page may hold open and leave the music its file handles."""
    return max(1, min(most, (resource.getrlimit(resource.RLIMIT_NOFILE)[0] - OTHERS) // 2))


def _has_handles(count: int) -> bool:
    held: list[int] = []
    try:
        while len(held) < count:
            held.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
        return True
    except OSError as error:
        return named(error) is None  # another error says nothing of handles
    finally:
        for handle in held:
            os.close(handle)


def _has_memory(size: int) -> bool:
    try:
        mmap.mmap(-1, size).close()  # address space: its pages are never touched
    except (OSError, MemoryError):
        return False
    return _ours() < FULL * _most()


def _has_thread() -> bool:
    try:
        thread = threading.Thread(target=int, daemon=True)
        thread.start()
    except RuntimeError:
        return False
    thread.join()
    return True


def _ours() -> float:
    """Return how many bytes of this process are in RAM; 0 where nobody says."""
    with suppress(OSError, ValueError):
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * mmap.PAGESIZE
    return 0.0


@cache
def _most() -> float:
    """Return how many bytes our control group may have, cgroups(7); infinite where nobody says."""
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
        group = next(line[3:] for line in lines if line.startswith("0::"))
        said = (CGROUP / group.lstrip("/") / "memory.max").read_text(encoding="ascii")
        return float(said.replace("max", "inf"))
    return math.inf
