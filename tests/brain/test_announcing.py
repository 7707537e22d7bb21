"""What the box decides while something is announced."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

import pytest
from brain_room import Room

from appliance.brain.hours import QuietHours
from appliance.brain.settings import QuietEffect
from appliance.protocol import commands as cmd
from appliance.protocol.actions import FetchAnnouncement, ForgetAnnouncement, Speak, StartSong
from appliance.protocol.looks import Nobody
from appliance.protocol.messages import AnnouncementEnded, AnnouncementReady
from appliance.protocol.snapshot import Playing

NIGHT = QuietHours(time(22), time(7))


def announcing(**settings: Any) -> Room:
    """Music has played for 30 s, and an announcement is heard now."""
    room = Room(**settings).connect()
    room.wait(30.0)
    room.hear(announcing=True, elapsed_s=room.snapshot.elapsed_s)
    return room


def test_it_is_fetched_played_and_done() -> None:
    room = Room(announce_volume=35).connect()
    assert room.tell(cmd.Announce("bell.mp3")) == [FetchAnnouncement("bell.mp3", 35)]
    assert room.tell(cmd.Announce("bell.mp3", 60)) == [FetchAnnouncement("bell.mp3", 60)]
    assert room.tell(AnnouncementReady("bell.mp3", 60)) == [Speak("bell.mp3", 60)]


def test_meanwhile_the_song_waits_at_its_place() -> None:
    room = announcing()
    before = room.snapshot
    room.wait(8.0)
    assert room.snapshot.announcing
    assert (room.snapshot.song, room.snapshot.playing) == (before.song, Playing.MUSIC)
    assert room.snapshot.elapsed_s == before.elapsed_s == room.brain.memory(room.now).elapsed_s


def test_a_face_changes_the_song_only_once_the_announcement_is_over() -> None:
    room = announcing()
    assert room.see("sad") == []
    room.wait(1.0)
    assert not any(isinstance(action, StartSong) for action in room.see("sad"))
    room.hear(announcing=False, fresh=True)
    (start,) = [action for action in room.see("sad") if isinstance(action, StartSong)]
    assert start.pick.mood == "sad"


def test_who_comes_home_while_it_is_heard_has_music_afterwards() -> None:
    room = announcing(pause_when_away_s=60.0)
    room.hear(announcing=False)
    for _ in range(100):
        room.tell(Nobody(room.now))
        room.wait(1.0)
    assert room.snapshot.playing == "paused"
    room.hear(announcing=True)
    room.see("happy")
    room.now += 1.0
    assert room.see("happy") == []
    room.hear(announcing=False, fresh=True)
    room.see("happy")
    assert room.snapshot.playing == "music"


@pytest.mark.parametrize("playing", ["paused", "stopped"])
def test_what_people_want_of_the_music_is_the_same_afterwards(playing: str) -> None:
    room = Room().connect()
    room.tell(cmd.Pause() if playing == "paused" else cmd.Stop())
    room.hear(announcing=True)
    assert room.hear(announcing=False, fresh=True) == []
    assert room.snapshot.playing == playing


def test_quiet_hours_of_silence_let_nothing_be_announced() -> None:
    room = Room(quiet_hours=NIGHT, quiet_effect=QuietEffect.SILENCE).connect()
    room.clock = datetime(2026, 11, 28, 23, 0, tzinfo=UTC)
    room.wait(1.0)
    assert room.tell(cmd.Announce("bell.mp3")) == []
    assert room.tell(AnnouncementReady("bell.mp3", 60)) == []  # fetched before they began


def test_why_one_was_not_heard_is_known_until_the_next_is() -> None:
    room = Room().connect()
    room.tell(AnnouncementEnded(failed="there is no such host"))
    assert room.snapshot.announcement_failed == "there is no such host"
    room.tell(cmd.Announce("http://house/bell.mp3"))  # on its way
    assert room.snapshot.announcement_failed == ""
    room.tell(AnnouncementEnded(failed="there is no such host"))
    assert room.snapshot.announcement_failed == "there is no such host"
    room.tell(AnnouncementEnded("bell.mp3"))
    assert room.snapshot.announcement_failed == ""


def test_a_sound_that_was_fetched_is_forgotten_once_it_is_over_and_nothing_where_there_is_none() -> None:
    room = Room().connect()
    assert room.tell(AnnouncementEnded("bell.mp3")) == [ForgetAnnouncement("bell.mp3")]
    assert room.tell(AnnouncementEnded("bell.mp3", "it is no sound")) == [ForgetAnnouncement("bell.mp3")]
    assert room.tell(AnnouncementEnded(failed="there is no such host")) == []
