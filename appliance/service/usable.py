"""Tries settings that are well-formed and still might end the box or its page; what fails falls back.

No check of form tells them: a certificate that nobody may read, an address of another network. Only what
somebody changed is tried. Used at the start, and before the page accepts what is sent to it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from appliance import config as settings
from appliance import state
from appliance.config import Config
from appliance.errors import ConfigError
from appliance.files import database
from appliance.files.whole import LARGEST, read_plain
from appliance.machine.limits import LONGEST_SOCKET
from appliance.protocol.music_database import FORMS


class Trial(NamedTuple):
    """How one setting is tried, and what holds where it fails."""

    section: str
    key: str
    problem: Callable[[Config], str | None]
    """What is wrong with it, and what to do."""
    fall_back: Any = None
    """What holds instead; None: the default."""


def usable(config: Config) -> tuple[Config, tuple[str, ...]]:
    """Replace whatever cannot be used. Returns the settings, and for people a line about each of those."""
    problems = []
    usual = settings.check({}, "defaults")
    for trial in TRIALS:
        own = getattr(getattr(config, trial.section), trial.key)
        default = getattr(getattr(usual, trial.section), trial.key)
        problem = trial.problem(config) if own != default else None
        if problem:
            problems.append(f"{trial.section}.{trial.key}: {problem}")
            instead = default if trial.fall_back is None else trial.fall_back
            config = _with(config, trial.section, trial.key, instead)
    return config, tuple(problems)


def not_ours(config: Config) -> tuple[str, ...]:
    """Say for people which files of the settings are somebody else's; they stay as they are."""
    file, music = config.state.file, config.state.music_file()
    state_problem = state.foreign(Path(file)) if file else None
    music_problem = database.foreign(music, FORMS) if music else None
    found = (("file", state_problem), ("music", music_problem))
    return tuple(f"state.{key}: {problem}" for key, problem in found if problem)


def _with(config: Config, section: str, key: str, value: Any) -> Config:
    changed = getattr(config, section).model_copy(update={key: value})
    return config.model_copy(update={section: changed})


def _socket(config: Config) -> str | None:
    path = Path(config.control.socket)
    try:
        if len(os.fsencode(path)) > LONGEST_SOCKET:
            return f"longer than {LONGEST_SOCKET} bytes; choose a shorter path"
        if not path.parent.is_dir():
            return f"no folder {path.parent}; make it, or choose another path"
        if not os.access(path.parent, os.W_OK | os.X_OK):
            return f"{path.parent} is not writable for the box; choose another path"
        if path.exists() and not path.is_socket():
            return f"{path} is there, and no socket; choose another path"
    except (OSError, ValueError) as error:
        return f"{error}; choose another path"
    return None


def _password_file(config: Config) -> str | None:
    try:
        config.mpd.secret()
    except ConfigError as error:
        return str(error).removeprefix("mpd.password_file: ")
    except ValueError as error:
        return f"{error}; make the file readable, or empty the key"
    return None


def _folder(config: Config) -> str | None:
    folder = Path(config.page.folder)
    try:
        place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
            return f"{place} is no folder that the box may write in; choose another"
        found = {name: _content(folder / name).strip(b"\0\xff") for name in (*OWN, CERTIFICATE, KEY)}
        strange = [name for name, form in OWN.items() if found[name] and not re.match(form, found[name])]
        # Whose a key is nothing in it tells; alone, with nothing of ours beside it, it is somebody else's.
        if config.page.certificate == "self-made" and [name for name in found if found[name]] == [KEY]:
            strange.append(KEY)
        if strange:
            return f"{folder / strange[0]} is not Moodbox's, and would be written over; choose another folder"
    except (OSError, ValueError, StopIteration) as error:
        return f"{error}; choose another folder"
    return None


def _content(file: Path) -> bytes:
    with contextlib.suppress(OSError):  # absent, or not readable for whom it does not belong to
        return read_plain(file, LARGEST)
    return b""


def _certificate(config: Config) -> str | None:
    page = config.page
    own_file = Path(page.folder, "certificate.pem")
    if page.certificate == "self-made":  # made anew where it cannot be used, if there is what makes it
        own = _loaded(f"{page.folder}/{CERTIFICATE}", f"{page.folder}/{KEY}")
        if own and _is_of_another(own_file):
            return f"{own_file} is not of the box's making; choose another page.folder"
        return own and (
            None if shutil.which("openssl") else "there is no openssl; `sudo apt install openssl`"
        )
    problem = _loaded(page.certificate, page.key or page.certificate)
    if problem is None:
        return None
    reason = f"{page.certificate}, {page.key or 'key in the same file'}: {problem}"
    return f"{reason}; a certificate of the box's own making is used until they are readable"


def _is_of_another(certificate: Path) -> bool:
    """Whether a sound certificate lies there that names no box as its holder."""
    try:
        return b"moodbox" not in ssl.PEM_cert_to_DER_cert(_content(certificate).decode("ascii"))
    except ValueError:
        return False


def _loaded(certificate: str, key: str) -> str | None:
    """Why these PEM files do not serve; None when they do."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            certificate,
            key,
            lambda: "",  # without a password of ours OpenSSL would ask for one on the terminal
        )
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        return str(error)
    return None


def _address(config: Config) -> str | None:
    return None if config.page.address == "all" else _bound(config.page.address, 0)


def _port(config: Config) -> str | None:
    every = "0.0.0.0"  # nosec B104 # tried, and let go at once
    return _bound(every, config.page.port) if config.page.port < 1024 else None


def _bound(address: str, port: int) -> str | None:
    """Why the address cannot be had, if so. One that is merely taken may be free again in a moment."""
    try:
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        with socket.socket(found[0][0], socket.SOCK_STREAM) as probe:
            probe.bind(found[0][4])
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            return None
        return f'{address}: {getattr(error, "strerror", None) or error}; use "all", or one of this machine\'s'
    return None


DIGESTS = rb'\{(\}|"[0-9a-f]{64}")'
OWN = {
    "password": rb"[\w:]+\$[^$]+\$[0-9a-f]+\s*$",
    "sessions.json": DIGESTS,
    "devices.json": DIGESTS,
    "tokens.json": DIGESTS,
}
"""How what the page keeps in its folder begins."""
CERTIFICATE, KEY = "certificate.pem", "key.pem"
"""What it makes there itself, where page.certificate is `self-made`."""

TRIALS = (
    Trial("control", "socket", _socket),
    Trial("mpd", "password_file", _password_file),
    Trial("page", "folder", _folder),
    # Not plain HTTP: who wanted no password to go through the air unciphered still wants that.
    Trial("page", "certificate", _certificate, "self-made"),
    Trial("page", "certificate", _certificate),
    Trial("page", "address", _address),
    Trial("page", "port", _port),
)
"""In this order: a certificate of our own making needs the folder."""
