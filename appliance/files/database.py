"""A SQLite file that a power cut cannot spoil, in whatever state it is found: absent, damaged, read-only.

Write-ahead log: readers never wait, and a cut loses the last transactions at most, never the file. Several
processes may have it open (the service, a scan); SQLite lets one of them write at a time. The forms of a
database are a list of SQL scripts: number n leads from form n to form n + 1.

Nothing but SQLite opens such a file: whoever closes it by hand takes away the locks of every connection that
this process has to it (POSIX), and another process then throws away the log in which those go on writing
(sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from appliance.files.foreign import NOT_OURS, is_blank, trouble_with
from appliance.files.whole import read_plain

MAGIC = b"SQLite format 3\0"
HEADER = 100
"""Bytes."""
BUSY_S = 10.0
"""How long one writer waits for another; a scan's transactions take milliseconds, a slow card seconds."""
AGAIN_S = 0.02
DAMAGED = ".damaged"
"""Ends the name under which a damaged database is laid aside: somebody may rescue what is in it."""


class DatabaseUnusable(OSError):
    """The database cannot be read or written now; the message says which file, why, and the remedy."""


class Database:
    """One connection to one file; it belongs to the thread that made it. A context manager."""

    def __init__(self, path: Path, forms: Sequence[str]) -> None:
        """Open the file, make it if it is absent, and bring it to the newest form.

        forms: the SQL scripts, in which every statement begins on a line of its own. A damaged file is laid
        aside and begun anew. Raises DatabaseUnusable for what is not ours, one of a newer release, and a
        disk that is read-only, full or gone; the file is then as it was.
        """
        strange = foreign(path, forms)
        if strange:
            raise DatabaseUnusable(strange)
        self.path, self.was_damaged = path, False
        try:
            self._connection = self._open(forms)
        except DatabaseUnusable as error:
            if not isinstance(error.__cause__, sqlite3.DatabaseError) or not _is_damage(error.__cause__):
                raise
            _lay_aside(path)
            self.was_damaged = True
            self._connection = self._open(forms)
        self._there = {name: _identity(name) for name in (path, *_beside(path))}

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was written is in it, also where it has another name by now."""
        logs = [name for name in _beside(self.path) if self.has_moved and self._is_there(name)]
        if logs:
            with suppress(sqlite3.Error):  # another connection reads: whoever closes last tries it, too
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()
        for log in logs:  # SQLite would take it for the new file's, and read a mixture of both
            log.unlink(missing_ok=True)

    @property
    def has_moved(self) -> bool:
        """Whether another file than the one that is open, or none, has its name now."""
        return not self._is_there(self.path)

    def _is_there(self, name: Path) -> bool:
        """Whether the file of this name is the one that was there when the database was opened."""
        return self._there[name] is not None and _identity(name) == self._there[name]

    def read(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Ask, and return the rows. Raises DatabaseUnusable."""
        with self._told():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        """What is read in the block is of one moment, whatever others write meanwhile."""
        with self._told():
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                with suppress(sqlite3.Error):  # a failing disk has ended it, and why is told
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write all of the block or, where it raises, nothing. Raises DatabaseUnusable."""
        with self._told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk has rolled it back by itself
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise DatabaseUnusable(f"{self.path}: {error}; {_remedy(error)}") from error

    def _open(self, forms: Sequence[str]) -> sqlite3.Connection:
        with self._told():
            # Made here and not by SQLite, for nobody else to read it even at its first instant.
            with suppress(OSError):  # it is there, or SQLite says in its own words why it cannot be had
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
            connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None)
            try:
                _write_ahead(connection)
                damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
                if damage != "ok":
                    raise sqlite3.DatabaseError(f"malformed: {damage}")
                _migrate(connection, self.path, forms)
            except BaseException:
                connection.close()
                raise
            return connection


def _beside(path: Path) -> tuple[Path, Path]:
    """The names of the log, and of its index."""
    return path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")


def _identity(path: Path) -> tuple[int, int] | None:
    with suppress(OSError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None


def foreign(path: Path, forms: Sequence[str]) -> str | None:
    """Say that a file is not ours, and what to do; None for a database of these forms, however damaged."""
    problem = trouble_with(path) or (None if _is_of(path, forms) else NOT_OURS)
    return f"{path}: {problem}" if problem else None


def _is_of(path: Path, forms: Sequence[str]) -> bool:
    """Whether it is a database with a table of the first form; an empty one is new, a damaged one may be."""
    first = re.findall(r"CREATE TABLE (\w+)", forms[0])
    with suppress(OSError):
        if 0 < path.stat().st_size < HEADER:  # SQLite takes a file of one byte for a new one
            return _begins_as_ours(path)
    try:
        reader = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S)
        try:
            tables = {name for (name,) in reader.execute("SELECT name FROM sqlite_master")}
        finally:
            reader.close()
    except sqlite3.Error as error:
        # Only what SQLite takes for no database is read by hand: no connection has locks there to lose.
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            return _begins_as_ours(path)
        return True  # damaged, absent, or it cannot be looked into now: who opens it says why
    return not tables or not tables.isdisjoint(first)


def _begins_as_ours(path: Path) -> bool:
    head = b""
    with suppress(OSError):  # its disk is gone: SQLite says so
        head = read_plain(path, HEADER)
    return is_blank(head) or MAGIC.startswith(head[: len(MAGIC)])


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Have the file written by a log ahead of it.

    SQLite waits for a lock, but not for the one by which a file is turned to that: two that open a new file
    at once would refuse each other.
    """
    until = time.monotonic() + BUSY_S
    while True:
        try:
            connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(AGAIN_S)


def _migrate(connection: sqlite3.Connection, path: Path, forms: Sequence[str]) -> None:
    # Looked at within the transaction: another process may be bringing it to the newest form, too.
    connection.execute("BEGIN IMMEDIATE")
    try:
        form = connection.execute("PRAGMA user_version").fetchone()[0]
        if form > len(forms):
            raise DatabaseUnusable(
                f"{path}: it is of a newer release (form {form}, this one knows {len(forms)}); "
                "update the box, or move the file away to begin anew"
            )
        for statement in (each for script in forms[form:] for each in _statements(script)):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(forms)}")
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one: `executescript` would end the transaction around them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    # Its subclasses (OperationalError: full, read-only, locked) say what is wrong around the file, not in it.
    return type(error) is sqlite3.DatabaseError


def _remedy(error: sqlite3.Error) -> str:
    words = str(error)
    if "full" in words:
        return "make room on its disk"
    if "readonly" in words or "unable to open" in words or "disk I/O" in words:
        return "look whether its folder is there, mounted and writable"
    if "locked" in words:
        return "another process keeps it; try again when it is done"
    return "move the file away to begin anew"


def _lay_aside(path: Path) -> None:
    """Move the file out of the way; its log goes, for it would be taken for the new file's."""
    os.replace(path, path.with_name(path.name + DAMAGED))
    for log in _beside(path):
        log.unlink(missing_ok=True)
