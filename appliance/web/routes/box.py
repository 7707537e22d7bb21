"""Routes to watch and steer the box: state, commands, the live picture, for people and for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, TimeoutError
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import NotFound, ServiceUnavailable

from appliance.errors import CommandRejected
from appliance.protocol.declared import COMMANDS
from appliance.protocol.encoding import describe, parse
from appliance.protocol.snapshot import CameraState, Snapshot
from appliance.web import metrics, openapi
from appliance.web.auth.guard import COOKIE, may
from appliance.web.live.events import PageState
from appliance.web.live.picture import LivePicture
from appliance.web.live.timeline import History
from appliance.web.shared import PageParts, json_body, query

PATIENCE_S = 5.0
"""Seconds that a command may take."""
BOUNDARY = "moodbox-frame"


def add(app: Flask, parts: PageParts) -> None:
    """Add these routes to the app."""
    _add_state(app, parts)
    _add_commands(app, parts)
    _add_streams(app, parts)


def _add_state(app: Flask, parts: PageParts) -> None:
    @app.get("/api/state")
    @may("token")
    def state() -> PageState:
        query()
        return parts.events.state()

    @app.get("/api/history")
    @may("token")
    def history() -> History:
        query()
        return parts.events.history()

    @app.get("/api/openapi.json")
    @may("token")
    def document() -> dict[str, Any]:
        return openapi.document()

    @app.get("/healthz")
    @may("token")
    def healthz() -> dict[str, str]:
        snapshot = parts.interface.snapshot()
        if time.monotonic() - snapshot.at > metrics.STALE_S:
            raise ServiceUnavailable("the service's loop does not turn")
        return {"status": "degraded" if snapshot.degraded else "ok"}

    @app.get("/metrics")
    @may("token")
    def scrape() -> Response:
        return Response(metrics.text(parts), content_type="text/plain; version=0.0.4; charset=utf-8")


def _add_commands(app: Flask, parts: PageParts) -> None:
    words = ",".join(f'"{word}"' for word in COMMANDS)

    @app.post(f"/api/<any({words}):word>")
    @may("token")
    def command(word: str) -> PageState:
        argument, option = COMMANDS[word].argument, COMMANDS[word].option
        body = json_body(tuple(each.name for each in (argument, option) if each))
        if argument and argument.name not in body:
            raise CommandRejected(f'send JSON with "{argument.name}"')
        return carry_out({**body, "command": word})

    def carry_out(message: dict[str, Any]) -> PageState:
        answer: Future[Snapshot] = parts.interface.ask(parse(message, "page"))
        try:
            snapshot = answer.result(PATIENCE_S)
        except TimeoutError:
            raise ServiceUnavailable("the box is busy; it will do this when it can") from None
        now = parts.events.state()
        return {**now, **describe(snapshot, time.monotonic()), "at": round(snapshot.at, 3)}


def _add_streams(app: Flask, parts: PageParts) -> None:
    @app.get("/video_feed")
    @may("token")
    def video_feed() -> Response:
        return stream(_pictures(parts.labelled, still_in(parts)), parts.labelled, _MULTIPART)

    @app.get("/api/live")
    @may("token")
    def live() -> Response:
        return stream(_pictures(parts.live_picture, still_in(parts)), parts.live_picture, _MULTIPART)

    @app.get("/api/events")
    @may("token")
    def events() -> Response:
        query()
        return stream(parts.events.read(still_in(parts)), parts.events, "text/event-stream; charset=utf-8")

    def stream(chunks: Iterator[bytes], place: Any, kind: str) -> Response:
        query()
        seated = _seated(chunks, place)
        if not next(seated):
            raise ServiceUnavailable("too many are watching; try again later")
        if isinstance(place, LivePicture) and parts.interface.snapshot().camera is not CameraState.ON:
            seated.close()
            raise NotFound("there is no picture: the camera is off or lost")
        # The header is for nginx, whose buffers would write pictures of the room to its disk.
        return Response(_Stream(seated), content_type=kind, headers={"X-Accel-Buffering": "no"})


_MULTIPART = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
_BETWEEN = f"--{BOUNDARY}\r\n".encode()


class _Stream:
    """The rest of a stream; closing it frees the seat also when nothing was read of it, as after HEAD."""

    def __init__(self, chunks: Any) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._chunks)

    def close(self) -> None:
        self._chunks.close()


def _seated(chunks: Iterator[bytes], place: Any) -> Generator[Any, None, None]:
    """Give whether there is room, then the chunks; the seat is free again when this is closed."""
    with place.seat() as is_free:
        yield is_free
        if is_free:
            yield from chunks


def still_in(parts: PageParts) -> Callable[[], bool]:
    """Return a function that says whether whoever asks now is still let in.

    A new password ends what is being watched, too.
    """
    rights, by = parts.rights, g.by
    key = request.cookies.get(COOKIE, "")
    token = request.headers.get("Authorization", "").partition(" ")[2].strip()

    def allowed() -> bool:
        if by == "session":
            return rights.is_session(key)
        return rights.is_token(token) if by == "token" else not rights.has_password

    return allowed


def _pictures(live_picture: LivePicture, may_go_on: Callable[[], bool]) -> Iterator[bytes]:
    """Give the parts of a multipart stream as fast as they are read: the newest picture each time."""
    after = 0.0
    yield _BETWEEN
    while may_go_on():
        picture = live_picture.next(after)
        if picture is None:
            return
        after = picture.taken_at
        head = f"Content-Type: image/jpeg\r\nContent-Length: {len(picture.jpeg)}\r\n\r\n"
        # The boundary goes out with the picture before it: browsers show a part when its end has come.
        yield head.encode() + picture.jpeg + b"\r\n" + _BETWEEN
