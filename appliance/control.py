"""The control socket, the command line's way in: it takes a command as a line of JSON and answers with one.

Request: a command as `encoding.parse` reads it, or {"command": "status"}.
Answer: {"ok": true, "snapshot": {...}} or {"ok": false, "error": "..."}.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from appliance.errors import CommandRejected, ConfigError, NotRunning
from appliance.machine import limits
from appliance.machine.machine import ways
from appliance.protocol.commands import Command
from appliance.protocol.encoding import describe, parse
from appliance.protocol.snapshot import Snapshot

LONGEST_LINE = 4096
"""Bytes; a command has about fifty."""
LONGEST_ANSWER = 1024 * 1024
"""Bytes; a snapshot has about two thousand, more where a song's tags are long. A longer answer is cut, and so
no JSON."""
PATIENCE_S = 5.0
"""Seconds that either side waits for the other."""
AGAIN_S = 0.1
"""Seconds between two tries where file handles are short."""

log = logging.getLogger(__name__)


class AlreadyRunning(ConfigError):
    """Another Moodbox has the socket, and with it music and camera."""


class ControlServer:
    """Serves the control socket until `close`, each request in a short-lived thread of its own."""

    def __init__(
        self,
        path: Path,
        ask: Callable[[Command], Future[Snapshot]],
        snapshot: Callable[[], Snapshot],
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Serve from now on. ask: hands a command to the loop. snapshot: gives the newest one.

        Raises ConfigError when the socket cannot be made, AlreadyRunning among them.
        """
        self._path = path
        _make_room(path)
        try:
            self._server = _Server(str(path), ask, snapshot, patience_s)
            path.chmod(0o660)
        except OSError as error:
            raise ConfigError([f"control.socket: {path}: {error.strerror}"]) from error
        # Without an interval: asked every tenth of a second whether it is to end, it woke a whole idle box.
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": None}, name="control", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop serving, and remove the socket."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(PATIENCE_S)
        self._path.unlink(missing_ok=True)


def send(path: Path, message: dict[str, Any]) -> dict[str, Any]:
    """Send a message to the running service. Returns the snapshot of its answer.

    Raises NotRunning when nobody listens, CommandRejected with the service's own words.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            # Longer than the service waits for its loop, so that its word that it is busy is heard, too.
            link.settimeout(PATIENCE_S + 1)
            link.connect(str(path))
            link.sendall(json.dumps(message).encode() + b"\n")
            # With an end: root asks whoever listens there.
            answer = json.loads(link.makefile("rb").readline(LONGEST_ANSWER))
        is_done = answer["ok"]
        said = answer["snapshot" if is_done else "error"]
    except PermissionError as error:
        raise NotRunning(
            f"{path}: not allowed; run this as root or as a member of the group moodbox"
        ) from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotRunning(f"{path}: no service answers ({error}); {ways().start}") from error
    if not is_done:
        raise CommandRejected(said)
    snapshot: dict[str, Any] = said
    return snapshot


def _make_room(path: Path) -> None:
    if len(os.fsencode(path)) > limits.LONGEST_SOCKET:
        raise ConfigError(
            [f"control.socket: {path}: longer than {limits.LONGEST_SOCKET} bytes; choose a shorter path"]
        )
    if not path.parent.is_dir():
        raise ConfigError([f"control.socket: no folder {path.parent}; make it, or choose another path"])
    if not path.is_socket():
        return
    try:
        _ask_who(path)
    except ConnectionRefusedError:  # nobody listens: a crash has left it
        path.unlink()
    except (OSError, ValueError):
        problem = "it is another program's; choose another path"
        raise ConfigError([f"control.socket: {path}: {problem}"]) from None
    else:
        raise AlreadyRunning([f"control.socket: {path}: another Moodbox is running; stop that one first"])


def _ask_who(path: Path) -> None:
    """Return where a box listens, also one that is too busy to answer.

    Raises ConnectionRefusedError for no listener, another OSError or ValueError where somebody else does.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(PATIENCE_S)
        link.connect(str(path))
        with contextlib.suppress(TimeoutError, BrokenPipeError, ConnectionResetError):
            link.sendall(b'{"command": "status"}\n')
            json.loads(link.makefile("rb").readline(LONGEST_ANSWER))


BUSY = {"ok": False, "error": "the service is busy: it is out of {short}; try again in a moment"}


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    block_on_close = False  # a client that hangs must not hold up the service's end

    def __init__(
        self,
        path: str,
        ask: Callable[[Command], Future[Snapshot]],
        snapshot: Callable[[], Snapshot],
        patience_s: float,
    ) -> None:
        self.ask = ask
        self.snapshot = snapshot
        self.patience_s = patience_s
        self._spare: int | None = os.open(os.devnull, os.O_RDONLY)
        """A file handle that is kept for `_refuse`."""
        self._ending = threading.Event()
        super().__init__(path, _Request)

    def get_request(self) -> tuple[socket.socket, Any]:
        try:
            return super().get_request()
        except OSError as error:
            short = limits.named(error)
            if short:
                self._refuse(short)
            raise

    def process_request(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request(request, client_address)
        except RuntimeError as error:  # there is no thread to be had
            _say_busy(request, limits.named(error) or str(error))
            self.shutdown_request(request)

    def shutdown(self) -> None:
        self._ending.set()
        self.socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for callers
        super().shutdown()

    def server_close(self) -> None:
        super().server_close()
        self._let_go()

    def _let_go(self) -> None:
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None

    def _refuse(self, short: str) -> None:
        """Answer with the handle that was kept for this: without a word there would seem to be no box."""
        self._let_go()
        with contextlib.suppress(OSError):
            link, _ = self.socket.accept()
            with link:
                _say_busy(link, short)
        while not self._ending.is_set():
            with contextlib.suppress(OSError):
                self._spare = os.open(os.devnull, os.O_RDONLY)
                return
            self._ending.wait(AGAIN_S)

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("a client of the control socket went away", exc_info=True)


def _say_busy(link: socket.socket, short: str) -> None:
    with contextlib.suppress(OSError):
        link.settimeout(AGAIN_S)
        link.recv(LONGEST_LINE)  # a client that is still sending would not hear the answer
        link.sendall(json.dumps(BUSY).replace("{short}", short).encode() + b"\n")


class _Request(socketserver.StreamRequestHandler):
    timeout = PATIENCE_S
    server: _Server

    def handle(self) -> None:
        line = self.rfile.readline(LONGEST_LINE + 1)
        try:
            answer = {"ok": True, "snapshot": describe(self._carry_out(line), time.monotonic())}
        except CommandRejected as error:
            answer = {"ok": False, "error": str(error)}
        except TimeoutError:
            answer = {"ok": False, "error": "the service is busy; it will do this when it can"}
        self.wfile.write(json.dumps(answer).encode() + b"\n")

    def _carry_out(self, line: bytes) -> Snapshot:
        if len(line) > LONGEST_LINE:
            raise CommandRejected(f"longer than {LONGEST_LINE} bytes")
        try:
            message = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CommandRejected(f"not a line of JSON: {error}") from None
        if message == {"command": "status"}:
            return self.server.snapshot()
        return self.server.ask(parse(message, "control")).result(self.server.patience_s)
