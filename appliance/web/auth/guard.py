"""Guard every request: who asks, by which name, from which site; and what browsers are told.

Without a password only this machine is served. With one, everybody logs in or brings a token: also from the
loopback address, because a reverse proxy comes from there.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, request
from werkzeug.exceptions import Forbidden, HTTPException, LengthRequired, MisdirectedRequest, Unauthorized
from werkzeug.wrappers import Response as Answer

from appliance.web.auth.names import is_our_name, own_names
from appliance.web.shared import SMALL_BODY, PageParts

COOKIE = "moodbox"
RIGHTS = "rights_of_route"
View = TypeVar("View", bound=Callable[..., Any])


def may(*who: str) -> Callable[[View], View]:
    """Let these use a route beside the owner; one that says nothing is the owner's alone.

    who: "token", a script that steers; "anybody", everyone in the house: it must tell nothing about it.
    """

    def grant(view: View) -> View:
        setattr(view, RIGHTS, frozenset(who))
        return view

    return grant


def rights_of(app: Flask, endpoint: str | None) -> frozenset[str]:
    """Return who may use the route beside the owner."""
    found: frozenset[str] = getattr(app.view_functions.get(endpoint or ""), RIGHTS, frozenset())
    return found


CHANGING = ("POST", "PUT", "PATCH", "DELETE")
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Prefix", "X-Real-IP", "Via")
PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": with that, browsers send `Origin: null` with our own login form.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def put_on(app: Flask, parts: PageParts) -> None:
    """Guard every request to the app."""
    more = parts.interface.config.page.hosts

    @app.before_request
    def admit() -> Answer | None:
        request.max_content_length = SMALL_BODY
        if "Transfer-Encoding" in request.headers:  # cheroot would hold a whole chunk of any size in memory
            raise LengthRequired("say how long the body is: Content-Length")
        if not is_our_name(request.headers.get("Host", ""), own_names(more)):
            raise MisdirectedRequest("this name is not the box's; add it to page.hosts if it is")
        refuse_other_sites()
        return _let_in(parts)

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.update(HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def _let_in(parts: PageParts) -> Answer | None:
    """Return None when the request may go on, else the way to the login. Raises Unauthorized or Forbidden."""
    g.by = _who(parts)
    endpoint = request.endpoint
    allowed = rights_of(current_app, endpoint)
    # What is nowhere, or is asked for by another method, is answered so to everybody who may come in.
    if g.by == "token" and endpoint is not None and not allowed & {"token", "anybody"}:
        raise Forbidden("a token may not do this; log in on the page")
    if g.by in ("session", "local") and endpoint != "healthz":  # systemd and scripts ask that
        parts.interface.visited(g.by)
    if g.by != "nobody" or "anybody" in allowed or (endpoint == "healthz" and is_this_machine()):
        return None
    if endpoint == "index":
        return redirect(address_of("login"), 303)
    if not parts.rights.has_password:
        raise Forbidden(
            "no password is set yet, so the box serves only itself, as localhost; see `moodbox password`"
        )
    raise Unauthorized("log in, or send a token: Authorization: Bearer …")


def _who(parts: PageParts) -> str:
    """Return by what right somebody asks: session, token, local (this machine), or nobody."""
    rights = parts.rights
    if not rights.has_password:
        return "local" if is_this_machine() else "nobody"
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return "token" if rights.is_token(token.strip()) else "nobody"
    return "session" if rights.is_session(request.cookies.get(COOKIE, "")) else "nobody"


def is_this_machine() -> bool:
    """Tell whether the request comes from the loopback address and, as far as one can tell, through no proxy.

    One that says nothing of itself is told by its speaking HTTP/1.0, as nginx does by default, or by the
    name that it passes on: whoever sits at the box itself asks for localhost.
    """
    if any(name in request.headers for name in FORWARDED):
        return False
    name = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    speaks = request.environ.get("SERVER_PROTOCOL")
    return (
        (name == "localhost" or _is_loopback(name))
        and _is_loopback(request.remote_addr)
        and speaks == "HTTP/1.1"
    )


def prefix() -> str:
    """Return the path under which a reverse proxy says that it serves the box: "/moodbox", or nothing."""
    said = request.headers.get("X-Forwarded-Prefix", "").rstrip("/")
    return said if PREFIX.fullmatch(said) else ""


def address_of(page: str) -> str:
    """Return a page's address for whoever asks: relative where nobody says under which path it is served."""
    return f"{prefix()}/{page}" if prefix() else page or "./"


def _is_loopback(name: str | None) -> bool:
    try:
        address = ipaddress.ip_address((name or "").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def refuse_other_sites() -> None:
    """Let no other site's page use the box through its visitor's browser. Raises Forbidden."""
    # Where a browser does not send it, the cookie's SameSite and Origin, below, are what is left.
    site = request.headers.get("Sec-Fetch-Site", "none")
    is_link = request.method == "GET" and request.headers.get("Sec-Fetch-Dest") == "document"
    if site not in ("none", "same-origin") and not is_link:
        raise Forbidden("another site's page may not use the box")
    origin = request.headers.get("Origin")
    if request.method in CHANGING and origin is not None:
        own = {
            f"{scheme}://{request.headers['Host']}" for scheme in ("http", "https")
        }  # a proxy may do the s
        if origin not in own:
            raise Forbidden("another site's page may not change anything here")


def describe(error: HTTPException) -> dict[str, str]:
    """Return what is answered in JSON to an error."""
    return {"error": error.description or error.name}
