"""What a hand wanted outlives a restart of the service; what a hand only says of a song wakes nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from typing import Any

import pytest
from brain_room import Room

from appliance.brain.hours import QuietHours
from appliance.brain.settings import QuietEffect, Resume, switched_on
from appliance.protocol.actions import PauseMusic, QueueSong, ResumeMusic, StartSong
from appliance.protocol.commands import (
    Automatic,
    Command,
    Dislike,
    Guest,
    Like,
    Pause,
    Play,
    Seek,
    SetUpNext,
    Stop,
)
from appliance.protocol.looks import Nobody
from appliance.protocol.memory import Memory
from appliance.protocol.messages import PlayState, Song
from appliance.protocol.snapshot import Playing

NIGHT: dict[str, Any] = {
    "quiet_hours": QuietHours(time(22), time(7)),
    "quiet_effect": QuietEffect.SILENCE,
    "sleep_fade_s": 0.0,
}
EMPTY: dict[str, Any] = {"pause_when_away_s": 60.0, "away_after_s": 5.0}
GUESTS = Song("theirs.flac")
NO_WISH: list[Command] = [Like(), Dislike(), Seek(10.0), SetUpNext(("sad/0",)), SetUpNext(()), Automatic()]


def at(hour: int, settings: dict[str, Any], memory: Memory | None = None) -> Room:
    room = Room(memory, **settings)
    room.clock = datetime(2026, 11, 28, hour).astimezone()
    room.connect()
    room.wait(1)
    return room


def again(room: Room, settings: dict[str, Any], hour: int | None = None) -> Room:
    """The service begins anew, and MPD plays on."""
    anew = Room(room.brain.memory(room.now), **settings)
    anew.mpd, anew.clock = room.mpd, room.clock
    if room.clock and hour is not None:
        anew.clock = room.clock.replace(hour=hour)
    anew.wait(1)
    return anew.connect()


# --- quiet hours ------------------------------------------------------------------------------------------


def test_music_that_a_hand_wanted_at_night_outlives_a_restart() -> None:
    room = at(23, NIGHT)
    assert room.snapshot.playing is Playing.PAUSED
    room.tell(Play())
    for _ in range(3):
        room = again(room, NIGHT)
        room.wait(1)
        assert room.snapshot.playing is Playing.MUSIC
        assert not [action for action in room.done if isinstance(action, PauseMusic)]


def test_the_next_night_is_silent_again() -> None:
    room = at(23, NIGHT)
    room.tell(Play())
    room = again(again(room, NIGHT), NIGHT, hour=12)
    assert room.snapshot.playing is Playing.MUSIC
    assert room.clock
    room.clock = room.clock.replace(hour=22)
    assert room.wait(1) == [PauseMusic(fade_s=0.0)]


def test_a_restart_does_not_wake_what_the_night_has_silenced() -> None:
    room = again(at(23, NIGHT), NIGHT)
    assert room.snapshot.playing is Playing.PAUSED
    assert again(at(23, {}), NIGHT).snapshot.playing is Playing.PAUSED  # the settings are new


def test_a_power_cut_at_night_ends_in_silence() -> None:
    room = at(23, NIGHT)
    room.tell(Play())
    memory = switched_on(room.brain.memory(room.now), Resume.PLAY, None)
    assert at(23, NIGHT, memory).snapshot.playing is Playing.PAUSED


# --- an empty room ----------------------------------------------------------------------------------------


def waiting() -> Room:
    """Music that is paused because nobody is there."""
    room = Room(**EMPTY).connect()
    room.see("happy")
    for _ in range(100):
        room.wait(1)
        room.tell(Nobody(room.now))
    assert room.brain.memory(room.now).is_absent
    return room


def somebody_comes(room: Room) -> None:
    for _ in range(20):
        room.wait(0.5)
        room.see("happy")


@pytest.mark.parametrize("said", [*NO_WISH, Guest()], ids=repr)
def test_what_is_no_wish_for_music_lets_it_wait_for_somebody(said: Command) -> None:
    room = waiting()
    assert not [action for action in room.tell(said) if isinstance(action, ResumeMusic | StartSong)]
    somebody_comes(room)
    assert room.snapshot.playing is Playing.MUSIC


@pytest.mark.parametrize("said", [Pause(), Stop()], ids=repr)
def test_a_pause_by_hand_stays_one_when_somebody_comes(said: Command) -> None:
    room = waiting()
    room.tell(said)
    somebody_comes(room)
    assert not [action for action in room.done if isinstance(action, ResumeMusic)]
    assert room.snapshot.playing is not Playing.MUSIC


def test_music_for_an_empty_room_plays_on_after_a_restart() -> None:
    room = waiting()
    room.tell(Play())
    room = again(room, EMPTY)
    for _ in range(200):
        room.wait(1)
        room.tell(Nobody(room.now))
    assert room.snapshot.playing is Playing.MUSIC


# --- a guest's song over silence --------------------------------------------------------------------------


def a_guests_song_over_a_pause() -> Room:
    room = Room().connect()
    room.tell(Pause())
    room.wait(30)
    room.hear(state=PlayState.PLAY, song=GUESTS, song_id=900, pick=None, elapsed_s=0.0, has_next=False)
    room.wait(30)
    return room


@pytest.mark.parametrize("said", NO_WISH, ids=repr)
def test_silence_comes_back_after_a_guests_song_that_somebody_has_liked(said: Command) -> None:
    room = a_guests_song_over_a_pause()
    room.tell(said)
    room.hear(state=PlayState.STOP, song=None, song_id=None, ran_out=True)
    assert room.snapshot.playing is Playing.PAUSED


@pytest.mark.parametrize("is_over", [False, True])
def test_silence_comes_back_after_a_guests_song_also_over_a_restart(is_over: bool) -> None:
    room = a_guests_song_over_a_pause()
    if is_over:  # while the box was away
        room.mpd = replace(room.mpd, state=PlayState.STOP, song=None, song_id=None)
    room = again(room, {})
    assert not [action for action in room.done if isinstance(action, StartSong | QueueSong)]
    if not is_over:
        room.hear(state=PlayState.STOP, song=None, song_id=None, ran_out=True)
    assert room.snapshot.playing is Playing.PAUSED
    assert not [action for action in room.done if isinstance(action, StartSong | QueueSong)]


def test_what_was_so_for_the_moment_is_over_once_the_box_was_off() -> None:
    memory = replace(
        Memory(), is_absent=True, is_for_nobody=True, is_woken=True, silence=Playing.STOPPED, choose_s=5.0
    )
    assert switched_on(memory, Resume.PLAY, None) == replace(Memory(), playing=Playing.MUSIC)
