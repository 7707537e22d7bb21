"""Decides when the state is written, and writes it: a card wears out by writing, and takes seconds.

A person's choices (hand, volume, timers) and each new song are written within a second or two, the position
in the song every `POSITION_S`: a listener does not mind a few bars twice. A countdown alone is written each
`COUNTDOWN_S`, and where nothing changes, nothing.
"""

from __future__ import annotations

import errno
import math
import threading
from dataclasses import replace
from pathlib import Path

from appliance.protocol.memory import Memory
from appliance.state.choice import choice_file
from appliance.state.disk import UNMOUNTED, Disk
from appliance.state.form import foreign, save
from appliance.state.rounds import Rounds

CHOICE_S = 1.0
"""Choices are gathered for so long and written together."""
POSITION_S = 10.0
"""Between two writes while only times move on, as they do while music plays."""
COUNTDOWN_S = 60.0
"""While only a countdown runs, as in quiet hours: a power cut may set it back by so much."""
LOOK_S = 1.0
"""Between two looks at the disk while nothing is to be written."""


class Keeper:
    """Writes the newest memory when it is time to, in a thread of its own: a card can take seconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rounds = Rounds(path)
        self._disk = Disk(choice_file(path))  # its mark, because it is there from the first start on
        self._known: Memory | None = None
        """The newest, written or not."""
        self._handed_over: Memory | None = None
        self._written_at = float("-inf")
        self._changed_at: float | None = None
        """When a choice was made that is not written yet."""
        self._waiting: Memory | None = None
        self._news = threading.Condition()
        self._closing = self._is_writing = False
        self._failure: str | None = None
        self._disk_trouble: str | None = None
        self._thread = threading.Thread(target=self._write, name="state", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> str | None:
        """Why the last write failed, or the next one would; None when neither."""
        reason = self._failure or self._disk_trouble
        return f"{self._path}: {reason}; choices will not survive a power cut" if reason else None

    def keep(self, memory: Memory, now: float) -> None:
        """Take note of the newest memory; called often, writes rarely. now: monotonic seconds."""
        before, self._known = self._known, memory
        if before is None or _choices(memory) != _choices(before):
            self._changed_at = now if self._changed_at is None else self._changed_at
        # Written at once: an "off" that a power cut in the next second undoes is none (Frigate #2485).
        is_urgent = before is not None and memory.camera_on is not before.camera_on
        # So is what an announcement interrupts: who ends in the middle of one must find it at the next start.
        is_urgent |= before is not None and memory.queue.interrupted != before.queue.interrupted
        is_due = self._changed_at is not None and now - self._changed_at >= CHOICE_S
        if is_urgent or is_due or now - self._written_at >= self._patience_s(memory):
            self._hand_over(now)

    def _patience_s(self, memory: Memory) -> float:
        """How long after the last write this is worth another."""
        if self._handed_over is None or self._failure is not None:
            return POSITION_S
        if _without_countdowns(memory) != _without_countdowns(self._handed_over):
            return POSITION_S
        return COUNTDOWN_S if memory != self._handed_over else math.inf

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Wait until what was due is written. Returns whether it is."""
        with self._news:
            return self._news.wait_for(lambda: not (self._waiting or self._is_writing), timeout_s)

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what is not written yet, and end the thread."""
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
                self._news.wait_for(lambda: self._waiting or self._closing, LOOK_S)
                memory, self._waiting, closing = self._waiting, None, self._closing
                self._is_writing = memory is not None
            if memory:
                self._try(memory)
            self._look()
            with self._news:
                self._is_writing = False
                self._news.notify_all()

    def _try(self, memory: Memory) -> None:
        try:
            if self._disk.is_another():
                raise OSError(errno.ENODEV, UNMOUNTED)
            strange = foreign(self._path)
            if strange:
                raise OSError(errno.EEXIST, strange.removeprefix(f"{self._path}: "))
            self._rounds.keep(memory.played)  # first: until the state is written it may hold them, too
            save(self._path, replace(memory, played={}))
            self._failure = None
        except Exception as error:  # no room, a name that is no text, short memory: the next try may do
            self._failure = getattr(error, "strerror", None) or type(error).__name__

    def _look(self) -> None:
        try:
            self._disk_trouble = self._disk.trouble()
        except Exception as error:  # as above: this thread must outlive it
            self._disk_trouble = type(error).__name__


def _without_countdowns(memory: Memory) -> Memory:
    """The memory, its countdowns running or not running."""
    sleeps = None if memory.sleep_s is None else 0.0
    quiet = None if memory.quiet_s is None else 0.0
    return replace(memory, hand_s=0.0, sleep_s=sleeps, quiet_s=quiet)


def _choices(memory: Memory) -> Memory:
    """The memory without what merely runs, such as the position: with it every second would be a choice."""
    queue = replace(memory.queue, version=0)
    return replace(_without_countdowns(memory), elapsed_s=0.0, queue=queue)
