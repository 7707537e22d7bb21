"""Tell systemd how the service is (its notify protocol, sd_notify(3)), and ask it to power off.

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
    """Tell systemd that the service does its work, and set the watchdog's time to the unit's again."""
    unit_us = os.environ.get("WATCHDOG_USEC")
    _notify(f"READY=1\nWATCHDOG_USEC={unit_us}" if unit_us else "READY=1")


def watchdog() -> None:
    """Tell systemd that the service's loop has turned."""
    _notify("WATCHDOG=1")


def beginning_anew(within_s: float) -> None:
    """Stretch the watchdog's time while the process becomes the service anew, until it is `ready` again.

    within_s: seconds that the new start may take. systemd is not told of an end: for it there is none
    (docs/decisions/begin-anew.md).
    """
    if os.environ.get("WATCHDOG_USEC"):
        _notify(f"WATCHDOG_USEC={round(1e6 * within_s)}")


def stopping() -> None:
    """Tell systemd that the service is on its way out."""
    _notify("STOPPING=1")


def runtime_folder() -> Path | None:
    """Return the service's own folder in RAM, from RuntimeDirectory=; None where we are no service."""
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


def install_update() -> None:
    """Ask systemd to install the newest release: moodbox-install.path waits for the file. Raises OSError."""
    folder = runtime_folder()
    if folder:
        (folder / "install").touch()


def restart_mpd() -> None:
    """Ask systemd to restart the box's own MPD, which hangs: moodbox-mpd-restart.path waits for the file."""
    folder = runtime_folder()
    if folder:
        (folder / "restart-mpd").touch()


def scan_library() -> bool:
    """Have systemd hear the library: moodbox-scan.path waits for it. False where we are no service."""
    folder = runtime_folder()
    if folder:
        (folder / "scan").touch()
    return folder is not None


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
    """Make the socket once and keep it: a box out of file handles must still be able to say that it lives."""
    return socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
