"""Store a song that somebody uploads: streamed to the disk, and never under a path of the sender's."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from appliance.errors import CommandRejected, ConfigError, PlayerLost
from appliance.files.whole import LONGEST_NAME, NEW, give_name, half_written, make_folder

CHUNK = 64 * 1024
KEEP_FREE = 200 * 1024 * 1024
"""Bytes that stay free on the disk: a full SD card breaks more than the music."""
DEEPEST = 4
"""How deep the folders may lie that are sent: artist, album, disc, and one more."""
SUFFIX = re.compile(r"[a-z0-9]{1,8}")
DRIVE = re.compile(r"(?:[a-z]:|\.{0,2})\\", re.IGNORECASE)
"""How a Windows path begins, which some programs send for a name."""
UNSEEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u2028\u2029")
"""Characters that reorder the text around them, or break the line: with them "fdp.3pm" reads "mp3.pdf"."""
BROKE_OFF = "the upload broke off; send it again"

Plays = Callable[[Path], bool]
"""Tells whether MPD plays a file."""


class WrongType(CommandRejected):
    """The file is no song that MPD plays, or its name not one of a song."""


class NameTaken(CommandRejected):
    """There is a song of that name already."""


class NoRoom(CommandRejected):
    """The disk would be too full."""


def safe_name(name: str) -> str:
    """Return a name's last part, without what a file system or a reader takes amiss. Raises WrongType."""
    stem, dot, suffix = _clean(name).rpartition(".")
    suffix = suffix.lower()
    if not dot or not stem or not SUFFIX.fullmatch(suffix):
        raise WrongType("the file's name must end as a song's does: .flac, .mp3, .ogg, .opus, .m4a, .wav …")
    return f"{_short(stem, LONGEST_NAME - len(suffix) - 1)}.{suffix}"


def safe_folder(path: str) -> tuple[str, ...]:
    """Return the parts of a folder's path, each made as safe as a name, none hidden. Raises WrongType."""
    parts = tuple(_short(_clean(part), LONGEST_NAME) for part in path.split("/") if part)
    if not all(parts) or len(parts) > DEEPEST:
        raise WrongType(f"folders have names, and lie no deeper than {DEEPEST} in each other")
    return parts


def _clean(name: str) -> str:
    text = unicodedata.normalize("NFC", name)
    last = text.rpartition("\\" if DRIVE.match(text) else "/")[2].rpartition("/")[2]
    # Not all of category Cf: scripts and emoji are made with joiners (ZWJ, ZWNJ).
    is_bad = {sign for sign in last if sign in UNSEEN or unicodedata.category(sign) in ("Cc", "Cs")}
    return "".join("_" if sign in is_bad else sign for sign in last).lstrip(". ").rstrip()


def _short(text: str, longest: int) -> str:
    """Cut a name to so many bytes; a mark made of the whole stays, as two names may differ at their end."""
    if len(text.encode()) <= longest:
        return text
    mark = "~" + hashlib.sha256(text.encode()).hexdigest()[:8]
    return text.encode()[: longest - len(mark)].decode(errors="ignore") + mark


def inside(music: Path, folder: str) -> str:
    """Return a folder in MPD's music as it is written on disk. Raises ConfigError when it lies outside."""
    place = music
    for part in filter(None, folder.split("/")):
        place = place / (_there_already(place, part) or _there_already(place, part, str.casefold) or part)
    if not place.resolve().is_relative_to(music.resolve()):
        raise ConfigError([f"music.moods: {folder!r} lies outside of MPD's music folder; choose one in it"])
    return "/".join(place.relative_to(music).parts)


def _there_already(folder: Path, name: str, also: Callable[[str], str] = str) -> str | None:
    """Return what the folder has by that name, also in another spelling: a Mac takes "ü" apart (NFD).

    also: what else makes no difference.
    """
    wanted = also(unicodedata.normalize("NFC", name))
    try:
        names = os.listdir(folder)
    except OSError:  # not there, or not to be read
        return None
    return next((each for each in names if also(unicodedata.normalize("NFC", each)) == wanted), None)


def store(stream: BinaryIO, length: int, folder: Path, name: str, plays: Plays) -> Path:
    """Store a song of `length` bytes in the folder; it gets its name once it is whole and MPD plays it.

    Returns its path. First bytes and tags deceive, so MPD itself is asked: docs/decisions/songs.md.

    Raises WrongType, NameTaken or NoRoom, all CommandRejected; ConfigError when we may not write there;
    and what `plays` raises.
    """
    target = folder / safe_name(name)
    try:
        make_folder(folder.resolve())
        if shutil.disk_usage(folder).free < length + KEEP_FREE:
            raise _no_room()
        if _there_already(folder, target.name):
            raise _taken(target)
        scratch = folder / half_written(target.name)
        try:
            _stream_to(scratch, stream, length)
            if not plays(scratch):
                raise WrongType("this is no song that the box knows, or it is damaged: MPD cannot play it")
            give_name(scratch, target.name)
        finally:
            scratch.unlink(missing_ok=True)
    except FileExistsError as error:
        raise _taken(target) from error
    except PlayerLost:  # a ConnectionError, but not the sender's
        raise
    except (TimeoutError, ConnectionError) as error:
        raise CommandRejected(BROKE_OFF) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _no_room() from error
        problem = f"{folder}: {error.strerror or error}; let the box's user write into MPD's music folder"
        raise ConfigError([problem]) from error
    return target


def _no_room() -> NoRoom:
    return NoRoom("the disk is nearly full; take other songs away first")


def _taken(target: Path) -> NameTaken:
    return NameTaken(f"there is a song {target.name!r} already")


def _stream_to(scratch: Path, stream: BinaryIO, length: int) -> None:
    with os.fdopen(os.open(scratch, NEW, 0o644), "wb") as file:
        left = length
        while left:
            chunk = stream.read(min(CHUNK, left))
            if not chunk:
                raise CommandRejected(BROKE_OFF)
            file.write(chunk)
            left -= len(chunk)
        file.flush()
        os.fsync(file.fileno())
