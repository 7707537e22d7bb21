"""Ready, watchdog, stopping: the notify protocol of systemd, sd_notify(3); and power off.

One datagram a message, so a dozen lines instead of a library; without systemd nothing happens.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from functools import cache
from pathlib import Path


def ready() -> None:
    """The service does its work, and its watchdog's time is the unit's."""
    unit_us = os.environ.get("WATCHDOG_USEC")
    _notify(f"READY=1\nWATCHDOG_USEC={unit_us}" if unit_us else "READY=1")


def watchdog() -> None:
    """The service's loop has turned."""
    _notify("WATCHDOG=1")


def beginning_anew(within_s: float) -> None:
    """The process becomes the service anew: its loop does not turn until it is `ready` again."""
    if os.environ.get("WATCHDOG_USEC"):
        _notify(f"WATCHDOG_USEC={round(1e6 * within_s)}")


def stopping() -> None:
    """The service is on its way out."""
    _notify("STOPPING=1")


def runtime_folder() -> Path | None:
    """The service's own folder in RAM, from RuntimeDirectory=; None where we are no service."""
    named = os.environ.get("RUNTIME_DIRECTORY")
    return Path(named) if named else None


def power_off() -> None:
    """Ask systemd to shut the machine down, which stops every service cleanly first.

    As a service we may do no such thing: we leave a file that moodbox-power-off.path waits for.
    """
    folder = runtime_folder()
    if folder:
        (folder / "power-off").touch()
    else:
        subprocess.Popen(["systemctl", "--no-ask-password", "poweroff"], stdin=subprocess.DEVNULL)


def restart_mpd() -> None:
    """Ask systemd to restart the box's own MPD, which hangs: moodbox-mpd-restart.path waits for the file."""
    folder = runtime_folder()
    if folder:
        (folder / "restart-mpd").touch()


def _notify(message: str) -> None:
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    address = "\0" + path[1:] if path.startswith("@") else path
    # Without its supervisor the music goes on all the same.
    with contextlib.suppress(OSError):
        _mouth().sendto(message.encode(), address)


@cache
def _mouth() -> socket.socket:
    """Kept: a box that is out of file handles must still be able to say that it lives."""
    return socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
