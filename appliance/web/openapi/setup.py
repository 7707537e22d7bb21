"""The part of the OpenAPI document about setting up: settings, music, rights, backup."""

from __future__ import annotations

from appliance.protocol.emotions import EMOTIONS
from appliance.web.auth.claim import Stage
from appliance.web.auth.rights import LONGEST_PASSWORD, SHORTEST_PASSWORD
from appliance.web.openapi.words import Json, answer, body, errors, many, operation, place, query, ref, table

TEXT: Json = {"type": "string"}
DONE = answer(table({"ok": {"type": "boolean"}}))
YES: Json = {"type": "boolean"}
VISIT: Json = YES | {"description": "Visit the page within a minute, or the settings of before come back"}
YES_NO: Json = {"enum": ["true", "false"], "type": "string"}


def paths() -> Json:
    """Return the paths of settings, care, music and rights."""
    return _settings() | _care() | _music() | _taste() | _rights() | _pairing()


def _settings() -> Json:
    changes = table({"changes": {"type": "object", "minProperties": 1}})
    plain = {"description": "The file, secrets masked", "content": {"text/plain": {"schema": TEXT}}}
    return {
        "/api/settings": {
            "get": operation("All settings with their documentation", answer(ref("Settings")), errors(422)),
            "patch": operation(
                "Change settings, by path; null takes one back to its default",
                answer(table({"ok": YES, "dropped": many(TEXT), "visit": VISIT})),
                _sending(),
                sent=body(changes),
            ),
        },
        "/api/settings/file": {
            "get": operation("The settings file", plain, errors(422)),
            "put": operation(
                "Replace the settings file, whatever is in it by then; what is masked stays as it is",
                answer(table({"ok": YES, "visit": VISIT})),
                _sending(),
                sent=body(TEXT, "text/plain"),
            ),
        },
        "/api/restart": {"post": operation("Begin anew with the settings", DONE, _sending())},
    }


def _care() -> Json:
    level = {"enum": ["debug", "info", "warning", "error"], "type": "string"}
    line = table({"ago_s": {"type": "number"}, "level": TEXT, "name": TEXT, "text": TEXT})
    lines = answer(table({"lines": many(line)}))
    check = table({"name": TEXT, "ok": {"type": "boolean"}, "fix": TEXT, "found": TEXT})
    form = {"host": TEXT, "port": {"type": "integer"}, "tls": {"type": "boolean"}}
    form |= {"username": TEXT, "password": TEXT}
    trial = body(table(form, ("tls", "port", "username", "password")))
    parts = query("secrets", YES_NO) + query("history", YES_NO)
    tested = table({"ok": {"type": "boolean"}, "problem": {"type": ["string", "null"]}})
    packed = {"description": "The backup", "content": {"application/zip": {"schema": TEXT}}}
    archive = body(TEXT, "application/zip")
    left_out = many(TEXT) | {"description": "Passwords and tokens in it that were not asked for"}
    done = {"ok": YES, "restored": many(TEXT), "left_out": left_out, "visit": VISIT}
    restored, wanted = answer(table(done)), query("secrets", YES_NO)
    return {
        "/api/log": {"get": operation("The newest lines", lines, errors(422), query("level", level))},
        "/api/doctor": {
            "get": operation("What works", answer(table({"checks": many(check)})), errors(422, 503))
        },
        "/api/release": {"get": operation("The release that runs, and the newest", _release(), errors(422))},
        "/api/broker-test": {
            "post": operation("Try an MQTT broker", answer(tested), _sending() | errors(404), sent=trial)
        },
        "/api/backup": {"get": operation("Everything as one file", packed, errors(422), parts)},
        "/api/restore": {"post": operation("Put a backup back", restored, _sending(), wanted, archive)},
    }


def _release() -> Json:
    maybe = {"type": ["string", "null"]}
    known = {"installed": TEXT, "latest": maybe, "is_newer": YES, "notes": TEXT, "page": maybe}
    percent = {"type": ["integer", "null"], "minimum": 0, "maximum": 100}
    known |= {"is_going_on": YES, "percent": percent, "failed": maybe, "look_failed": maybe}
    asks = YES | {"description": "update.address in the settings names where releases lie"}
    return answer(table(known | {"asks": asks}))


def _music() -> Json:
    mood = table({"mood": TEXT, "songs": {"type": "integer"}, "folder": {"type": ["string", "null"]}})
    overview = table({"moods": many(mood), "upload_mb": {"type": "integer"}})
    stored = answer(table({"name": TEXT, "mood": TEXT}), "Stored")
    where = [
        place("mood", {"enum": list(EMOTIONS), "type": "string"}),
        place("name", {"type": "string", "minLength": 1}),
        *query("folder", {"type": "string"}),
    ]
    song = {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}
    bad = errors(404, 409, 411, 413, 415, 422, 503, 507)
    return {
        "/api/music": {"get": operation("How much each mood has", answer(overview), errors(422, 503))},
        "/api/music/{mood}/{name}": {"put": operation("Upload a song", stored, bad, where, song, 201)},
        "/api/update": {"post": operation("Look for new songs", DONE, _sending())},
    }


def _taste() -> Json:
    number: Json = {"type": "integer"}
    artist = table({"artist": TEXT, "mood": TEXT, "finished": number, "of": number})
    song = table({"uri": TEXT, "said": {"enum": ["liked", "disliked"]}})
    day: Json = {"type": ["integer", "null"], "description": "Counted from 1970; null: nobody knew it"}
    known = {"events": number, "since_day": day, "artists": many(artist), "songs": many(song)}
    known["rest_day"] = day | {"description": "When their face at rest was measured, if it was"}
    person = table(known, ["rest_day"])
    people = table({"people": {"type": "object", "additionalProperties": person}})
    event = {"verdict": TEXT, "person": TEXT, "mood": TEXT, "uri": TEXT, "artist": TEXT}
    event |= {"weight": {"type": "number"}, "day": day}
    rest = {"person": TEXT, "margins": many({"type": "number"}), "day": day, "network": TEXT}
    every = {"moodbox_taste": number, "events": many(table(event)), "faces_at_rest": many(table(rest))}
    named = {"type": "string", "minLength": 1}
    what = table(
        {"person": named, "song": named, "all": {"type": "boolean", "enum": [True]}},
        ("person", "song", "all"),
    )
    one = what | {"minProperties": 1, "maxProperties": 1}
    forgotten = answer(table({"forgotten": number}))
    return {
        "/api/taste": {"get": operation("What each person likes", answer(people), errors(422, 503))},
        "/api/taste/export": {"get": operation("Every event", answer(table(every)), errors(422, 503))},
        "/api/taste/forget": {
            "post": operation("Forget a person, a song, or all", forgotten, _sending(), sent=body(one))
        },
    }


def _rights() -> Json:
    new = {"type": "string", "minLength": SHORTEST_PASSWORD, "maxLength": LONGEST_PASSWORD}
    password = table({"old": new | {"minLength": 1}, "new": new}, ["old"])
    name = {"type": "string", "minLength": 1, "maxLength": 40}
    key = {"key": {"type": "string", "minLength": 1, "maxLength": 100}}
    stage: Json = {"enum": [stage.value for stage in Stage]}
    asked = {"key": TEXT, "presses": {"type": "integer"}, "stage": stage}
    made = answer(table({"name": TEXT, "token": TEXT}), "Made; it is shown this once")
    session = table({"has_password": {"type": "boolean"}, "by": TEXT})
    return {
        "/api/session": {"get": operation("Who you are to the box", answer(session), errors(422))},
        "/api/logout": {"post": operation("End this session", DONE, _sending())},
        "/api/password": {
            "put": operation("Set the password", DONE, _sending() | errors(429), sent=body(password))
        },
        "/api/claim": {
            "post": operation(
                "Ask to set the first password",
                answer(table(asked)),
                _sending(),
                sent=body(table(key, ["key"]), is_needed=False),
            ),
            "put": operation(
                "Set it, once the box was pressed so often",
                answer(table({"stage": stage})),
                _sending(),
                sent=body(table(key | {"new": new})),
            ),
        },
        "/api/tokens": {
            "delete": operation("Take all tokens back", DONE, errors(422)),
            "get": operation("Names of the tokens", answer(table({"tokens": many(TEXT)})), errors(422)),
            "post": operation("Make a token", made, _sending(), sent=body(table({"name": name})), status=201),
        },
        "/api/tokens/{name}": {
            "delete": operation("Take a token back", DONE, errors(404, 422), [place("name", name)])
        },
    }


def _pairing() -> Json:
    stage: Json = {"enum": [stage.value for stage in Stage]}
    name: Json = {"type": "string", "minLength": 1, "maxLength": 40}
    key: Json = {"type": "string", "minLength": 1, "maxLength": 100}
    number: Json = {"type": "integer"}
    asked = answer(table({"key": TEXT, "presses": number, "stage": stage}))
    taken = answer(table({"stage": stage, "token": TEXT, "name": TEXT}, ("token", "name")))
    one = table({"name": TEXT, "address": TEXT, "left_s": number}) | {"type": ["object", "null"]}
    box = dict.fromkeys(("id", "name", "version", "model", "serial", "hardware"), TEXT) | {"macs": many(TEXT)}
    return {
        "/api/pairing": {
            "get": operation("Which device asks for a token", answer(table({"asked": one})), errors(422)),
            "post": operation(
                "Ask for a token, to be confirmed by so many presses on the box, or on its page",
                asked,
                _sending() | errors(429),
                sent=body(table({"name": name, "key": key}, ["key"])),
            ),
            "put": operation(
                "Take it, once it is confirmed", taken, _sending(), sent=body(table({"key": key}))
            ),
        },
        "/api/pairing/answer": {
            "post": operation(
                "Confirm it by the number that the device shows",
                DONE,
                _sending() | errors(404),
                sent=body(table({"number": number})),
            )
        },
        "/api/box": {"get": operation("What machine this is", answer(table(box)), errors(422))},
    }


def _sending() -> Json:
    return errors(400, 411, 413, 415, 422, 503)


def schemas() -> Json:
    """Return the schemas that these paths refer to."""
    key = {
        "path": TEXT,
        "value": {},
        "default": {},
        "doc": TEXT,
        "secret": {"type": "boolean"},
        "own": {"type": "boolean"},
        "schema": {"type": "object"},
    }
    section = table({"section": TEXT, "keys": many(table(key))})
    settings = {"sections": many(section), "problems": many(TEXT), "writable": {"type": "boolean"}}
    return {"Settings": table(settings)}
