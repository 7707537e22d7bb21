"""The web server: cheroot in a thread of its own, a worker for each stream, and no file or queue between."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from appliance.errors import ConfigError
from appliance.machine import limits
from appliance.web.live.events import MOST_READERS
from appliance.web.live.picture import MOST_VIEWERS

THREADS = MOST_VIEWERS + MOST_READERS + 8
"""Workers: every stream holds one, and eight are for everything else."""
SEND_BUFFER = 128 * 1024
"""Bytes that the kernel keeps for a slow reader: two or three pictures, not the default's four megabytes."""
LARGEST_HEADER = 32 * 1024
"""Bytes of a request's head."""
ERROR_S = 0.5
"""Seconds to wait after an error: a loop that fails fails again at once, and must not fill the log."""

log = logging.getLogger(__name__)


class Server:
    """A server that has its address from the moment it is made, and serves from `start` until `close`.

    The address comes first: it is tried every few seconds where another program has it, and what is made for
    nothing each time (the whole page, with its templates) costs 150 MB an hour.
    """

    def __init__(self, address: str, port: int) -> None:
        """Take the address. address: "all", or one of this machine's. port: 0 takes a free one.

        Raises ConfigError when the address cannot be had.
        """
        from appliance.web.http.connection import HttpServer

        self._server = HttpServer(
            (_wildcard() if address == "all" else address, port),
            None,
            numthreads=THREADS,
            server_name="moodbox",
            request_queue_size=32,
            shutdown_timeout=2,
        )
        self._server.max_request_header_size = LARGEST_HEADER
        self._closing = threading.Event()
        vars(self._server)["error_log"] = self._note
        try:
            self._server.prepare()
        except BaseException as error:
            self._undo()
            if isinstance(error, OSError):
                raise ConfigError([f"page: {address} port {port}: {_reason(error)}"]) from error
            raise
        # Accepted connections inherit it.
        self._server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self.port: int = self._server.bind_addr[1]
        self._thread = threading.Thread(target=self._server.serve, name="page", daemon=True)

    def start(self, app: Any, tls: Any = None) -> None:
        """Serve an app of WSGI from now on. tls: a cheroot SSL adapter, None for plain HTTP."""
        self._server.wsgi_app, self._server.ssl_adapter = app, tls
        self._thread.start()

    def _undo(self) -> None:
        """End what has begun: cheroot loses the workers of a pool in which not every thread could be had."""
        begun = [each for each in threading.enumerate() if getattr(each, "server", None) is self._server]
        if begun:
            self._server.requests._threads[:] = begun
            self._server.ready = True
            self._server.stop()

    @property
    def is_serving(self) -> bool:
        """Return whether the server still listens, and takes what comes."""
        link = self._server.socket
        listens = link is not None and link.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        return bool(listens) and self._thread.is_alive()

    def close(self) -> None:
        """Stop serving, and give the address back."""
        self._closing.set()
        self._server.stop()
        if self._thread.ident:
            self._thread.join(5.0)

    def _note(self, message: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """Log for cheroot, from its threads. Clients that vanish are everyday."""
        is_error = level >= logging.ERROR and traceback
        error = sys.exc_info()[1]
        if is_error and error and (short := limits.named(error)):  # whoever knocked: the box tells it, too
            message, level, traceback = f"no connection can be taken: out of {short}", logging.WARNING, False
        log.log(level if is_error else logging.DEBUG, "%s", message, exc_info=traceback)
        if is_error:
            self._closing.wait(ERROR_S)


def adapter(certificate: Path, key: Path) -> Any:
    """Make cheroot's adapter for TLS of these files. Raises ConfigError when they cannot be used."""
    from appliance.web.http.connection import Adapter

    try:
        return Adapter(str(certificate), str(key))
    except OSError as error:  # ssl.SSLError is one too
        raise ConfigError([f"page.certificate: {certificate}, {key}: {error}; make them readable"]) from error


def _wildcard() -> str:
    """Return the address that means all of IPv4 and IPv6, or of IPv4 alone where the kernel has no IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::", 0))
    except OSError:
        return "0.0.0.0"  # nosec B104 # the page is for the home network, and the guard lets nobody in unasked
    return "::"


def _reason(error: OSError) -> str:
    if "in use" in str(error):
        return "taken by another program; choose another page.port"
    return f"{error.strerror or error}; see page.address and page.port"
