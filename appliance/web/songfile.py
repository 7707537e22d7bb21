"""A song that somebody uploads: streamed to disk, never under a path of the sender's."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import unicodedata
from pathlib import Path
from typing import BinaryIO

from appliance.errors import CommandRejected, ConfigError

CHUNK = 64 * 1024
KEEP_FREE = 200 * 1024 * 1024
"""Bytes left on the disk: a full SD card breaks more than the music."""
LONGEST_NAME = 120
"""Characters before the suffix; ext4 takes 255 bytes."""
HEAD = 16
BROKE_OFF = "the upload broke off; send it again"
KINDS: tuple[tuple[re.Pattern[bytes], tuple[str, ...]], ...] = (
    (re.compile(rb"fLaC"), (".flac",)),
    (re.compile(rb"ID3|\xff[\xe2-\xff]", re.DOTALL), (".mp3", ".aac")),
    (re.compile(rb"OggS"), (".ogg", ".opus", ".oga")),
    (re.compile(rb"RIFF....WAVE", re.DOTALL), (".wav",)),
    (re.compile(rb"....ftyp", re.DOTALL), (".m4a", ".mp4", ".aac")),
    (re.compile(rb"FORM....AIF", re.DOTALL), (".aiff", ".aif")),
    (re.compile(rb"wvPk"), (".wv",)),
)
"""First bytes, and the suffixes that go with them."""


class WrongType(CommandRejected):
    """Not a song by its first bytes, or its name says otherwise."""


class NameTaken(CommandRejected):
    """There is a song of that name already."""


class NoRoom(CommandRejected):
    """The disk would be too full."""


def safe_name(name: str) -> str:
    """The last part of a name, without what a file system or a shell takes amiss. Raises WrongType."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    clean = (
        "".join("_" if unicodedata.category(sign)[0] == "C" else sign for sign in last).lstrip(". ").rstrip()
    )
    stem, dot, suffix = clean.rpartition(".")
    if not dot or not stem:
        raise WrongType("the file's name must end in .flac, .mp3, .ogg, .opus, .m4a, .wav, .aiff or .wv")
    while len(stem.encode()) > LONGEST_NAME:
        stem = stem[:-1]
    return f"{stem}.{suffix.lower()}"


def inside(music: Path, folder: str) -> Path:
    """The mood's folder on disk. Raises ConfigError when the settings let it lie outside MPD's music."""
    place = (music / folder.strip("/")).resolve()
    if not place.is_relative_to(music.resolve()):
        raise ConfigError([f"music.moods: {folder!r} lies outside of MPD's music folder; choose one in it"])
    return place


def store(stream: BinaryIO, length: int, folder: Path, name: str) -> Path:
    """Write a song of `length` bytes, so that MPD sees it only when it is whole.

    Raises WrongType, NameTaken or NoRoom, all CommandRejected; ConfigError when we may not write there.
    """
    target = folder / safe_name(name)
    try:
        head = stream.read(min(HEAD, length))
        suffixes = next((suffixes for start, suffixes in KINDS if start.match(head)), ())
        if target.suffix not in suffixes:
            raise WrongType("this is no song that the box knows, or its name has another type's ending")
        folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < length + KEEP_FREE:
            raise NoRoom("the disk is nearly full; take other songs away first")
        if target.exists():
            raise NameTaken(f"there is a song {target.name!r} already")
        _stream_to(target, head, stream, length)
    except (TimeoutError, ConnectionError) as error:
        raise CommandRejected(BROKE_OFF) from error
    except OSError as error:
        problem = f"{folder}: {error.strerror or error}; let the box's user write into MPD's music folder"
        raise ConfigError([problem]) from error
    return target


def _stream_to(target: Path, head: bytes, stream: BinaryIO, length: int) -> None:
    scratch = target.with_name(f".upload-{secrets.token_hex(8)}")  # MPD skips hidden files
    try:
        handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with os.fdopen(handle, "wb") as file:
            file.write(head)
            left = length - len(head)
            while left:
                chunk = stream.read(min(CHUNK, left))
                if not chunk:
                    raise CommandRejected(BROKE_OFF)
                file.write(chunk)
                left -= len(chunk)
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, target)
    finally:
        scratch.unlink(missing_ok=True)
