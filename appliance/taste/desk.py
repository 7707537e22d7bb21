"""Look at people's taste, export it, forget it: for a person who asks. From any thread or process, beside
the box that runs: it notices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from appliance.errors import TasteUnable
from appliance.files.database import Database, DatabaseUnusable
from appliance.protocol.music_database import FORMS
from appliance.protocol.rest import FELT
from appliance.protocol.taste import Verdict
from appliance.taste import ledger
from appliance.taste.taste import Event, Rest

LARGEST = 7 * 1024 * 1024
"""Bytes of a keepsake: a backup takes 8 MB for each file."""

LAST_DAY = 10**6
"""Days since 1970: more than 2,000 years."""
MOST_NATS = 100.0
"""No margin between two of the network's answers comes near it."""
UNUSABLE = (AttributeError, KeyError, TypeError, OverflowError, RecursionError)
"""What an export that is none of ours raises, beside ValueError."""


class Desk:
    """Opens the file for each question. Every method raises TasteUnable."""

    def __init__(self, path: Path | None) -> None:
        """path: music.db; None where the box learns nothing."""
        self._path = path

    def show(self) -> dict[str, Any]:
        """Sum up what is known of each person."""
        with self._open() as database, database.one_moment():
            return ledger.show(database)

    def export(self) -> dict[str, Any]:
        """Every event, the oldest first."""
        with self._open() as database, database.one_moment():
            return ledger.export(database)

    def forget(self, person: str | None = None, uri: str | None = None) -> int:
        """Forget a person, a song, or both None: all. Returns how many events that were."""
        with self._open() as database:
            return ledger.forget(database, person=person, uri=uri)

    def keepsake(self) -> bytes:
        """The export for a backup; of too many events the newest."""
        said = self.export()
        while len(content := json.dumps(said, ensure_ascii=False).encode()) > LARGEST:
            said["events"] = said["events"][len(said["events"]) // 2 :]
        return content

    @contextmanager
    def _open(self) -> Iterator[Database]:
        if self._path is None:
            raise TasteUnable("the box learns nothing: name a file in state.music")
        try:
            with Database(self._path, FORMS) as database:
                yield database
        except DatabaseUnusable as error:
            raise TasteUnable(str(error)) from error


def events_of(content: bytes) -> list[Event]:
    """The events of an export. Raises ValueError for what is none."""
    try:
        said = json.loads(content)
        if said["moodbox_taste"] != 1:
            raise ValueError("another form")
        return [_event(**event) for event in said["events"]]
    except UNUSABLE as error:
        raise ValueError(f"no export of the box's taste: {error!r}"[:200]) from error


def rests_of(content: bytes) -> list[Rest]:
    """The faces at rest of an export; older ones have none. Raises ValueError for what is none."""
    try:
        return [_rest(**rest) for rest in json.loads(content).get("faces_at_rest", [])]
    except UNUSABLE as error:
        raise ValueError(f"no export of the box's taste: {error!r}"[:200]) from error


def is_sound(content: bytes) -> bool:
    """Whether this is an export of ours."""
    try:
        events_of(content)
        rests_of(content)
    except ValueError:
        return False
    return True


def _event(
    verdict: str, person: str, mood: str, uri: str, artist: str, weight: float, day: int | None
) -> Event:
    is_text = _are_text(person, mood, uri, artist) and bool(person and uri)
    if not (is_text and _is_day(day) and 0 <= float(weight) <= 1):
        raise ValueError("an event that makes no sense")
    return Event(Verdict(verdict), person, mood, uri, artist, float(weight), day)


def _rest(person: str, margins: list[float], day: int | None, network: str) -> Rest:
    is_text = _are_text(person, network) and bool(person)
    if not (is_text and _is_day(day) and isinstance(margins, list) and len(margins) == len(FELT)):
        raise ValueError("a face at rest that makes no sense")
    numbers = tuple(map(float, margins))
    if not all(abs(number) <= MOST_NATS for number in numbers):
        raise ValueError("a face at rest that makes no sense")
    return Rest(person, numbers, day, network)


def _are_text(*each: object) -> bool:
    """Whether the database takes these as text: half a character, which JSON can say, is none."""
    return all(isinstance(text, str) and text.encode(errors="ignore").decode() == text for text in each)


def _is_day(day: object) -> bool:
    return day is None or (isinstance(day, int) and 0 <= day < LAST_DAY)
