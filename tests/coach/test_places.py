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


def test_no_thread_stays_behind(path: Path) -> None:
    Listening(path).places.close()
    assert not any(thread.name == "places" for thread in threading.enumerate())
