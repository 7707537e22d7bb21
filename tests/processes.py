"""Processes that a test starts: gone when it is over, however it ends."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator, Sequence
from typing import Any


@contextlib.contextmanager
def started(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """Start a process as `Popen` does, which alone would wait for it for ever after a test that failed."""
    with subprocess.Popen(command, **options) as child:
        try:
            yield child
        finally:
            child.kill()  # does nothing to one that was seen to end


def connected(address: str, port: int) -> Any:
    """A client of MPD at this socket or host, as soon as it listens."""
    import mpd

    client, deadline = mpd.MPDClient(), time.monotonic() + 15.0
    while True:
        try:
            client.connect(address, port)
            return client
        except OSError:
            assert time.monotonic() < deadline, "MPD does not listen"
            time.sleep(0.02)  # between two tries; the deadline decides
