"""The web server against clients that mean no good, and against those that just cannot know: real sockets."""

from __future__ import annotations

import http.client
import resource
import select
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")

from waiting import until
from webbing import Served

from appliance.web.http.connection import HEAD_S, KEPT, MOST_OPEN, STALL_S
from appliance.web.http.server import LARGEST_HEADER, THREADS

MB = 1024 * 1024
PATIENCE_S = 30.0
DECISION = (
    Path(__file__).resolve().parents[2].joinpath("docs/decisions/web-server.md").read_text(encoding="utf-8")
)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path, page={"upload_mb": 4}) as served:
        yield served


def connect(served: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", served.page.port), timeout=PATIENCE_S)


def head(method: str, path: str, *lines: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


def everything(link: socket.socket) -> bytes:
    """What comes until the other side has closed."""
    heard = b""
    while more := link.recv(65536):
        heard += more
    return heard


# --- bodies that nobody wants ------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl; `apt install curl`")
@pytest.mark.parametrize("expect", ["Expect: 100-continue", "Expect:"])
@pytest.mark.parametrize(
    ("name", "size", "status", "words"),
    [("long.flac", 5 * MB, 413, "songs may have 4 MB"), ("any.flac", 3 * MB, 503, "no MPD at")],
)
def test_curl_shows_why_an_upload_is_refused(
    expect: str, name: str, size: int, status: int, words: str, served: Served, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(b"fLaC" + bytes(size))
    place = f"http://127.0.0.1:{served.page.port}/api/music/sad/{name}"
    command = ["curl", "-sS", "-H", expect, "-T", str(tmp_path / name), "-w", "\n%{http_code}", place]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert words in ran.stdout
    assert ran.stdout.endswith(f"\n{status}")


def test_who_waits_for_a_word_is_refused_before_it_sends_anything(served: Served) -> None:
    served.with_password()
    with connect(served) as link:
        link.sendall(head("PUT", "/api/music/sad/a.flac", "Content-Length: 9999", "Expect: 100-continue"))
        assert everything(link).startswith(b"HTTP/1.1 401 ")


def test_who_waits_for_a_word_gets_it_when_the_body_is_wanted(served: Served) -> None:
    with connect(served) as link:
        json = "Content-Type: application/json"
        link.sendall(head("POST", "/api/volume", "Content-Length: 15", json, "Expect: 100-continue"))
        until(lambda: link.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n")
        link.sendall(b'{"percent": 30}')
        assert link.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert served.box.taken


def test_a_refused_body_is_not_taken_into_memory(served: Served) -> None:
    served.with_password()
    chunk, before = bytes(MB), _most_memory()
    with connect(served) as link:
        link.sendall(head("PUT", "/api/music/sad/a.flac", f"Content-Length: {150 * MB}"))
        for _ in range(150):
            link.sendall(chunk)
        assert everything(link).startswith(b"HTTP/1.1 401 ")
    assert _most_memory() - before < 50 * MB


def _most_memory() -> int:
    """Bytes that this process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.parametrize("lines", [["Transfer-Encoding: chunked"], [f"Content-Length: {KEPT + 1000}"]])
def test_what_is_left_of_a_body_is_never_taken_for_the_next_request(lines: list[str], served: Served) -> None:
    """Behind a proxy that keeps its connections, the answer would be the next visitor's ("smuggling")."""
    served.with_password()
    hidden = head("GET", "/login")
    with connect(served) as link:
        link.sendall(head("POST", "/api/skip", *lines) + hidden)
        link.shutdown(socket.SHUT_WR)
        assert everything(link).count(b"HTTP/1.1 ") == 1


def test_a_small_body_that_nobody_read_does_not_cost_the_connection(served: Served) -> None:
    served.with_password()
    with closing(http.client.HTTPConnection("127.0.0.1", served.page.port, timeout=PATIENCE_S)) as link:
        link.request("POST", "/api/skip", b"{}" + b" " * 1000)
        refused = link.getresponse()
        refused.read()
        socket_before = link.sock
        link.request("GET", "/healthz")
        assert (refused.status, link.getresponse().status) == (401, 200)
        assert link.sock is socket_before


@pytest.mark.parametrize("length", ["-5", "+5", "1_0", "0x5", "five", "5, 6", "9" * 400])
def test_a_length_that_is_no_number_is_refused(length: str, served: Served) -> None:
    with connect(served) as link:
        link.sendall(head("PUT", "/api/music/sad/a.flac", f"Content-Length: {length}") + b"fLaC.....")
        link.shutdown(socket.SHUT_WR)
        assert everything(link).startswith(b"HTTP/1.1 400 ")


BROKEN = [
    b"GET //[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET http://[::1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /\r/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /login HTTP/1.1\r\nHost: localhost\r\nX: a\rGET /login HTTP/1.1\r\n\r\n",
    b"GET /login HTTP/1.1\r\nHost: localhost\r\nContent-Length : 5\r\n\r\nhello",
    b"GET /login HTTP/1.1\r\nHost: localhost\r\nX: a\r\n folded\r\n\r\n",
    b"GET /login HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n",
    b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n",
    b"POST / HTTP/1.0\r\nHost: localhost\r\nConnection: Keep-Alive\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
]


@pytest.mark.parametrize("request_", BROKEN)
def test_what_two_programs_may_read_in_two_ways_is_refused_and_followed_by_nothing(
    served: Served, request_: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with connect(served) as link:
        link.sendall(request_ + head("GET", "/login"))
        link.shutdown(socket.SHUT_WR)
        answer = everything(link)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert not [record for record in caplog.records if record.exc_info]


def test_a_head_without_end_is_cut_off(served: Served) -> None:
    with connect(served) as link:
        link.sendall(
            head("GET", "/", *[f"X-{number}: {'x' * 1000}" for number in range(LARGEST_HEADER // 900)])
        )
        assert everything(link).startswith(b"HTTP/1.1 413 ")


# --- clients that are slow on purpose ----------------------------------------------------------------------


def test_connections_that_say_nothing_hold_nobody_up(served: Served) -> None:
    with ExitStack() as links:
        for _ in range(THREADS + 10):
            links.enter_context(connect(served))
        # Connections are taken in their order: when this one is answered, all of them were.
        assert served.client.get("/api/state").status == 200
        workers = served.page._server._server.requests._threads
        assert sum(worker.conn is not None for worker in workers) <= 1


def test_connections_that_are_idle_are_closed_when_documented(served: Served) -> None:
    """Half of them never said a word, half had an answer and are kept."""
    with ExitStack() as links:
        idle = {}
        for number in range(MOST_OPEN - 1):
            began, link = time.monotonic(), links.enter_context(connect(served))
            if number % 2:
                link.sendall(head("GET", "/api/state"))
                assert link.recv(1)
            idle[link] = began
        assert served.client.get("/api/state").status == 200
        while idle:
            for link in select.select(list(idle), [], [], PATIENCE_S)[0]:
                if not link.recv(MB):
                    assert time.monotonic() - idle.pop(link) >= STALL_S
    assert f"{MOST_OPEN}" in DECISION
    assert f"silent for {STALL_S} seconds" in DECISION


def test_heads_that_drip_give_their_workers_back(served: Served) -> None:
    """As the slow loris does it: never silent for so long that a read would time out."""
    with ExitStack() as links:
        dripping = [links.enter_context(connect(served)) for _ in range(THREADS)]

        def drip(piece: bytes = b"x") -> bool:
            for link in dripping:
                try:
                    link.sendall(piece)
                except OSError:
                    return True
            return False

        drip(b"GET / HTTP/1.1\r\nX-Slow: ")
        until(drip, within_s=HEAD_S + PATIENCE_S)
        assert served.client.get("/api/state").status == 200


def test_a_refused_body_that_drips_gives_its_worker_back(served: Served) -> None:
    served.with_password()
    with connect(served) as link:
        link.sendall(head("PUT", "/api/music/sad/a.flac", f"Content-Length: {150 * MB}"))

        def drip() -> bool:
            try:
                link.sendall(b"x")
            except OSError:
                return True
            return False

        until(drip)


def test_the_box_keeps_file_handles_for_itself(served: Served) -> None:
    server = served.page._server._server
    with ExitStack() as links:

        def is_full() -> bool:
            link = links.enter_context(connect(served))
            with suppress(OSError):
                link.sendall(b"G")  # half a word: it is not sent away for its silence
            return len(server.open) >= MOST_OPEN

        until(is_full)
        for _ in range(20):
            is_full()
            assert len(server.open) <= MOST_OPEN + 1
    until(lambda: not server.open)
    assert served.client.get("/api/state").status == 200


def test_a_client_that_resets_the_connection_ends_no_worker(served: Served) -> None:
    alive = [worker for worker in served.page._server._server.requests._threads if worker.is_alive()]
    for _ in range(5):
        with connect(served) as link:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            link.sendall(b"GET /api/state HTTP/1.1\r\nnonsense")
    assert served.client.get("/api/state").status == 200
    assert all(worker.is_alive() for worker in alive)


# --- TLS ---------------------------------------------------------------------------------------------------


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path, page={"certificate": "self-made"}) as served:
        yield served


def trusting() -> Any:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def ask(served: Served, request: bytes) -> bytes:
    with connect(served) as link, trusting().wrap_socket(link) as ciphered:
        ciphered.sendall(request)
        return everything(ciphered)


def test_a_client_that_falls_silent_in_the_handshake_keeps_nobody_waiting(secret: Served) -> None:
    def is_answered_meanwhile() -> bool:
        with connect(secret) as half:
            half.sendall(b"\x16\x03\x01")
            assert ask(secret, head("GET", "/healthz", "Connection: close")).startswith(b"HTTP/1.1 200 ")
            half.setblocking(False)
            try:
                return half.recv(1) != b""
            except BlockingIOError:  # not even sent away yet
                return True

    until(is_answered_meanwhile)


def test_an_old_bookmark_without_tls_leads_on(secret: Served) -> None:
    with connect(secret) as link:
        link.sendall(head("GET", "/login?from=here"))
        answer = everything(link)
    assert answer.startswith(b"HTTP/1.1 307 ")
    assert b"\r\nLocation: https://localhost/login?from=here\r\n" in answer


def test_what_is_neither_is_told_so(secret: Served) -> None:
    with connect(secret) as link:
        link.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
        assert b"400 Bad Request" in everything(link)


def test_a_refused_upload_is_heard_out_over_tls_too(secret: Served) -> None:
    body = bytes(100 * KEPT)
    answer = ask(secret, head("PUT", "/api/music/sad/a.flac", f"Content-Length: {len(body)}") + body)
    assert answer.startswith(b"HTTP/1.1 503 ")


def test_that_no_connection_can_be_taken_is_told_in_a_line_and_over_when_there_is_room(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with closing(socket.socket()) as link:
        lowest = next(number for number in range(soft) if not Path(f"/proc/self/fd/{number}").exists())
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
        try:
            link.connect(("127.0.0.1", served.page.port))  # by the kernel alone
            until(lambda: "no connection can be taken: out of file handles" in caplog.text)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        link.settimeout(PATIENCE_S)
        link.sendall(head("GET", "/healthz"))
        assert b"200 OK" in link.recv(65536)
    assert "Traceback" not in caplog.text
