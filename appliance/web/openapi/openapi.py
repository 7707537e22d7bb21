"""The OpenAPI 3.1 document of the REST interface. Tests hold it against the routes, and against what the box
answers."""

from __future__ import annotations

import re
from typing import Any

import appliance
from appliance.protocol.declared import COMMANDS
from appliance.protocol.declaring import Declared
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.encoding import Queue
from appliance.web.live.events import PageState
from appliance.web.live.timeline import History
from appliance.web.openapi import library, setup
from appliance.web.openapi.typed import schema
from appliance.web.openapi.words import Json, answer, body, errors, operation, query, ref, table
from appliance.web.songlist import Artists, Found

TEXT: Json = {"type": "string"}
URI: Json = TEXT | {"minLength": 1, "pattern": r"^[^\n\x00]+$"}


TAGS = {
    "watch": "See what the box does",
    "steer": "Ask something of it, as buttons and MQTT do",
    "setup": "Settings, music, backups, and who may come in",
}


def document() -> Json:
    """Return the whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Moodbox",
            "version": appliance.__version__,
            "description": "Watch and steer the box. Log in on the page, or send a token made there.",
        },
        "servers": [{"url": "..", "description": "From where this document is, also behind a proxy"}],
        "security": [{"token": []}, {"session": []}],
        "tags": [{"name": name, "description": words} for name, words in TAGS.items()],
        "paths": _named("watch", _watching())
        | _named("steer", _steering())
        | _named("setup", library.paths())
        | _named("setup", setup.paths()),
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "moodbox"},
            },
            "schemas": _schemas() | library.schemas() | setup.schemas(),
        },
    }


def _named(tag: str, paths: Json) -> Json:
    """Give each operation its tag, and the name that a generated client's function has."""
    for path, item in paths.items():
        words = "_".join(re.findall("[a-z]+", path.removeprefix("/api/")))
        for method, described in item.items():
            described["tags"] = [tag]
            described["operationId"] = words if tag == "steer" else f"{method}_{words}"
    return paths


def _watching() -> Json:
    streamed = {"description": "A stream without end", "content": {}}
    pictures = streamed | {"content": {"multipart/x-mixed-replace": {"schema": {"type": "string"}}}}
    events = streamed | {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
    none = {"204": {"description": "It has none"}}
    metrics = {"description": "Numbers", "content": {"text/plain": {"schema": {"type": "string"}}}}
    cover = {"description": "The picture", "content": {"image/*": {"schema": {"type": "string"}}}}
    return {
        "/api/state": {"get": operation("The whole box, now", answer(ref("State")), errors(422))},
        "/api/history": {"get": operation("The last minutes", answer(ref("History")), errors(422))},
        "/api/events": {
            "get": operation(
                "Events `state` and `history`, `here` when all is quiet, as server-sent events",
                events,
                errors(422, 503),
            )
        },
        "/video_feed": {
            "get": operation("The live picture with face and emotion", pictures, errors(404, 422, 503))
        },
        "/api/live": {"get": operation("The live picture with the face", pictures, errors(404, 422, 503))},
        "/api/queue": {"get": operation("What plays next", answer(ref("Queue")), errors(422, 503))},
        "/api/songs": {
            "get": operation("Songs of the library", answer(ref("Found")), errors(422, 503), _wishes())
        },
        "/api/artists": {
            "get": operation("Artists of the library", answer(ref("Artists")), errors(422, 503), _whose())
        },
        "/api/cover": {
            "get": operation(
                "A song's picture",
                cover,
                none | errors(422, 503),
                query("uri", URI, True),
            )
        },
        "/api/openapi.json": {"get": operation("This document", answer({"type": "object"}))},
        "/healthz": {"get": operation("Whether the box turns", answer(ref("Health")), errors(503))},
        "/metrics": {"get": operation("For Prometheus", metrics)},
    }


def _wishes() -> list[Json]:
    """Describe a request's choice among the songs."""
    return [*_whose(), *query("artist", TEXT), *query("folder", TEXT)]


def _whose() -> list[Json]:
    """Describe a request's choice among the artists."""
    start = query("start", {"type": "integer", "minimum": 0})
    mood = query("mood", {"enum": list(EMOTIONS), "type": "string"})
    return [*query("search", TEXT), *mood, *start]


def _steering() -> Json:
    return {f"/api/{name}": {"post": _order(declared)} for name, declared in COMMANDS.items()}


def _order(declared: Declared) -> Json:
    words, option = declared.words[0].upper() + declared.words[1:], declared.option
    takes = [each for each in (declared.argument, option) if each]
    fields = {each.name: each.schema() | {"description": each.words} for each in takes}
    sent = body(table(fields, [option.name] if option else [])) if fields else None
    return operation(words, answer(ref("State")), _refusals(), sent=sent)


def _refusals() -> Json:
    return errors(400, 411, 413, 415, 422, 503)


def _schemas() -> Json:
    health = table({"status": {"enum": ["ok", "degraded"]}})
    typed = {"State": PageState, "History": History, "Queue": Queue, "Found": Found, "Artists": Artists}
    return {"Health": health} | {name: schema(kind) for name, kind in typed.items()}


__all__ = ["document"]


def operations() -> set[tuple[str, str]]:
    """Return (method, path) of everything that is documented."""
    paths: dict[str, dict[str, Any]] = document()["paths"]
    return {(method.upper(), path) for path, item in paths.items() for method in item}
