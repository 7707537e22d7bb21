"""`clear` on a phone: somebody wants to choose, which is no wish for silence."""

from __future__ import annotations

from brain_room import Room

from appliance.brain.continuity import CHOOSE_S
from appliance.protocol import commands as cmd
from appliance.protocol.actions import StartSong
from appliance.protocol.messages import PlayState, Song
from appliance.protocol.snapshot import Playing


def cleared() -> Room:
    """Our song has played for 30 s, and a phone has cleared the queue."""
    room = Room().connect()
    room.wait(30.0)
    room.hear(state=PlayState.STOP, song=None, song_id=None, pick=None, elapsed_s=0.0, queue_version=9)
    return room


def test_who_clears_the_queue_has_time_to_choose_and_then_our_song_goes_on() -> None:
    room = Room().connect()
    room.wait(30.0)
    ours = room.snapshot.song
    room.hear(state=PlayState.STOP, song=None, song_id=None, pick=None, elapsed_s=0.0, queue_version=9)
    assert room.snapshot.playing == "stopped"
    assert room.wait(CHOOSE_S - 1.0) == []
    (start,) = [action for action in room.wait(2.0) if isinstance(action, StartSong)]
    assert (start.pick.song, start.start_s) == (ours, 30.0)
    assert room.snapshot.playing == "music"


def test_each_song_that_is_added_gives_more_time() -> None:
    room = cleared()
    room.wait(CHOOSE_S - 1.0)
    room.hear(queue_version=10)
    assert room.wait(CHOOSE_S - 1.0) == []
    assert [action for action in room.wait(2.0) if isinstance(action, StartSong)]


def test_what_is_chosen_plays_and_nothing_of_ours_comes_between() -> None:
    room = cleared()
    room.wait(10.0)
    room.hear(state=PlayState.PLAY, song=Song("theirs"), song_id=77, has_next=True, queue_version=10)
    assert room.snapshot.guest
    assert not [action for action in room.wait(CHOOSE_S) if isinstance(action, StartSong)]


def test_a_stop_is_a_wish_for_silence_also_with_a_clear_after_it() -> None:
    room = Room().connect()
    room.wait(30.0)
    room.hear(state=PlayState.STOP, elapsed_s=0.0)
    room.hear(song=None, song_id=None, pick=None, queue_version=9)
    assert room.wait(CHOOSE_S + 5.0) == []
    assert room.snapshot.playing is Playing.STOPPED


def test_one_that_is_paused_stays_silent_when_it_is_cleared() -> None:
    room = Room().connect()
    room.tell(cmd.Pause())
    room.hear(state=PlayState.STOP, song=None, song_id=None, pick=None, elapsed_s=0.0, queue_version=9)
    assert room.wait(CHOOSE_S + 5.0) == []


def test_a_hand_at_the_box_has_the_last_word() -> None:
    room = cleared()
    room.tell(cmd.Stop())
    assert room.wait(CHOOSE_S + 5.0) == []
    assert room.snapshot.playing is Playing.STOPPED


def test_a_sleep_timer_that_ends_meanwhile_is_silence_for_good() -> None:
    room = cleared()
    room.tell(cmd.Sleep(10.0))
    room.wait(11.0)
    assert room.wait(CHOOSE_S + 5.0) == []


def test_a_box_that_begins_anew_meanwhile_waits_for_the_rest_of_the_time() -> None:
    room = cleared()
    room.wait(CHOOSE_S - 20.0)
    anew = Room(room.brain.memory(room.now)).connect()
    assert anew.snapshot.playing is Playing.STOPPED
    assert anew.wait(19.0) == []
    assert [action for action in anew.wait(2.0) if isinstance(action, StartSong)]
