"""A host in the network that has sounds, and whatever else a host may answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(100)


class Host(ThreadingHTTPServer):
    """A host that answers by the path, and remembers who asked for what."""

    daemon_threads = True

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.asked: list[str] = []
        self.bell = WAV
        self.is_over = Event()
        super().__init__((address, 0), Answering)
        self.url = f"http://{address}:{self.server_address[1]}"
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.is_over.set()
        self.shutdown()
        self.server_close()


class Answering(BaseHTTPRequestHandler):
    server: Host

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        kind, rest = re.fullmatch(r"/(\w+)[^/]*/?(.*)", self.path).groups()  # type: ignore[union-attr]
        getattr(self, f"_{kind}")(rest)

    def _say(self, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _bell(self, rest: str) -> None:
        self._say(self.server.bell)

    def _page(self, rest: str) -> None:
        self._say(b"<html>the router's page</html>")

    def _playlist(self, rest: str) -> None:
        self._say(b"#EXTM3U\nhttp://127.0.0.1:6600/\n")

    def _gone(self, rest: str) -> None:
        self._say(b"", 404)

    def _to(self, rest: str) -> None:
        self._say(b"", 302, {"Location": rest if ":" in rest else f"/{rest}"})

    def _round(self, rest: str) -> None:
        self._say(b"", 307, {"Location": "/round"})

    def _short(self, rest: str) -> None:
        self._say(WAV, 200, {"Content-Length": "9000"})
        self.close_connection = True

    def _endless(self, rest: str) -> None:
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(WAV * 1000)

    def _drip(self, rest: str) -> None:
        self.send_response(200)
        self.flush_headers()
        while not self.server.is_over.wait(0.02):
            self.wfile.write(b"X-Drop: 1\r\n")

    def log_message(self, *arguments: Any) -> None: ...

    def handle(self) -> None:
        with suppress(OSError):
            super().handle()


def anybody(where: Any) -> bool:
    """Judge no address: the test's host is on this machine."""
    return False
