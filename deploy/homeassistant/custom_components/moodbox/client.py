"""The box's REST interface, as this integration uses it. It knows aiohttp, and nothing of Home Assistant."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from yarl import URL

PATIENCE = aiohttp.ClientTimeout(total=15)
STREAM = aiohttp.ClientTimeout(total=None, connect=15, sock_read=45)
"""The box says that it is still there every quarter of a minute."""
LONGEST_LINE = 1024 * 1024
"""Bytes of one event."""
NOBODYS = aiohttp.Fingerprint(bytes(32))
"""Of no certificate: it ends a connection as soon as the certificate there is known."""


class BoxError(Exception):
    """The box is not reached, or refuses: in words for people."""


class Refused(BoxError):
    """The box refuses, and says why."""


class NotAllowed(Refused):
    """The token is none of the box's, or no more."""


class OtherCertificate(BoxError):
    """A certificate is shown that no authority vouches for, and that is not the one that was kept."""


class SpeaksTls(BoxError):
    """The box speaks https now, at the same host: `origin`."""

    def __init__(self, origin: URL) -> None:
        super().__init__(f"the box speaks https now: {origin}")
        self.origin = origin


class Client:
    """One box."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, token: str = "", fingerprint: str = ""
    ) -> None:
        """url: of its page, without a closing slash. token: empty while there is none.

        fingerprint: SHA-256 of the only certificate that may be shown, in hex; empty where an authority that
        Home Assistant trusts has to vouch for it.
        """
        self.url = url
        self._session = session
        self._trust = aiohttp.Fingerprint(bytes.fromhex(fingerprint)) if fingerprint else True
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def get(self, path: str, **query: str | int) -> Any:
        """Ask for JSON below /api. Raises BoxError."""
        return await self._call("GET", path, params=query)

    async def post(self, path: str, **body: Any) -> Any:
        """Send JSON below /api, such as a command and what it takes. Raises BoxError."""
        return await self._call("POST", path, json=body)

    async def put(self, path: str, **body: Any) -> Any:
        """Send JSON below /api. Raises BoxError."""
        return await self._call("PUT", path, json=body)

    async def shown(self) -> str:
        """Return the fingerprint of the certificate that is shown there, in hex. Raises BoxError.

        Nothing is said: the connection ends before.
        """
        try:
            async with self._session.get(self.url, ssl=NOBODYS, timeout=PATIENCE):
                return ""
        except aiohttp.ServerFingerprintMismatch as error:
            return error.got.hex()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise _told(error) from error

    async def cover(self, song: str) -> tuple[bytes | None, str | None]:
        """Return a song's picture and its type; None where it has none. Raises BoxError."""
        try:
            async with self._request("GET", "cover", params={"uri": song}, timeout=PATIENCE) as answer:
                await _refuse(answer)
                return (await answer.read(), answer.content_type) if answer.status == 200 else (None, None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise _told(error) from error

    async def states(self) -> AsyncIterator[dict[str, Any]]:
        """Give the box's state now and whenever it changes, until the connection ends. Raises BoxError."""
        try:
            async with self._request("GET", "events", timeout=STREAM) as answer:
                await _refuse(answer)
                async for kind, data in _events(answer.content):
                    if kind == "state":
                        yield json.loads(data)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise _told(error) from error

    async def _call(self, method: str, path: str, **more: Any) -> Any:
        try:
            async with self._request(method, path, timeout=PATIENCE, **more) as answer:
                await _refuse(answer)
                return await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise _told(error) from error

    def _request(self, method: str, path: str, **more: Any) -> Any:
        # A token follows no redirection: it is the box's alone.
        more |= {"headers": self._headers, "allow_redirects": False, "ssl": self._trust}
        return self._session.request(method, f"{self.url}/api/{path}", **more)


async def _refuse(answer: aiohttp.ClientResponse) -> None:
    """Raise what the box refuses with, in its own words."""
    if answer.status < 300:
        return
    if 300 <= answer.status < 400:
        place = answer.url.join(URL(answer.headers.get("Location", "")))
        if (answer.url.scheme, place.scheme, place.host) == ("http", "https", answer.url.host):
            raise SpeaksTls(place.origin())
        raise BoxError(f"the box is elsewhere: {place}")
    try:
        words = str((await answer.json())["error"])
    except (aiohttp.ClientError, ValueError, KeyError, TypeError):
        words = f"{answer.status} {answer.reason}: this is no Moodbox, or an older one"
    raise NotAllowed(words) if answer.status in (401, 403) else Refused(words)


async def _events(content: aiohttp.StreamReader) -> AsyncIterator[tuple[str, bytes]]:
    """Give the name and the data of each server-sent event; the box's have one line of data."""
    kind, rest = "", b""
    async for chunk in content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > LONGEST_LINE:
            raise BoxError("an event of the box has no end")
        for line in lines:
            name, _, value = line.partition(b": ")
            if name == b"event":
                kind = value.decode()
            elif name == b"data":
                yield kind, value


def _told(error: Exception) -> BoxError:
    if isinstance(error, aiohttp.ServerFingerprintMismatch):
        return OtherCertificate("another certificate is shown there than the one that was kept")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return OtherCertificate(f"no authority vouches for its certificate: {error.certificate_error}")
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        told = f"no https is spoken there; if that is meant to be so, say its http address ({error.os_error})"
        return BoxError(told)
    if isinstance(error, aiohttp.ClientConnectorError):
        return BoxError(f"{error.host}:{error.port} is not reached: {error.os_error}")
    return BoxError(str(error) or type(error).__name__)
