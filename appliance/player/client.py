"""Connects to MPD, asks it, and says in people's words why there is no connection."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeAlias

import mpd

from appliance.errors import CommandRejected, ConfigError, PlayerLost, PlayerRefused
from appliance.machine.machine import mpd_again, mpd_state

TIMEOUT_S = 5.0
"""For an answer; an MPD that hangs still takes connections, so only this tells."""
NEEDED = frozenset(
    {
        "addid",
        "deleteid",
        "playid",
        "play",
        "pause",
        "stop",
        "next",
        "previous",
        "seekid",
        "setvol",
        "clearerror",
    }
)
"""Commands without which there is no music of ours."""


class Client(mpd.MPDClient):  # type: ignore[misc]  # it has no types
    """A python-mpd2 client that closes what it gives up, and reads long answers quickly.

    python-mpd2 leaves half-sent lines to the garbage collector, which reports them.
    """

    def _reset(self) -> None:
        for end in ("_rbfile", "_wfile", "_sock"):
            with suppress(Exception):
                getattr(self, end).close()
        super()._reset()

    def lines(self, command: str, *arguments: str | tuple[int, int]) -> list[str]:
        """Send a command and return MPD's answer line by line: ten times as quick as dictionaries of it.

        A line in no UTF-8, as in a playlist from Windows, is taken for Windows' own Latin letters.
        Raises what every command of python-mpd2 raises.
        """
        self._write_command(command, arguments)
        found: list[str] = []
        for line in iter(self._rbfile.readline, b""):
            if line == b"OK\n":
                return found
            if line.startswith(b"ACK "):
                raise mpd.CommandError(line[4:].decode(errors="replace").strip())
            found.append(_decoded(line.rstrip(b"\n")))
        self.disconnect()
        raise mpd.ConnectionError("Connection lost while reading line")


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


Password: TypeAlias = str | Callable[[], str | None] | None
"""MPD's password, or what reads it anew each time, and raises ConfigError; None without one."""


def connect(address: str, port: int, password: Password, timeout_s: float = TIMEOUT_S) -> Any:
    """Connect an `mpd.MPDClient`, log in and see that it may be used.

    Raises PlayerLost when MPD does not answer or the password cannot be read, PlayerRefused when MPD does not
    let us in; each says why.
    """
    try:
        password = password() if callable(password) else password
    except ConfigError as error:
        raise PlayerLost(str(error)) from error
    # It tells every connection at INFO, and at DEBUG every song.
    logging.getLogger("mpd").setLevel(logging.WARNING)
    client = Client()
    client.timeout = timeout_s
    try:
        client.connect(address, port)
        if password:
            client.password(password)
        client.status()
    except mpd.CommandError as error:
        disconnect(client)
        raise PlayerRefused(_refusal(error, password)) from error
    except (OSError, mpd.MPDError, ValueError) as error:
        disconnect(client)
        raise PlayerLost(_absence(error, address, port)) from error
    return client


def picture_of(client: Any, command: str, uri: str, most: int) -> bytes:
    """Fetch a song's picture by `readpicture` or `albumart`; empty when there is none.

    Not python-mpd2's own way, which fetches one of any size. Raises CommandRejected for one of more than
    `most` bytes, and what the client raises.
    """
    picture = bytearray()
    while True:
        client._write_command(command, [uri, len(picture)])
        answer = client._read_binary()
        size, chunk = int(answer.get("size", 0)), answer.get("binary", b"")
        if size > most:
            raise too_large(size, most)
        picture += chunk
        if not chunk or len(picture) >= size:
            return bytes(picture)


def too_large(size: int, most: int) -> CommandRejected:
    """The error for a picture of `size` bytes where `most` may be shown."""
    return CommandRejected(
        f"the picture has {size >> 20} MB, the page shows up to {most >> 20}; make it smaller"
    )


def see_rights(client: Any) -> None:
    """See that MPD may be controlled, not only read. Raises PlayerRefused, naming what it does not permit."""
    refused = sorted(NEEDED.intersection(client.notcommands()))
    if refused:
        raise PlayerRefused(
            f"MPD may be read, but not controlled: no permission for {', '.join(refused)}; let the box in by "
            "local_permissions in mpd.conf, or by a password in mpd.password_file"
        )


def disconnect(client: Any) -> None:
    """Close a connection, whatever state it is in."""
    with suppress(Exception):  # python-mpd2 flushes what cannot be sent any more
        client.disconnect()


def _refusal(error: Exception, password: str | None) -> str:
    if password:
        return f"MPD refuses the password ({error}); see mpd.password_file"
    return f"MPD refuses ({error}); it may want a password: see mpd.password_file"


def _absence(error: Exception, address: str, port: int) -> str:
    where = address if address.startswith(("/", "@")) else f"{address}:{port}"
    if isinstance(error, TimeoutError):
        return f"MPD at {where} does not answer within {TIMEOUT_S:g} s; {mpd_again(address)}"
    if isinstance(error, PermissionError):
        return f"MPD's socket {where} may not be opened; its group or mode must let this user in"
    if isinstance(error, socket.gaierror):
        return f"the host of MPD at {where} is unknown ({error}); see mpd.address"
    if isinstance(error, OSError):
        why = error.strerror or error
        return f"no MPD at {where} ({why}); {mpd_state(address)}"
    if isinstance(error, mpd.ConnectionError):
        return f"MPD at {where} hung up ({error}); {mpd_state(address)}"
    return f"what answers at {where} is not MPD ({error}); see mpd.address"
