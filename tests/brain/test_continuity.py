"""How music goes on after what MPD and guests do, to the letter: what is a word, and what is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from brain_room import LIBRARY, Room

from appliance.protocol.actions import Action, PauseMusic, QueueSong, SeekSong, StartSong, StopMusic
from appliance.protocol.commands import ChooseMood, Command, Pause, Play, Skip, Stop
from appliance.protocol.memory import Memory
from appliance.protocol.messages import Pick, PlayerGone, PlayState, Song, Tick
from appliance.protocol.snapshot import Playing

CLEARED: dict[str, Any] = {
    "state": PlayState.STOP,
    "song": None,
    "song_id": None,
    "pick": None,
    "elapsed_s": 0.0,
    "has_next": False,
}
GUEST: dict[str, Any] = {
    "state": PlayState.PLAY,
    "song": Song("guest.mp3"),
    "song_id": 900,
    "pick": None,
    "elapsed_s": 0.0,
    "has_next": False,
}


@pytest.fixture
def room() -> Room:
    return Room().connect()


def kinds(actions: list[Action]) -> list[type]:
    return [type(action) for action in actions]


def test_who_chooses_has_two_minutes_from_the_last_song_that_he_adds_and_other_words_add_none(
    room: Room,
) -> None:
    room.hear(**CLEARED, queue_version=1000)
    room.now += 60
    room.hear(queue_version=1001)  # he adds a song
    room.now += 60
    room.hear(queue_version=int("1001"), volume=30)  # he only turns the volume
    assert room.wait(59.5) == []
    assert kinds(room.wait(0.5))[0] is StartSong


def test_where_nothing_has_failed_a_song_that_has_played_for_a_while_needs_no_other_behind_it(
    room: Room,
) -> None:
    heard = replace(room.mpd, has_next=False, song_id=77)
    assert kinds(room.brain.handle(heard, room.now)) == [QueueSong]  # MPD is slow, and has not said so yet
    for seconds in (29, 31, 61):
        assert room.brain.handle(Tick(None), room.now + seconds) == []


@pytest.mark.parametrize(("elapsed_s", "seeks"), [(0.1, [33.0]), (33.0, []), (40.0, [])])
def test_a_song_that_follows_a_guest_s_is_sought_on_to_where_it_was_and_never_back(
    room: Room, elapsed_s: float, seeks: list[float]
) -> None:
    room.now += 33
    room.hear(**GUEST)
    (queued,) = [action for action in room.done[-1:] if isinstance(action, QueueSong)]
    told = room.hear(song=queued.pick.song, song_id=901, pick=queued.pick, elapsed_s=elapsed_s)
    assert [action.to_s for action in told if isinstance(action, SeekSong)] == pytest.approx(seeks)


@pytest.mark.parametrize("asked", [Skip(), ChooseMood("sad")], ids=str)
@pytest.mark.parametrize(("last", "playing"), [(Pause(), Playing.PAUSED), (Stop(), Playing.STOPPED)])
def test_silence_that_was_asked_for_last_while_mpd_was_away_is_silence(
    room: Room, asked: Command, last: Command, playing: Playing
) -> None:
    room.tell(PlayerGone("gone"))
    room.brain.handle(asked, room.now)  # MPD does nothing about it now
    room.brain.handle(last, room.now)
    assert not [action for action in room.hear(fresh=True, **CLEARED) if isinstance(action, StartSong)]
    assert room.snapshot.playing is playing


@pytest.mark.parametrize(
    ("silence", "playing", "done"),
    [(Pause(), Playing.PAUSED, [PauseMusic]), (Stop(), Playing.STOPPED, [StopMusic])],
)
def test_the_silence_before_a_guest_s_song_comes_back_where_ours_plays_by_the_time_mpd_is_heard(
    room: Room, silence: Command, playing: Playing, done: list[type]
) -> None:
    room.tell(silence)
    room.hear(**GUEST)
    room.tell(PlayerGone("gone"))
    pick = room.done[0].pick if isinstance(room.done[0], StartSong) else None
    assert kinds(room.hear(fresh=True, song=LIBRARY.by_mood["sad"][0], song_id=3, pick=pick)) == done
    assert room.snapshot.playing is playing


def test_it_also_comes_back_where_the_guest_s_song_is_held_by_then(room: Room) -> None:
    room.tell(Stop())
    room.hear(**GUEST)
    room.tell(PlayerGone("gone"))
    assert room.hear(fresh=True, state=PlayState.PAUSE) == []
    assert room.snapshot.playing is Playing.STOPPED


@pytest.mark.parametrize(("played_s", "is_heard"), [(1.5, False), (2.0, True), (2.5, True), (20.0, True)])
def test_a_song_that_is_skipped_after_two_seconds_was_heard_so_those_that_failed_before_it_count_no_more(
    room: Room, played_s: float, is_heard: bool
) -> None:
    for _ in range(2):
        room.hear(state=PlayState.STOP, failed=room.snapshot.song)
    room.now += played_s
    room.tell(Skip())
    told = room.hear(state=PlayState.STOP, failed=room.snapshot.song)
    assert kinds(told) == ([StartSong] if is_heard else [])  # the third in a row waits a second


def fail_in_the_queue(room: Room) -> None:
    """The song fails, and MPD goes on to the one behind it by itself."""
    pick = [action for action in room.done if isinstance(action, QueueSong)][-1].pick
    song_id = (room.mpd.song_id or 0) + 1000
    room.hear(failed=room.snapshot.song, song=pick.song, pick=pick, song_id=song_id, has_next=False)


def go_on(room: Room) -> None:
    for _ in range(2):
        fail_in_the_queue(room)


def hold_for_a_minute(room: Room) -> None:
    go_on(room)
    room.now += 1
    room.tell(Pause())
    room.now += 60
    room.tell(Play())


@pytest.mark.parametrize("happens", [go_on, hold_for_a_minute])
def test_what_another_song_has_played_or_this_one_was_held_is_no_time_in_which_it_was_heard(
    room: Room, happens: Callable[[Room], None]
) -> None:
    room.now += 60
    happens(room)
    room.now += 1.5
    room.tell(Skip())
    assert kinds(room.hear(state=PlayState.STOP, failed=room.snapshot.song)) == []  # the third in a row


def test_a_song_that_plays_for_long_is_well_at_whatever_time_of_it_somebody_looks(room: Room) -> None:
    go_on(room)
    room.wait(room.now + 5)
    assert kinds(room.hear(state=PlayState.STOP, failed=room.snapshot.song)) == [StartSong]


def test_mpd_that_comes_back_with_what_we_have_queued_is_told_nothing_more(room: Room) -> None:
    room.hear(has_next=True)
    for _ in range(2):
        room.tell(PlayerGone("gone"))
        assert room.hear(fresh=True) == []


def test_a_guest_s_time_is_not_counted_anew_when_mpd_comes_back_with_his_song(room: Room) -> None:
    song = room.snapshot.song
    room.now += 33
    room.hear(**GUEST)
    room.wait(500)
    room.tell(PlayerGone("gone"))
    room.hear(fresh=True)
    room.wait(300)
    (start,) = [action for action in room.hear(**CLEARED, ran_out=True) if isinstance(action, StartSong)]
    assert (start.pick.song, start.start_s) != (song, 33.0)
    assert start.start_s == 0


def test_a_song_that_fails_while_it_is_held_stays_held(room: Room) -> None:
    room.tell(Pause())
    assert room.hear(failed=room.snapshot.song) == []
    assert room.snapshot.playing is Playing.PAUSED


def test_a_song_in_whose_middle_a_guest_plays_goes_on_also_where_its_end_is_known(room: Room) -> None:
    long = Song("neutral/long", duration_s=180.0)
    room.hear(song=long, song_id=77, pick=Pick(long, "neutral", ""), elapsed_s=0.0)
    room.now += 33
    room.hear(**GUEST)
    (start,) = [action for action in room.hear(**CLEARED, ran_out=True) if isinstance(action, StartSong)]
    assert (start.pick.song, start.start_s) == (long, 33.0)


@pytest.mark.parametrize(("guest_s", "is_gone_back_to"), [(1.0, True), (599.0, True), (601.0, False)])
def test_a_song_from_before_the_box_was_off_is_gone_back_to_after_ten_minutes_of_a_guest_s_at_most(
    guest_s: float, is_gone_back_to: bool
) -> None:
    song = LIBRARY.by_mood["neutral"][1]
    room = Room(Memory(song=song, song_mood="neutral", elapsed_s=70.0, asked_mood="neutral"))
    room.tell(LIBRARY)
    room.hear(**GUEST, fresh=True)
    room.wait(guest_s)
    (start,) = [action for action in room.hear(**CLEARED, ran_out=True) if isinstance(action, StartSong)]
    assert ((start.pick.song, start.start_s) == (song, 70.0)) is is_gone_back_to


@pytest.mark.parametrize(("guest_s", "is_silent"), [(599.0, True), (601.0, False)])
def test_the_silence_before_a_guest_is_gone_back_to_after_ten_minutes_of_his_at_most(
    room: Room, guest_s: float, is_silent: bool
) -> None:
    room.tell(Stop())
    room.hear(**GUEST)
    room.wait(guest_s)
    told = room.hear(**CLEARED, ran_out=True)
    assert kinds(told)[:1] == ([] if is_silent else [StartSong])


def test_music_that_was_held_when_a_phone_stopped_it_stays_silent_at_its_queue_s_end(room: Room) -> None:
    room.tell(Pause())
    room.hear(state=PlayState.STOP)
    room.now += 2
    assert room.hear(**CLEARED, ran_out=True) == []
    assert room.snapshot.playing is Playing.STOPPED
