"""Keeps what was heard, and what people said of it, in `music.db`. Several processes may have it open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from appliance.coach.placing import Correction, Known, Sound
from appliance.errors import CoachUnable
from appliance.files.database import Database, DatabaseUnusable
from appliance.protocol.music_database import FORMS


class Stamp(NamedTuple):
    """Size, time and version, by which a file that must be heard anew is known."""

    changed: int
    """Nanoseconds, as `st_mtime_ns`."""
    size: int
    """Bytes."""
    version: int
    """Of the features."""
    ears: int
    """1: ours alone; 2: the second ear has heard it, too."""


class Failure(NamedTuple):
    """A file that could not be heard, and will not be tried again until it has changed."""

    uri: str
    reason: str
    is_song: bool
    """False: it can be read, but is too short or too long for a song."""


@dataclass(frozen=True)
class Progress:
    """How far the scan is that runs, or how far the last one came."""

    total: int
    done: int
    left_s: float | None
    """Seconds that the rest will take; None before the first song, and after the last."""
    problem: str | None
    """Why it ended before its end; None where it did not, and where it was killed."""


class Row(NamedTuple):
    """One song's sound, as a row of the database."""

    uri: str
    stamp: Stamp
    sound: Sound
    head: str
    length_s: float
    loudness: float
    features: bytes
    """float16, ours before the second ear's."""
    artist: str
    genre: str
    told: str


class Shelf:
    """One connection to `music.db`, for the thread that made it. Each method raises CoachUnable.

    A context manager.
    """

    def __init__(self, path: Path) -> None:
        """Make the file where it is absent. Raises CoachUnable."""
        try:
            self._database = Database(path, FORMS)
        except DatabaseUnusable as error:
            raise CoachUnable(str(error)) from error

    def __enter__(self) -> Shelf:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was kept is in it."""
        self._database.close()

    # --- what was heard ------------------------------------------------------------------------------------

    def stamp(self, uri: str) -> Stamp | None:
        """Return what the song's file was when it was heard, or could not be; None for a song that is new."""
        rows = self._read("SELECT changed, size, version, ears FROM heard WHERE uri = ?", (uri,))
        return Stamp(*rows[0]) if rows else None

    def tries(self) -> dict[str, int]:
        """How often songs were begun without an end."""
        return dict(self._read("SELECT uri, times FROM tried"))

    def begin(self, uri: str) -> None:
        """Note that this song is tried: should that end the scan, the others come first next time."""
        self._write(
            "INSERT INTO tried VALUES (?, 1) ON CONFLICT (uri) DO UPDATE SET times = times + 1", (uri,)
        )

    def keep(self, row: Row, progress: Progress) -> None:
        """Keep what was heard of a song, and how far the scan is."""
        sound = (row.sound.valence, row.sound.arousal, row.sound.valence_error, row.sound.arousal_error)
        values = (row.uri, *row.stamp, None, 1, row.length_s, row.loudness, row.head, *sound)
        self._keep((*values, row.artist, row.genre, row.told), row.features, progress)

    def fail(self, failure: Failure, stamp: Stamp, progress: Progress) -> None:
        """Keep that a song could not be heard, and how far the scan is."""
        values = (failure.uri, *stamp, failure.reason, int(failure.is_song))
        self._keep((*values, *[None] * 7, "", "", ""), None, progress)

    def _keep(self, values: tuple[Any, ...], features: bytes | None, progress: Progress) -> None:
        with self._telling(), self._database.writing() as connection:
            places = ", ".join("?" * len(values))
            connection.execute(f"INSERT OR REPLACE INTO heard VALUES ({places})", values)  # nosec: only "?"
            connection.execute("DELETE FROM sound WHERE uri = ?", values[:1])
            if features is not None:
                connection.execute("INSERT INTO sound VALUES (?, ?)", (values[0], features))
            connection.execute("DELETE FROM tried WHERE uri = ?", values[:1])
            connection.execute(PROGRESS, _columns(progress))

    def judged_by_others(self, head: str, most: int) -> list[tuple[str, int, bytes]]:
        """Some songs that another head has judged: name, ears and features."""
        rows = "SELECT uri, ears, features FROM heard JOIN sound USING (uri) WHERE head != ? LIMIT ?"
        return [(uri, ears, features) for uri, ears, features in self._read(rows, (head, most))]

    def judge(self, head: str, sounds: Mapping[str, Sound]) -> None:
        """Keep how this head judges songs that were heard before."""
        rows = [
            (head, one.valence, one.arousal, one.valence_error, one.arousal_error, uri)
            for uri, one in sounds.items()
        ]
        columns = "head = ?, valence = ?, arousal = ?, valence_error = ?, arousal_error = ?"
        with self._telling(), self._database.writing() as connection:
            connection.executemany(f"UPDATE heard SET {columns} WHERE uri = ?", rows)  # nosec: no input

    def hear_stickers(self, said: Mapping[str, tuple[str, str]]) -> None:
        """Let this be all that stickers say. said: song's name -> the mood and the genre that they name."""
        rows = {(uri, *both) for uri, both in said.items() if any(both)}
        if rows == set(self._read("SELECT uri, told, genre FROM sticker")):
            return
        with self._telling(), self._database.writing() as connection:
            connection.execute("DELETE FROM sticker")
            connection.executemany("INSERT INTO sticker VALUES (?, ?, ?)", rows)

    # --- what others read ----------------------------------------------------------------------------------

    def known(self) -> Iterable[Known]:
        """Every song that was heard. A sticker's mood goes before the tag's; both genres count."""
        rows = self._read(
            "SELECT uri, valence, arousal, valence_error, arousal_error, artist, "
            "heard.genre || coalesce('; ' || nullif(sticker.genre, ''), ''), "
            "coalesce(nullif(sticker.told, ''), heard.told) "
            "FROM heard LEFT JOIN sticker USING (uri) WHERE reason IS NULL"
        )
        for uri, v, a, ve, ae, *said in rows:
            yield Known(uri, Sound(v, a, ve, ae), *said)

    def failures(self) -> list[Failure]:
        """The files that could not be heard, by name."""
        rows = self._read("SELECT uri, reason, is_song FROM heard WHERE reason IS NOT NULL ORDER BY uri")
        return [Failure(uri, reason, bool(is_song)) for uri, reason, is_song in rows]

    def progress(self) -> Progress | None:
        """How far the scan is; None before the first."""
        rows = self._read("SELECT total, done, left_s, problem FROM scan")
        return Progress(*rows[0]) if rows else None

    def tell(self, progress: Progress) -> None:
        """Say how far the scan is."""
        self._write(PROGRESS, _columns(progress))

    # --- what people say -----------------------------------------------------------------------------------

    def corrections(self) -> dict[str, Correction]:
        """The corrections that people made, by song."""
        rows = self._read("SELECT uri, mood, valence, arousal FROM correction")
        return {uri: Correction(*rest) for uri, *rest in rows}

    def correct(self, uri: str, said: Correction | None) -> None:
        """Keep what a person says of a song; None takes it back."""
        if said is None:
            self._write("DELETE FROM correction WHERE uri = ?", (uri,))
        else:
            row = (uri, said.mood, said.valence, said.arousal)
            self._write("INSERT OR REPLACE INTO correction VALUES (?, ?, ?, ?)", row)

    def replace_corrections(self, said: Mapping[str, Correction]) -> None:
        """Let these be all that people said, as a backup has it."""
        rows = [(uri, one.mood, one.valence, one.arousal) for uri, one in said.items()]
        with self._telling(), self._database.writing() as connection:
            connection.execute("DELETE FROM correction")
            connection.executemany("INSERT INTO correction VALUES (?, ?, ?, ?)", rows)

    def _read(self, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
        with self._telling():
            return self._database.read(query, values)

    def _write(self, statement: str, values: tuple[Any, ...]) -> None:
        with self._telling(), self._database.writing() as connection:
            connection.execute(statement, values)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except DatabaseUnusable as error:
            raise CoachUnable(str(error)) from error


PROGRESS = "INSERT OR REPLACE INTO scan VALUES (1, ?, ?, ?, ?)"


def _columns(progress: Progress) -> tuple[int, int, float | None, str | None]:
    return progress.total, progress.done, progress.left_s, progress.problem
