"""Routes of what people like: the owner alone may look at it, export it, and have it forgotten."""

from __future__ import annotations

from typing import Any

from flask import Flask, jsonify
from werkzeug.wrappers import Response

from appliance.errors import CommandRejected
from appliance.web.shared import PageParts, json_body, query


def add(app: Flask, parts: PageParts) -> None:
    """Add these routes to the app."""
    taste = parts.interface.taste

    @app.get("/api/taste")
    def look_at_taste() -> dict[str, Any]:
        query()
        return taste.show()

    @app.get("/api/taste/export")
    def export_taste() -> Response:
        query()
        answer = jsonify(taste.export())
        answer.headers["Content-Disposition"] = 'attachment; filename="moodbox-taste.json"'
        return answer

    @app.post("/api/taste/forget")
    def forget_taste() -> dict[str, Any]:
        what = json_body(("person", "song", "all"))
        (kind, value), *more = what.items() or [("", None)]
        is_named = kind in ("person", "song") and isinstance(value, str) and bool(value)
        if more or not (is_named or (kind == "all" and value is True)):
            raise CommandRejected('say one of "person": a name, "song": as MPD names it, "all": true')
        names = {"person": "person", "song": "uri"}
        return {"forgotten": taste.forget(**{names[kind]: value} if kind in names else {})}
