"""Routes of the music: queue, covers, how many songs each mood has, and uploads."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import LengthRequired, RequestEntityTooLarge

from appliance.config import MusicSource
from appliance.errors import CommandRejected, PlayerLost, PlayerRefused
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.encoding import Queue, describe_queue
from appliance.protocol.messages import LibraryChanged
from appliance.web.auth.guard import may
from appliance.web.care import songfile
from appliance.web.interface import Interface
from appliance.web.shared import PageParts, is_writable, json_body, query
from appliance.web.songlist import Artists, Found, artists, find

MB = 1024 * 1024


def add(app: Flask, parts: PageParts) -> None:
    """Add these routes to the app."""
    _add_songs(app, parts.interface)
    _add_moods(app, parts.interface)
    _add_uploads(app, parts.interface)


def _add_songs(app: Flask, interface: Interface) -> None:
    @app.get("/api/queue")
    @may("token")
    def queue() -> Queue:
        query()
        return describe_queue(interface.library.queue())

    @app.get("/api/songs")
    @may("token")
    def songs() -> Found:
        wish = query("search", "mood", "artist", "folder", "start")
        start = _start(wish)
        return find(_listed(interface), wish, start, interface.snapshot().folders)

    @app.get("/api/artists")
    @may("token")
    def all_artists() -> Artists:
        wish = query("search", "mood", "start")
        start = _start(wish)
        return artists(_listed(interface), wish, start, interface.snapshot().folders)

    @app.get("/api/cover")
    @may("token")
    def cover() -> Response:
        uri = query("uri").get("uri", "")
        if not uri or "\n" in uri or not is_writable(uri):
            raise CommandRejected("uri must name a song")
        found = interface.library.cover(uri)
        if found is None:
            return Response(status=204)
        return Response(found[1], content_type=found[0], headers={"Cache-Control": "private, max-age=3600"})


def _start(wish: dict[str, str]) -> int:
    """Take the place of the first song out of a wish, and check its mood. Raises CommandRejected."""
    start = wish.pop("start", "0")
    if wish.get("mood", EMOTIONS[0]) not in EMOTIONS:
        raise CommandRejected(f"mood must be one of {', '.join(EMOTIONS)}")
    if not (start.isascii() and start.isdigit() and len(start) < 10):
        raise CommandRejected("start must be a whole number")
    return int(start)


def _listed(interface: Interface) -> LibraryChanged:
    library = interface.songs()
    if library is None:
        raise PlayerLost("the library has not been read yet; try again in a moment")
    return library


def _add_moods(app: Flask, interface: Interface) -> None:
    sources = _sources(interface)

    @app.get("/api/music")
    @may("token")
    def music() -> dict[str, Any]:
        query()
        counts = interface.library.counts()
        moods = [
            {"mood": mood, "songs": counts.get(mood, 0), "folder": sources[mood].folder or None}
            for mood in EMOTIONS
        ]
        return {"moods": moods, "upload_mb": interface.config.page.upload_mb}

    @app.post("/api/update")
    @may("token")
    def update() -> dict[str, Any]:
        json_body(())
        interface.library.update("")
        return {"ok": True}


def _add_uploads(app: Flask, interface: Interface) -> None:
    sources, limit_mb = _sources(interface), interface.config.page.upload_mb

    @app.put(f"/api/music/<any({','.join(EMOTIONS)}):mood>/<name>")
    @may("token")
    def upload(mood: Any, name: str) -> tuple[dict[str, Any], int]:
        length = request.content_length
        if length is None:
            raise LengthRequired("say how long the song is: Content-Length")
        if length > limit_mb * MB:
            raise RequestEntityTooLarge(f"songs may have {limit_mb} MB; see page.upload_mb")
        folder = sources[mood].folder
        if not folder:
            raise CommandRejected(f"{mood} has no folder but a playlist or a filter; see music.moods")
        within = songfile.safe_folder(query("folder").get("folder", ""))
        music = interface.library.music_folder()
        place = music / songfile.inside(music, "/".join((folder, *within)))
        stored = songfile.store(request.environ["wsgi.input"], length, place, name, interface.library.plays)
        # The song is there, whatever comes of this: a full queue of updates finds it too, and MPD by itself.
        with suppress(PlayerLost, PlayerRefused):
            # The mood's folder and not the song's: MPD takes no folder in one that it does not know.
            interface.library.update(songfile.inside(music, folder))
        return {"name": stored.name, "mood": mood}, 201


def _sources(interface: Interface) -> dict[str, MusicSource]:
    """Mood -> where its music is, by the settings."""
    return {str(mood): source for mood, source in interface.config.music.moods.items()}
