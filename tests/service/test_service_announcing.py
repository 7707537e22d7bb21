"""Announcements from the outside in: ordered at a whole box with a real MPD."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import write_tone
from running import Running
from waiting import until

from appliance.demo.private_mpd import PrivateMpd
from appliance.errors import CommandRejected
from appliance.machine import clock

NO_CAMERA = "v4l2:63"


@pytest.fixture
def mpd(own_music: Path, tmp_path: Path) -> Iterator[PrivateMpd]:
    write_tone(own_music / "bell.flac", seconds=0.5)
    with PrivateMpd(tmp_path / "mpd", own_music) as server:
        yield server


@pytest.fixture
def box(tmp_path: Path, mpd: PrivateMpd) -> Iterator[Running]:
    running = Running(tmp_path, mpd, NO_CAMERA)
    yield running
    running.stop()


def test_the_song_goes_on_after_an_announcement_as_if_nothing_had_been(box: Running) -> None:
    before = until(lambda: box.status()["song"] and box.status())
    box.do("announce", sound="bell.flac", volume=30)
    during = until(lambda: (state := box.status())["announcing"] and state)
    assert (during["playing"], during["song"]) == ("music", before["song"])
    after = until(lambda: not (state := box.status())["announcing"] and state)
    assert (after["playing"], after["song"], after["announcement_failed"]) == ("music", before["song"], None)
    assert until(lambda: box.heard()["state"] == "play")
    assert box.heard()["file"] == before["song"]["uri"]


def test_the_box_does_not_ask_itself_and_says_so_while_the_music_plays(box: Running) -> None:
    before = until(lambda: box.status()["song"])
    box.do("announce", sound="http://localhost:6600/")
    failed = until(lambda: box.status()["announcement_failed"])
    assert "the box itself" in failed
    assert box.status()["song"] == before
    box.do("announce", sound="bell.flac")
    until(lambda: box.status()["announcement_failed"] is None)


@pytest.mark.parametrize("sound", ["file:///etc/passwd", "/etc/passwd", "../x.mp3", "nfs://nas/x", ""])
def test_nothing_else_than_http_and_the_music_folder_is_taken(box: Running, sound: str) -> None:
    with pytest.raises(CommandRejected, match="announce needs"):
        box.do("announce", sound=sound)


def quiet_now(effect: str, **more: Any) -> dict[str, Any]:
    now = datetime.now()
    return {
        "begin": f"{now - timedelta(hours=2):%H:%M}",
        "end": f"{now + timedelta(hours=2):%H:%M}",
        "effect": effect,
    } | more


@pytest.mark.skipif(clock.now() is None, reason="nothing vouches for this machine's clock: no quiet hours")
def test_in_quiet_hours_of_silence_nothing_is_announced(tmp_path: Path, mpd: PrivateMpd) -> None:
    box = Running(tmp_path, mpd, NO_CAMERA, quiet=quiet_now("silence"), sleep={"fade_s": 0.0})
    try:
        until(lambda: box.status()["quiet"])
        with pytest.raises(CommandRejected, match="quiet hours"):
            box.do("announce", sound="bell.flac")
    finally:
        box.stop()


def test_without_an_mpd_whoever_announces_is_told(tmp_path: Path, mpd: PrivateMpd) -> None:
    box = Running(tmp_path, mpd, NO_CAMERA)
    try:
        until(lambda: box.status()["song"])
        mpd.stop()
        until(lambda: "player" in box.status()["degraded"])
        with pytest.raises(CommandRejected, match="nothing can be announced now"):
            box.do("announce", sound="bell.flac")
    finally:
        box.stop()
