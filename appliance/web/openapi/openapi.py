"""The REST interface for machines, as OpenAPI 3.1. Tests hold it against the routes, and against what the box
answers."""

from __future__ import annotations

from typing import Any

import appliance
from appliance.commands import COMMANDS
from appliance.declaring import Declared
from appliance.messages import EMOTIONS, CameraState, Playing
from appliance.web.openapi import setup
from appliance.web.openapi.words import Json, answer, body, errors, many, operation, query, ref, table

TEXT: Json = {"type": "string"}
URI: Json = TEXT | {"minLength": 1, "pattern": r"^[^\n\x00]+$"}


def document() -> Json:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Moodbox",
            "version": appliance.__version__,
            "description": "Watch and steer the box. Log in on the page, or send a token made there.",
        },
        "servers": [{"url": "..", "description": "From where this document is, also behind a proxy"}],
        "security": [{"token": []}, {"session": []}],
        "paths": _watching() | _steering() | setup.paths(),
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "moodbox"},
            },
            "schemas": _schemas() | setup.schemas(),
        },
    }


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
            "get": operation("Events `state` and `history`, as server-sent events", events, errors(422, 503))
        },
        "/video_feed": {
            "get": operation("The live picture with face and emotion", pictures, errors(404, 422, 503))
        },
        "/api/live": {"get": operation("The live picture with the face", pictures, errors(404, 422, 503))},
        "/api/queue": {"get": operation("What plays next", answer(ref("Queue")), errors(422, 503))},
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


def _steering() -> Json:
    return {f"/api/{name}": {"post": _order(declared)} for name, declared in COMMANDS.items()}


def _order(declared: Declared) -> Json:
    words, argument = declared.words[0].upper() + declared.words[1:], declared.argument
    fields = {argument.name: argument.schema() | {"description": argument.words}} if argument else {}
    sent = body(table(fields)) if fields else None
    return operation(words, answer(ref("State")), _refusals(), sent=sent)


def _refusals() -> Json:
    return errors(400, 411, 413, 415, 422, 503)


def _schemas() -> Json:
    text, maybe = {"type": "string"}, {"type": ["string", "null"]}
    number, seconds = {"type": "number"}, {"type": ["number", "null"]}
    shares = {"type": "object", "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1}}
    song = table({"uri": text, "title": text, "artist": text, "album": text})
    state = table(
        {
            "mood": {"enum": [*EMOTIONS, "unsure", "away"]},
            "mood_for_s": number,
            "probabilities": shares | {"description": "Smoothed over time; empty when no face is known"},
            "faces": {"type": "integer", "minimum": 0},
            "playing": {"enum": [playing.value for playing in Playing]},
            "song": {"oneOf": [song, {"type": "null"}]},
            "song_id": {"type": ["integer", "null"], "description": "Another one for each song that begins"},
            "queue_version": {
                "type": ["integer", "null"],
                "description": "Another one whenever anybody changes the queue: fetch /api/queue again",
            },
            "liked": {"type": ["boolean", "null"], "description": "By MPD's sticker; null: it keeps none"},
            "song_mood": maybe | {"description": "The mood whose music it is"},
            "why": maybe | {"description": "Why this song"},
            "elapsed_s": number,
            "duration_s": seconds,
            "volume": {"type": ["integer", "null"], "description": "Percent; null when there is no mixer"},
            "by_hand": maybe | {"description": "The mood that a person chose"},
            "hand_for_s": seconds | {"description": "How long that still holds"},
            "guest": {"type": "boolean", "description": "Somebody else's songs play"},
            "guest_waits": {"type": "boolean", "description": "They wait; the command guest lets them go on"},
            "modes": many(text) | {"description": "MPD's, that somebody has on; off while ours play"},
            "camera": {"enum": [camera.value for camera in CameraState]},
            "camera_kept": {"type": "boolean", "description": "On or off would survive a power cut"},
            "sleep_in_s": seconds,
            "degraded": {"type": "object", "additionalProperties": text},
            "seen": {"oneOf": [_seen(shares), {"type": "null"}]},
            "viewers": {"type": "integer", "minimum": 0, "description": "Who watch the live picture"},
            "problems": many(text) | {"description": "What is wrong in the settings; safe mode when any is"},
            "version": text,
        }
    )
    health = table({"status": {"enum": ["ok", "degraded"]}})
    queued = song | {"properties": song["properties"] | {"duration_s": number}}
    return {"State": state, "Health": health, "History": _history(), "Queue": table({"songs": many(queued)})}


def _seen(shares: Json) -> Json:
    sides = {side: {"type": "number"} for side in ("left", "top", "width", "height")}
    words = "The newest look: the face's box in parts of the picture, and what it says, not smoothed"
    return table({"box": table(sides), "probabilities": shares}) | {"description": words}


def _history() -> Json:
    maybe, ago = {"type": ["string", "null"]}, {"type": "number", "minimum": 0}
    mood = table({"mood": {"type": "string"}, "ago_s": ago})
    song = table({"title": maybe, "artist": maybe, "mood": maybe, "why": maybe, "ago_s": ago})
    return table({"length_s": {"type": "number"}, "moods": many(mood), "songs": many(song)})


__all__ = ["document"]


def operations() -> set[tuple[str, str]]:
    """(method, path) of everything that is documented."""
    paths: dict[str, dict[str, Any]] = document()["paths"]
    return {(method.upper(), path) for path, item in paths.items() for method in item}
