"""A scan as the coach makes it: what it asks for, whom it gives way to, and why it ends."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from appliance.coach.coach import Coach
from appliance.coach.scan import NICE, is_running
from appliance.coach.shelf import Progress, Shelf
from appliance.config import check
from appliance.errors import CoachUnable, PlayerLost, PlayerRefused


class Library:
    """What MPD has, and what fails of it."""

    def __init__(self, music: Path, *names: str) -> None:
        self._music, self._names = music, names
        self.said: Callable[[], Mapping[str, Mapping[str, str]]] = dict
        self.asked: tuple[str, ...] = ()
        self.refusal: Exception | None = None

    def stickers(self, *names: str) -> Mapping[str, Mapping[str, str]]:
        self.asked = names
        return self.said()

    def music_folder(self) -> Path:
        return self._music

    def names(self) -> tuple[str, ...]:
        if self.refusal:
            raise self.refusal
        return self._names


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "music.db"


@pytest.fixture
def coach(database: Path) -> Coach:
    return Coach(check({"state": {"music": str(database)}}, "test"))


@pytest.fixture
def library(tmp_path: Path) -> Any:
    (tmp_path / "empty.mp3").touch()
    return Library(tmp_path, "empty.mp3", "gone.mp3")


def scan(coach: Coach, library: Any, fast: bool = True) -> list[Progress]:
    told: list[Progress] = []
    assert coach.scan(library, told.append, fast) == told[-1]
    return told


def test_a_scan_hears_what_is_there_and_what_stickers_say_and_tells_how_far_it_is(
    coach: Coach, library: Any, database: Path
) -> None:
    library.said = lambda: {"mood": {"empty.mp3": "sad"}}
    assert [(at.done, at.total) for at in scan(coach, library)] == [(1, 2), (2, 2), (2, 2)]
    assert library.asked == ("mood", "genre", "comment")
    with Shelf(database) as shelf:
        assert [failure.uri for failure in shelf.failures()] == ["empty.mp3"]
        assert shelf._read("SELECT uri, told FROM sticker") == [("empty.mp3", "sad")]
    assert not is_running(database)


def test_an_mpd_that_hangs_up_on_stickers_has_its_songs_heard_all_the_same(
    coach: Coach, library: Any
) -> None:
    def hang_up() -> Mapping[str, Mapping[str, str]]:
        raise PlayerLost("too many for one answer")

    library.said = hang_up
    assert scan(coach, library)[-1].done == 2


def test_why_a_scan_has_ended_is_kept_for_the_page(coach: Coach, library: Any, database: Path) -> None:
    library.refusal = PlayerRefused("you do not have permission")
    with pytest.raises(PlayerRefused):
        scan(coach, library)
    with Shelf(database) as shelf:
        progress = shelf.progress()
    assert progress
    assert progress.problem == "you do not have permission"


@pytest.mark.parametrize("answer", ["exit 0", "exit 1", None], ids=["does", "refuses", "is not there"])
@pytest.mark.parametrize("fast", [True, False])
def test_a_scan_gives_way_to_everything_else_unless_it_is_to_be_fast(
    coach: Coach,
    library: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    fast: bool,
    answer: str | None,
) -> None:
    """In a thread, whose priority is its own; ionice may be missing, or forbidden as in a container."""
    (tmp_path / "bin").mkdir()
    if answer:
        ionice = tmp_path / "bin" / "ionice"
        ionice.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\necho no >&2\necho no\n{answer}\n')
        ionice.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    library.names = list  # there is nothing to hear
    nice: list[int] = []

    def run() -> None:
        scan(coach, library, fast)
        nice.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    before = os.getpriority(os.PRIO_PROCESS, 0)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert nice == [before if fast else NICE]
    assert "no" not in "".join(capfd.readouterr())
    asked = tmp_path / "asked"
    assert (asked.read_text() if asked.exists() else "") == (
        f"--class idle --pid {os.getpid()}\n" if answer and not fast else ""
    )


def test_a_service_has_systemd_begin_the_scan(
    coach: Coach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    for _ in range(2):
        coach.start_scan()
        assert (tmp_path / "scan").exists()
    coach.close()  # which is none of ours, and goes on


def test_what_was_spoilt_while_the_box_runs_is_said_of_every_question_and_order(database: Path) -> None:
    with Shelf(database) as shelf:
        with Shelf(database) as other:
            for table in ("heard", "correction"):
                other._write(f"DROP TABLE {table}", ())
        with pytest.raises(CoachUnable, match=r"music\.db: no such table: heard"):
            shelf.stamp("a.mp3")
        with pytest.raises(CoachUnable, match=r"music\.db: no such table: correction"):
            shelf.correct("a.mp3", None)
