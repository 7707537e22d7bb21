"""The releases beside each other, and the links that say which of them runs.

    /opt/moodbox/
      releases/VERSION/   its own environment, installer and units; the file `complete` says that it is whole
      current             the one that runs
      previous            the one before it, for `moodbox rollback`
      way-back            only while another one is tried: where a power cut leads
      incoming/           a bundle on its way in

A link is changed by renaming another over it, so that no instant is without it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import UpdateFailed
from appliance.files.whole import point, remove, sweep

PREFIX = Path("/opt/moodbox")
CURRENT, PREVIOUS, WAY_BACK = "current", "previous", "way-back"
COMPLETE = "complete"


@dataclass(frozen=True)
class Releases:
    """All releases of a box and the links to them, below one folder that is root's."""

    prefix: Path = PREFIX

    @property
    def incoming(self) -> Path:
        return self.prefix / "incoming"

    def folder(self, version: str) -> Path:
        return self.prefix / "releases" / version

    def named(self, link: str) -> str | None:
        """The version that a link leads to; None where it leads to no whole release."""
        try:
            version = Path(os.readlink(self.prefix / link)).name
        except OSError:
            return None
        return version if self.is_whole(version) else None

    def is_whole(self, version: str) -> bool:
        """Whether its installer was through with it."""
        return (self.folder(version) / COMPLETE).is_file()

    def point(self, link: str, version: str) -> None:
        """Make the link lead to that version, in one step that a power cut cannot halve."""
        point(self.prefix / link, f"releases/{version}")

    def remove(self, link: str) -> None:
        remove(self.prefix / link)

    def throw_away(self, version: str) -> None:
        """Remove a release that no link leads to. Raises UpdateFailed for another."""
        if version in map(self.named, (CURRENT, PREVIOUS, WAY_BACK)):
            raise UpdateFailed(f"{version} is in use, and stays")
        folder = self.folder(version)
        # `complete` goes first: a power cut then leaves rubbish, never half a release that counts as whole.
        (folder / COMPLETE).unlink(missing_ok=True)
        if folder.exists():
            shutil.rmtree(folder)

    def prune(self) -> None:
        """Keep what the links lead to, and nothing else."""
        kept = {self.named(link) for link in (CURRENT, PREVIOUS, WAY_BACK)}
        for folder in (self.prefix / "releases").iterdir():
            if folder.name not in kept:
                self.throw_away(folder.name)
        if self.named(PREVIOUS) in (None, self.named(CURRENT)):
            self.remove(PREVIOUS)
        if not self.named(WAY_BACK):
            self.remove(WAY_BACK)
        shutil.rmtree(self.incoming, ignore_errors=True)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lock of the releases, so that nobody else changes them meanwhile.

        The kernel lets go of it for a process that is killed. Raises UpdateFailed when another holds it.
        """
        try:
            lock = os.open(self.prefix / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UpdateFailed(
                f"{self.prefix}: {error.strerror}; only a box made by deploy/install.sh can be updated"
            ) from error
        with contextlib.closing(os.fdopen(lock)):
            os.umask(0o022)  # everybody may read a release, and root alone write it
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UpdateFailed("another update is going on; wait for its end") from error
            sweep(self.prefix)
            yield
