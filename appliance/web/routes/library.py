"""Routes of the library coach: what it knows of the songs, what people say of them, and the scan."""

from __future__ import annotations

from typing import Any

from flask import Flask

from appliance.errors import CommandRejected
from appliance.web.auth.guard import may
from appliance.web.shared import PageParts, json_body, query, text_of

LONGEST_URI = 4096


def _axis(body: dict[str, Any], name: str) -> float:
    value = body.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not -1 <= value <= 1:
        raise CommandRejected(f'"{name}" must be a number from -1 to 1')
    return float(value)


def add(app: Flask, parts: PageParts) -> None:
    """Add these routes to the app."""
    coach = parts.interface.coach

    @app.get("/api/library")
    @may("token")
    def library() -> dict[str, Any]:
        query()
        return coach.report()

    @app.get("/api/library/map")
    @may("token")
    def points() -> dict[str, Any]:
        query()
        return {"songs": coach.points(parts.interface.snapshot().folders)}

    @app.post("/api/library/correct")
    @may("token")
    def correct() -> dict[str, Any]:
        body = json_body(("uri", "mood"))
        coach.correct(text_of(body, "uri", LONGEST_URI), text_of(body, "mood", 20))
        return {"ok": True}

    @app.post("/api/library/move")
    @may("token")
    def move() -> dict[str, Any]:
        body = json_body(("uri", "valence", "arousal"))
        uri = text_of(body, "uri", LONGEST_URI)
        return coach.move(uri, _axis(body, "valence"), _axis(body, "arousal"))

    @app.post("/api/library/scan")
    @may("token")
    def scan() -> tuple[dict[str, Any], int]:
        json_body(())
        coach.scan()
        return {"ok": True}, 202
