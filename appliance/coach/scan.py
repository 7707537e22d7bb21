"""Hears the library, one song at a time, in a process of its own that may be killed at any instant.

Each song is kept as soon as it was heard. A file is heard again once its time, size, or the features have
changed; one that could not be heard likewise, and not before.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from appliance.coach.placing import Sound
from appliance.coach.shelf import Failure, Progress, Row, Shelf, Stamp
from appliance.errors import CoachUnable, EarMissing, MoodboxError, SongPassedOver, SongUnheard

NICE = 19
STICKS = Path("/run/moodbox-usb")
"""Where moodbox-usb@.service mounts sticks, to which the music folder has links; theirs lead nowhere."""
LOCK = ".scan"
"""Ends the name of the file that a running scan holds: the kernel lets go of it, however the scan ends."""
LOCK_TRIES, LOCK_PAUSE_S = 20, 0.05
"""Whoever looks whether a scan runs holds the lock for an instant."""
AT_ONCE = 200
"""Songs that are judged again in one transaction."""


class Listener(Protocol):
    """Somebody who hears songs, as `listening.Listener` does."""

    head: str

    def stamp(self, file: Path) -> Stamp: ...
    def hear(self, uri: str, file: Path, stamp: Stamp) -> Row: ...
    def judge(self, songs: Iterable[tuple[str, int, bytes]]) -> dict[str, Sound]: ...


@dataclass
class Scan:
    """One scan of a library."""

    shelf: Shelf
    listener: Listener
    music: Path
    """MPD's music folder."""
    sticks: Path = STICKS
    """Links to what lies below are followed, too."""
    clock: Callable[[], float] = time.monotonic
    told: Callable[[Progress], None] = lambda progress: None
    """Is told how far it is, after each song."""

    def run(self, names: Iterable[str]) -> Progress:
        """Hear what is new or has changed. names: what MPD calls the songs.

        Raises CoachUnable when it cannot be kept, EarMissing without ffmpeg.
        """
        self._judge_again()
        total, left = self._sort(names)
        began, done = self.clock(), total - len(left)
        progress = Progress(total, done, None, None)
        self._tell(progress)
        for number, uri in enumerate(left, 1):
            mean_s = (self.clock() - began) / (number - 1) if number > 1 else None
            ahead_s = mean_s and mean_s * (len(left) - number)
            progress = Progress(total, done + number, ahead_s, None)
            self._hear(uri, progress)
            self.told(progress)
        progress = Progress(total, total, None, None)
        self._tell(progress)
        return progress

    def _tell(self, progress: Progress) -> None:
        self.shelf.tell(progress)
        self.told(progress)

    def _judge_again(self) -> None:
        """Have the present head say what it thinks of songs that another one has judged."""
        while songs := self.shelf.judged_by_others(self.listener.head, AT_ONCE):
            self.shelf.judge(self.listener.head, self.listener.judge(songs))

    def _sort(self, names: Iterable[str]) -> tuple[int, list[str]]:
        """How many songs there are, and those to hear: what has ended a scan before comes last."""
        total, left, tries = 0, [], self.shelf.tries()
        for uri in names:
            stamp = self._stamp(uri)
            total += 1
            if stamp is not None and _is_news(stamp, self.shelf.stamp(uri)):
                left.append(uri)
        return total, sorted(left, key=lambda uri: tries.get(uri, 0))

    def _hear(self, uri: str, progress: Progress) -> None:
        stamp = self._stamp(uri)
        if stamp is None:  # it has gone since
            return
        file = self.music / uri
        self.shelf.begin(uri)
        try:
            self._check(file)
            self.shelf.keep(self.listener.hear(uri, file, stamp), progress)
        except SongUnheard as error:
            is_song = not isinstance(error, SongPassedOver)
            reason = str(error).removeprefix(f"{file}: ")
            self.shelf.fail(Failure(uri, reason, is_song), stamp, progress)
        except (EarMissing, CoachUnable):
            raise
        except Exception as error:  # whatever is in a file of somebody else's: the others want to be heard
            self.shelf.fail(Failure(uri, f"it cannot be heard ({error!r:.200})", True), stamp, progress)

    def _stamp(self, uri: str) -> Stamp | None:
        """None where there is no such file just now: a share that is away costs nothing of what was heard."""
        try:
            return self.listener.stamp(self.music / uri)
        except (OSError, ValueError):
            return None

    def _check(self, file: Path) -> None:
        """See that the file lies below the music folder. Raises SongUnheard."""
        there = file.resolve()
        if not any(there.is_relative_to(root.resolve()) for root in (self.music, self.sticks)):
            raise SongUnheard(f"{file}: it lies outside the music folder, which a link leads out of")


def _is_news(stamp: Stamp, kept: Stamp | None) -> bool:
    """Whether a file was never heard as it is now; what both ears have heard holds for one, too."""
    return kept is None or kept._replace(ears=0) != stamp._replace(ears=0) or kept.ears < stamp.ears


def gently() -> None:
    """Have everything else on this machine, the music first of all, go before this process."""
    with suppress(OSError):  # systemd has done it, and forbids it
        os.nice(NICE)
    with suppress(OSError):
        ionice = ["ionice", "--class", "idle", "--pid", str(os.getpid())]
        subprocess.run(ionice, stdin=subprocess.DEVNULL, capture_output=True, check=False)


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Be the only scan of this database. Raises CoachUnable when another one runs."""
    with _lock_file(database, "a") as file:
        for _ in range(LOCK_TRIES):
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(LOCK_PAUSE_S)
        else:
            raise CoachUnable("a scan runs already; `moodbox library report` says how far it is")
        yield


def is_running(database: Path) -> bool:
    """Whether a scan of this database runs now."""
    try:
        with _lock_file(database, "r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except CoachUnable:
        return False
    return False


def _lock_file(database: Path, mode: str) -> IO[str]:
    path = database.with_name(database.name + LOCK)
    try:
        return path.open(mode)
    except OSError as error:
        raise CoachUnable(f"{path}: {error.strerror}; look at the folder of state.music") from error


def ended_by(shelf: Shelf, error: MoodboxError) -> None:
    """Keep why a scan ended before its end, for the page and the report."""
    before = shelf.progress() or Progress(0, 0, None, None)
    with suppress(CoachUnable):
        shelf.tell(Progress(before.total, before.done, None, str(error)))
