"""Processes that a test starts: gone when it is over, however it ends."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")
NOBODY = 65534


@contextlib.contextmanager
def started(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """Start a process as `Popen` does, which alone would wait for it for ever after a test that failed."""
    with subprocess.Popen(command, **options) as child:
        try:
            yield child
        finally:
            child.kill()  # does nothing to one that was seen to end


def alone(
    function: Callable[..., Result],
    *arguments: Any,
    begin: Callable[..., object] | None = None,
    begun: tuple[Any, ...] = (),
) -> Result:
    """Call a module's function in a fresh process, and return what it returns or raise what it raises.

    Such a process may fork: it has no threads, as ours has, of which a fork would copy the locks alone.
    begin: called there before, with `begun`; what is pickled in these is imported before.
    """
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, fresh, initializer=begin, initargs=begun) as process:
        return process.submit(function, *arguments).result()


def become_nobody() -> None:
    """Give up root's rights, if we have them, for good."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setuid(NOBODY)


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
