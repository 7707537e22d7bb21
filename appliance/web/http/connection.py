"""A connection of the web server, hostile perhaps: how long it may take, what it may send before it is let
in, and how it ends. docs/decisions/web-server.md compares it with cheroot's own.

cheroot alone gives a worker to a connection that says nothing, gives each byte of a request five seconds
more, reads what is left of a refused upload into memory at once, and hangs up on a sender that still sends,
who then sees a reset in place of the answer.
"""

from __future__ import annotations

import logging
import re
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

from cheroot import wsgi
from cheroot.errors import FatalSSLAlert
from cheroot.makefile import MakeFile, StreamReader
from cheroot.server import HTTPConnection, HTTPRequest
from cheroot.ssl.builtin import BuiltinSSLAdapter

from appliance.machine import limits

STALL_S = 5
"""Seconds after which a socket that takes or gives nothing is closed."""
HEAD_S = 10.0
"""Seconds for the whole head of a request, in however small drops it comes."""
SLOWEST = 4000
"""Bytes a second at which a body must come, on the whole."""
KEPT = 64 * 1024
"""Bytes of a body that nobody read, up to which the connection is kept."""
HEAR_OUT, PACE = 200 * 1024 * 1024, 250_000
"""Bytes of a refused upload that are heard out, and how many a second at least, so that drops hold no worker:
most senders read the answer only when they have said everything."""
HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*)\r\n")
"""A line of the head, RFC 9110 5.5: no bare CR, no continuation, no space before the colon."""
ONCE = (b"Content-Length", b"Host", b"Transfer-Encoding", b"Authorization", b"Content-Type", b"Origin")
"""Headers that a head may have once: of two, another program might believe the other one."""
LONGEST_LENGTH = 15
"""Digits of a body's length."""
MOST_OPEN = 128
"""Connections at a time. Each costs a file handle, of which the music needs some, too."""

TLS_HANDSHAKE = b"\x16"
"""The first byte of TLS (RFC 8446, 5.1)."""
PLAIN = re.compile(rb"(?:GET|HEAD) (/[!-~]*) HTTP/1\.[01]\r\n(?:.*\r\n)*?[Hh]ost: *([\w.:\[\]-]+) *\r\n")
"""A request in plain HTTP: its path, and the name that it calls us by."""
ELSEWHERE = b"HTTP/1.1 %b\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n%b\r\n%b"

log = logging.getLogger(__name__)


class HttpServer(wsgi.Server):
    """A web server that gives a worker to a connection when it has said something, not before."""

    def __init__(self, place: tuple[str, int], app: Any, *, head_s: float = HEAD_S, **options: Any) -> None:
        super().__init__(place, app, timeout=STALL_S, **options)
        self.ConnectionClass = Connection
        self.head_s = head_s
        self.open: set[Connection] = set()
        self.keep_alive_conn_limit = self.most_open = limits.connections(MOST_OPEN)

    def clear_stats(self) -> None:
        """Clear the figures as cheroot does, but leave none in `logging.statistics`.

        There each server would stay for ever, and with it the page that it serves.
        """
        super().clear_stats()  # type: ignore[no-untyped-call]
        vars(logging)["statistics"].pop(f"Cheroot HTTPServer {id(self):d}", None)

    def process_conn(self, connection: Connection) -> None:
        """Give a connection to a worker once it has something to read; else wait for it, or close it."""
        if connection.last_used is not None:  # it waited, and has said something now
            super().process_conn(connection)
        elif len(self.open) > self.most_open:
            connection.close()
        else:
            self.put_conn(connection)


class Adapter(BuiltinSSLAdapter):
    """TLS whose handshake is the worker's: the thread that takes connections would hold up all others."""

    def wrap(self, link: socket.socket) -> tuple[socket.socket, dict[str, str]]:
        """Wrap a socket in TLS without shaking hands."""
        try:
            return self.context.wrap_socket(link, server_side=True, do_handshake_on_connect=False), {}
        except OSError as error:  # gone already
            raise FatalSSLAlert(*error.args) from error


class Patience(socket.SocketIO):
    """Reads from a socket until a moment that small drops do not put off."""

    def __init__(self, link: socket.socket) -> None:
        super().__init__(link, "rb")
        self._link = link
        self.until = 0.0
        """Monotonic seconds until which may be read."""
        self.first: Callable[[], None] | None = None
        """What is to be done once, before more is read."""

    def readinto(self, buffer: Any) -> int | None:
        """Read some bytes. Raises TimeoutError when the time is over."""
        if self.first:
            first, self.first = self.first, None
            first()
        left_s = self.until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("timed out")
        self._link.settimeout(min(left_s, STALL_S))
        try:
            return super().readinto(buffer)
        finally:
            self._link.settimeout(STALL_S)


class Reader(StreamReader):
    """cheroot's reader of a connection, with our patience."""

    def __init__(self, link: socket.socket, size: int) -> None:
        self.patience = Patience(link)
        super(StreamReader, self).__init__(self.patience, size)  # whose own takes a plain SocketIO
        self.bytes_read = 0

    def allow(self, seconds: float) -> None:
        """Allow so many seconds from now on for all that is to be read."""
        self.patience.until = time.monotonic() + seconds


class Lines:
    """Reads lines of a head that end with CR LF and hold no other CR: some proxies end a line there, too."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readline(self) -> bytes:
        """Read a line. Raises ValueError."""
        line: bytes = self._file.readline()
        if b"\r" in line[:-2] or b"\0" in line:
            raise ValueError("a bare CR")
        return line


class Request(HTTPRequest):
    """A request whose body is asked for when somebody reads it; one that nobody read ends the connection."""

    waits = False
    """Whether the sender waits for a word before it sends the body ("Expect: 100-continue")."""

    def read_request_line(self) -> bool:
        """Read the first line. Returns whether it is one."""
        self.rfile = Lines(self.rfile)
        try:
            return bool(super().read_request_line())  # type: ignore[no-untyped-call]
        except ValueError:  # such as "//[", which is no address of IPv6
            self.simple_response("400 Bad Request", "Malformed Request-URI")
            return False

    def header_reader(self, file: Any, headers: dict[bytes, bytes]) -> None:
        """Read the headers as RFC 9112 has them, and nothing that two programs may read in two ways.

        Raises ValueError.
        """
        while (line := file.readline()) != b"\r\n":
            found = HEADER.fullmatch(line)
            if not found:
                raise ValueError("Illegal header line")
            name, value = found[1].title(), found[2].rstrip(b" \t")
            if name in headers and name in ONCE:
                raise ValueError(f"{name.decode()} stands there twice")
            between = b"; " if name == b"Cookie" else b", "
            headers[name] = between.join((headers[name], value)) if name in headers else value
        self._refuse_two_ends(headers)
        self.waits = headers.pop(b"Expect", b"").lower() == b"100-continue"

    def _refuse_two_ends(self, headers: dict[bytes, bytes]) -> None:
        """Refuse a body whose end is told in two ways, or in one that HTTP/1.0 has not. Raises ValueError.

        What follows it might be taken for a request of its own ("smuggling").
        """
        if b"Transfer-Encoding" in headers and (
            b"Content-Length" in headers or self.request_protocol != b"HTTP/1.1"
        ):
            raise ValueError("Transfer-Encoding does not belong there")

    def parse_request(self) -> None:
        """Read the head, in the time that it has."""
        self.conn.rfile.allow(self.server.head_s)
        super().parse_request()
        length = self.inheaders.get(b"Content-Length", b"0")
        # int() knows signs and underscores, which proxies do not; and no float holds what it may be.
        if self.ready and not (length.isdigit() and len(length) <= LONGEST_LENGTH):
            self.ready = False
            self.simple_response("400 Bad Request", "Content-Length must be a number")

    def respond(self) -> None:
        """Let the app answer, and read the body in the time that its length allows."""
        reader = self.conn.rfile
        reader.allow(self.server.head_s + int(self.inheaders.get(b"Content-Length", 0)) / SLOWEST)
        if self.waits:
            # Not at once: who is refused learns it before he sends the body.
            reader.patience.first = lambda: self.conn.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        super().respond()

    def send_headers(self) -> None:
        """Send the head of the answer, and settle what becomes of a body that nobody read."""
        reader, unread = self.conn.rfile, getattr(self.rfile, "remaining", 0)
        is_waiting = reader.patience.first is not None
        reader.patience.first = None
        if unread > KEPT or (unread and is_waiting) or self.chunked_read:
            self.close_connection = True  # kept, the rest of the body would be taken for the next request
        super().send_headers()  # reads the rest when the connection is kept
        self.conn.hears_out = self.close_connection and bool(unread or self.chunked_read)


class Connection(HTTPConnection):
    """A connection that shakes hands in a worker, and hears out who still sends when it ends."""

    RequestHandlerClass = Request
    hears_out = False
    """Whether the other side may still be sending when it has its answer."""

    def __init__(self, server: HttpServer, link: socket.socket, makefile: Any = MakeFile) -> None:
        super().__init__(server, link, _make_file)
        self._is_fresh = True
        server.open.add(self)

    def communicate(self) -> bool:
        """Serve what has come; cheroot's own lets some sockets' errors out, by which its workers die (10.0).

        Returns whether the connection goes on.
        """
        goes_on = False
        try:
            goes_on = self._is_welcome() and bool(super().communicate())  # type: ignore[no-untyped-call]
            if self.hears_out:
                self._hear_out()
        except OSError as error:
            log.debug("%s: %s", self.remote_addr, error)
        return goes_on

    def close(self) -> None:
        """Close the connection; errors are only logged."""
        self.server.open.discard(self)
        for end in (super().close, self.wfile.close):  # a stalled reader's rest is in `wfile`
            try:
                end()
            except OSError as error:
                log.debug("%s: %s", self.remote_addr, error)

    def _is_welcome(self) -> bool:
        """Shake hands, when this is the beginning of TLS. Returns whether requests may follow.

        Plain HTTP is led to https.
        """
        is_fresh, self._is_fresh = self._is_fresh, False
        if not (is_fresh and isinstance(self.socket, ssl.SSLSocket)):
            return True
        # By the plain socket's own methods: this may be no TLS at all.
        head = socket.socket.recv(self.socket, 4096, socket.MSG_PEEK)
        if head.startswith(TLS_HANDSHAKE):
            self.socket.do_handshake()
            return True
        socket.socket.sendall(self.socket, _to_https(head))
        self.hears_out = True
        return False

    def _hear_out(self) -> None:
        """Read and drop what still comes: to close on a sender resets it, and takes its answer away."""
        self.socket.shutdown(socket.SHUT_WR)
        began, passed = time.monotonic(), 0
        while passed < HEAR_OUT and time.monotonic() - began < STALL_S + passed / PACE:
            passing = len(socket.socket.recv(self.socket, KEPT))  # undeciphered, where it is TLS
            if not passing:
                break
            passed += passing


def _make_file(link: socket.socket, mode: str, size: int) -> Any:
    return Reader(link, size) if "r" in mode else MakeFile(link, mode, size)


def _to_https(head: bytes) -> bytes:
    """Return the answer to plain HTTP where HTTPS is spoken: an old bookmark leads on."""
    words = b"This box speaks HTTPS here: its address begins with https://\n"
    asked = PLAIN.match(head)
    if not asked:
        return ELSEWHERE % (b"400 Bad Request", len(words), b"", words)
    place = b"Location: https://%b%b\r\n" % (asked[2], asked[1])
    return ELSEWHERE % (b"307 Temporary Redirect", len(words), place, words)
