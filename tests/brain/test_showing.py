"""What all see of the box, and what of it survives a power cut."""

from __future__ import annotations

from typing import Any

import pytest
from brain_room import Room

from appliance.protocol.commands import ChooseMood, ChoosePerson, ChoosePolicy, Pause
from appliance.protocol.looks import Box, Nobody, Reading
from appliance.protocol.memory import Memory
from appliance.protocol.messages import PartChanged, PlayState, Song
from appliance.protocol.policies import Policy

GUEST: dict[str, Any] = {"state": PlayState.PLAY, "song": Song("guest.mp3"), "song_id": 900, "pick": None}


def test_a_box_that_has_done_nothing_yet_remembers_nothing() -> None:
    room = Room()
    assert room.brain.memory(room.now) == Memory(asked_mood="neutral")
    seen = room.snapshot
    assert (seen.by_hand, seen.hand_until, seen.box, seen.faces, seen.why) == (None, None, None, 0, "")
    assert (seen.guest, seen.guest_waits, seen.powering_off, seen.announcement_failed) == (
        False,
        False,
        False,
        "",
    )


@pytest.mark.parametrize(("after_s", "left_s"), [(0.0, 600.0), (599.75, 0.25), (600.0, 0.0), (700.0, 0.0)])
def test_a_mood_by_hand_is_remembered_with_the_time_that_it_has_left_and_never_with_less_than_none(
    after_s: float, left_s: float
) -> None:
    room = Room().connect()
    room.tell(ChooseMood("sad"))
    assert room.snapshot.hand_until == room.now + 600.0
    memory = room.brain.memory(room.now + after_s)
    assert (memory.hand_mood, memory.hand_s) == ("sad", left_s)


def test_the_faces_that_are_counted_and_the_listener_s_place_are_those_of_the_newest_look() -> None:
    room = Room().connect()
    room.tell(Reading((1 / 7,) * 7, Box(1, 2, 3, 4), room.now, faces=3))
    assert (room.snapshot.faces, room.snapshot.box) == (3, Box(1, 2, 3, 4))
    room.tell(Nobody(room.now))
    assert (room.snapshot.faces, room.snapshot.box) == (0, None)


def test_why_a_song_plays_is_told_of_ours_and_that_it_is_a_guest_s_of_his() -> None:
    room = Room().connect()
    assert room.mpd.pick
    assert (room.snapshot.why, room.snapshot.song_mood) == (room.mpd.pick.why, "neutral")
    room.hear(**GUEST)
    assert (room.snapshot.why, room.snapshot.song_mood) == ("Somebody else's songs play", "")
    room.hear(state=PlayState.STOP, song=None, song_id=None)
    assert (room.snapshot.why, room.snapshot.song_mood) == ("", "")


@pytest.mark.parametrize("is_held", [False, True])
def test_a_guest_s_songs_wait_only_while_none_of_them_plays_or_is_held(is_held: bool) -> None:
    room = Room().connect()
    room.hear(guest_waits=True)
    assert room.snapshot.guest_waits
    room.hear(**{**GUEST, "state": PlayState.PAUSE if is_held else PlayState.PLAY})
    assert not room.snapshot.guest_waits


def test_a_song_is_remembered_with_its_place_also_where_it_is_held() -> None:
    room = Room().connect()
    room.now += 12.5
    room.tell(Pause())
    memory = room.brain.memory(room.now + 100)
    assert (memory.song, memory.song_mood, memory.elapsed_s) == (room.mpd.song, "neutral", 12.5)


def test_a_part_that_works_again_is_named_no_more_and_may_say_so_twice() -> None:
    room = Room().connect()
    room.tell(PartChanged("mqtt", "gone"))
    shown = room.snapshot.degraded
    for _ in range(2):
        room.tell(PartChanged("mqtt", None))
    assert (shown, room.snapshot.degraded) == ({"mqtt": "gone"}, {}), "what was shown stays as it was"


def test_the_policy_that_each_person_chose_is_remembered_as_theirs_and_everybody_s_apart() -> None:
    room = Room(persons={"Kim": None}).connect()
    room.tell(ChoosePolicy("steady"))
    room.tell(ChoosePerson("Kim"))
    room.tell(ChoosePolicy("lift"))
    memory = room.brain.memory(room.now)
    assert (memory.policy, memory.policies) == (Policy.STEADY, {"Kim": Policy.LIFT})
    assert Room(memory, persons={"Kim": None}).snapshot.policy_by_hand is Policy.LIFT
