"""Routes of the rights: logging in and out, the password, the first one's claim, tokens."""

from __future__ import annotations

import math
from typing import Any

from flask import Flask, Response, g, jsonify, redirect, render_template, request
from werkzeug.exceptions import Forbidden, HTTPException, NotFound, TooManyRequests
from werkzeug.wrappers import Response as Answer

from appliance.machine.machine import new_password
from appliance.web.auth.claim import Stage
from appliance.web.auth.guard import COOKIE, address_of, is_this_machine, may, prefix
from appliance.web.auth.rights import LONGEST_NAME, LONGEST_PASSWORD, SHORTEST_PASSWORD
from appliance.web.shared import PageParts, json_body, query, text_of

A_YEAR_S = 365 * 24 * 3600


def add(app: Flask, parts: PageParts) -> None:
    """Add these routes to the app."""
    _add_login(app, parts)
    _add_password(app, parts)
    _add_tokens(app, parts)


def _add_login(app: Flask, parts: PageParts) -> None:
    @app.get("/login")
    @may("anybody")
    def login() -> str | Answer:
        if g.by in ("session", "local"):
            return redirect(address_of(""), 303)
        return _door(parts, "")

    @app.post("/login")
    @may("anybody")
    def enter() -> Answer:
        who = _who(parts)
        wait_s = parts.attempts.begin(*who)
        if wait_s:
            return _refuse(parts, 429, "wait", wait_s)
        if not parts.rights.is_password(request.form.get("password", "")):
            return _refuse(parts, 403, "wrong", 0)
        parts.attempts.forgive(*who)
        return with_session(redirect(address_of(""), 303), parts)

    @app.post("/api/logout")
    def leave() -> dict[str, Any]:
        json_body(())
        parts.rights.close_session(request.cookies.get(COOKIE, ""))
        return {"ok": True}

    @app.get("/api/session")
    @may("token")
    def session() -> dict[str, Any]:
        query()
        return {"has_password": parts.rights.has_password, "by": g.by}


def _who(parts: PageParts) -> tuple[str, str | None]:
    """Return the address and the device under which tries are counted."""
    return request.remote_addr or "", parts.rights.device(request.cookies.get(COOKIE, ""))


def _door(parts: PageParts, problem: str) -> str:
    has_password = parts.rights.has_password
    # Where its settings lie is nobody's business elsewhere.
    command = new_password(parts.interface.settings_file if is_this_machine() else None)
    return render_template("login.html", has_password=has_password, problem=problem, command=command)


def _refuse(parts: PageParts, status: int, problem: str, wait_s: float) -> Answer:
    headers = {"Retry-After": str(math.ceil(wait_s))} if wait_s else {}
    return Response(_door(parts, problem), status, headers)


def with_session(response: Answer, parts: PageParts) -> Answer:
    """Let who gets this answer in from now on, by a cookie."""
    key = parts.rights.open_session(request.cookies.get(COOKIE, ""))
    # A reverse proxy says so; somebody else who says so only loses the cookie.
    is_secure = request.is_secure or request.headers.get("X-Forwarded-Proto") == "https"
    response.set_cookie(
        COOKIE,
        key,
        max_age=A_YEAR_S,
        path=f"{prefix()}/",  # what else is served under the proxy's name does not get it
        httponly=True,
        samesite="Strict",
        secure=is_secure,
    )
    return response


def _add_password(app: Flask, parts: PageParts) -> None:
    @app.put("/api/password")
    def set_password() -> Answer:
        body = json_body(("old", "new"))
        new = text_of(body, "new", LONGEST_PASSWORD, SHORTEST_PASSWORD)
        old = text_of(body, "old", LONGEST_PASSWORD) if "old" in body else ""
        is_first = not parts.rights.has_password
        if not is_first:
            prove(old)
        elif not is_this_machine():
            raise Forbidden("choose the first password at the page's door, and confirm it on the box")
        parts.rights.set_password(new, is_first)
        return with_session(jsonify({"ok": True}), parts)

    @app.post("/api/claim")
    @may("anybody")
    def claim() -> dict[str, Any]:
        body = json_body(("key",))
        if parts.rights.has_password:
            raise Forbidden("there is a password; log in with it")
        asked = parts.claim.ask(text_of(body, "key", 100) if "key" in body else "")
        return {"key": asked.key, "presses": asked.presses, "stage": asked.stage.value}

    @app.put("/api/claim")
    @may("anybody")
    def claimed() -> Answer:
        body = json_body(("key", "new"))
        new = text_of(body, "new", LONGEST_PASSWORD, SHORTEST_PASSWORD)
        stage = parts.claim.stage(text_of(body, "key", 100))
        if stage is not Stage.CONFIRMED:
            return jsonify({"stage": stage.value})
        parts.rights.set_password(new, is_first=True)
        return with_session(jsonify({"stage": stage.value}), parts)

    def prove(password: str) -> None:
        who = _who(parts)
        wait_s = parts.attempts.begin(*who)
        if wait_s:
            raise TooManyRequests("too many wrong passwords", retry_after=math.ceil(wait_s))
        if not parts.rights.is_password(password):
            raise Forbidden("that is not the password")
        parts.attempts.forgive(*who)


def _add_tokens(app: Flask, parts: PageParts) -> None:
    @app.get("/api/tokens")
    def tokens() -> dict[str, Any]:
        query()
        return {"tokens": parts.rights.tokens()}

    @app.post("/api/tokens")
    def make_token() -> tuple[dict[str, Any], int]:
        body = json_body(("name",))
        if not parts.rights.has_password:
            raise _needs_password()
        name = text_of(body, "name", LONGEST_NAME)
        return {"name": name, "token": parts.rights.make_token(name)}, 201

    @app.delete("/api/tokens")
    def drop_tokens() -> dict[str, Any]:
        query()
        parts.rights.drop_tokens()
        return {"ok": True}

    @app.delete("/api/tokens/<name>")
    def drop_token(name: str) -> dict[str, Any]:
        if not parts.rights.drop_token(name):
            raise NotFound("there is no token of that name")
        return {"ok": True}


def _needs_password() -> HTTPException:
    return Forbidden("set a password first: without one, only this machine is served, and without a token")
