"""The running box takes over places as they change, and does without where there are none."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import until

from appliance.coach.places import Places
from appliance.coach.placing import Sound, pinned
from appliance.coach.shelf import Progress, Row, Shelf, Stamp

AT = Progress(1, 1, None, None)
SAD = Sound(-0.6, -0.5, 0.8, 0.3)


def row(uri: str, sound: Sound = SAD) -> Row:
    return Row(uri, Stamp(1, 2, 1, 1), sound, "head", 200.0, -20.0, b"12", "", "", "")


def test_a_folder_that_cannot_be_looked_into_does_not_end_the_looking(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    places = Places(tmp_path / ("x" * 300), lambda: None)
    places.start()
    until(lambda: "cannot be read" in caplog.text)
    assert places.is_alive()
    places.close()


class Listening:
    """Places that are read, and how often they have changed."""

    def __init__(self, path: Path) -> None:
        self.changes = 0
        self.places = Places(path, self._note)
        self.places.start()

    def _note(self) -> None:
        self.changes += 1

    def moods(self) -> dict[str, str]:
        self.places.nudge()
        return {uri: placed.mood for uri, placed in self.places.now().items()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "music.db"


@pytest.fixture
def box(path: Path) -> Iterator[Listening]:
    listening = Listening(path)
    yield listening
    listening.places.close()


def test_a_file_that_is_not_there_costs_nothing_and_is_not_made(path: Path, box: Listening) -> None:
    assert box.moods() == {}
    assert not path.exists()


def test_what_a_scan_keeps_is_taken_over_without_a_restart(path: Path, box: Listening) -> None:
    with Shelf(path) as shelf:
        shelf.keep(row("a.mp3"), AT)
    until(lambda: box.moods() == {"a.mp3": "sad"})


def test_a_correction_counts_at_once_also_while_a_scan_writes(path: Path, box: Listening) -> None:
    with Shelf(path) as shelf:
        shelf.keep(row("a.mp3"), AT)
        until(lambda: box.moods() == {"a.mp3": "sad"})
        shelf.keep(row("b.mp3"), AT)
        shelf.correct("a.mp3", pinned("happy"))
        until(lambda: box.moods() == {"a.mp3": "happy", "b.mp3": "sad"})
        shelf.correct("a.mp3", None)
        until(lambda: box.moods() == {"a.mp3": "sad", "b.mp3": "sad"})
    assert box.changes >= 3


def test_a_file_that_goes_takes_its_places_with_it(path: Path, box: Listening) -> None:
    with Shelf(path) as shelf:
        shelf.keep(row("a.mp3"), AT)
    until(lambda: box.moods() == {"a.mp3": "sad"})
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    until(lambda: box.moods() == {})


def test_a_damaged_file_costs_only_the_places(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 64)
    box = Listening(path)
    until(lambda: path.with_name("music.db.damaged").exists())
    with Shelf(path) as shelf:
        shelf.keep(row("a.mp3"), AT)
    until(lambda: box.moods() == {"a.mp3": "sad"})
    box.places.close()


def test_a_file_of_a_newer_release_is_left_as_it_is(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    box = Listening(path)
    until(lambda: "newer release" in caplog.text)
    box.places.close()
    assert box.moods() == {}
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (99,)
    assert caplog.text.count("newer release") == 1


def test_no_thread_stays_behind_nor_keeps_a_process_that_fails_from_ending(path: Path) -> None:
    box = Listening(path)
    assert box.places.daemon
    box.places.close()
    assert not any(thread.name == "places" for thread in threading.enumerate())


# --- how often it looks ------------------------------------------------------------------------------------


class Looks:
    """The looks of `Places` one by one, on a clock that goes on whenever it is read."""

    def __init__(self, path: Path) -> None:
        self.now, self.changes, self.takes_s = 0.0, 0, 1.0
        self.places = Places(path, self._note, self._read)

    def _note(self) -> None:
        self.changes += 1

    def _read(self) -> float:
        self.now += self.takes_s
        return self.now

    def look(self, at: float) -> dict[str, str]:
        """What it knows after a look at this time, which the clock tells first."""
        self.now = at - self.takes_s
        assert self.places.look() == 2.0
        return {uri: placed.mood for uri, placed in self.places.now().items()}


@pytest.fixture
def looks(path: Path) -> Iterator[Looks]:
    looks = Looks(path)
    yield looks
    looks.places._leave()


def test_while_a_scan_writes_places_rest_thirty_times_as_long_as_reading_took(
    path: Path, looks: Looks
) -> None:
    with Shelf(path) as shelf:
        shelf.keep(row("a.mp3"), AT)
        looks.takes_s = 2.0
        assert looks.look(at=1.0) == {"a.mp3": "sad"}  # read until 3
        shelf.keep(row("b.mp3"), AT)
        for at in (3.0, 4.0, 33.0, 62.9):
            assert "b.mp3" not in looks.look(at)
        assert looks.look(at=63.0) == {"a.mp3": "sad", "b.mp3": "sad"}
        shelf.keep(row("c.mp3"), AT)
        assert "c.mp3" not in looks.look(at=124.9)
        assert "c.mp3" in looks.look(at=125.0)


def test_a_correction_does_not_wait_and_brings_what_a_scan_has_kept_with_it(path: Path, looks: Looks) -> None:
    with Shelf(path) as shelf:
        shelf.keep(row("a.mp3"), AT)
        looks.look(at=100.0)
        shelf.keep(row("b.mp3"), AT)
        shelf.correct("a.mp3", pinned("happy"))
        assert looks.look(at=102.0) == {"a.mp3": "happy", "b.mp3": "sad"}


def test_what_has_not_changed_is_not_read_nor_told_again(path: Path, looks: Looks) -> None:
    with Shelf(path) as shelf:
        shelf.keep(row("a.mp3"), AT)
        for at in (100.0, 200.0, 300.0):  # the first look may see at the second what its own opening wrote
            looks.look(at)
        assert (looks.now, looks.changes) == (299.0, 1), "the clock was read, and so the file"
        shelf.keep(row("a.mp3"), AT)
        looks.look(at=400.0)
    assert (looks.now, looks.changes) == (401.0, 1)


def test_another_file_of_the_same_name_is_read_at_its_first_look_and_one_that_is_gone_forgotten(
    path: Path, tmp_path: Path, looks: Looks
) -> None:
    for uri in ("a", "b"):
        with Shelf(tmp_path / uri) as shelf:
            shelf.keep(row(uri), AT)
    for at, uri in enumerate(("a", "b", "a"), 100):  # whichever of them has the higher number on the disk
        (tmp_path / "new").hardlink_to(tmp_path / uri)
        (tmp_path / "new").rename(path)
        assert looks.look(at) == {uri: "sad"}
    path.unlink()
    assert looks.look(at=104.0) == looks.look(at=106.0) == {}
    assert looks.changes == 4


def test_what_cannot_be_read_is_tried_again_after_a_minute_and_told_once_each_time(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    places = Places(path, lambda: None)
    for times in (1, 2):
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA user_version = 99")
        database.close()
        assert [places.look(), places.look()] == [60.0, 60.0]
        assert caplog.text.count("newer release") == times
        path.unlink()
        with Shelf(path) as shelf:
            shelf.keep(row("a.mp3"), AT)
        assert places.look() == 2.0
        assert {*places.now()} == {"a.mp3"}
        places._leave()
        path.unlink()


def test_each_new_reason_is_told_and_none_twice_in_a_row(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whichever of the two comes first in the alphabet."""
    places = Places(path, lambda: None)
    newer, foreign = tmp_path / "newer", tmp_path / "foreign"
    with sqlite3.connect(newer) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    foreign.write_text("somebody's notes\n" * 100)
    for times, file in enumerate((newer, foreign, newer), 1):
        path.write_bytes(file.read_bytes())
        assert [places.look(), places.look()] == [60.0, 60.0]
        assert len(caplog.records) == times
    assert not places.now()
