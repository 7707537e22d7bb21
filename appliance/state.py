"""What survives a power cut: one small JSON file, written rarely, whole at every instant.

That the camera is off is written at once, a person's other choices (hand, volume, timers) and each new song
within a second or two, the position in the song every `POSITION_S`: a card wears out by writing, and a
listener does not mind a few bars twice. Where nothing changes, nothing is written.
"""

from __future__ import annotations

import contextlib
import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from appliance.messages import EMOTIONS, Memory

CHOICE_S = 1.0
"""Choices are gathered for so long and written together."""
POSITION_S = 5.0
"""Between two writes while only times move on, as they do while music plays."""
LONGEST_S = 1e6
"""No time in a memory is as long,"""
LARGEST = 1 << 24
"""and no file as large, in bytes."""
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class _File:
    """Keys that a newer version has added are passed over, so that the way back loses nothing else."""

    moodbox_state: Literal[1]
    memory: Memory


FORM = TypeAdapter(_File)


def load(path: Path) -> tuple[Memory | None, str | None]:
    """Read the file. Returns the memory, if there is one, and what is wrong, if anything.

    One that a backup has `put_back` takes the file's place first.
    A file that is damaged or not ours is set aside under the name `PATH.broken`, never deleted.
    """
    try:
        if put_back(path).exists():
            put_back(path).replace(path)
        if path.stat().st_size > LARGEST:
            raise ValueError("too large")
        return _sane(FORM.validate_json(path.read_bytes()).memory), None
    except FileNotFoundError:
        return None, None
    except OSError as error:
        return None, f"{path}: {error.strerror}; what the box remembers is not read"
    except ValueError:  # pydantic's errors are ValueErrors; their text would tell what was played
        aside = path.with_name(path.name + ".broken")
        try:
            path.replace(aside)
        except OSError as error:
            return None, f"{path} is damaged or not ours, and cannot be set aside ({error.strerror})"
        return None, f"{path} was damaged or not ours; it is kept as {aside.name}, and the box started fresh"


def put_back(path: Path) -> Path:
    """Where a backup's memory waits for the box to begin anew: `path` itself is written until then."""
    return path.with_name(path.name + ".put-back")


def boot_id() -> str:
    """Which start of the kernel this is; empty where the kernel does not say."""
    with contextlib.suppress(OSError):
        return BOOT_ID.read_text(encoding="ascii").strip()
    return ""


def _sane(memory: Memory) -> Memory:
    """The memory, if no number or name in it could mislead the brain. Raises ValueError."""
    times = (memory.hand_s, memory.elapsed_s, memory.sleep_s or 0.0, memory.quiet_s or 0.0)
    moods = {memory.asked_mood, memory.song_mood, memory.hand_mood or ""}
    if not all(0 <= seconds < LONGEST_S for seconds in times) or not moods <= {"", *EMOTIONS}:
        raise ValueError("out of range")
    return memory


def save(path: Path, memory: Memory) -> None:
    """Write the file so that a power cut at any instant leaves the old one or the new one, whole.

    Raises OSError.
    """
    scratch = path.with_name(path.name + ".new")
    with scratch.open("wb") as file:
        file.write(FORM.dump_json(_File(1, memory)))
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)  # or the rename itself may be lost
    finally:
        os.close(folder)


class Keeper:
    """Writes the newest memory when it is time to, in a thread of its own: a card can take seconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: Memory | None = None
        """The newest, written or not."""
        self._handed_over: Memory | None = None
        self._written_at = float("-inf")
        self._changed_at: float | None = None
        """When a choice was made that is not written yet."""
        self._waiting: Memory | None = None
        self._news = threading.Condition()
        self._closing = False
        self._failure: str | None = None
        self._thread = threading.Thread(target=self._write, name="state", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> str | None:
        """Why the last write failed; None when it did not."""
        return self._failure

    def keep(self, memory: Memory, now: float) -> None:
        """Take note; called often, writes rarely."""
        before, self._known = self._known, memory
        if before is None or _choices(memory) != _choices(before):
            self._changed_at = now if self._changed_at is None else self._changed_at
        is_camera_switched = before is not None and memory.camera_on is not before.camera_on
        is_due = self._changed_at is not None and now - self._changed_at >= CHOICE_S
        is_other = memory != self._handed_over or self._failure is not None
        if is_camera_switched or is_due or (is_other and now - self._written_at >= POSITION_S):
            self._hand_over(now)

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what is not written yet."""
        with self._news:
            self._closing = True
            self._waiting = self._known
            self._news.notify()
        self._thread.join(timeout_s)

    def _hand_over(self, now: float) -> None:
        self._changed_at, self._written_at, self._handed_over = None, now, self._known
        with self._news:
            self._waiting = self._known
            self._news.notify()

    def _write(self) -> None:
        closing = False
        while not closing:
            with self._news:
                self._news.wait_for(lambda: self._waiting or self._closing)
                memory, self._waiting, closing = self._waiting, None, self._closing
            if memory:
                self._try(memory)

    def _try(self, memory: Memory) -> None:
        try:
            save(self._path, memory)
            self._failure = None
        except (OSError, ValueError) as error:  # a ValueError: a name that is no text
            reason = getattr(error, "strerror", None) or type(error).__name__
            self._failure = f"{self._path}: {reason}; choices will not survive a power cut"


def _choices(memory: Memory) -> Memory:
    """The memory without what merely runs."""
    sleeps = None if memory.sleep_s is None else 0.0
    quiet = None if memory.quiet_s is None else 0.0
    return replace(memory, elapsed_s=0.0, hand_s=0.0, sleep_s=sleeps, quiet_s=quiet)
