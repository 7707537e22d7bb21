"""The box's REST interface, as this integration uses it. It knows aiohttp, and nothing of Home Assistant."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

PATIENCE = aiohttp.ClientTimeout(total=15)
STREAM = aiohttp.ClientTimeout(total=None, connect=15, sock_read=45)
"""The box says that it is still there every quarter of a minute."""
LONGEST_LINE = 1024 * 1024
"""Bytes of one event."""


class BoxError(Exception):
    """The box is not reached, or refuses: in words for people."""


class NotAllowed(BoxError):
    """The token is none of the box's, or no more."""


class Elsewhere(BoxError):
    """The box answers at another address: `place`, which nobody has vouched for."""

    def __init__(self, place: str) -> None:
        super().__init__(f"the box is elsewhere: {place}")
        self.place = place


class Client:
    """One box."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str = "") -> None:
        """url: of its page, without a closing slash. token: empty while there is none."""
        self.url = url
        self._session = session
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

    async def cover(self, song: str) -> tuple[bytes | None, str | None]:
        """Return a song's picture and its type; None where it has none. Raises BoxError."""
        try:
            async with self._request("GET", "cover", params={"uri": song}, timeout=PATIENCE) as answer:
                await _refuse(answer)
                return (await answer.read(), answer.content_type) if answer.status == 200 else (None, None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise BoxError(_words(error)) from error

    async def states(self) -> AsyncIterator[dict[str, Any]]:
        """Give the box's state now and whenever it changes, until the connection ends. Raises BoxError."""
        try:
            async with self._request("GET", "events", timeout=STREAM) as answer:
                await _refuse(answer)
                async for kind, data in _events(answer.content):
                    if kind == "state":
                        yield json.loads(data)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise BoxError(_words(error)) from error

    async def _call(self, method: str, path: str, **more: Any) -> Any:
        try:
            async with self._request(method, path, timeout=PATIENCE, **more) as answer:
                await _refuse(answer)
                return await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise BoxError(_words(error)) from error

    def _request(self, method: str, path: str, **more: Any) -> Any:
        # A token follows no redirection: it is the box's alone.
        return self._session.request(
            method, f"{self.url}/api/{path}", headers=self._headers, allow_redirects=False, **more
        )


async def _refuse(answer: aiohttp.ClientResponse) -> None:
    """Raise what the box refuses with, in its own words."""
    if answer.status < 300:
        return
    if 300 <= answer.status < 400:
        raise Elsewhere(answer.headers.get("Location", "?"))
    try:
        words = str((await answer.json())["error"])
    except (aiohttp.ClientError, ValueError, KeyError, TypeError):
        words = f"{answer.status} {answer.reason}: this is no Moodbox, or an older one"
    raise NotAllowed(words) if answer.status in (401, 403) else BoxError(words)


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


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
