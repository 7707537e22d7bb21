"""Backup: all that makes the box its owner's, as one zip file; without secrets and history unless asked."""

from __future__ import annotations

import io
import json
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import appliance
from appliance.errors import CommandRejected, ConfigError
from appliance.files import tables
from appliance.files.together import Content
from appliance.files.whole import LARGEST as LARGEST_TEXT
from appliance.web.auth.rights import HASHING, MOST_TOKENS, is_name
from appliance.web.care import masks, settings_form

SETTINGS, ABOUT = "moodbox.toml", "about.json"
LARGEST = 8 * 1024 * 1024
"""Bytes that a backup may have packed, and each file of history in it unpacked."""
MOST_FILES = 20
"""How many files a backup may hold."""
PASSWORD, TOKENS = "secrets/password", "secrets/tokens.json"
HASHED = re.compile(rf"{re.escape(HASHING)}\$[A-Za-z0-9]{{1,64}}\$[0-9a-f]{{128}}")
DIGEST = re.compile("[0-9a-f]{64}")
# NotImplementedError is a RuntimeError: how zipfile tells a password, or a compression that it does not know.
DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(ValueError, RuntimeError, RecursionError, IndexError, KeyError, OverflowError),
)
"""All that zipfile raises on a damaged file, depending on how it was packed."""
IsSound: TypeAlias = Callable[[str, bytes], bool]


def pack(
    settings: Path | None,
    secrets: Mapping[str, Path],
    history: Mapping[str, Path],
    with_secrets: bool,
    exported: Mapping[str, bytes] | None = None,
) -> bytes:
    """Make a backup. secrets, history: name -> file; those that do not exist are left out.

    exported: more of the history, by name, as it was read out of a database.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        about = {"moodbox": appliance.__version__, "secrets": with_secrets, "history": bool(history)}
        archive.writestr(ABOUT, json.dumps(about))
        if settings and settings.exists():
            archive.writestr(SETTINGS, settings_form.whole(settings, with_secrets))
        for folder, files in (("secrets", secrets if with_secrets else {}), ("history", history)):
            for name, path in files.items():
                if path.exists():
                    archive.writestr(f"{folder}/{name}", path.read_bytes())
        for name, content in (exported or {}).items():
            archive.writestr(f"history/{name}", content)
    return packed.getvalue()


def unpack(
    packed: bytes,
    settings: Path,
    secrets: Mapping[str, Path],
    history: Mapping[str, Path],
    sender: settings_form.Sender,
    with_secrets: bool = False,
    is_sound: IsSound = lambda name, content: True,
) -> tuple[list[str], list[str]]:
    """Put a backup's files back, all or none; each is checked before any is written.

    with_secrets: passwords and tokens, too: whoever made the backup may know them.
    is_sound: says whether a file of the history, by its name, can be read.
    Returns the names of what was restored, and of the secrets that were left out.
    Raises CommandRejected when it is no backup of ours, ConfigError when its settings will not do.
    """
    places = {f"secrets/{name}": path for name, path in secrets.items()}
    places |= {f"history/{name}": path for name, path in history.items()}
    files = _read(packed)
    left_out = [] if with_secrets else _secrets_in(files)
    wanted = {
        name: _checked(name, content, is_sound)
        for name, content in files.items()
        if name in places and (with_secrets or not name.startswith("secrets/"))
    }
    if PASSWORD in wanted:
        wanted.setdefault(TOKENS, b"{}")  # another password ends the tokens of before
    replaced = {places[name]: Content(content, 0o600) for name, content in wanted.items()}
    with settings_form.alone(settings):
        if SETTINGS in files:
            own, gone = settings_form.restored(settings, _settings_of(files[SETTINGS]), sender, with_secrets)
            replaced |= own
            left_out += gone
        settings_form.put(settings, replaced)
    return sorted([*wanted, *{SETTINGS} & files.keys()]), left_out


def _secrets_in(files: Mapping[str, bytes]) -> list[str]:
    """Name what in a backup lets somebody in, or is a password. Raises ConfigError."""
    found = ["the page's password"] if PASSWORD in files else []
    tokens = _tokens(files.get(TOKENS, b"{}"))
    found += ["tokens"] if tokens is None else [f"token {name}" for name in sorted(tokens.values())]
    text = _settings_of(files.get(SETTINGS, b""))
    return found + [".".join(key) for key, value in masks.secrets(text).items() if value != masks.MASK]


def _settings_of(content: bytes) -> str:
    text = content.decode("utf-8-sig", "replace")
    try:
        tables.parse(text)
    except ValueError as error:
        raise ConfigError([f"{SETTINGS}: not TOML: {error}"]) from error
    return text


def _checked(name: str, content: bytes, is_sound: IsSound) -> bytes:
    """Return the content, after making sure that it has the form in which the box makes it.

    A password hashed in another way would cost each login as much time as the backup's maker likes.
    Raises CommandRejected.
    """
    if name == PASSWORD and not HASHED.fullmatch(content.decode("latin-1").strip()):
        raise CommandRejected("the backup's password is none of ours; nothing was restored")
    if name == TOKENS and _tokens(content) is None:
        raise CommandRejected("the backup's tokens are none of ours; nothing was restored")
    folder, _, kept = name.partition("/")
    if folder == "history" and not is_sound(kept, content):
        raise CommandRejected(f"the backup's {name} is damaged; nothing was restored")
    return content


def _tokens(content: bytes) -> Mapping[str, str] | None:
    """Return the tokens, digest -> name; None where they are none of ours."""
    try:
        tokens = json.loads(content)
    except (ValueError, RecursionError):
        return None
    is_ours = (
        isinstance(tokens, dict)
        and len(tokens) <= MOST_TOKENS
        and len({str(name) for name in tokens.values()}) == len(tokens)
        and all(DIGEST.fullmatch(key) and is_name(name) for key, name in tokens.items())
    )
    return tokens if is_ours else None


def _read(packed: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            infos = archive.infolist()
            if len(infos) > MOST_FILES or any(info.file_size > _most(info.filename) for info in infos):
                raise CommandRejected("this is too large for a backup of the box")
            files = {info.filename: _bounded(archive, info) for info in infos}
            about = json.loads(files.get(ABOUT, b"null"))
    except CommandRejected:
        raise
    except DAMAGED as error:
        raise CommandRejected(f"this is no backup of the box: {error}"[:300]) from error
    if not isinstance(about, dict) or "moodbox" not in about:
        raise CommandRejected("this is no backup of the box; it would hold about.json")
    return files


def _most(name: str) -> int:
    """Return how many bytes a file in the backup may have, unpacked."""
    return LARGEST if name.startswith("history/") else LARGEST_TEXT


def _bounded(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Read a file's content up to its limit; the size in the zip's directory is only a claim."""
    most = _most(info.filename)
    with archive.open(info) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise CommandRejected("this is too large for a backup of the box")
    return content
