"""Routes of pairing: another device asks for a token, and who stands at the box or owns its page says yes."""

from __future__ import annotations

import math
from typing import Any

from flask import Flask, request
from werkzeug.exceptions import Forbidden, NotFound, TooManyRequests

from appliance.errors import CommandRejected
from appliance.web.auth.claim import Stage
from appliance.web.auth.guard import may
from appliance.web.auth.pairing import Wait
from appliance.web.auth.rights import LONGEST_NAME
from appliance.web.shared import PageParts, json_body, query, text_of

LONGEST_KEY = 100


def add(app: Flask, parts: PageParts) -> None:
    """Add these routes to the app."""
    _add_asking(app, parts)
    _add_answering(app, parts)

    @app.get("/api/box")
    @may("token")
    def about() -> dict[str, Any]:
        query()
        return dict(parts.interface.about())


def _add_asking(app: Flask, parts: PageParts) -> None:
    @app.post("/api/pairing")
    @may("anybody")
    def ask() -> dict[str, Any]:
        body = json_body(("name", "key"))
        name = text_of(body, "name", LONGEST_NAME)
        key = text_of(body, "key", LONGEST_KEY) if "key" in body else ""
        if not parts.rights.has_password:
            raise Forbidden("set a password first: without one, only this machine is served, without a token")
        asked = parts.pairing.ask(name, request.remote_addr or "", key)
        if isinstance(asked, Wait):
            raise TooManyRequests("too many have asked", retry_after=math.ceil(asked.seconds))
        return {"key": asked.key, "presses": asked.presses, "stage": asked.stage.value}

    @app.put("/api/pairing")
    @may("anybody")
    def take() -> dict[str, Any]:
        stage, token, name = parts.pairing.take(text_of(json_body(("key",)), "key", LONGEST_KEY))
        return {"stage": stage.value} | ({"token": token, "name": name} if token else {})


def _add_answering(app: Flask, parts: PageParts) -> None:
    @app.get("/api/pairing")
    def waiting() -> dict[str, Any]:
        query()
        found = parts.pairing.waiting()
        if found is None:
            return {"asked": None}
        asked, left_s = found
        return {"asked": {"name": asked.name, "address": asked.address, "left_s": round(left_s)}}

    @app.post("/api/pairing/answer")
    def answer() -> dict[str, Any]:
        number = json_body(("number",)).get("number")
        if not isinstance(number, int) or isinstance(number, bool):
            raise CommandRejected('"number" must be the number that the device shows')
        stage = parts.pairing.confirm(number)
        if stage is Stage.GONE:
            raise NotFound("nobody asks, or no more; let it ask anew")
        if stage is not Stage.CONFIRMED:
            raise CommandRejected("it shows another number; let it ask anew")
        return {"ok": True}
