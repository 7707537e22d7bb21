"""Routes of the page's Set up: settings, log, doctor, backup, broker test, restart."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import BadRequest, ServiceUnavailable, UnsupportedMediaType

from appliance import __version__
from appliance.errors import CoachUnable, CommandRejected, ConfigError, TasteUnable
from appliance.files import probation
from appliance.protocol.taste import CORRECTIONS, KEEPSAKE
from appliance.web.auth.guard import may
from appliance.web.care import backup as backups
from appliance.web.care import settings_form
from appliance.web.shared import PageParts, json_body, query, switch

LEVELS = ("debug", "info", "warning", "error")

BROKER = {"host": str, "port": int, "username": str, "password": str, "tls": bool}
"""What a broker is tried with; all but the host may be left out."""


def add(app: Flask, parts: PageParts) -> None:
    """Add these routes to the app."""
    _add_settings(app, parts)
    _add_log(app, parts)
    _add_release(app, parts)
    _add_backup(app, parts)


def own_file(parts: PageParts) -> Path:
    """Return the owner's settings file. Raises ConfigError where there is none."""
    if parts.interface.settings_file is None:
        raise ConfigError(
            ["there is no settings file; start the box with --config FILE, or make one: config init"]
        )
    return parts.interface.settings_file


def sender(parts: PageParts) -> settings_form.Sender:
    """Return who asks, as whoever changes settings is described."""
    return settings_form.Sender(parts.interface.config, g.by, parts.interface.unusable)


def _to_be_visited(parts: PageParts) -> bool:
    """Return whether the page has to be visited within a minute, or the settings of before come back."""
    own = parts.interface.settings_file
    return own is not None and probation.mark(own).exists()


def _add_settings(app: Flask, parts: PageParts) -> None:
    interface = parts.interface

    @app.get("/api/settings")
    @may("token")
    def settings() -> dict[str, Any]:
        query()
        sections = settings_form.form(interface.config, interface.settings_file)
        return {
            "sections": sections,
            "problems": list(interface.problems),
            "writable": interface.settings_file is not None,
        }

    @app.patch("/api/settings")
    def change_settings() -> dict[str, Any]:
        changes = json_body(("changes",)).get("changes")
        if not isinstance(changes, dict) or not changes:
            raise CommandRejected('"changes" must be an object such as {"mood.reaction": "slow"}')
        dropped = settings_form.change(own_file(parts), changes, sender(parts))
        interface.reload()
        return {"ok": True, "dropped": dropped, "visit": _to_be_visited(parts)}

    @app.get("/api/settings/file")
    def settings_text() -> Response:
        query()
        return Response(
            settings_form.masked(interface.settings_file), content_type="text/plain; charset=utf-8"
        )

    @app.put("/api/settings/file")
    def write_settings() -> dict[str, Any]:
        if request.mimetype != "text/plain":
            raise UnsupportedMediaType("send the file as text/plain")
        try:
            text = request.get_data().decode()
        except UnicodeDecodeError:
            raise BadRequest("the file must be UTF-8") from None
        settings_form.write_masked(own_file(parts), text, sender(parts))
        interface.reload()
        return {"ok": True, "visit": _to_be_visited(parts)}

    @app.post("/api/restart")
    @may("token")
    def restart() -> dict[str, Any]:
        json_body(())
        interface.reload()
        return {"ok": True}


def _add_log(app: Flask, parts: PageParts) -> None:
    examining = threading.Lock()

    @app.get("/api/log")
    @may("token")
    def log() -> dict[str, Any]:
        least = query("level").get("level", "debug")
        if least not in LEVELS:
            raise CommandRejected(f"level must be one of {', '.join(LEVELS)}")
        return {"lines": list(parts.logbook.lines(least, time.monotonic()))}

    @app.get("/api/doctor")
    @may("token")
    def doctor() -> dict[str, Any]:
        query()
        fields = ("name", "ok", "fix", "found")
        if not examining.acquire(blocking=False):  # each examination has threads of its own
            raise ServiceUnavailable("the box is being examined already; ask again in a few seconds")
        try:
            checks = parts.interface.checks()
        finally:
            examining.release()
        return {"checks": [{field: getattr(check, field) for field in fields} for check in checks]}

    @app.post("/api/broker-test")
    def broker_test() -> dict[str, Any]:
        form: Mapping[str, object] = json_body(tuple(BROKER))
        wrong = [name for name, value in form.items() if type(value) is not BROKER[name]]
        if wrong:
            raise CommandRejected(f"of the wrong type: {', '.join(wrong)}")
        if "host" not in form:
            raise CommandRejected("host is missing: the broker's name or address")
        problem = parts.interface.try_broker(form)
        return {"ok": problem is None, "problem": problem}


def _add_release(app: Flask, parts: PageParts) -> None:
    @app.get("/api/release")
    def release() -> dict[str, Any]:
        query()
        news = parts.interface.news()
        return {
            "installed": __version__,
            "latest": news.latest,
            "is_newer": news.is_newer_than(__version__),
            "notes": news.notes,
            # Not ours: it must lead nowhere but to a page.
            "page": news.page if news.page.startswith(("https://", "http://")) else None,
            "is_going_on": news.is_going_on,
            "percent": news.percent,
            "failed": news.failed or None,
            "look_failed": news.look_failed or None,
            "asks": bool(parts.interface.config.update.address),
        }


def _exported(parts: PageParts, is_whole: bool) -> dict[str, bytes]:
    """Return a backup's files of corrected songs and, if `is_whole`, of everybody's taste.

    Nothing of what cannot be read, which the box tells.
    """
    found = {}
    with suppress(CoachUnable):
        if content := parts.interface.coach.keepsake():
            found[CORRECTIONS] = content
    with suppress(TasteUnable):
        if is_whole:
            found[KEEPSAKE] = parts.interface.taste.keepsake()
    return found


def _add_backup(app: Flask, parts: PageParts) -> None:
    @app.get("/api/backup")
    def backup() -> Response:
        values = query("secrets", "history")
        is_whole = switch(values, "history")
        packed = backups.pack(
            parts.interface.settings_file,
            parts.rights.files(),
            parts.interface.keepsakes if is_whole else {},
            switch(values, "secrets"),
            _exported(parts, is_whole),
        )
        name = {"Content-Disposition": 'attachment; filename="moodbox-backup.zip"'}
        return Response(packed, content_type="application/zip", headers=name)

    @app.post("/api/restore")
    def restore() -> dict[str, Any]:
        if request.mimetype != "application/zip":
            raise UnsupportedMediaType("send the backup as application/zip")
        with_secrets = switch(query("secrets"), "secrets")
        request.max_content_length = backups.LARGEST
        interface = parts.interface
        restored, left_out = backups.unpack(
            request.get_data(),
            own_file(parts),
            parts.rights.files(),
            interface.put_back,
            sender(parts),
            with_secrets,
            interface.is_sound,
        )
        interface.reload()
        done = {"ok": True, "restored": restored, "left_out": left_out}
        return done | {"visit": _to_be_visited(parts)}
