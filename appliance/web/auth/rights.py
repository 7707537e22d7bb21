"""The rights to the page: password, sessions and tokens, kept as hashes in files of mode 0600.

Sessions do not end by the clock, because a Pi has none at boot; the newest `MOST_SESSIONS` are kept.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from werkzeug.security import check_password_hash, generate_password_hash

from appliance.errors import CommandRejected, ConfigError
from appliance.files.together import Content, kept, replace_all, undo
from appliance.files.turns import turn
from appliance.files.whole import make_folder, read_text, write_whole

SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 200
"""Characters. NIST SP 800-63B asks for at least eight, and to allow long ones."""
HASHING = "scrypt:16384:8:5"
"""OWASP's 2023 advice where memory is short: 16 MB a try, which a Pi Zero can spare; about 0.1 s on a PC."""
MOST_SESSIONS, MOST_TOKENS, MOST_DEVICES = 32, 32, 64
"""How many of each are kept."""
LONGEST_NAME = 40
"""Characters of a token's name."""
WORDS = "bcdfghjkmnpqrstvwxz", "aeiou"


BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters of Hangul that nobody sees: a token so named could not be found to be taken back."""


def is_name(name: object) -> bool:
    """Return whether a token's name can be seen, and stand in an address, so that it can be taken back."""
    if not isinstance(name, str) or len(name) > LONGEST_NAME or not name.isprintable():
        return False
    letters = {letter for letter in name if letter.isalnum()} - BLANK_LETTERS
    return bool(letters) and name == name.strip() and not set(name) & (BLANK_LETTERS | set("/\\."))


def make_password() -> str:
    """Make a password of four pronounceable groups, about 46 bits: easily typed on a phone."""
    consonants, vowels = WORDS
    groups = (
        "".join(secrets.choice(kind) for kind in (consonants, vowels, consonants, vowels)) for _ in range(4)
    )
    return "-".join(groups)


def settle(folder: Path) -> None:
    """Undo a new password that a power cut broke off, before any of it is read. folder: as for `Rights`."""
    undo(kept(folder / "password"))


class Rights:
    """Password, sessions and tokens. Any thread may ask."""

    def __init__(self, folder: Path) -> None:
        """Read what is kept. folder: where; made when the first of them is."""
        self._folder = folder
        self._guard = threading.Lock()
        self._hashing = threading.Lock()  # each hash takes 16 MB: one at a time
        self._sessions: dict[str, str] = self._read("sessions.json")
        self._devices: dict[str, str] = self._read("devices.json")
        self._tokens: dict[str, str] = {}
        self._tokens_state: object = None

    # --- the password ------------------------------------------------------------------------------------

    @property
    def has_password(self) -> bool:
        """Return whether a password is set."""
        return (self._folder / "password").exists()

    def set_password(self, password: str, is_first: bool = False) -> None:
        """Take a new password; every session and every token ends. is_first: only if there is none.

        Raises CommandRejected when it will not do, ConfigError when it cannot be kept.
        """
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise CommandRejected(
                f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; choose another"
            )
        with self._hashing:
            hashed = generate_password_hash(password, method=HASHING)
        with self._alone():
            if is_first and self.has_password:  # two were let in by the button: hashing takes a while
                raise CommandRejected("somebody has just set the password; log in with it")
            self._replace({"tokens.json": "{}", "password": hashed, "sessions.json": "{}"})
            self._sessions.clear()

    def is_password(self, password: str) -> bool:
        """Return whether this is the password; takes a while on purpose."""
        try:
            hashed = (self._folder / "password").read_text(encoding="ascii").strip()
        except (OSError, UnicodeError):
            return False
        with self._hashing:
            return len(password) <= LONGEST_PASSWORD and check_password_hash(hashed, password)

    # --- sessions ----------------------------------------------------------------------------------------

    def open_session(self, before: str = "") -> str:
        """Make a session. Returns its key, which goes into the cookie and is kept nowhere else.

        before: the key of the same browser's session before, if any.
        """
        key, stamp = secrets.token_urlsafe(32), self.stamp()
        with self._guard:
            self._sessions[_digest(key)] = stamp
            while len(self._sessions) > MOST_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
            self._keep("sessions.json", self._sessions)
            self._devices.pop(_digest(before), None)
            self._devices[_digest(key)] = ""
            while len(self._devices) > MOST_DEVICES:
                del self._devices[next(iter(self._devices))]
            self._keep("devices.json", self._devices)
        return key

    def is_session(self, key: str) -> bool:
        """Tell whether the session was opened under today's password; `moodbox password` may set another."""
        stamp = self._sessions.get(_digest(key))
        return stamp is not None and stamp == self.stamp()

    def close_session(self, key: str) -> None:
        """End a session, if there is one with this key."""
        with self._guard:
            if self._sessions.pop(_digest(key), None) is not None:
                self._keep("sessions.json", self._sessions)

    # --- tokens ------------------------------------------------------------------------------------------

    def tokens(self) -> list[str]:
        """Return the names of the tokens."""
        return sorted(self._known_tokens().values())

    def make_token(self, name: str) -> str:
        """Make a token for a script and return it: it is shown this once.

        Raises CommandRejected when the name is taken or will not do, or there are too many;
        ConfigError when it cannot be kept.
        """
        if not is_name(name):
            raise CommandRejected("a token's name has letters that are seen, and no slash or dot")
        with self._alone():
            known = self._known_tokens()
            if name in known.values():
                raise CommandRejected(f"there is a token {name!r} already; take it back first")
            if len(known) >= MOST_TOKENS:
                raise CommandRejected(f"there are {MOST_TOKENS} tokens already; take one back first")
            token = f"moodbox_{secrets.token_urlsafe(32)}"
            self._write("tokens.json", json.dumps(known | {_digest(token): name}))
        return token

    def drop_token(self, name: str) -> bool:
        """Take a token back. Returns whether there was one."""
        with self._alone():
            known = self._known_tokens()
            left = {digest: other for digest, other in known.items() if other != name}
            if len(left) < len(known):
                self._write("tokens.json", json.dumps(left))
        return len(left) < len(known)

    def drop_tokens(self) -> None:
        """Take every token back, whatever its name."""
        with self._guard:
            self._write("tokens.json", "{}")

    def is_token(self, token: str) -> bool:
        """Return whether this is a token that nobody has taken back."""
        return _digest(token) in self._known_tokens()

    def _known_tokens(self) -> dict[str, str]:
        """Read the tokens, digest -> name, from the file: `moodbox password` ends them while the box runs."""
        try:
            stat = (self._folder / "tokens.json").stat()
            state: object = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        except OSError:
            return {}
        if state != self._tokens_state:
            self._tokens, self._tokens_state = self._read("tokens.json"), state
        return self._tokens

    # --- devices -----------------------------------------------------------------------------------------

    def device(self, key: str) -> str | None:
        """Return under what a browser's tries count, if its newest session, over or not, was one of ours.

        It opens nothing; but a guesser on many addresses does not keep a browser out that was let in before.
        """
        digest = _digest(key)
        return digest if digest in self._devices else None

    def stamp(self) -> str:
        """Return a mark that is another one for each password: a salted hash has its own each time."""
        try:
            return hashlib.sha256((self._folder / "password").read_bytes()).hexdigest()[:16]
        except OSError:
            return ""

    # --- files -------------------------------------------------------------------------------------------

    def files(self) -> dict[str, Path]:
        """Return the files that a backup with secrets holds: name -> path."""
        return {name: self._folder / name for name in ("password", "tokens.json")}

    def _read(self, name: str) -> dict[str, str]:
        try:
            found: Any = json.loads(read_text(self._folder / name))
        except (OSError, ValueError):
            return {}
        return {str(digest): str(value) for digest, value in found.items()} if isinstance(found, dict) else {}

    def _keep(self, name: str, what: dict[str, str]) -> None:
        """Write sessions if it can be: a full disk is no reason to refuse a login."""
        try:
            self._write(name, json.dumps(what))
        except ConfigError:
            return

    def _write(self, name: str, text: str) -> None:
        with self._told():
            make_folder(self._folder, 0o700)
            write_whole(self._folder / name, text.encode("ascii"), 0o600)

    def _replace(self, texts: Mapping[str, str]) -> None:
        """Write all of these or none."""
        files = {self._folder / name: Content(text.encode("ascii"), 0o600) for name, text in texts.items()}
        with self._told():
            replace_all(kept(self._folder / "password"), files)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the only one who changes password and tokens, from reading to writing: `moodbox password`, a
        process of its own, ends tokens, too. Raises ConfigError."""
        with self._guard, self._told(), turn(self._folder / "tokens.json"):
            yield

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ConfigError([f"page.folder: {self._folder}: {error.strerror}; make it writable"]) from error


def _digest(key: str) -> str:
    # Keys have 256 random bits: nothing to guess, so a quick hash does.
    return hmac.new(b"moodbox", key.encode(), hashlib.sha256).hexdigest()
