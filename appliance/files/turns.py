"""One at a time: who reads a file, changes what it says and writes it, is alone with it for so long.

Else of two who save at once the second writes what he read before the first, and the first one's change is
gone, though both were told that it was saved. It is the folder that is locked: that keeps out threads and
other processes alike, leaves no file behind, and the kernel ends it with the process that has it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

PATIENCE_S = 30.0
"""To check settings takes a slow board a second; whoever has a folder for longer is stuck."""
PAUSE_S = 0.02
"""Between two tries to have a folder that another process has."""
_THREADS = threading.RLock()
_HELD: set[Path] = set()
"""The folders that the thread has which has `_THREADS`."""


@contextmanager
def turn(file: Path, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Be the only thread and process that changes the file, and those beside it; may be taken within itself.

    patience_s: seconds to wait at most for other threads, and as many for other processes.
    Raises OSError where the folder cannot be read, and when somebody else has it for too long.
    """
    with ExitStack() as held:
        if not _THREADS.acquire(timeout=patience_s):
            raise _busy(file)
        held.callback(_THREADS.release)
        folder = Path(os.path.realpath(file.parent))
        if folder not in _HELD:
            with suppress(FileNotFoundError):  # nothing lies there yet that could be lost
                held.callback(os.close, _locked(folder, file, patience_s))
            _HELD.add(folder)
            held.callback(_HELD.discard, folder)
        yield


def _locked(folder: Path, file: Path, patience_s: float) -> int:
    """Lock the folder. Returns its handle, which has the lock until it is closed."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    patient_until = time.monotonic() + patience_s
    try:
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return handle
            if time.monotonic() >= patient_until:
                raise _busy(file)
            time.sleep(PAUSE_S)
    except BaseException:
        os.close(handle)
        raise


def _busy(file: Path) -> OSError:
    return OSError(errno.EBUSY, "somebody else is changing it; try again", str(file))
