"""Serves one sound to MPD over HTTP, at an address that nobody can guess, until it is closed.

A file would have to lie where both may reach it, which an MPD on another machine never can.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from appliance.announcements.fetching import Fetched

PATIENCE_S = 90.0
"""For a reader that stands still, as MPD does while its buffer is full."""
END_S = 0.05
"""At most so long `close` waits for the server, which looks so often, and only while a sound is served."""


class Serving:
    """A small HTTP server with one sound. `uri` is where it is."""

    def __init__(self, sound: Fetched, address: str) -> None:
        """Begin. address: one of this machine's, by which MPD reaches it. Raises OSError."""
        self._server = _Server(address, sound)
        host = f"[{address}]" if ":" in address else address
        self.uri = f"http://{host}:{self._server.server_address[1]}{self._server.path}"
        Thread(target=self._server.serve_forever, args=(END_S,), name="announcement", daemon=True).start()

    def close(self) -> None:
        """End it; who reads still, reads to the end."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: str, sound: Fetched) -> None:
        self.sound, self.path = sound, f"/{secrets.token_urlsafe(16)}.{sound.suffix}"
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, 0), _Request)

    def server_bind(self) -> None:
        # Not HTTPServer's own, which asks the network for this machine's name.
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: MPD hangs up when it has heard enough."""


class _Request(BaseHTTPRequestHandler):
    timeout = PATIENCE_S
    server: _Server

    def do_GET(self) -> None:
        sound, size = self.server.sound, len(self.server.sound.data)
        if not secrets.compare_digest(self.path.encode(), self.server.path.encode()):
            self.send_error(404)
            return
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = min(int(asked[1]), size) if asked else 0
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.send_header("Accept-Ranges", "bytes")  # some kinds have their beginning at the end
        self.send_header("Content-Type", sound.kind)
        self.send_header("Content-Length", str(size - start))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(memoryview(sound.data)[start:])

    def log_message(self, format: str, *arguments: Any) -> None:
        """Log nothing: an address says what was announced."""
