"""Two hosts, the box's and Home Assistant's: two network namespaces with a wire between them.

What runs here is on the box's host: `unshare --net --mount` has made it ours alone. All goes with this
process.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from waiting import until

BOX, OTHER = "192.168.77.1", "192.168.77.2"
PATIENCE_S = 20.0


@contextlib.contextmanager
def other_host() -> Iterator[list[str]]:
    """Another host than ours. Gives the beginning of a command that runs there."""
    with subprocess.Popen(["unshare", "--net", "sleep", "infinity"]) as holder:
        try:
            until(lambda: _net(holder.pid) != _net(os.getpid()), PATIENCE_S, "a network of its own")
            there = ["nsenter", f"--net=/proc/{holder.pid}/ns/net"]
            _wire(holder.pid, there)
            yield there
        finally:
            holder.kill()


def _net(pid: int) -> str:
    return os.readlink(f"/proc/{pid}/ns/net")


def _wire(pid: int, there: list[str]) -> None:
    peer = ["peer", "name", "wire", "netns", str(pid)]
    _ip([], "link", "set", "lo", "up")
    _ip(there, "link", "set", "lo", "up")
    _ip([], "link", "add", "wire", "type", "veth", *peer)
    for command, address in (([], BOX), (there, OTHER)):
        _ip(command, "address", "add", f"{address}/24", "dev", "wire")
        _ip(command, "link", "set", "wire", "up")


def _ip(where: list[str], *words: str) -> None:
    subprocess.run([*where, "ip", *words], check=True)


def know_the_time() -> None:
    """Make the clock one that the network has told, as the box believes it; in our mount namespace alone."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run/systemd"], check=True)
    told = Path("/run/systemd/timesync/synchronized")
    told.parent.mkdir()
    told.touch()
