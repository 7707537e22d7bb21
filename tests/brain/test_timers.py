"""What sleep timer, alarm and quiet hours do about what plays, to the letter."""

from __future__ import annotations

from datetime import datetime, time

import pytest
from brain_room import Room

from appliance.brain.hours import QuietHours
from appliance.brain.settings import QuietEffect
from appliance.protocol.actions import FetchAnnouncement, Speak, StartSong
from appliance.protocol.commands import Announce, Command, Pause, Play, SetAlarm, Sleep, Stop
from appliance.protocol.messages import AnnouncementReady
from appliance.protocol.snapshot import Playing

NIGHT = QuietHours(time(22), time(7))


@pytest.mark.parametrize(
    ("silence", "playing"), [(Pause(), Playing.PAUSED), (Stop(), Playing.STOPPED)], ids=["paused", "stopped"]
)
def test_a_sleep_timer_that_ends_in_silence_leaves_it_as_it_is(silence: Command, playing: Playing) -> None:
    room = Room().connect()
    room.tell(Sleep(60.0))
    room.tell(silence)
    assert room.wait(60) == []
    assert room.snapshot.playing is playing


@pytest.mark.parametrize("silence", [Pause(), Stop()], ids=["held", "silent"])
def test_an_alarm_rings_where_music_is_wanted_and_mpd_does_not_play_yet(silence: Command) -> None:
    room = Room(alarm_mood="happy", alarm_volume=40).connect()
    room.hear(volume=40)
    room.clock = datetime(2026, 11, 23, 6, 59, 30)
    room.tell(SetAlarm(time(7, 0)))
    room.wait(1)
    room.tell(silence)
    room.brain.handle(Play(), room.now)  # MPD has not done it by then
    assert room.snapshot.playing is Playing.MUSIC
    assert [action.pick.mood for action in room.wait(29) if isinstance(action, StartSong)] == ["happy"]


@pytest.mark.parametrize(
    ("effect", "hour", "is_heard"),
    [
        (QuietEffect.SILENCE, 12, True),
        (QuietEffect.SILENCE, 23, False),
        (QuietEffect.CAP, 23, True),
        (QuietEffect.NO_CAMERA, 23, True),
    ],
)
def test_announcements_are_silent_in_quiet_hours_of_silence_and_heard_at_any_other_time(
    effect: QuietEffect, hour: int, is_heard: bool
) -> None:
    room = Room(quiet_hours=NIGHT, quiet_effect=effect).connect()
    room.clock = datetime(2026, 11, 28, hour)
    room.wait(1.0)
    assert room.tell(Announce("bell.mp3", 60)) == ([FetchAnnouncement("bell.mp3", 60)] if is_heard else [])
    assert room.tell(AnnouncementReady("bell.mp3", 60)) == ([Speak("bell.mp3", 60)] if is_heard else [])
