"""A reverse proxy that serves the box under a path, as nginx and Home Assistant's add-ons do."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import threading
from types import TracebackType

PATH = "/moodbox"
OWN = ("connection", "transfer-encoding", "keep-alive")


class Proxy:
    """A context manager. `missed` is what was asked for outside of the path, and meant for the box."""

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
