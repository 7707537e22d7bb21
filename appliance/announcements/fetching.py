"""Fetches a sound from an http or https address that somebody else has chosen.

Whoever may announce something must not reach by it what only the box can reach: its own services, which trust
this machine. So a name is looked up once, every address that it has is judged, and the connection goes to one
of these; each redirection is judged anew. And what comes is kept only if it begins as a sound does.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from appliance.errors import AnnouncementLost, CommandRejected
from appliance.protocol.declaring import Sound, is_address

WITHIN_S = 10.0
"""For everything, from the name's look-up to the last byte."""
MOST = 12 << 20
"""Bytes: a minute of the music on a CD has ten million."""
REDIRECTIONS = 3
AS_IT_IS = "/?#[]@!$&'()*+,;=:%-._~"
"""In a path; all else is quoted, for addresses come with spaces and umlauts, too."""
HEADERS = {"User-Agent": "Moodbox", "Accept": "audio/*", "Connection": "close"}

FORBIDDEN = "that is an address of the box itself, or none of a host; the box asks other hosts only"


@dataclass(frozen=True)
class Fetched:
    """A sound, whole."""

    data: bytes
    suffix: str
    """Of a file's name, without a dot."""
    kind: str
    """Its media type."""


def fetch(url: str, within_s: float = WITHIN_S, is_forbidden: Callable[[Any], bool] | None = None) -> Fetched:
    """Fetch a sound. Raises AnnouncementLost, saying why there is none; it never repeats the address."""
    deadline = time.monotonic() + within_s
    try:
        for _ in range(REDIRECTIONS + 1):
            with _answer(urlsplit(url), deadline, is_forbidden or is_own) as answer:
                where = answer.headers.get("Location")
                if where is None or answer.status not in (301, 302, 303, 307, 308):
                    return _sound(answer, deadline)
                url = _next(urljoin(url, where))
        raise AnnouncementLost("it leads from one address to the next")
    except AnnouncementLost:
        raise
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = time.monotonic() >= deadline
        why = f"it took longer than {within_s:g} s" if late else _reason(error)
        raise AnnouncementLost(f"the sound could not be fetched: {why}") from error


def is_own(where: Any) -> bool:
    """Whether a socket's address (as getaddrinfo gives it) is this machine's, or no other host's."""
    address = ipaddress.ip_address(where[0].partition("%")[0])
    plain = getattr(address, "ipv4_mapped", None) or address
    if plain.is_loopback or plain.is_unspecified or plain.is_multicast or plain.is_link_local:
        return True
    if plain.is_reserved or (plain.version == 4 and plain.packed[0] == 0):
        return True
    family = socket.AF_INET if plain.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(plain), 0))  # only an address of this machine can be bound
        except OSError:
            return False
    return True


@contextmanager
def _answer(
    url: SplitResult, deadline: float, is_forbidden: Callable[[Any], bool]
) -> Iterator[http.client.HTTPResponse]:
    """Ask the host of an address that was judged. What is not there by the deadline breaks off."""
    host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
    link = _connect(host, port, deadline, is_forbidden)
    if url.scheme == "https":
        context = ssl.create_default_context()
        link = context.wrap_socket(link, server_hostname=host, do_handshake_on_connect=False)
    # A little late: whoever is interrupted by it then sees that the time is over.
    breaking = Timer(max(0.0, deadline - time.monotonic()) + 0.05, _hang_up, [link])
    breaking.daemon = True
    breaking.start()
    try:
        if isinstance(link, ssl.SSLSocket):
            link.do_handshake()
        request = http.client.HTTPConnection(host, port)
        request.sock = link
        path = quote((url.path or "/") + (f"?{url.query}" if url.query else ""), safe=AS_IT_IS)
        request.request("GET", path, headers={"Host": url.netloc} | HEADERS)
        yield request.getresponse()
    finally:
        breaking.cancel()
        link.close()


def _connect(host: str, port: int, deadline: float, is_forbidden: Callable[[Any], bool]) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if not found or any(is_forbidden(where) for *_, where in found):
        raise AnnouncementLost(FORBIDDEN)
    failure = OSError("no address")
    for family, kind, protocol, _, where in found:
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        link = socket.socket(family, kind, protocol)
        link.settimeout(left_s)
        try:
            link.connect(where)
        except OSError as error:
            link.close()
            failure = error
        else:
            return link
    raise failure


def _hang_up(link: socket.socket) -> None:
    with suppress(OSError):
        link.shutdown(socket.SHUT_RDWR)


def _next(url: str) -> str:
    try:
        Sound("", "").read(url)
    except CommandRejected:
        raise AnnouncementLost(FORBIDDEN) from None
    if not is_address(url):
        raise AnnouncementLost(FORBIDDEN)
    return url


def _sound(answer: http.client.HTTPResponse, deadline: float) -> Fetched:
    if answer.status != 200:
        raise AnnouncementLost(f"the sound could not be fetched: its host answers {answer.status}")
    data = bytearray()
    while part := _read(answer, deadline):
        data += part
        if len(data) > MOST:
            raise AnnouncementLost(
                f"the sound is larger than {MOST >> 20} MB; an announcement is a minute long"
            )
    if answer.length:
        raise http.client.IncompleteRead(b"")
    suffix, kind = kind_of(bytes(data[:16]))
    return Fetched(bytes(data), suffix, kind)


def _read(answer: http.client.HTTPResponse, deadline: float) -> bytes:
    """Read what has come. Raises TimeoutError after the deadline: then its end may be of our own making."""
    part = answer.read1(1 << 16)
    if time.monotonic() >= deadline:
        raise TimeoutError
    return part


def kind_of(beginning: bytes) -> tuple[str, str]:
    """Tell by its first bytes what a sound is: suffix and media type.

    Raises AnnouncementLost for anything else: a decoder must not be handed a playlist, which leads on.
    """
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WAVE":
        return "wav", "audio/wav"
    if beginning[4:8] == b"ftyp":
        return "m4a", "audio/mp4"
    for magic, suffix, kind in ((b"OggS", "ogg", "audio/ogg"), (b"fLaC", "flac", "audio/flac")):
        if beginning.startswith(magic):
            return suffix, kind
    if len(beginning) > 1 and beginning[0] == 0xFF and beginning[1] & 0xF6 == 0xF0:
        return "aac", "audio/aac"
    if beginning[:3] == b"ID3" or (len(beginning) > 1 and beginning[0] == 0xFF and beginning[1] >= 0xE2):
        return "mp3", "audio/mpeg"
    raise AnnouncementLost("what came is no sound: the box knows mp3, wav, flac, ogg, m4a and aac")


def _reason(error: Exception) -> str:
    match error:
        case socket.gaierror():
            return "there is no such host"
        case ssl.SSLError():
            return "its host's certificate is not trusted, or it speaks no TLS"
        case ConnectionRefusedError():
            return "nothing listens at its host's port"
        case TimeoutError():
            return "its host does not answer"
        case http.client.HTTPException():
            return "its host broke off, or speaks no HTTP"
    return f"{getattr(error, 'strerror', None) or type(error).__name__}"
