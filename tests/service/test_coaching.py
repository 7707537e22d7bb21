"""What the coach knows reaches the music that plays, while the box runs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import Running
from waiting import until

from appliance.coach.coach import Coach
from appliance.coach.placing import Sound, pinned
from appliance.coach.scan import is_running
from appliance.coach.shelf import Progress, Row, Shelf, Stamp
from appliance.config import check, load
from appliance.demo.private_mpd import PrivateMpd
from appliance.errors import CoachUnable, PlayerLost
from appliance.service.coaching import Coaching

SAD = Sound(-0.6, -0.5, 0.8, 0.3)


@pytest.fixture
def mpd(own_music: Path, tmp_path: Path) -> Iterator[PrivateMpd]:
    """Music for each mood but sad; two albums are in no mood's folder."""
    shutil.move(own_music / "sad", own_music / "albums")
    with PrivateMpd(tmp_path / "mpd", own_music) as server:
        yield server


@pytest.fixture
def box(mpd: PrivateMpd, tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path, mpd, "v4l2:63")
    yield running
    running.stop()


def keep(database: Path, uri: str, sound: Sound) -> None:
    with Shelf(database) as shelf:
        row = Row(uri, Stamp(1, 2, 1, 1), sound, "head", 30.0, -20.0, b"12", "", "", "")
        shelf.keep(row, Progress(1, 1, None, None))


def test_a_mood_that_borrowed_has_music_of_its_own_once_that_was_heard(box: Running, tmp_path: Path) -> None:
    until(lambda: "sad" in box.status()["degraded"].get("music", ""))
    keep(tmp_path / "music.db", "albums/0.flac", SAD)
    until(lambda: "sad" not in box.status()["degraded"].get("music", ""))
    box.do("mood", mood="sad")
    until(lambda: box.heard().get("file") == "albums/0.flac")
    assert "; placed by its sound" in until(lambda: box.status()["why"])
    assert box.status()["song_mood"] == "sad"


def test_a_correction_holds_at_once(box: Running, tmp_path: Path) -> None:
    until(lambda: "sad" in box.status()["degraded"].get("music", ""))
    keep(tmp_path / "music.db", "albums/0.flac", Sound(0.6, 0.5, 0.8, 0.3))
    with Shelf(tmp_path / "music.db") as shelf:
        shelf.correct("albums/0.flac", pinned("sad"))
    until(lambda: "sad" not in box.status()["degraded"].get("music", ""))
    box.do("mood", mood="sad")
    until(lambda: box.heard().get("file") == "albums/0.flac")
    assert "; placed by you" in until(lambda: box.status()["why"])


def test_the_page_has_the_library_heard_by_another_process(mpd: PrivateMpd, tmp_path: Path) -> None:
    settings, database = tmp_path / "box.toml", tmp_path / "music.db"
    settings.write_text(f'[mpd]\naddress = "{mpd.address}"\n[state]\nfile = ""\nmusic = "{database}"\n')
    coach = Coach(load(settings), settings)
    coach.start_scan()
    with pytest.raises(CoachUnable, match="already"):  # though it may not have got so far as to hold its lock
        coach.start_scan()
    until(lambda: is_running(database))
    assert coach._scan
    assert os.getsid(coach._scan.pid) == coach._scan.pid, "Ctrl-C ends the box, which ends the scan"
    with pytest.raises(CoachUnable, match="runs already"):
        coach.start_scan()
    coach.close()
    assert not is_running(database)
    coach.start_scan()  # the next one goes on
    coach.close()


def test_before_mpds_songs_are_listed_it_says_so(tmp_path: Path) -> None:
    config = check({"state": {"music": str(tmp_path / "music.db")}}, "test")
    coach = Coaching(Coach(config), lambda: None, lambda: None)
    with pytest.raises(PlayerLost, match="not listed yet"):
        coach.report()
