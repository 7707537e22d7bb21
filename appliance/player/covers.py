"""Finds a song's cover: in its file, by MPD, or beside it, by the names that rippers and players give covers.

MPD knows only cover.jpg, .png and .webp in small letters: where it tells its music folder, we look ourselves.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from appliance.player.client import picture_of, too_large

LARGEST = 20 * 1024 * 1024
"""Bytes of a picture; a scan of 3000 pixels has five to ten million."""
CHUNKS = (4 * 1024 * 1024, 256 * 1024)
"""Bytes asked of MPD at once. For each it reads the song's head anew, 8 kB at a time if nobody says more; a
chunk must fit into its `max_output_buffer_size`."""

STEMS = ("cover", "folder", "front", "albumart", "album", "artwork")
"""How covers' names begin, in any case; the first wins."""
SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif")
PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"GIF8": "image/gif"}
"""First bytes -> type. A file's own claim is not believed: it would be served as ours."""

Cover = tuple[str, bytes]
"""Type and bytes."""


def find(client: Any, uri: str, music: Path | None) -> Cover | None:
    """Find the cover of a song that MPD has in its library or its queue; None when there is none.

    music: MPD's music folder, if it is known and here. Raises CommandRejected for one that is too large,
    and what the client raises when the connection is lost.
    """
    if not _is_inside(
        uri
    ):  # a client on this machine may queue any file; what lies beside is not its to show
        return _from_mpd(client, "readpicture", uri) if _is_known(client, uri) else None
    if not _is_known(client, uri):
        return _beside(music, uri) if music and _is_behind_sheet(client, uri, music) else None
    return (
        _from_mpd(client, "readpicture", uri)
        or (music and _beside(music, uri))
        or _from_mpd(client, "albumart", uri)
    )


def _is_inside(uri: str) -> bool:
    """Whether a file of this name lies in the music folder."""
    path = PurePosixPath(uri)
    return not path.is_absolute() and ".." not in path.parts


def _is_known(client: Any, uri: str) -> bool:
    """Whether MPD has the song. Asked for another, it would fetch any address, and read any file it may."""
    if "://" in uri:  # a radio holds no picture, and MPD would do nothing else until it has answered
        return False
    return bool(client.find("file", uri) or client.playlistfind("file", uri))


def _is_behind_sheet(client: Any, uri: str, music: Path) -> bool:
    """Whether it is a file of an album with a cue sheet: MPD shows the sheet's songs and hides the file."""
    path = PurePosixPath(uri)
    if not (music / path).is_file():
        return False
    folder = "" if path.parent == PurePosixPath() else str(path.parent)
    above = {PurePosixPath(song["file"]).parent for song in client.find("base", folder)}
    return any(sheet.parent == path.parent and (music / sheet).is_file() for sheet in above)


def _from_mpd(client: Any, command: str, uri: str) -> Cover | None:
    from mpd import CommandError

    for chunk in CHUNKS:
        with suppress(CommandError):  # before 0.22.4 it knows no limit, and takes 8 kB
            client.binarylimit(chunk)
            break
    try:
        picture = picture_of(client, command, uri, LARGEST)
    except CommandError:  # none, or a song that is no file
        return None
    return _as_cover(picture)


def _beside(music: Path, uri: str) -> Cover | None:
    folder = (music / uri).parent
    while not folder.is_dir() and folder != music:  # a song of a cue sheet "lies" in it
        folder = folder.parent
    return next(filter(None, map(_read, _usual(folder))), None)


def _usual(folder: Path) -> Iterator[Path]:
    """Files that are covers by their names, the likeliest first."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    ranked = []
    for name in names:
        stem, suffix = os.path.splitext(name.casefold())
        plain = stem.replace(" ", "").replace("_", "").replace("-", "")
        rank = next((rank for rank, usual in enumerate(STEMS) if plain.startswith(usual)), None)
        if rank is not None and suffix in SUFFIXES:
            ranked.append((rank, "small" in plain, plain != STEMS[rank], name))
    yield from (folder / name for *_, name in sorted(ranked))


def _read(file: Path) -> Cover | None:
    """The picture in a file; None where it holds none. A link could lead to any file, a pipe never end."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as opened:
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode) or _type(opened.read(16)) is None:
                return None
            if about.st_size > LARGEST:
                raise too_large(about.st_size, LARGEST)
            opened.seek(0)
            return _as_cover(opened.read(LARGEST))
    except OSError:
        return None


def _as_cover(picture: bytes) -> Cover | None:
    kind = _type(picture)
    return (kind, picture) if kind else None


def _type(picture: bytes) -> str | None:
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return "image/webp"
    return next((PICTURES[start] for start in PICTURES if picture.startswith(start)), None)
