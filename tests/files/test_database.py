"""A database survives whatever it meets on the disk: cuts, damage, newer forms, a disk without room."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from appliance.files.database import DAMAGED, Database, DatabaseUnusable, foreign

FIRST = "CREATE TABLE song (uri TEXT PRIMARY KEY, mood TEXT) WITHOUT ROWID;"
SECOND = "ALTER TABLE song ADD COLUMN loudness REAL;\nCREATE INDEX by_mood ON song (mood);"
ALL = "SELECT uri, mood FROM song ORDER BY uri"


def put_half(database: Database) -> None:
    with database.writing() as connection:
        connection.execute("INSERT INTO song (uri) VALUES ('a')")
        raise KeyError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "music.db"


def put(database: Database, *uris: str) -> None:
    with database.writing() as connection:
        connection.executemany("INSERT INTO song (uri, mood) VALUES (?, 'happy')", [(uri,) for uri in uris])


def test_a_new_file_may_be_opened_by_many_at_once(tmp_path: Path) -> None:
    """The service and a scan refused each other, and the service looked again after a minute."""

    def opened(path: Path) -> None:
        Database(path, [FIRST, SECOND]).close()

    with ThreadPoolExecutor(4) as crowd:
        for number in range(100):
            assert list(crowd.map(opened, [tmp_path / f"{number}.db"] * 4)) == [None] * 4


def test_what_was_written_is_there_again_and_is_nobody_elses(path: Path) -> None:
    with Database(path, [FIRST]) as database:
        put(database, "a", "b")
        assert path.stat().st_mode & 0o777 == 0o600
        assert (path.parent / "music.db-wal").stat().st_mode & 0o777 == 0o600
    with Database(path, [FIRST]) as database:
        assert database.read(ALL) == [("a", "happy"), ("b", "happy")]


def test_an_older_form_is_brought_to_the_newest_and_keeps_what_it_has(path: Path) -> None:
    with Database(path, [FIRST]) as database:
        put(database, "a")
    for _ in range(2):
        with Database(path, [FIRST, SECOND]) as database:
            assert database.read("SELECT uri, loudness FROM song") == [("a", None)]


def test_a_form_that_fails_in_the_middle_changes_nothing(path: Path) -> None:
    with Database(path, [FIRST]) as database:
        put(database, "a")
    with pytest.raises(DatabaseUnusable, match="no_such"):
        Database(path, [FIRST, f"{SECOND}\nDROP TABLE no_such;"])
    with Database(path, [FIRST, SECOND]) as database:
        assert database.read(ALL) == [("a", "happy")]


def test_a_newer_form_is_refused_and_left_as_it_is(path: Path) -> None:
    with Database(path, [FIRST, SECOND]) as database:
        put(database, "a")
    with pytest.raises(DatabaseUnusable, match="newer release"):
        Database(path, [FIRST])
    with Database(path, [FIRST, SECOND]) as database:
        assert database.read(ALL) == [("a", "happy")]


def test_a_block_that_raises_writes_nothing(path: Path) -> None:
    with Database(path, [FIRST]) as database:
        with pytest.raises(KeyError):
            put_half(database)
        assert database.read(ALL) == []
        put(database, "b")


@pytest.mark.parametrize("damage", ["header", "middle"])
def test_a_damaged_file_is_laid_aside_and_begun_anew(path: Path, damage: str) -> None:
    with Database(path, [FIRST]) as database:
        put(database, *(f"{number:05}" for number in range(5000)))
    whole = path.read_bytes()
    place = 0 if damage == "header" else len(whole) // 2
    spoilt = whole[:place] + b"\xff" * 8192 + whole[place + 8192 :]
    path.write_bytes(spoilt)
    with Database(path, [FIRST]) as database:
        assert database.was_damaged
        put(database, "a")
        assert database.read(ALL) == [("a", "happy")]
    assert path.with_name(path.name + DAMAGED).read_bytes() == spoilt


def test_an_empty_file_is_taken_for_a_new_one(path: Path) -> None:
    path.touch()
    with Database(path, [FIRST]) as database:
        assert not database.was_damaged


def test_a_folder_that_is_gone_is_told_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="folder is there"):
        Database(tmp_path / "gone" / "music.db", [FIRST])


def test_a_disk_without_room_loses_nothing_that_was_there(path: Path) -> None:
    with Database(path, [FIRST]) as database:
        put(database, "a")
        # SQLite's own limit stands for the disk's: the same error on the same way.
        database.read("PRAGMA max_page_count = 4")
        with pytest.raises(DatabaseUnusable, match="make room"):
            put(database, *(f"{number:05}" for number in range(5000)))
        assert database.read(ALL) == [("a", "happy")]


def test_two_processes_write_side_by_side(path: Path) -> None:
    with Database(path, [FIRST]) as one, Database(path, [FIRST]) as other:
        put(one, "a")
        put(other, "b")
        assert one.read(ALL) == other.read(ALL) == [("a", "happy"), ("b", "happy")]


VISITOR = """
import sys
from pathlib import Path
from appliance.files.database import Database
with Database(Path(sys.argv[1]), [sys.argv[2]]) as database:
    with database.writing() as connection:
        connection.execute("INSERT INTO song VALUES (?, 'happy')", (sys.argv[3],))
    print(*(uri for uri, _ in database.read("SELECT uri, mood FROM song ORDER BY uri")))
"""


def look_again(path: Path) -> None:
    Database(path, [FIRST]).close()


def ask_whose(path: Path) -> None:
    assert foreign(path, [FIRST]) is None


@pytest.mark.parametrize("look", [look_again, ask_whose])
def test_another_process_leaves_the_log_in_which_ours_goes_on(
    path: Path, look: Callable[[Path], None]
) -> None:
    """A scan that ended threw it away while the service wrote, and the next one made a mixture of both."""

    def visit(uri: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", VISITOR, str(path), FIRST, uri], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    with Database(path, [FIRST]) as database:
        put(database, "a")
        look(path)
        assert visit("b") == "a b"
        put(database, "c")
        assert visit("d") == "a b c d"
        assert [uri for uri, _ in database.read(ALL)] == ["a", "b", "c", "d"]


WRITER = """
import sys
from pathlib import Path
from appliance.files.database import Database
with Database(Path(sys.argv[1]), [sys.argv[2]]) as database:
    for number in range(10**6):
        with database.writing() as connection:
            connection.execute("INSERT INTO song VALUES (?, 'a')", (f"{number:07}",))
            connection.execute("INSERT INTO song VALUES (?, 'b')", (f"{number:07}-",))
        print(number, flush=True)
"""


@pytest.mark.parametrize("told", [1, 7, 40])
def test_a_writer_killed_at_any_instant_leaves_whole_transactions(path: Path, told: int) -> None:
    command = [sys.executable, "-c", WRITER, str(path), FIRST]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()) as writer:
        assert writer.stdout
        for _ in range(told):
            writer.stdout.readline()
        os.kill(writer.pid, signal.SIGKILL)
    with Database(path, [FIRST]) as database:
        assert not database.was_damaged
        moods = [mood for _, mood in database.read(ALL)]
        assert len(moods) >= 2 * told
        assert moods == ["a", "b"] * (len(moods) // 2)


def copied(path: Path, *uris: str) -> Path:
    """Another database, as a person copies one to the box."""
    other = path.with_name("other.db")
    with Database(other, [FIRST]) as database:
        put(database, *uris)
    return other


def test_a_file_put_in_its_place_is_noticed_and_neither_has_any_of_the_other(path: Path) -> None:
    other = copied(path, "new")
    with Database(path, [FIRST]) as database, Database(path, [FIRST]) as reader:
        put(database, "a", "b")
        assert not database.has_moved
        path.rename(path.with_name("kept.db"))
        assert database.has_moved
        other.rename(path)
        assert database.has_moved
        put(database, "c")  # before anybody has looked
        database.close()
        with Database(path, [FIRST]) as new:
            assert not new.has_moved
            put(new, "later")
            reader.close()
            assert new.read(ALL) == [("later", "happy"), ("new", "happy")]
    with Database(path, [FIRST]) as new:
        assert not new.was_damaged
        assert new.read(ALL) == [("later", "happy"), ("new", "happy")]
    with Database(path.with_name("kept.db"), [FIRST]) as old:
        assert old.read(ALL) == [("a", "happy"), ("b", "happy"), ("c", "happy")]


def test_a_file_that_was_cut_off_anywhere_is_whole_up_to_there_or_laid_aside(path: Path) -> None:
    log = path.with_name(path.name + "-wal")
    with Database(path, [FIRST]) as database:
        for number in range(40):
            put(database, f"{number:05}", f"{number:05}-")
        main, logged = path.read_bytes(), log.read_bytes()
        database.read("PRAGMA wal_checkpoint(TRUNCATE)")
        whole = path.read_bytes()
    for place in range(0, len(logged), 5003):
        path.write_bytes(main)
        log.write_bytes(logged[:place] + b"\xff" * 300)
        with Database(path, [FIRST]) as database:
            rows = database.read(ALL)
        assert rows == sorted(rows)
        assert len(rows) % 2 == 0
    for place in range(2, len(whole), 1021):
        path.write_bytes(whole[:place])
        with Database(path, [FIRST]) as database:
            assert database.was_damaged or len(database.read(ALL)) == 80
            put(database, "z")


BARRED = """
import os, sys
from pathlib import Path
from appliance.files.database import Database, DatabaseUnusable
if os.getuid() == 0:
    os.setuid(65534)  # root may write what it likes
try:
    Database(Path(sys.argv[1]), [sys.argv[2]])
except DatabaseUnusable as error:
    print(error)
"""


def test_a_file_that_may_not_be_written_is_told_with_the_remedy() -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "music.db"
        with Database(path, [FIRST]) as database:
            put(database, "a")
        path.chmod(0o444)
        Path(folder).chmod(0o755)  # for nobody to look into it
        done = subprocess.run(
            [sys.executable, "-c", BARRED, str(path), FIRST], capture_output=True, text=True
        )
        assert "readonly database; look whether its folder is there, mounted and writable" in done.stdout
        path.chmod(0o600)
        with Database(path, [FIRST]) as database:
            assert database.read(ALL) == [("a", "happy")]


def test_the_errors_are_sqlites_own_words(path: Path) -> None:
    with Database(path, [FIRST]) as database, pytest.raises(DatabaseUnusable, match="no such table") as told:
        database.read("SELECT * FROM no_table")
    assert isinstance(told.value.__cause__, sqlite3.OperationalError)
