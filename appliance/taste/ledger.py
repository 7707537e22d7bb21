"""Taste as it stands in music.db: what is written, read, looked at, exported and forgotten.

Events are the truth, and what is known of anybody is made of them anew: a song that is forgotten leaves
nothing in what its artist is thought of.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from sqlite3 import Connection
from typing import Any

from appliance.files.database import Database
from appliance.protocol.taste import BY_HAND, Verdict
from appliance.taste.taste import Event, Note, Rest

MOST_EVENTS = 100_000
"""The oldest go beyond these: about three years of music from morning to night."""
HANDS = tuple(sorted(BY_HAND))
OPINIONS = (Verdict.LIKED, Verdict.DISLIKED)


def write(database: Database, notes: Iterable[Note], network: str = "") -> bool:
    """Write the notes, all or none. Returns whether anything was taken back. Raises DatabaseUnusable.

    network: which one has read the faces at rest.
    """
    is_taken_back = False
    with database.writing() as connection:
        for note in notes:
            if isinstance(note, Event):
                _add(connection, note)
            elif isinstance(note, Rest):
                _keep(connection, note._replace(network=network))
            else:
                is_taken_back |= _take_back(connection, note.person)
    return is_taken_back


def read(database: Database) -> Iterator[Event]:
    """Read all events, the oldest first. Raises DatabaseUnusable."""
    rows = database.read(
        "SELECT verdict, person, mood, uri, artist, weight, day FROM event JOIN tasted ON tasted.id = song "
        "ORDER BY event.id"
    )
    for verdict, *rest in rows:
        if verdict in {*Verdict}:  # one that only a later release knows is let be
            yield Event(Verdict(verdict), *rest)


def rests(database: Database) -> Iterator[Rest]:
    """Read how each person's face rests. Raises DatabaseUnusable."""
    for person, day, network, *margins in database.read("SELECT * FROM rest"):  # in the order of `FELT`
        yield Rest(person, tuple(margins), day, network)


def heal_days(database: Database, today: int) -> None:
    """Give a day to what was noted without one, or in a future that a wrong clock told of."""
    if database.read("SELECT 1 FROM event WHERE day IS NULL OR day > ? LIMIT 1", (today + 1,)):
        with database.writing() as connection:
            connection.execute("UPDATE event SET day = ? WHERE day IS NULL OR day > ?", (today, today + 1))


def prune(database: Database) -> None:
    """Let go of the oldest events, where there are too many."""
    newest = database.read("SELECT max(id), count(*) FROM event")[0]
    if newest[1] > MOST_EVENTS:
        with database.writing() as connection:
            connection.execute("DELETE FROM event WHERE id <= ?", (newest[0] - MOST_EVENTS,))


# --- for people ------------------------------------------------------------------------------------------


def show(database: Database) -> dict[str, Any]:
    """Sum up what is known: of each person how much, whom and what they finish, and what they like or not."""
    people: dict[str, Any] = {}
    for person, count, since in database.read(
        "SELECT person, count(*), min(day) FROM event GROUP BY person ORDER BY person"
    ):
        people[person] = {"events": count, "since_day": since, "artists": [], "songs": []}
    for person, mood, artist, finished, begun in database.read(
        "SELECT person, mood, artist, sum(verdict = 'heard'), count(*) FROM event JOIN tasted ON "
        "tasted.id = song WHERE verdict IN ('heard', 'skipped') AND artist != '' "
        "GROUP BY person, mood, artist HAVING count(*) > 1 ORDER BY count(*) DESC, artist"
    ):
        share = {"artist": artist, "mood": mood, "finished": finished, "of": begun}
        people[person]["artists"].append(share)
    for person, songs in _opinions(database).items():
        people[person]["songs"] = [{"uri": uri, "said": said} for uri, said in sorted(songs.items())]
    for rest in rests(database):
        nothing_else: dict[str, Any] = {"events": 0, "since_day": None, "artists": [], "songs": []}
        people.setdefault(rest.person, nothing_else)["rest_day"] = rest.day
    return {"people": people}


def export(database: Database) -> dict[str, Any]:
    """Everything, as it stands: one entry an event, the oldest first. Days are counted from 1970."""
    return {
        "moodbox_taste": 1,
        "events": [event._asdict() for event in read(database)],
        "faces_at_rest": [rest._asdict() for rest in rests(database)],
    }


def forget(database: Database, *, person: str | None = None, uri: str | None = None) -> int:
    """Forget a person, a song, or both None: all. Returns how many events that were; a face at rest is one.

    The box forgets what it has not written yet, and clears MPD's stickers, once it runs. Raises
    DatabaseUnusable.
    """
    with _erasing(database) as connection:
        connection.execute("INSERT INTO forgotten VALUES (?, ?)", (person, uri))
        return _erase(connection, person, uri)


def forgotten(database: Database) -> list[tuple[int, str | None, str | None]]:
    """What was forgotten, while some of it may still wait to be written. Raises DatabaseUnusable."""
    return database.read("SELECT rowid, person, uri FROM forgotten")


def forget_again(database: Database, what: Iterable[tuple[int, str | None, str | None]]) -> None:
    """Forget what `forgotten` told also in what has been written since. Raises DatabaseUnusable."""
    with _erasing(database) as connection:
        for number, person, uri in what:
            _erase(connection, person, uri)
            connection.execute("DELETE FROM forgotten WHERE rowid = ?", (number,))


@contextmanager
def _erasing(database: Database) -> Iterator[Connection]:
    """Write, so that nothing of what is deleted lingers: neither in free pages of the file nor in its log."""
    database.read("PRAGMA secure_delete = ON")
    with database.writing() as connection:
        yield connection
    database.read("PRAGMA wal_checkpoint(TRUNCATE)")


def _erase(connection: Connection, person: str | None, uri: str | None) -> int:
    events = connection.execute(
        "SELECT event.id, uri FROM event JOIN tasted ON tasted.id = song "
        "WHERE (?1 IS NULL OR person = ?1) AND (?2 IS NULL OR uri = ?2)",
        (person, uri),
    ).fetchall()
    connection.executemany("INSERT OR IGNORE INTO unmarked VALUES (?)", {(uri,) for _, uri in events})
    connection.executemany("DELETE FROM event WHERE id = ?", [(number,) for number, _ in events])
    connection.execute("DELETE FROM tasted WHERE id NOT IN (SELECT song FROM event)")
    rested = 0
    if uri is None:
        rested = connection.execute("DELETE FROM rest WHERE ?1 IS NULL OR person = ?1", (person,)).rowcount
    return len(events) + rested


def replace_all(database: Database, events: Iterable[Event], rests: Iterable[Rest] = ()) -> None:
    """Let these be all that is known, as a backup has it. Raises DatabaseUnusable."""
    with database.writing() as connection:
        connection.execute("DELETE FROM event")
        connection.execute("DELETE FROM tasted")
        connection.execute("DELETE FROM rest")
        connection.execute("DELETE FROM forgotten")
        for event in events:
            _add(connection, event)
        for rest in rests:
            _keep(connection, rest)


def unmarked(database: Database) -> Sequence[tuple[str, Verdict | None]]:
    """Songs whose stickers no longer say what is known, and what they are to say: liked, disliked, None."""
    uris = [uri for (uri,) in database.read("SELECT uri FROM unmarked")]
    if not uris:
        return ()
    said = {uri: word for songs in _opinions(database).values() for uri, word in songs.items()}
    return [(uri, Verdict(said[uri]) if uri in said else None) for uri in uris]


def note_marked(database: Database) -> None:
    """Note that the stickers say it."""
    with _erasing(database) as connection:
        connection.execute("DELETE FROM unmarked")


def _opinions(database: Database) -> dict[str, dict[str, str]]:
    """Person -> song's name -> liked or disliked, as said last."""
    rows = database.read(
        "SELECT person, uri, verdict FROM event JOIN tasted ON tasted.id = song "
        "WHERE verdict IN (SELECT value FROM json_each(?)) ORDER BY event.id",
        (json.dumps(OPINIONS),),
    )
    said: dict[str, dict[str, str]] = {}
    for person, uri, verdict in rows:
        said.setdefault(person, {})[uri] = verdict
    return said


def opined(database: Database) -> set[str]:
    """The songs of which anybody here has said whether they like them."""
    return {uri for songs in _opinions(database).values() for uri in songs}


def _add(connection: Connection, event: Event) -> None:
    connection.execute(
        "INSERT INTO tasted (uri, artist) VALUES (?, ?) ON CONFLICT (uri) DO UPDATE SET "
        "artist = excluded.artist WHERE artist != excluded.artist",
        (event.uri, event.artist),
    )
    connection.execute(
        "INSERT INTO event (day, person, mood, song, verdict, weight) "
        "VALUES (?, ?, ?, (SELECT id FROM tasted WHERE uri = ?), ?, ?)",
        (event.day, event.person, event.mood, event.uri, event.verdict, event.weight),
    )


def _keep(connection: Connection, rest: Rest) -> None:
    connection.execute("DELETE FROM rest WHERE person = ?", (rest.person,))
    if rest.margins is not None:
        values = (rest.person, rest.day, rest.network, *rest.margins)
        connection.execute("INSERT INTO rest VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)


def _take_back(connection: Connection, person: str) -> bool:
    """Take back what a hand said last. Returns whether it had said anything."""
    last = connection.execute(
        "SELECT max(id) FROM event WHERE person = ? AND verdict IN (SELECT value FROM json_each(?))",
        (person, json.dumps(HANDS)),
    ).fetchone()[0]
    if last is None:
        return False
    connection.execute(
        "INSERT OR IGNORE INTO unmarked SELECT uri FROM event JOIN tasted ON tasted.id = song "
        "WHERE event.id = ? AND verdict IN (SELECT value FROM json_each(?))",
        (last, json.dumps(OPINIONS)),
    )
    connection.execute("DELETE FROM event WHERE id = ?", (last,))
    return True
