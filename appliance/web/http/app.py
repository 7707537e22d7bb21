"""The Flask app of the page: routes, guard, and errors that say what is wrong and what to do."""

from __future__ import annotations

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError, MisdirectedRequest

from appliance.errors import CoachUnable, CommandRejected, ConfigError, PlayerLost, PlayerRefused, TasteUnable
from appliance.protocol.declared import COMMANDS
from appliance.web.auth import guard, names
from appliance.web.care.songfile import NameTaken, NoRoom, WrongType
from appliance.web.routes import box, library, music, pairing, rights, setup, taste
from appliance.web.shared import PageParts

STATUS: dict[type[Exception], int] = {
    WrongType: 415,
    NameTaken: 409,
    NoRoom: 507,
    CommandRejected: 422,
    ConfigError: 422,
    PlayerLost: 503,
    PlayerRefused: 503,
    CoachUnable: 503,
    TasteUnable: 503,
}
"""HTTP's status for each of our own errors."""


def make_app(parts: PageParts) -> Flask:
    """Make the app with all its routes, guarded."""
    app = Flask("appliance.web")  # beside its templates and static files
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # of the provider that Flask has by default
    guard.put_on(app, parts)
    app.view_functions["static"] = guard.may("anybody")(app.view_functions["static"])
    _add_page(app)
    for routes in (box, library, music, pairing, rights, setup, taste):
        routes.add(app, parts)
    _add_errors(app, parts)
    return app


def _add_page(app: Flask) -> None:
    @app.get("/")
    def index() -> str:
        return render_template("index.html", commands=COMMANDS)

    @app.get("/favicon.ico")
    @guard.may("anybody")
    def favicon() -> Response:
        return app.send_static_file("icon.svg")

    @app.after_request
    def revalidate(response: Response) -> Response:
        # After an update the page must not be half old; asking costs a round trip at home.
        if request.endpoint in ("static", "favicon"):
            response.headers["Cache-Control"] = "no-cache"
        return response


def _add_errors(app: Flask, parts: PageParts) -> None:
    @app.errorhandler(MisdirectedRequest)
    def misname(error: MisdirectedRequest) -> tuple[Response, int]:
        if request.accept_mimetypes.best_match(["application/json", "text/html"]) != "text/html":
            return jsonify(guard.describe(error)), 421
        asked, port = request.headers.get("Host", ""), parts.interface.config.page.port
        page = names.refusal(asked, request.scheme, port, request.remote_addr or "::1")
        return Response(page, mimetype="text/html"), 421

    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> tuple[dict[str, object], int, dict[str, str]]:
        headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
        return dict(guard.describe(error)), error.code or 500, headers

    for kind, status in STATUS.items():
        app.register_error_handler(kind, _handler(status))

    @app.errorhandler(Exception)
    def fail(error: Exception) -> tuple[dict[str, str], int]:
        app.logger.exception("%s %r", request.method, request.path, exc_info=error)
        return guard.describe(InternalServerError("the box made a mistake; its log says more")), 500


def _handler(status: int):  # type: ignore[no-untyped-def]  # Flask's own type of a handler is not public
    def answer(error: Exception) -> tuple[dict[str, object], int]:
        problems = {"problems": error.problems} if isinstance(error, ConfigError) else {}
        return {"error": str(error), **problems}, status

    return answer
