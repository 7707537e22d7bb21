"""Keeps whether the camera may look: in a file of its own, written before anything else, and read first.

It fails closed. The camera opens only where this file says "on", and nothing else says "off", and "off" could
be written there. Only a box without any state at all, a new one, begins with the camera on. The file's one
sector is there from the first start on and is written in place: a full disk takes it, a power cut cannot tear
it, and no other file's rename comes first.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
import time
from pathlib import Path

from appliance.files.foreign import NOT_OURS, is_blank
from appliance.files.whole import read_plain, sync
from appliance.state.disk import FSTAB, UNMOUNTED, Disk
from appliance.state.rounds import rounds_file

SECTOR = 512
"""Bytes."""
ON, OFF = b"on".ljust(SECTOR - 1) + b"\n", b"off".ljust(SECTOR - 1) + b"\n"
SLOW_S = 1.0
"""A choice that is not kept after so long is told."""
AGAIN_S = 5.0
"""Between two tries to write it."""


def choice_file(state: Path) -> Path:
    """Where the camera's switch lies, beside the state's file."""
    return state.with_name(state.name + ".camera")


def is_choice(content: bytes) -> bool:
    """Whether this is the content of such a file, however damaged."""
    begins = any(sector.startswith(content) or content.startswith(sector) for sector in (ON, OFF))
    return begins or is_blank(content) or len(content) == SECTOR


def _lies_at(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return is_choice(read_plain(path, SECTOR + 1))
    return False


class CameraChoice:
    """Keeps the camera's switch, by a thread: a card can take seconds, and nobody waits for it."""

    def __init__(
        self, state: Path, said: bool | None, fstab: Path = FSTAB, refused: str | None = None
    ) -> None:
        """state: its file; said: what that says of the camera, None where it cannot be relied on.

        refused: why nothing may be kept there, as `form.foreign` says; None where it may.
        """
        self._path = choice_file(state)
        self._refused = None if _lies_at(self._path) else refused  # one of ours that is there is written to
        self._disk = Disk(self._path, fstab)
        self._is_new = True
        """Whether the folder may not know the file yet."""
        self._written: bool | None = None
        self._failure: str | None = None
        self.is_on, self.doubt = self._decide(state, said)
        """Whether the camera may open, and why it stays closed although nobody switched it off."""
        self._wanted = self.is_on
        self._wanted_since = time.monotonic()
        self._news = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._write, name="camera-choice", daemon=True)

    def start(self) -> None:
        """Write from now on what `keep` is told."""
        self._thread.start()

    def keep(self, on: bool) -> None:
        """Have it written at once whether the camera is on. From any thread; does not wait."""
        with self._news:
            if on is not self._wanted:
                self._wanted, self._wanted_since = on, time.monotonic()
                self._news.notify()

    @property
    def is_kept(self) -> bool:
        """Whether what is wanted would survive a power cut."""
        return self._written is self._wanted

    @property
    def trouble(self) -> str | None:
        """Why it is not kept yet; None when it is, or was chosen a moment ago."""
        if self.is_kept or time.monotonic() - self._wanted_since < SLOW_S:
            return None
        word = "on" if self._wanted else "off"
        return f"{self._failure or f'{self._path} is slow'}; that the camera is {word} is not kept yet"

    def close(self, timeout_s: float = 5.0) -> None:
        """End the thread, which tries once more to write what is not kept."""
        with self._news:
            self._closing = True
            self._news.notify()
        self._thread.join(timeout_s)

    def _decide(self, state: Path, said: bool | None) -> tuple[bool, str | None]:
        if self._refused:
            return False, self._doubt("is not written beside somebody else's file")
        # With a read-only root the box boots also without its state's partition, and would look new.
        if self._disk.is_missing():
            return False, self._doubt("cannot be read: its disk is not mounted")
        try:
            with self._path.open("r+b") as file:  # to write: "off" must find its place
                found = file.read(SECTOR + 1)
            if found not in (ON, OFF):
                return False, self._doubt("is damaged")
            self._written, self._is_new = found == ON, False
            # Whoever says "off" is believed: a power cut may have come between the writes of both files.
            return self._written and said is not False, None
        except FileNotFoundError:
            return self._begin(state, said)
        except OSError as error:
            return False, self._doubt(f"cannot be written ({error.strerror})")

    def _begin(self, state: Path, said: bool | None) -> tuple[bool, str | None]:
        """Make the file: on a new box, and for the state of a release that had none."""
        # Where both files are gone, what was played or set aside shows that the box is not new.
        was_there = said is None and any(state.parent.glob(f"*{state.name}*"))
        if was_there or rounds_file(state).exists():
            return False, self._doubt("is gone")
        try:
            _put(self._path, ON if said is not False else OFF)
        except OSError as error:
            return False, self._doubt(f"cannot be made ({error.strerror})")
        return said is not False, None

    def _doubt(self, what: str) -> str:
        return f"{self._path} {what}; the camera stays off until somebody switches it on"

    def _write(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._closing or not self.is_kept, None)
                wanted = self._wanted
                if self.is_kept:
                    return
            self._try(wanted)
            if self._failure and self._rest():
                return

    def _rest(self) -> bool:
        """Wait before the next try, or for another choice. Returns whether there is none: it ends."""
        with self._news:
            if not self._closing:
                self._news.wait(AGAIN_S)
            return self._closing

    def _try(self, wanted: bool) -> None:
        try:
            if self._disk.is_another():
                raise OSError(errno.ENODEV, UNMOUNTED)
            if self._refused:
                raise OSError(errno.EEXIST, NOT_OURS, self._refused)
            _put(self._path, ON if wanted else OFF)
            sync(self._path)
            if self._is_new:  # once: on a bad card each takes seconds
                sync(self._path.parent)
            self._is_new = False
            self._written, self._failure = wanted, None
        except Exception as error:  # short memory, too: a thread that died would keep no choice any more
            self._written = None
            reason = getattr(error, "strerror", None) or type(error).__name__
            self._failure = self._refused or f"{self._path}: {reason}"


def _put(path: Path, content: bytes) -> None:
    # In place, where other files are replaced whole: a full disk takes it, and one sector cannot be torn.
    link = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with contextlib.closing(os.fdopen(link, "r+b", buffering=0)) as file:
        file.write(content)
        file.truncate(SECTOR)
