"""Mute: the volume turned to nothing, and back to what it was."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from brain_room import Room

from appliance.brain.hours import QuietHours
from appliance.protocol import commands as cmd
from appliance.protocol.actions import ChangeVolume
from appliance.protocol.memory import Memory


def heard(volume: int, **settings: object) -> Room:
    room = Room(**settings).connect()  # type: ignore[arg-type]
    room.hear(volume=volume)
    return room


def test_what_was_muted_comes_back_as_loud_as_it_was() -> None:
    room = heard(35)
    assert room.tell(cmd.Mute(True)) == [ChangeVolume(0)]
    assert room.tell(cmd.Mute(True)) == [], "it is already"
    assert room.tell(cmd.Mute(False)) == [ChangeVolume(35)]
    assert room.tell(cmd.Mute(False)) == []


def test_a_volume_that_somebody_sets_meanwhile_holds() -> None:
    room = heard(35)
    room.tell(cmd.Mute(True))
    room.tell(cmd.SetVolume(20))
    assert room.tell(cmd.Mute(False)) == []


def test_one_that_was_turned_to_nothing_by_hand_is_made_audible() -> None:
    room = heard(0, alarm_volume=30)
    assert room.tell(cmd.Mute(False)) == [ChangeVolume(30)]


def test_mute_outlives_a_power_cut() -> None:
    room = heard(35)
    room.tell(cmd.Mute(True))
    anew = Room(room.brain.memory(room.now)).connect()
    anew.hear(volume=0)
    assert anew.tell(cmd.Mute(False)) == [ChangeVolume(35)]


def test_without_a_mixer_nothing_can_be_muted() -> None:
    room = Room(Memory()).connect()
    assert room.tell(cmd.Mute(True)) == []


def test_unmuted_in_quiet_hours_it_is_as_loud_as_before_once_they_end() -> None:
    room = heard(60, quiet_hours=QuietHours(time(22), time(7)), quiet_volume=25)
    room.clock = datetime(2026, 11, 28, 21, 59, 30, tzinfo=UTC)
    room.wait(1.0)
    room.tell(cmd.Mute(True))
    room.clock += timedelta(minutes=1)
    room.wait(1.0)
    room.tell(cmd.Mute(False))  # the player holds it at 25
    room.hear(volume=25)
    room.clock += timedelta(hours=9)
    assert ChangeVolume(60) in room.wait(1.0)
