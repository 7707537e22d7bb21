"""The part of the OpenAPI document about the library coach."""

from __future__ import annotations

from appliance.protocol.emotions import EMOTIONS
from appliance.web.openapi.words import Json, answer, body, errors, many, operation, ref, table

TEXT: Json = {"type": "string"}
COUNT: Json = {"type": "integer", "minimum": 0}
MOOD: Json = {"enum": list(EMOTIONS), "type": "string"}
AXIS: Json = {"type": "number", "minimum": -1, "maximum": 1}
SONG: Json = {"uri": TEXT, "title": TEXT, "artist": TEXT, "valence": AXIS, "arousal": AXIS}
YES: Json = {"type": "boolean"}
DONE = answer(table({"ok": YES}))


def paths() -> Json:
    """Return the paths of the coach."""
    said = {"uri": TEXT | {"minLength": 1, "maxLength": 4096}, "mood": {"enum": [*EMOTIONS, "auto"]}}
    refused = errors(400, 411, 413, 415, 422, 503)
    begun = answer(table({"ok": YES}), "Begun; the report says how far it is")
    return {
        "/api/library": {
            "get": operation("What is known of the songs", answer(ref("Library")), errors(422, 503))
        },
        "/api/library/map": {
            "get": operation("Where songs lie, at most a thousand", answer(_map()), errors(422, 503))
        },
        "/api/library/correct": {
            "post": operation("Say which mood a song suits", DONE, refused, sent=body(table(said)))
        },
        "/api/library/move": {
            "post": operation("Put a song somewhere else on the map", _moved(), refused, sent=_to())
        },
        "/api/library/scan": {"post": operation("Hear what is new", begun, refused, status=202)},
    }


def _to() -> Json:
    return body(table({"uri": TEXT | {"minLength": 1, "maxLength": 4096}, "valence": AXIS, "arousal": AXIS}))


def _moved() -> Json:
    before = table({"mood": MOOD, "valence": AXIS, "arousal": AXIS})
    told = {"mood": MOOD, "before": {"anyOf": [before, {"type": "null"}]}}
    return answer(table(told), "The mood that it has there, and what was said of it before")


def _map() -> Json:
    mood = {"enum": [*EMOTIONS, ""]}
    return table({"songs": many(table(SONG | {"mood": mood}))})


def schemas() -> Json:
    """Return the schema that these paths refer to."""
    mood = table({"mood": MOOD, "songs": COUNT, "hours": {"type": "number"}, "by_coach": COUNT})
    scan = {"total": COUNT, "done": COUNT, "left_s": {"type": ["number", "null"]}}
    scan |= {"problem": {"type": ["string", "null"]}}
    known = {
        "songs": COUNT,
        "moods": many(mood),
        "missing": many(MOOD),
        "unheard": COUNT,
        "unsure": COUNT,
        "questions": many(table(SONG | {"likely": many(MOOD)})),
        "excluded": COUNT,
        "passed_over": COUNT,
        "failed": many(table({"uri": TEXT, "reason": TEXT})),
        "scan": {"anyOf": [table(scan), {"type": "null"}]},
        "is_scanning": YES,
    }
    return {"Library": table(known)}
