"""What stands between a browser and the box: a proxy that serves it under a path, and a cable."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import socket
import threading
from types import TracebackType

PATH = "/moodbox"
OWN = ("connection", "transfer-encoding", "keep-alive")


class Proxy:
    """A reverse proxy, as nginx and Home Assistant's add-ons are; a context manager.

    `missed` is what was asked for outside of the path, and meant for the box.
    """

    def __init__(self, port: int, tells: bool) -> None:
        """port: the box's. tells: whether it says under which path (X-Forwarded-Prefix)."""
        self.missed: list[str] = []
        missed, extra = self.missed, {"X-Forwarded-Prefix": PATH} if tells else {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                if not self.path.startswith(f"{PATH}/"):
                    missed.append(self.path)
                    self.send_error(404)
                    return
                link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                sent = {name: value for name, value in self.headers.items() if name.lower() not in OWN}
                link.request(self.command, self.path.removeprefix(PATH), body, sent | extra)
                with contextlib.closing(link), contextlib.suppress(OSError):
                    self.pass_on(link.getresponse())

            def pass_on(self, answer: http.client.HTTPResponse) -> None:
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in OWN:
                        self.send_header(name, value)
                self.end_headers()
                while chunk := answer.read1(65536):
                    self.wfile.write(chunk)
                    self.wfile.flush()

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, *arguments: object) -> None: ...

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads, self._server.block_on_close = True, False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Cable:
    """The way to the box, which can be pulled out: then nothing comes through, and nobody is told.

    A context manager.
    """

    def __init__(self, port: int) -> None:
        """port: the box's."""
        self._to = port
        self._pulled = threading.Event()
        self._ends: list[socket.socket] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]

    def __enter__(self) -> Cable:
        threading.Thread(target=self._connect, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for end in (self._door, *self._ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def pull(self) -> None:
        """Let nothing through any more on the connections that there are, and take new ones in silence."""
        self._pulled.set()

    def plug_in(self) -> None:
        """Let new connections through; the old ones stay dead, as after an address that has changed."""
        self._pulled = threading.Event()

    def _connect(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._door.accept()
                self._ends.append(near)
                if self._pulled.is_set():
                    continue
                far = socket.create_connection(("127.0.0.1", self._to))
                self._ends.append(far)
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(*ends, self._pulled), daemon=True).start()

    @staticmethod
    def _pass_on(source: socket.socket, target: socket.socket, pulled: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                if pulled.is_set():
                    return  # and neither end hears of it
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)


class Stuck:
    """A way to the box on which the answers to one question stop in their middle; a context manager."""

    def __init__(self, port: int, path: str) -> None:
        """port: the box's. path: of the question."""
        self.asked = 0
        stuck, over = self, threading.Event()
        self._over = over

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                link.request("GET", self.path, headers={"Host": self.headers["Host"]})
                with contextlib.closing(link), contextlib.suppress(OSError):
                    answer = link.getresponse()
                    self.send_response(answer.status)
                    for name, value in answer.getheaders():
                        if name.lower() not in OWN:
                            self.send_header(name, value)
                    self.end_headers()
                    if self.path == path:
                        stuck.asked += 1
                        over.wait()
                    while chunk := answer.read1(65536):
                        self.wfile.write(chunk)

            def log_message(self, *arguments: object) -> None: ...

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads, self._server.block_on_close = True, False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Stuck:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
