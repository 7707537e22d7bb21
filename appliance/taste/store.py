"""Keeps taste in music.db, in a thread of its own: the loop neither waits for a card nor reads a database.

A hand's word is written within seconds, what was merely heard every ten minutes: a power cut then costs a few
songs' worth of learning, and the card is spared (`tests/bench/taste_written.py`).
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from appliance.errors import MoodboxError
from appliance.files.database import Database, DatabaseUnusable
from appliance.protocol.messages import PartChanged
from appliance.protocol.music_database import FORMS
from appliance.protocol.taste import Verdict
from appliance.taste import ledger, sound
from appliance.taste.desk import events_of, rests_of
from appliance.taste.taste import Event, Taste

LOOK_S = 2.0
"""Between two looks for a hand's word, and for what another process has forgotten."""
HEARD_S = 600.0
"""What was heard is written so often."""
AGAIN_S = 60.0
"""Between two tries to open or write what cannot be."""
PART = "taste"

log = logging.getLogger(__name__)

Marks: TypeAlias = Mapping[str, Verdict | None]
"""Song's name -> what MPD's sticker is to say: liked, disliked, or None for nothing."""
OPINION = 2.0
"""What an opinion of 1 in other programs' stickers is worth, in log odds: four songs of five are finished."""


def put_back(path: Path) -> Path:
    """Where a backup's taste lies until the box begins anew."""
    return path.with_name(path.name + ".put-back")


class Store:
    """Reads, and writes, what `Taste` knows. `turn` does what is due; `start` has a thread do so."""

    def __init__(
        self,
        path: Path,
        taste: Taste,
        tell: Callable[[PartChanged], None],
        today: Callable[[], int | None],
        mark: Callable[[Marks], None] = lambda marks: None,
        network: Callable[[], str] = lambda: "",
    ) -> None:
        """tell: hears why taste is not kept, and None once it is. today: days since 1970, None if unknown.

        mark: told which stickers of MPD are to be changed. network: names the one that reads faces; one at
        rest that another has read is as good as unknown. All are called from the store's thread.
        """
        self._path, self.taste = path, taste
        self._tell, self._today, self._mark = tell, today, mark
        self._name_network = network
        self._network = ""
        self._database: Database | None = None
        self._is_outdated = True
        """Whether the file has, or has lost, what is not learnt, or unlearnt, yet."""
        self._loaded_on: int | None = None
        """The day on which all was read, if the box knew it."""
        self._owes_days = False
        """Whether something was written without its day."""
        self._foreign: dict[str, float] = {}
        self._is_foreign_new = False
        self._written_at = self._failed_at = -math.inf
        self._told: str | None = None
        self._damage = ""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="taste", daemon=True)

    def start(self) -> None:
        """Do what is due from now on, in a thread."""
        self._thread.start()

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what is not written, and end the thread."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def hear_foreign(self, opinions: Mapping[str, float]) -> None:
        """Take over what other programs' stickers say of songs, -1 to 1; from any thread."""
        worth = {uri: OPINION * opinion for uri, opinion in opinions.items()}
        if worth != self._foreign:
            self._foreign, self._is_foreign_new = worth, True

    def turn(self, now: float, is_last: bool = False) -> None:
        """Do what is due, always in one thread. now: monotonic seconds. is_last: write whatever there is."""
        if now - self._failed_at < AGAIN_S and not is_last:
            return
        try:
            database = self._open()
            forgotten = ledger.forgotten(database)
            if forgotten or is_last or self.taste.has_word or now - self._written_at >= HEARD_S:
                self._is_outdated |= self._write(database)
                self._written_at = now
            if forgotten:  # what waited is not to bring it back
                ledger.forget_again(database, forgotten)
                self._is_outdated = True
            if self._is_outdated or self._is_foreign_new or self._is_another_day():
                self._load(database)
            self._say(self._damage or None)
        except DatabaseUnusable as error:
            self._fail(str(error), now)
        except (OSError, ImportError, ValueError) as error:
            self._fail(f"{self._path}: {error}", now)

    def _run(self) -> None:
        while not self._closing.wait(LOOK_S):
            self._try()
        self._try(is_last=True)
        self._drop()

    def _try(self, is_last: bool = False) -> None:
        try:
            self.turn(time.monotonic(), is_last)
        except Exception:  # this thread must outlive its own mistakes: the music goes on without it
            log.exception("What people like is not kept")
            self._fail("it has made a mistake, of which the log says more", time.monotonic())

    def _open(self) -> Database:
        if self._database and self._database.has_moved:
            log.warning("%s is gone, or another file: what is in it now counts, or nothing yet", self._path)
            self._drop()
        if self._database is None:
            self._database = Database(self._path, FORMS)
            self._is_outdated = True
            self._network = self._name_network()
            self._take_in(self._database)
            if self._database.was_damaged:
                self._damage = (
                    f"{self._path} was damaged; it is kept beside it as {self._path.name}.damaged, and taste "
                    "begins anew"
                )
        return self._database

    def _take_in(self, database: Database) -> None:
        """Take in what a backup has put back."""
        left = put_back(self._path)
        if left.exists():
            content = left.read_bytes()
            ledger.replace_all(database, events_of(content), rests_of(content))
            left.unlink()

    def _is_another_day(self) -> bool:
        today = self._today()
        return today is not None and (self._loaded_on != today or self._owes_days)

    def _load(self, database: Database) -> None:
        """Read everything: at the start, each day (the coach may have heard more), and after forgetting."""
        self._write(database)  # or it would be learnt twice: from the file, and from what waits
        today = self._today()
        if today is not None:
            ledger.heal_days(database, today)
            ledger.prune(database)
            self._owes_days = False
        self._is_outdated = self._is_foreign_new = False
        own = ledger.opined(database)
        for uri, _ in ledger.unmarked(
            database
        ):  # what a sticker still says of a forgotten song is our own word
            self._foreign.pop(uri, None)
        foreign = {uri: opinion for uri, opinion in self._foreign.items() if uri not in own}
        rests = {
            r.person: r.margins for r in ledger.rests(database) if r.margins and r.network == self._network
        }
        self.taste.lay_in(ledger.read(database), sound.read(database), foreign, rests)
        self._loaded_on = today
        self._clear_marks(database)

    def _write(self, database: Database) -> bool:
        """Write what waits. Returns whether anything was taken back: what to unlearn by reading all anew."""
        notes = self.taste.take()
        if not notes:
            return False
        self._owes_days |= any(isinstance(note, Event) and note.day is None for note in notes)
        try:
            return ledger.write(database, notes, self._network)
        except BaseException:
            self.taste.put_back(notes)
            raise

    def _clear_marks(self, database: Database) -> None:
        marks = dict(ledger.unmarked(database))
        if marks:
            self._mark(marks)
            ledger.note_marked(database)

    def _fail(self, reason: str, now: float) -> None:
        self._failed_at = now
        self._drop()
        self._say(f"{reason}; meanwhile nothing is learnt for good" if self.taste.is_ready else reason)

    def _say(self, reason: str | None) -> None:
        if reason != self._told:
            self._told = reason
            try:
                self._tell(PartChanged(PART, reason))
            except MoodboxError:  # a flood in the inbox: said again by the next turn
                self._told = None if reason else ""

    def _drop(self) -> None:
        if self._database:
            self._database.close()
        self._database = None
