"""News of releases: the newest one that is offered, and an update that goes on. It lies in RAM.

`moodbox update --look` leaves the one, as the box's own user; `moodbox update` the other, as root. Whoever
reads believes no more of it than an unprivileged user could say: what is installed is decided by signatures.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeAlias

from appliance.errors import CommandRejected

VERSION = re.compile(r"[0-9]+(\.[0-9]+){1,3}", re.ASCII)
OFFER = Path("/run/moodbox-release/offer.json")
"""The newest release, in the folder of moodbox-release.service."""
PROGRESS = Path("/run/moodbox-update/progress.json")
"""Root's, of the update that goes on, or of the last one since the machine began."""
LONGEST = 64 * 1024
Tell: TypeAlias = Callable[[int, str], None]
"""Takes the percent that is done, and why the update failed; empty while it has not."""
LOCK_TRIES, LOCK_PAUSE_S = 20, 0.05


@dataclass(frozen=True)
class News:
    """The newest release that is known, and what became of the update to one."""

    latest: str | None = None
    """Its version; None where none is known."""
    notes: str = ""
    page: str = ""
    """Address of its whole release notes."""
    is_going_on: bool = False
    percent: int | None = None
    """How much of the update's steps is done."""
    failed: str = ""
    """Why the last update since the machine began did not succeed."""
    look_failed: str = ""
    """Why the last look for a newer release did not succeed; what was known before still is."""

    def is_newer_than(self, running: str) -> bool:
        """Whether there is a release to update to. running: the version that runs."""
        return self.latest is not None and numbers(self.latest) > numbers(running)


NOTHING = News()


def numbers(version: str) -> tuple[int, ...]:
    """Make a version comparable; 1.2 and 1.2.0 are the same."""
    parts = [int(part) for part in version.split(".") if part.isdecimal()]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def news(offer: Path = OFFER, progress: Path = PROGRESS) -> News:
    """Return what is known now; whatever cannot be read, or makes no sense, is not known."""
    offered, gone = _read(offer), _read(progress)
    latest = offered.get("version")
    is_version = isinstance(latest, str) and VERSION.fullmatch(latest) is not None
    percent = gone.get("percent")
    is_going_on = _is_held(progress)
    return News(
        latest if is_version else None,
        _text(offered, "notes"),
        _text(offered, "page"),
        is_going_on,
        percent if is_going_on and type(percent) is int and 0 <= percent <= 100 else None,
        "" if is_going_on else _text(gone, "failed"),
        _text(offered, "failed"),
    )


def refuse(known: News, running: str, is_installed: bool) -> None:
    """Refuse an update that would come to nothing. Raises CommandRejected.

    is_installed: whether deploy/install.sh has made this box.
    """
    if not is_installed:
        raise CommandRejected("only a box made by deploy/install.sh can be updated")
    if known.is_going_on:
        raise CommandRejected("an update is going on; wait for its end")
    if not known.is_newer_than(running):
        raise CommandRejected("no newer release is known; update.address in the settings says where they lie")


@contextlib.contextmanager
def telling(progress: Path = PROGRESS) -> Iterator[Tell]:
    """Tell of an update until it ends; a process that is killed counts as ended.

    An update goes on, untold, where
    there is no such folder to be had.
    """
    with contextlib.ExitStack() as held:
        try:
            progress.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            file = held.enter_context(os.fdopen(os.open(progress, os.O_RDWR | os.O_CREAT, 0o644), "r+b"))
            is_ours = _hold(file)
        except OSError:
            is_ours = False
        yield partial(_write, file) if is_ours else lambda percent, failed: None


def _hold(file: IO[bytes]) -> bool:
    for _ in range(LOCK_TRIES):  # who asks whether we hold it does so for an instant
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(LOCK_PAUSE_S)
    return False


def _write(file: IO[bytes], percent: int, failed: str) -> None:
    told = json.dumps({"percent": percent, "failed": failed}).encode()
    with contextlib.suppress(OSError):
        file.seek(0)
        file.truncate()
        file.write(told)
        file.flush()


def _is_held(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            told = json.loads(file.read(LONGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _text(told: dict[str, Any], key: str) -> str:
    value = told.get(key)
    return value if isinstance(value, str) else ""
