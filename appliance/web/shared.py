"""Helpers of all routes: the parts of the page, and how bodies and queries are read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from appliance.errors import CommandRejected
from appliance.files import tables
from appliance.web.auth.attempts import Attempts
from appliance.web.auth.claim import Claim
from appliance.web.auth.pairing import Pairing
from appliance.web.auth.rights import Rights
from appliance.web.care.logbook import Logbook
from appliance.web.interface import Interface
from appliance.web.live.events import Events
from appliance.web.live.picture import LivePicture

SMALL_BODY = 64 * 1024
"""Bytes that a body may have, except a song's and a backup's."""


@dataclass(frozen=True)
class PageParts:
    """The parts of the page that routes use."""

    interface: Interface
    rights: Rights
    attempts: Attempts
    claim: Claim
    pairing: Pairing
    events: Events
    live_picture: LivePicture
    labelled: LivePicture
    """The live picture with the emotion written into it."""
    logbook: Logbook


def json_body(known: tuple[str, ...]) -> dict[str, Any]:
    """Read the request's JSON object; {} when there is no body. known: the keys that it may have.

    Raises BadRequest, UnsupportedMediaType or CommandRejected, each saying what would be right.
    """
    raw = request.get_data()
    if not raw:
        return {}
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("send JSON, with Content-Type: application/json")
    body = _json(raw)
    if not isinstance(body, dict):
        raise BadRequest("expected a JSON object")
    unknown = sorted(body.keys() - set(known))
    if unknown:
        raise CommandRejected(f"unknown: {', '.join(map(repr, unknown))}; known: {', '.join(known)}"[:300])
    return body


def _json(raw: bytes) -> Any:
    """Parse JSON with the limits of `tables.check`. Raises BadRequest or CommandRejected."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"this is no JSON: {error}"[:300]) from None
    try:
        tables.check(value)
    except ValueError as error:
        raise CommandRejected(f"this makes no sense here: {error}") from None
    return value


def text_of(body: dict[str, Any], name: str, longest: int, shortest: int = 1) -> str:
    """Read a text out of the body; lengths in characters. Raises CommandRejected."""
    text = body.get(name)
    if not isinstance(text, str) or not shortest <= len(text) <= longest or not is_writable(text):
        raise CommandRejected(f'"{name}" must be a text of {shortest} to {longest} characters')
    return text


def is_writable(text: str) -> bool:
    """Return whether the text can be UTF-8 and has no zero byte; JSON can hold halves of characters."""
    try:
        text.encode()
    except UnicodeError:
        return False
    return "\0" not in text


def query(*known: str) -> dict[str, str]:
    """Read the query's values, each once. Raises CommandRejected for what is not known."""
    for name in request.args:
        if name not in known or len(request.args.getlist(name)) > 1:
            raise CommandRejected(
                f"{name[:40]!r} is not understood here; known: {', '.join(known) or 'nothing'}"
            )
    return request.args.to_dict()


def switch(values: dict[str, str], name: str) -> bool:
    """Read a yes or no out of the query; no when it is missing. Raises CommandRejected."""
    if values.get(name, "false") not in ("true", "false"):
        raise CommandRejected(f"{name} must be true or false")
    return values.get(name) == "true"
