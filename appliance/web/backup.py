"""Everything that makes the box its owner's, as one zip file; without secrets and history unless asked."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import appliance
from appliance.errors import CommandRejected, ConfigError
from appliance.web import settings_form
from appliance.web.rights import write_whole

SETTINGS, ABOUT = "moodbox.toml", "about.json"
LARGEST = 8 * 1024 * 1024
"""Bytes of a backup, packed; of each file in it, unpacked."""
MOST_FILES = 20


def pack(
    settings: Path | None, secrets: Mapping[str, Path], history: Mapping[str, Path], with_secrets: bool
) -> bytes:
    """Make a backup. secrets, history: name -> file; those that do not exist are left out."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        about = {"moodbox": appliance.__version__, "secrets": with_secrets, "history": bool(history)}
        archive.writestr(ABOUT, json.dumps(about))
        if settings and settings.exists():
            whole = settings.read_text(encoding="utf-8-sig", errors="replace")
            archive.writestr(SETTINGS, whole if with_secrets else settings_form.masked(settings))
        for folder, files in (("secrets", secrets if with_secrets else {}), ("history", history)):
            for name, path in files.items():
                if path.exists():
                    archive.writestr(f"{folder}/{name}", path.read_bytes())
    return packed.getvalue()


def unpack(
    packed: bytes, settings: Path, secrets: Mapping[str, Path], history: Mapping[str, Path]
) -> list[str]:
    """Put a backup's files back, each checked before any is written. Returns their names.

    Raises CommandRejected when it is no backup of ours, ConfigError when its settings will not do.
    """
    places = {f"secrets/{name}": path for name, path in secrets.items()}
    places |= {f"history/{name}": path for name, path in history.items()}
    files = _read(packed)
    if SETTINGS in files:
        text = files[SETTINGS].decode("utf-8-sig", "replace")
        settings_form.write_masked(settings, text, or_drop=True)  # another box may have no such secret
    restored = [name for name in files if name == SETTINGS]
    for name in files.keys() & places.keys():
        try:
            places[name].parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(places[name], files[name], 0o600)
        except OSError as error:
            raise ConfigError([f"{places[name]}: {error.strerror}; the box may not write there"]) from error
        restored.append(name)
    return sorted(restored)


def _read(packed: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            infos = archive.infolist()
            if len(infos) > MOST_FILES or any(info.file_size > LARGEST for info in infos):
                raise CommandRejected("this is too large for a backup of the box")
            files = {info.filename: _bounded(archive, info) for info in infos}
            about = json.loads(files.get(ABOUT, b"null"))
    # RuntimeError: how zipfile tells a password, or a compression that it does not know.
    except (zipfile.BadZipFile, ValueError, EOFError, RuntimeError, OSError) as error:
        if isinstance(error, CommandRejected):
            raise
        raise CommandRejected(f"this is no backup of the box: {error}") from error
    if not isinstance(about, dict) or "moodbox" not in about:
        raise CommandRejected("this is no backup of the box; it would hold about.json")
    return files


def _bounded(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Its content; the size in the directory is only a claim."""
    with archive.open(info) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise CommandRejected("this is too large for a backup of the box")
    return content
