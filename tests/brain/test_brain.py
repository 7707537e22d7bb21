"""What the box does about what happens: the specification of its behaviour, without clock or I/O."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from itertools import pairwise
from typing import Any

import pytest
from brain_room import LIBRARY, Room

from appliance.brain.hours import QuietHours
from appliance.brain.settings import QuietEffect, Resume, switched_on
from appliance.brain.watching import CLOSES_S
from appliance.protocol.actions import (
    Action,
    ChangeVolume,
    CloseCamera,
    LimitVolume,
    NextInQueue,
    OpenCamera,
    PauseMusic,
    PreviousInQueue,
    QueueSong,
    ResumeGuest,
    ResumeMusic,
    SeekSong,
    StartSong,
    StopMusic,
    Upgrade,
)
from appliance.protocol.commands import (
    Automatic,
    ChooseMood,
    Command,
    Guest,
    InstallUpdate,
    Like,
    Pause,
    Play,
    PowerOff,
    Previous,
    SetAlarm,
    SetUpNext,
    SetVolume,
    Skip,
    Sleep,
    Stop,
    SwitchCamera,
    Toggle,
)
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Box, CameraGone, Nobody, Reading
from appliance.protocol.memory import Memory
from appliance.protocol.messages import (
    LibraryChanged,
    PartChanged,
    Pick,
    PlayerGone,
    PlayState,
    SensorChanged,
    Song,
    Tick,
    Transition,
)
from appliance.protocol.snapshot import CameraState, Playing


@pytest.fixture
def room() -> Room:
    return Room().connect()


def started(actions: list[Action]) -> list[StartSong]:
    return [action for action in actions if isinstance(action, StartSong)]


GUEST: dict[str, Any] = {
    "state": PlayState.PLAY,
    "song": Song("guest.mp3"),
    "song_id": 900,
    "pick": None,
    "elapsed_s": 0.0,
}


# --- booting -------------------------------------------------------------------------------------------


def test_it_boots_to_music_before_anything_is_seen(room: Room) -> None:
    (start,) = started(room.done)
    assert start.pick.mood == "neutral"
    assert room.snapshot.playing is Playing.MUSIC


@pytest.mark.parametrize("library_first", [True, False])
def test_the_library_may_come_before_or_after_the_first_word_of_mpd(library_first: bool) -> None:
    room = Room()
    if library_first:
        room.tell(LIBRARY)
        room.hear(fresh=True)
    else:
        room.hear(fresh=True)
        room.tell(LIBRARY)
    assert len(started(room.done)) == 1


def test_music_that_plays_already_is_not_cut() -> None:
    room = Room()
    room.hear(fresh=True, state=PlayState.PLAY, song=Song("x"), song_id=1, pick=Pick(Song("x"), "", "was on"))
    room.tell(LIBRARY)
    assert not started(room.done)
    assert any(isinstance(action, QueueSong) for action in room.done)


def test_something_is_always_queued_behind_the_song(room: Room) -> None:
    assert isinstance(room.done[-1], QueueSong)
    assert room.hear(song_id=77, has_next=False) != []
    assert isinstance(room.done[-1], QueueSong)


# --- the face ------------------------------------------------------------------------------------------


def test_a_new_mood_changes_the_song(room: Room) -> None:
    room.now += 30
    (start,) = started(room.see("happy"))
    assert start.pick.mood == "happy"
    assert start.transition is Transition.FADE
    assert room.snapshot.why == "You look happy"
    assert isinstance(room.snapshot.decided_by, Reading)


def test_the_same_mood_changes_nothing(room: Room) -> None:
    room.now += 30
    room.see("happy")
    room.now += 30
    assert not room.see("happy")


def test_the_camera_lets_a_song_play_for_a_while_first(room: Room) -> None:
    room.now += 30
    room.see("happy")
    room.now += 5
    assert not room.see("sad")
    (start,) = started(room.wait(6))
    assert start.pick.mood == "sad"


def test_a_glance_away_does_not_change_the_song(room: Room) -> None:
    room.now += 30
    room.see("happy")
    room.now += 30
    assert not room.tell(Nobody(room.now))


def test_an_unclear_face_does_not_change_the_song(room: Room) -> None:
    room.now += 30
    room.see("happy")
    room.now += 30
    unclear = Reading((1 / 7,) * 7, Box(0, 0, 9, 9), room.now)
    assert not room.tell(unclear)


def test_a_lost_camera_leaves_the_music_on_and_says_why(room: Room) -> None:
    room.now += 30
    room.see("happy")
    assert not room.tell(CameraGone("unplugged; plug it in", room.now))
    assert room.snapshot.degraded == {"camera": "unplugged; plug it in"}
    assert room.snapshot.playing is Playing.MUSIC
    room.see("happy")
    assert room.snapshot.degraded == {}


def test_nothing_seen_starts_music_while_paused_or_stopped(room: Room) -> None:
    for command in (Pause(), Stop()):
        room.tell(command)
        room.now += 30
        assert not room.see("happy")
        room.tell(Play())


# --- the hand ------------------------------------------------------------------------------------------


def test_a_mood_chosen_by_hand_wins_over_the_camera_for_its_time_and_no_longer(room: Room) -> None:
    (start,) = started(room.tell(ChooseMood("sad")))
    assert start.transition is Transition.CUT
    assert room.snapshot.by_hand == "sad"
    room.now += 599
    assert not room.see("happy")
    room.now += 2
    (back,) = started(room.see("happy"))
    assert back.pick.mood == "happy"
    assert room.snapshot.by_hand is None


def test_automatic_follows_the_camera_at_once(room: Room) -> None:
    room.tell(ChooseMood("sad"))
    room.now += 30
    room.see("happy")
    (start,) = started(room.tell(Automatic()))
    assert start.pick.mood == "happy"


def test_choosing_the_mood_that_plays_does_not_cut_the_song(room: Room) -> None:
    assert not room.tell(ChooseMood("neutral"))
    assert room.snapshot.by_hand == "neutral"


def test_choosing_a_mood_starts_music(room: Room) -> None:
    room.tell(Stop())
    assert started(room.tell(ChooseMood("neutral")))


def test_skip_plays_another_song_of_the_mood(room: Room) -> None:
    before = room.snapshot.song
    (start,) = started(room.tell(Skip()))
    assert start.pick.mood == "neutral"
    assert start.pick.song != before


def test_going_back_to_a_song_of_another_mood_is_respected_until_a_new_mood(room: Room) -> None:
    room.now += 30
    room.see("happy")
    assert room.tell(Previous()) == [PreviousInQueue()]
    room.hear(song=Song("neutral/0"), song_id=1, pick=Pick(Song("neutral/0"), "neutral", ""), elapsed_s=0.0)
    room.now += 60
    assert not room.see("happy")
    assert started(room.see("sad"))


def test_going_back_is_not_undone_by_a_mood_that_was_waiting_for_its_turn(room: Room) -> None:
    room.now += 30
    room.see("happy")
    room.now += 5
    assert not room.see("sad")  # the song has not played for long enough
    room.tell(Previous())
    room.now += 60
    assert not room.see("sad")


# What each command does in each state: actions, and the state after it.
MUSIC, PAUSED, STOPPED = Playing.MUSIC, Playing.PAUSED, Playing.STOPPED
TABLE: list[tuple[Command, Playing, list[type], Playing]] = [
    (Play(), MUSIC, [], MUSIC),
    (Play(), PAUSED, [ResumeMusic], MUSIC),
    (Play(), STOPPED, [StartSong], MUSIC),
    (Pause(), MUSIC, [PauseMusic], PAUSED),
    (Pause(), PAUSED, [], PAUSED),
    (Pause(), STOPPED, [], STOPPED),
    (Toggle(), MUSIC, [PauseMusic], PAUSED),
    (Toggle(), PAUSED, [ResumeMusic], MUSIC),
    (Toggle(), STOPPED, [StartSong], MUSIC),
    (Skip(), MUSIC, [StartSong], MUSIC),
    (Skip(), PAUSED, [StartSong], MUSIC),
    (Skip(), STOPPED, [StartSong], MUSIC),
    (Previous(), MUSIC, [PreviousInQueue], MUSIC),
    (Previous(), PAUSED, [PreviousInQueue], MUSIC),
    (Previous(), STOPPED, [], STOPPED),
    (Stop(), MUSIC, [StopMusic], STOPPED),
    (Stop(), PAUSED, [StopMusic], STOPPED),
    (Stop(), STOPPED, [], STOPPED),
    (SetVolume(30), MUSIC, [ChangeVolume], MUSIC),
    (SetVolume(30), PAUSED, [ChangeVolume], PAUSED),
    (SetVolume(30), STOPPED, [ChangeVolume], STOPPED),
]


@pytest.mark.parametrize(("command", "before", "actions", "after"), TABLE)
def test_what_a_command_does(
    room: Room, command: Command, before: Playing, actions: list[type], after: Playing
) -> None:
    room.tell({MUSIC: Play(), PAUSED: Pause(), STOPPED: Stop()}[before])
    assert room.snapshot.playing is before
    done = room.tell(command)
    assert [type(action) for action in done] == actions
    assert room.snapshot.playing is after


@pytest.mark.parametrize(("command", "before", "actions", "after"), TABLE)
def test_what_a_command_means_while_mpd_is_away_is_done_when_it_is_back(
    room: Room, command: Command, before: Playing, actions: list[type], after: Playing
) -> None:
    room.tell({MUSIC: Play(), PAUSED: Pause(), STOPPED: Stop()}[before])
    room.tell(PlayerGone("gone"))
    room.brain.handle(command, room.now)  # MPD does nothing about it now
    room.hear(fresh=True, state=PlayState.STOP, song=None, song_id=None, pick=None)
    assert room.snapshot.playing is after
    assert (room.mpd.state is PlayState.PLAY) is (after is MUSIC)


@pytest.mark.parametrize("restarted", [True, False], ids=["restarted", "only out of reach"])
@pytest.mark.parametrize("command", [ChooseMood("sad"), Skip()])
def test_other_music_asked_for_while_mpd_is_away_plays_when_it_is_back(
    room: Room, command: Command, restarted: bool
) -> None:
    before = room.snapshot.song
    room.tell(PlayerGone("gone"))
    room.brain.handle(command, room.now)  # MPD does nothing about it now
    forgotten: dict[str, Any] = {"state": PlayState.STOP, "song": None, "song_id": None, "pick": None}
    (start,) = started(room.hear(fresh=True, **(forgotten if restarted else {})))
    assert start.pick.song != before
    assert start.pick.mood == (room.snapshot.by_hand or "neutral")
    room.tell(PlayerGone("gone"))
    assert not started(room.hear(fresh=True))  # once


# --- guests --------------------------------------------------------------------------------------------


def test_a_guest_s_songs_are_let_be(room: Room) -> None:
    room.hear(**GUEST, has_next=False)
    assert room.snapshot.guest
    room.now += 60
    assert not started(room.see("happy"))


def test_after_the_guest_s_last_song_ours_go_on_without_a_gap_in_the_present_mood(room: Room) -> None:
    (queued,) = room.hear(**GUEST, has_next=False)
    assert isinstance(queued, QueueSong)
    (queued,) = room.see("happy")
    assert isinstance(queued, QueueSong)
    assert queued.pick.mood == "happy"
    room.hear(song=queued.pick.song, song_id=9, pick=queued.pick, elapsed_s=0.0)
    room.now += 60
    assert not room.see("happy")
    assert room.snapshot.decided_by is None


def test_nothing_is_pushed_between_a_guest_s_songs(room: Room) -> None:
    assert room.hear(**GUEST, has_next=True) == []


def test_skip_in_a_guest_s_song_goes_to_what_is_queued_behind_it(room: Room) -> None:
    room.hear(**GUEST, has_next=True)
    assert room.tell(Skip()) == [NextInQueue()]


def test_skip_in_a_guest_s_last_song_plays_ours(room: Room) -> None:
    room.hear(**GUEST, has_next=True)
    room.mpd = replace(room.mpd, has_next=False)
    room.brain.handle(room.mpd, room.now)
    assert started(room.tell(Skip()))


def interrupt(room: Room, at_s: float = 33.0, how: str = "at once") -> Song:
    """A guest's song plays instead of ours, as an announcement does. Returns ours."""
    song = room.snapshot.song
    assert song
    room.now += at_s
    if how != "at once":  # `clear; add; play`, each seen by itself
        room.hear(state=PlayState.STOP, song=None, song_id=None, pick=None, elapsed_s=0.0)
        room.now += 1.0
    room.hear(**GUEST, has_next=False)
    return song


@pytest.mark.parametrize("how", ["at once", "word by word"])
def test_a_song_that_a_guest_interrupts_goes_on_where_it_was(room: Room, how: str) -> None:
    song = interrupt(room, how=how)
    room.now += 10
    (again,) = started(room.hear(state=PlayState.STOP, ran_out=True, song=None, song_id=None))
    assert again.pick.song == song
    assert again.start_s == pytest.approx(33.0)


def test_or_without_a_gap_where_it_is_queued_behind_the_guest_s(room: Room) -> None:
    song = interrupt(room)
    queued = room.done[-1]
    assert isinstance(queued, QueueSong)
    assert queued.pick.song == song
    seek, *_ = room.hear(song=song, song_id=901, pick=queued.pick, elapsed_s=0.1, has_next=False)
    assert isinstance(seek, SeekSong)
    assert seek.to_s == pytest.approx(33.0)


def test_after_long_songs_of_a_guest_s_another_begins() -> None:
    room = Room(go_back_s=60.0).connect()
    song = interrupt(room)
    room.wait(61)
    queued = room.done[-1]
    assert isinstance(queued, QueueSong)
    assert queued.pick.song != song
    assert not [act for act in room.wait(61) if isinstance(act, QueueSong)]  # once


def test_a_song_near_its_end_was_not_interrupted(room: Room) -> None:
    song = Song("neutral/long", duration_s=180.0)
    room.hear(song=song, song_id=77, pick=Pick(song, "neutral", ""), elapsed_s=0.0)
    interrupt(room, at_s=179.0)
    queued = room.done[-1]
    assert isinstance(queued, QueueSong)
    assert queued.pick.song != song


def test_a_song_that_was_interrupted_is_not_gone_back_to_in_another_mood(room: Room) -> None:
    song = interrupt(room)
    room.see("happy")
    (start,) = started(room.hear(state=PlayState.STOP, ran_out=True, song=None, song_id=None))
    assert (start.pick.mood, start.pick.song != song) == ("happy", True)


@pytest.mark.parametrize("how", ["at once", "word by word"])
@pytest.mark.parametrize(("silence", "playing"), [(Pause(), Playing.PAUSED), (Stop(), Playing.STOPPED)])
def test_an_announcement_in_a_silent_box_starts_no_music(
    room: Room, silence: Command, playing: Playing, how: str
) -> None:
    room.tell(silence)
    interrupt(room, how=how)
    assert room.snapshot.playing is Playing.MUSIC
    assert not [act for act in room.done if isinstance(act, QueueSong)][1:]
    assert not room.hear(state=PlayState.STOP, ran_out=True, song=None, song_id=None)
    assert room.snapshot.playing is playing


def test_after_an_announcement_a_paused_song_goes_on_where_it_was_once_somebody_asks(room: Room) -> None:
    room.now += 20
    room.tell(Pause())
    song = interrupt(room)
    room.hear(state=PlayState.STOP, ran_out=True, song=None, song_id=None)
    room.wait(3600)
    (start,) = started(room.tell(Play()))
    assert start.pick.song == song
    assert start.start_s == pytest.approx(20.0)


def test_an_announcement_that_cannot_be_played_leaves_the_music_on(room: Room) -> None:
    song = room.snapshot.song
    room.now += 33
    room.hear(state=PlayState.STOP, song=None, song_id=None, pick=None, elapsed_s=0.0)
    (start,) = started(room.hear(song=GUEST["song"], song_id=900, ran_out=True, failed=GUEST["song"]))
    assert (start.pick.song, round(start.start_s)) == (song, 33)


def test_what_looked_like_a_stop_and_was_the_queue_s_end_leaves_the_music_on(room: Room) -> None:
    """On a busy board MPD's queue may take long to know of its end."""
    room.hear(state=PlayState.STOP)
    assert room.snapshot.playing is Playing.STOPPED
    room.now += 2
    assert started(room.hear(song=None, song_id=None, pick=None, ran_out=True))
    room.tell(Stop())
    assert not room.hear(song=None, song_id=None, pick=None, ran_out=True)


def test_an_announcement_in_an_empty_room_leaves_the_music_waiting_for_somebody() -> None:
    room = Room(pause_when_away_s=60.0).connect()
    room.see("neutral")
    nobody_for(room, 120)
    interrupt(room)
    assert not room.hear(state=PlayState.STOP, ran_out=True, song=None, song_id=None)
    assert started(arrive(room, "neutral"))


def test_a_hand_at_the_box_while_a_guest_plays_wants_music_after_him(room: Room) -> None:
    room.tell(Stop())
    interrupt(room)
    room.tell(Pause())
    room.tell(Play())
    assert started(room.hear(state=PlayState.STOP, ran_out=True, song=None, song_id=None))


@pytest.mark.parametrize("state", [PlayState.PLAY, PlayState.PAUSE, PlayState.STOP])
def test_a_mood_by_hand_passes_over_what_a_guest_has_left(room: Room, state: PlayState) -> None:
    room.hear(**{**GUEST, "state": state}, has_next=True)
    (start,) = started(room.tell(ChooseMood("happy")))
    assert start.over_guests


def test_a_mood_seen_by_the_camera_does_not(room: Room) -> None:
    room.now += 60
    (start,) = started(room.see("happy"))
    assert not start.over_guests


@pytest.mark.parametrize("command", [Play(), Toggle(), Skip()], ids=str)
def test_nor_does_a_guest_s_stopped_queue_go_on_after_one_song_of_ours(room: Room, command: Command) -> None:
    room.hear(**GUEST, has_next=True)
    room.hear(state=PlayState.STOP)
    (start,) = started(room.tell(command))
    assert start.over_guests


def test_a_leftover_queue_is_gone_back_to_by_a_command(room: Room) -> None:
    assert room.tell(Guest()) == []
    room.hear(guest_waits=True)
    assert room.snapshot.guest_waits
    room.tell(Stop())
    assert room.tell(Guest()) == [ResumeGuest()]
    assert room.snapshot.playing is Playing.MUSIC


def test_it_is_told_that_a_guest_plays_and_what_he_has_left_on(room: Room) -> None:
    room.hear(**GUEST, has_next=True, modes=("repeat",))
    assert (room.snapshot.guest, room.snapshot.modes) == (True, ("repeat",))
    assert room.snapshot.why == "Somebody else's songs play"


def test_silence_in_which_nobody_has_stopped_anything_ends_with_the_library() -> None:
    room = Room()
    room.hear(fresh=True)
    room.hear(volume=12)  # a phone, while nothing can be played yet
    assert room.snapshot.playing is Playing.MUSIC
    assert started(room.tell(LIBRARY))


def test_a_pause_from_a_phone_is_a_pause(room: Room) -> None:
    room.hear(state=PlayState.PAUSE)
    room.now += 60
    assert not room.see("happy")
    assert room.snapshot.playing is Playing.PAUSED


def test_a_stop_from_a_phone_is_a_stop_but_a_queue_that_ran_out_is_not(room: Room) -> None:
    assert not room.hear(state=PlayState.STOP)
    assert room.snapshot.playing is Playing.STOPPED
    room.tell(Play())
    assert started(room.hear(state=PlayState.STOP, ran_out=True))


# --- MPD away, and back ----------------------------------------------------------------------------------


def test_mpd_restarted_in_mid_song_goes_on_where_it_was(room: Room) -> None:
    song = room.snapshot.song
    room.now += 33
    room.tell(PlayerGone("MPD does not answer"))
    assert "player" in room.snapshot.degraded
    room.now += 60
    (start,) = started(room.hear(fresh=True, state=PlayState.STOP, song=None, song_id=None, pick=None))
    assert start.pick.song == song
    assert start.start_s == pytest.approx(33, abs=0.1)
    assert room.snapshot.degraded == {}


def test_a_short_loss_of_the_connection_alone_changes_nothing(room: Room) -> None:
    room.tell(PlayerGone("connection reset"))
    assert not started(room.hear(fresh=True))


def test_a_box_that_was_paused_stays_paused_over_a_restart_of_mpd(room: Room) -> None:
    room.tell(Pause())
    room.tell(PlayerGone("gone"))
    assert room.hear(fresh=True, state=PlayState.PLAY) == [PauseMusic()]


# --- music that is not there -----------------------------------------------------------------------------


def test_a_song_that_cannot_be_played_is_replaced(room: Room) -> None:
    bad = room.snapshot.song
    (start,) = started(room.hear(state=PlayState.STOP, failed=bad))
    assert start.pick.song != bad


def test_when_nothing_can_be_played_it_says_so_and_goes_on_trying_ever_more_calmly(room: Room) -> None:
    tries = []
    for _ in range(1800):
        if room.mpd.state is PlayState.PLAY:
            tries.append(room.now)
            room.hear(state=PlayState.STOP, failed=room.snapshot.song)
        else:
            room.wait(1.0)
    assert "none of the songs" in room.snapshot.degraded["music"]
    waits = [round(later - before) for before, later in pairwise(tries)]
    assert waits[:5] == [0, 0, 1, 2, 4]
    assert set(waits[5 : len(LIBRARY.everything)]) == {4}, "any of those that have not failed may be sound"
    assert set(waits[len(LIBRARY.everything) :]) == {30}
    room.wait(30.0)
    room.wait(30.0)  # this one plays
    assert "none of the songs" not in room.snapshot.degraded.get("music", "")


def test_an_empty_library_says_what_to_do(room: Room) -> None:
    room.tell(LibraryChanged(dict.fromkeys(EMOTIONS, ()), ()))
    want = "MPD has no song that it can play; copy music into its music folder"
    assert room.snapshot.degraded["music"] == want
    assert started(room.hear(state=PlayState.STOP, song=None, song_id=None, pick=None, ran_out=True)) == []
    assert started(room.tell(LIBRARY))


def only(radio: Song) -> LibraryChanged:
    """One web radio for every mood."""
    return LibraryChanged(dict.fromkeys(EMOTIONS, (radio,)), ())


def test_a_web_radio_that_was_away_plays_again_by_itself(room: Room) -> None:
    radio = Song("http://radio.example/stream")
    room.tell(only(radio))
    room.tell(Skip())
    assert room.snapshot.song == radio
    for _ in range(60):  # away for a minute
        if room.mpd.state is PlayState.PLAY:
            room.hear(state=PlayState.STOP, failed=radio, ran_out=True)
        room.wait(1.0)
    for _ in range(31):
        room.wait(1.0)
    assert (room.snapshot.song, room.mpd.state) == (radio, PlayState.PLAY)


def test_a_web_radio_that_is_silent_gives_way_to_other_music(room: Room) -> None:
    silent = room.snapshot.song
    (start,) = started(room.hear(failed=silent))
    assert start.pick.song != silent


def test_a_guests_silent_radio_is_the_guests(room: Room) -> None:
    radio = Song("http://radio.example/stream")
    assert started(room.hear(song=radio, song_id=77, pick=None, failed=radio)) == []


def test_a_mood_whose_share_was_away_gets_its_own_music_back(room: Room) -> None:
    for song in LIBRARY.by_mood["neutral"]:
        room.hear(state=PlayState.STOP, failed=song, ran_out=True)
    room.wait(1.0)
    assert room.snapshot.song_mood != "neutral"
    room.wait(35.0)
    room.tell(Skip())
    assert room.snapshot.song_mood == "neutral"


@pytest.mark.parametrize("command", [Play(), Skip(), ChooseMood("neutral"), ChooseMood("happy")], ids=str)
def test_a_hand_that_asks_for_music_is_not_told_to_wait(room: Room, command: Command) -> None:
    for _ in range(9):
        room.hear(state=PlayState.STOP, failed=room.snapshot.song)
    assert room.mpd.state is PlayState.STOP
    assert started(room.tell(command))


def test_a_mood_chosen_by_hand_gets_its_own_music_where_borrowed_music_plays(room: Room) -> None:
    for song in LIBRARY.by_mood["neutral"]:
        room.hear(state=PlayState.STOP, failed=song, ran_out=True)
    room.wait(1.0)
    assert room.snapshot.song_mood != "neutral"
    room.tell(ChooseMood("neutral"))
    assert room.snapshot.song_mood == "neutral"
    assert room.tell(ChooseMood("neutral")) == [], "it plays already"


def test_songs_that_break_off_at_once_do_not_race_through_the_queue(room: Room) -> None:
    """MPD goes from one to the next by itself: the box must not feed it ten a second."""
    queued = 0
    for _ in range(100):
        failed = room.snapshot.song
        room.mpd = replace(room.mpd, has_next=False, song_id=(room.mpd.song_id or 0) + 1000)
        queued += sum(isinstance(action, QueueSong) for action in room.hear(failed=failed))
    assert queued <= 3


def test_the_only_song_left_does_not_race_behind_itself(room: Room) -> None:
    """Queued behind itself, it is what failed and what plays at once."""
    only_one = Song("neutral/0")
    room.tell(only(only_one))
    room.tell(Skip())
    begun = 0
    for _ in range(100):
        if room.mpd.state is not PlayState.PLAY:
            break
        room.now += 0.1
        room.mpd = replace(room.mpd, has_next=False, song_id=(room.mpd.song_id or 0) + 1000)
        state = PlayState.PLAY if any(isinstance(a, QueueSong) for a in room.done[-1:]) else PlayState.STOP
        begun += len(started(room.hear(state=state, failed=only_one)))
    assert begun <= 2


def test_a_mood_without_music_is_named(room: Room) -> None:
    without = {**LIBRARY.by_mood, "fear": ()}
    room.tell(LibraryChanged(without, LIBRARY.everything))
    assert "no music for fear" in room.snapshot.degraded["music"]
    room.tell(LIBRARY)
    assert room.snapshot.degraded == {}


def test_an_edge_that_fails_is_named_until_it_works(room: Room) -> None:
    room.tell(PartChanged("mqtt", "the broker does not answer"))
    assert room.snapshot.degraded == {"mqtt": "the broker does not answer"}
    room.tell(PartChanged("mqtt", None))
    assert room.snapshot.degraded == {}


# --- nobody there --------------------------------------------------------------------------------------


def arrive(room: Room, emotion: str) -> list[Action]:
    """Somebody is seen for long enough to be there."""
    done = room.see(emotion)
    for _ in range(12):
        room.now += 0.1
        done += room.see(emotion)
    return done


def nobody_for(room: Room, seconds: float) -> list[Action]:
    """Nobody for so long, as the camera tells it; what was done at the end."""
    done: list[Action] = []
    for _ in range(int(seconds)):
        room.now += 1.0
        done = room.tell(Nobody(room.now)) or done
    return done


def test_by_default_the_music_goes_on_when_nobody_is_there(room: Room) -> None:
    assert nobody_for(room, 3600) == []


def test_nobody_for_long_fades_out_and_somebody_back_fades_in() -> None:
    room = Room(pause_when_away_s=60.0).connect()
    room.see("neutral")
    assert nobody_for(room, 75) == []
    assert nobody_for(room, 10) == [PauseMusic(fade_s=5.0)]
    assert room.snapshot.playing is Playing.PAUSED
    assert arrive(room, "neutral")[0] == ResumeMusic(fade_s=2.0)


def test_one_false_look_at_an_empty_room_starts_no_music() -> None:
    room = Room(pause_when_away_s=60.0).connect()
    arrive(room, "neutral")
    nobody_for(room, 120)
    assert room.snapshot.playing is Playing.PAUSED
    for _ in range(5):
        assert room.see("happy") == []
        assert nobody_for(room, 5) == []
    assert room.snapshot.mood.name == "away"


def test_a_camera_that_looks_seldom_also_tells_a_long_absence() -> None:
    room = Room(pause_when_away_s=60.0).connect()
    room.see("neutral")
    done = []
    for _ in range(13):  # away after 20 s, and 60 s more
        room.now += 7.0
        done += room.tell(Nobody(room.now))
    assert done == [PauseMusic(fade_s=5.0)]


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_who_looks_away_for_ten_seconds_is_not_gone_whatever_face_they_made_before(emotion: str) -> None:
    room = Room(pause_when_away_s=60.0).connect()
    for _ in range(20):
        arrive(room, emotion)
        room.now += 10.0
    assert nobody_for(room, 10) == []


@pytest.mark.parametrize("command", [Like(), SetUpNext(("sad/1",)), Automatic()], ids=str)
def test_a_hand_that_asks_for_something_else_lets_music_play_on_and_what_waits_wait_on(
    command: Command,
) -> None:
    for before_s, playing in ((30, Playing.MUSIC), (120, Playing.PAUSED)):
        room = Room(pause_when_away_s=60.0).connect()
        room.see("neutral")
        nobody_for(room, before_s)
        room.tell(command)
        nobody_for(room, 3600)
        assert room.snapshot.playing is playing
        arrive(room, "neutral")
        assert room.snapshot.playing is Playing.MUSIC


@pytest.mark.parametrize("command", [Play(), Skip(), None], ids=str)
def test_a_box_that_begins_anew_knows_whether_a_hand_wanted_music_in_an_empty_room(
    command: Command | None,
) -> None:
    room = Room(pause_when_away_s=60.0).connect()
    room.see("neutral")
    nobody_for(room, 30)
    if command:
        room.tell(command)
    again = Room(room.brain.memory(room.now), pause_when_away_s=60.0)
    again.tell(LIBRARY)
    again.hear(**{**vars(room.mpd), "fresh": True})
    nobody_for(again, 3600)
    assert again.snapshot.playing is (Playing.MUSIC if command else Playing.PAUSED)


def test_a_false_look_now_and_then_does_not_keep_the_music_playing() -> None:
    room = Room(pause_when_away_s=60.0).connect()
    arrive(room, "neutral")
    done = []
    for _ in range(10):
        done += nobody_for(room, 15)
        done += room.see("happy")
    assert PauseMusic(fade_s=5.0) in done


def test_a_pause_by_hand_is_not_undone_by_somebody_coming_back() -> None:
    room = Room(pause_when_away_s=60.0).connect()
    room.see("happy")
    room.tell(Pause())
    nobody_for(room, 120)
    assert room.see("happy") == []


@pytest.mark.parametrize("command", [Play(), Toggle(), Skip(), ChooseMood("sad")])
def test_music_started_by_hand_in_absence_plays_on_until_somebody_came_and_went(command: Command) -> None:
    room = Room(pause_when_away_s=60.0, hold_s=0.0).connect()
    room.see("neutral")
    nobody_for(room, 120)
    assert room.snapshot.playing is Playing.PAUSED
    room.tell(command)
    assert nobody_for(room, 3600) == []
    arrive(room, "neutral")
    assert nobody_for(room, 85) == [PauseMusic(fade_s=5.0)]


def test_music_started_from_a_phone_in_absence_plays_on() -> None:
    room = Room(pause_when_away_s=60.0).connect()
    room.see("neutral")
    nobody_for(room, 120)
    room.hear(state=PlayState.PLAY)
    assert nobody_for(room, 3600) == []


def test_on_its_way_down_to_a_pause_the_box_counts_as_paused() -> None:
    room = Room(pause_when_away_s=60.0).connect()
    room.see("neutral")
    nobody_for(room, 80)
    room.now += 1
    assert room.brain.handle(Nobody(room.now), room.now) == [PauseMusic(5.0)]  # MPD is not there yet
    room.hear(elapsed_s=room.snapshot.elapsed_s)
    assert room.snapshot.playing is Playing.PAUSED
    room.hear(state=PlayState.PAUSE)
    assert arrive(room, "neutral")[0] == ResumeMusic(2.0)


def test_a_hand_that_pauses_in_absence_is_not_undone_by_somebody_coming_back() -> None:
    room = Room(pause_when_away_s=60.0).connect()
    room.see("neutral")
    nobody_for(room, 120)
    room.tell(Pause())
    assert room.see("happy") == []


def test_a_sleep_timer_that_ends_in_absence_is_not_undone_by_somebody_coming_back() -> None:
    """Up at two in the morning for a glass of water."""
    room = Room(pause_when_away_s=60.0).connect()
    room.see("neutral")
    room.tell(Sleep(600.0))
    nobody_for(room, 700)
    room.wait(1)
    assert arrive(room, "neutral") == []


def test_a_camera_that_is_off_or_lost_does_not_pause_the_music() -> None:
    room = Room(pause_when_away_s=60.0).connect()
    room.see("happy")
    room.tell(SwitchCamera(False))
    assert room.wait(3600) == []
    room.tell(SwitchCamera(True))
    room.tell(CameraGone("unplugged", room.now))
    assert room.wait(3600) == []


# --- camera off ------------------------------------------------------------------------------------------


def test_camera_off_closes_it_forgets_the_face_and_leaves_the_music_on(room: Room) -> None:
    room.see("happy")
    assert room.tell(SwitchCamera(False)) == [CloseCamera()]
    assert room.snapshot.camera is CameraState.OFF
    assert (room.snapshot.mood.name, room.snapshot.faces, room.snapshot.looked) == ("unsure", 0, None)
    assert room.snapshot.playing is Playing.MUSIC
    assert room.see("sad") == []  # a look that was on its way
    assert room.snapshot.mood.name == "unsure"
    assert room.tell(SwitchCamera(True)) == [OpenCamera()]


def test_a_device_that_stays_open_though_switched_off_is_told_and_heals(room: Room) -> None:
    """picamera2 #627, #1048: the camera hangs. Switched off must not be said of one that may still look."""
    room.tell(SensorChanged(is_open=True))
    room.tell(SwitchCamera(False))
    assert room.snapshot.is_sensor_open
    room.wait(CLOSES_S - 1)
    assert room.snapshot.degraded == {}
    room.wait(1)
    assert "still open" in room.snapshot.degraded["camera"]
    room.tell(SensorChanged(is_open=False))
    assert (room.snapshot.degraded, room.snapshot.is_sensor_open) == ({}, False)


def test_a_mood_by_hand_works_with_the_camera_off(room: Room) -> None:
    room.tell(SwitchCamera(False))
    (start,) = started(room.tell(ChooseMood("sad")))
    assert start.pick.mood == "sad"


# --- by the clock ----------------------------------------------------------------------------------------


def test_the_sleep_timer_fades_out_and_pauses(room: Room) -> None:
    room.tell(Sleep(600.0))
    assert room.snapshot.sleep_at == room.now + 600
    assert room.wait(599) == []
    assert room.wait(1) == [PauseMusic(fade_s=30.0)]
    assert room.snapshot.sleep_at is None


@pytest.mark.parametrize("is_lost", [True, False])
def test_what_a_guest_plays_after_the_fade_of_a_sleep_timer_is_music(room: Room, is_lost: bool) -> None:
    """MPD was restarted during the fade, or a hand stopped it: the box showed a pause while music played."""
    room.tell(Sleep(60.0))
    assert room.brain.handle(Tick(None), room.now + 60.0) == [PauseMusic(fade_s=30.0)]
    room.now += 70.0
    if is_lost:
        room.tell(PlayerGone("gone"))
    room.hear(state=PlayState.STOP, song=None, song_id=None, pick=None, has_next=False, fresh=is_lost)
    room.hear(state=PlayState.PLAY, song=Song("guest.flac"), song_id=99)
    assert room.snapshot.playing is Playing.MUSIC


def test_a_sleep_timer_can_be_taken_back(room: Room) -> None:
    room.tell(Sleep(600.0))
    room.tell(Sleep(0.0))
    assert room.wait(700) == []


def before_the_alarm(volume: int = 40, memory: Memory | None = None, **brain_settings: Any) -> Room:
    """A box a minute before its alarm at seven."""
    room = Room(memory, alarm_mood="happy", alarm_rise_s=60.0, alarm_volume=40, **brain_settings).connect()
    room.hear(volume=volume)
    room.clock = datetime(2026, 11, 23, 6, 59, 0)
    room.tell(SetAlarm(time(7, 0)))
    return room


@pytest.mark.parametrize("silenced", [Stop(), Pause()])
def test_an_alarm_starts_softly_and_rises_to_its_own_volume(silenced: Command) -> None:
    room = before_the_alarm(volume=0)
    room.tell(silenced)
    done = room.wait(60)
    (start,) = started(done)
    assert (start.pick.mood, start.pick.why, start.rise_s) == ("happy", "Your alarm for 07:00", 60.0)
    assert start.over_guests  # or last night's queue would go on at its volume
    assert done[-1] == ChangeVolume(40)  # after the start: from silence, not from what was
    assert started(room.tell(Skip()))[0].pick.why == "Your alarm for 07:00"  # no hand has chosen it
    room.wait(86_400 - 30)
    assert not started(room.wait(30))  # the next day it plays already


def test_an_alarm_lets_music_be_that_is_as_loud() -> None:
    assert before_the_alarm(volume=40).wait(60) == []


def test_music_goes_on_after_a_guest_s_song_that_was_as_loud_as_an_alarm() -> None:
    """He had found silence, which came back after his song: nobody was woken."""
    room = before_the_alarm(volume=40)
    room.tell(Pause())
    room.hear(
        state=PlayState.PLAY, song=Song("guest.flac", duration_s=90.0), song_id=99, pick=None, has_next=False
    )
    assert [type(action) for action in room.wait(60)] == [QueueSong]
    room.hear(state=PlayState.STOP, song=None, song_id=None, ran_out=True)
    assert room.snapshot.playing is Playing.MUSIC


def test_an_alarm_wakes_who_fell_asleep_with_soft_music_on() -> None:
    assert started(before_the_alarm(volume=8).wait(60))


def test_an_alarm_in_quiet_hours_is_no_louder_than_they_let_it_and_rises_when_they_end() -> None:
    room = before_the_alarm(volume=60, quiet_hours=QuietHours(time(22, 0), time(7, 30)), quiet_volume=25)
    room.tell(Stop())
    room.wait(10)
    assert room.snapshot.volume == 25
    assert ChangeVolume(40) in room.wait(50)  # the player holds it down
    room.hear(volume=25)
    assert room.wait(1800) == [LimitVolume(None), ChangeVolume(40)]


def test_an_alarm_rings_in_quiet_hours_of_silence() -> None:
    room = before_the_alarm(
        quiet_hours=QuietHours(time(22, 0), time(7, 30)), quiet_effect=QuietEffect.SILENCE
    )
    assert room.wait(1) == [PauseMusic(30.0)]
    assert started(room.wait(59))
    assert room.wait(1800) == []


def test_an_alarm_in_an_empty_room_plays_for_as_long_as_nobody_may_be_away() -> None:
    """Dark bedrooms: nobody is seen, and the alarm must not be paused at once. On holiday it ends."""
    room = before_the_alarm(pause_when_away_s=600.0)
    nobody_for(room, 30)
    room.clock = datetime(2026, 11, 23, 5, 0, 0)
    nobody_for(room, 7200)
    assert room.snapshot.playing is Playing.PAUSED
    room.clock = datetime(2026, 11, 23, 6, 59, 30)
    room.wait(1)
    assert started(room.wait(29))
    assert nobody_for(room, 599) == []
    assert nobody_for(room, 2) == [PauseMusic(5.0)]


def test_who_asks_for_something_after_an_alarm_keeps_its_music_though_the_room_is_dark() -> None:
    room = before_the_alarm(pause_when_away_s=600.0)
    room.clock = datetime(2026, 11, 23, 5, 0, 0)
    nobody_for(room, 900)
    assert room.snapshot.playing is Playing.PAUSED
    room.clock = datetime(2026, 11, 23, 6, 59, 30)
    room.wait(1)
    assert started(room.wait(29))
    room.tell(Like())
    nobody_for(room, 3600)
    assert room.mpd.state is PlayState.PLAY


def test_no_face_cuts_the_rise_of_an_alarm_short() -> None:
    room = before_the_alarm()
    room.tell(Stop())
    room.wait(60)
    for _ in range(59):
        room.now += 1
        assert not room.see("sad")
    room.now += 1
    assert started(room.see("sad"))


def test_an_alarm_ends_a_sleep_timer() -> None:
    room = before_the_alarm(volume=8)
    room.tell(Sleep(600.0))
    room.wait(60)
    assert room.snapshot.sleep_at is None


def test_an_alarm_rings_with_the_camera_off_and_without_mpd_when_it_is_back() -> None:
    room = before_the_alarm()
    room.tell(Stop())
    room.tell(SwitchCamera(False))
    room.tell(PlayerGone("gone"))
    room.clock = datetime(2026, 11, 23, 7, 0, 0)
    room.brain.handle(Tick(room.clock), room.now)  # MPD does nothing about it now
    (start,) = started(room.hear(fresh=True, state=PlayState.STOP, song=None, song_id=None, pick=None))
    assert start.pick.mood == "happy"


def test_an_alarm_that_waits_for_a_clock_is_told_and_only_then() -> None:
    room = Room().connect()
    room.wait(300)
    assert "clock" not in room.snapshot.degraded
    room.tell(SetAlarm(time(7, 0)))
    room.wait(1)
    assert "the time of day" in room.snapshot.degraded["clock"]
    room.clock = datetime(2026, 11, 23, 6, 0, 0)
    room.wait(1)
    assert "clock" not in room.snapshot.degraded
    room.clock = None
    room.wait(60)  # as long as a network takes after a boot
    assert "clock" not in room.snapshot.degraded


NIGHT = QuietHours(time(22, 0), time(7, 0))


def test_quiet_hours_give_back_the_volume_that_the_box_was_to_start_with() -> None:
    """Switched on at night: MPD has said nothing yet when quiet hours are known to be on."""
    room = Room(Memory(volume=60), quiet_hours=NIGHT, quiet_volume=25)
    room.clock = datetime(2026, 11, 23, 23, 0, 0)
    assert room.wait(1) == [LimitVolume(25)]
    room.connect()
    room.hear(volume=25)
    assert room.brain.memory(room.now).volume == 60
    assert room.wait(9 * 3600)[:2] == [LimitVolume(None), ChangeVolume(60)]


def test_a_volume_turned_down_in_quiet_hours_is_what_survives_a_power_cut() -> None:
    room = Room(quiet_hours=NIGHT, quiet_volume=25).connect()
    room.tell(SetVolume(60))
    room.clock = datetime(2026, 11, 23, 22, 0, 0)
    room.wait(1)
    room.tell(SetVolume(10))
    assert room.brain.memory(room.now).volume == 10


def test_quiet_hours_survive_a_power_cut_before_anybody_knows_the_time() -> None:
    room = Room(quiet_hours=NIGHT, quiet_effect=QuietEffect.NO_CAMERA).connect()
    room.clock = datetime(2026, 11, 23, 23, 0, 0)
    room.wait(1)
    again = Room(room.brain.memory(room.now), quiet_hours=NIGHT, quiet_effect=QuietEffect.NO_CAMERA)
    assert again.wait(0) == [CloseCamera()]
    assert again.snapshot.camera is CameraState.OFF


def test_quiet_hours_cap_the_volume_and_give_it_back() -> None:
    room = Room(quiet_hours=NIGHT, quiet_volume=25).connect()
    room.tell(SetVolume(60))
    room.clock = datetime(2026, 11, 23, 21, 59, 30)
    assert room.wait(30) == [LimitVolume(25)]
    assert room.snapshot.quiet
    assert room.brain.memory(room.now).volume == 60
    assert room.wait(9 * 3600) == [LimitVolume(None), ChangeVolume(60)]


def test_after_quiet_hours_a_volume_turned_down_meanwhile_stays() -> None:
    room = Room(quiet_hours=NIGHT, quiet_volume=25).connect()
    room.tell(SetVolume(60))
    room.clock = datetime(2026, 11, 23, 21, 59, 30)
    room.wait(30)
    room.tell(SetVolume(10))
    assert room.wait(9 * 3600) == [LimitVolume(None)]


def test_quiet_hours_can_close_the_camera_but_never_open_one_that_a_hand_closed() -> None:
    room = Room(quiet_hours=NIGHT, quiet_effect=QuietEffect.NO_CAMERA).connect()
    room.clock = datetime(2026, 11, 23, 21, 59, 30)
    assert room.wait(30) == [CloseCamera()]
    assert room.wait(9 * 3600) == [OpenCamera()]
    room.tell(SwitchCamera(False))
    assert room.wait(15 * 3600) == []
    assert room.wait(9 * 3600) == []


def test_quiet_hours_can_be_silence_and_a_hand_may_still_play() -> None:
    room = Room(quiet_hours=NIGHT, quiet_effect=QuietEffect.SILENCE).connect()
    room.clock = datetime(2026, 11, 23, 21, 59, 30)
    assert room.wait(30) == [PauseMusic(fade_s=30.0)]
    assert room.tell(Play()) == [ResumeMusic()]
    assert room.wait(60) == []


# --- over a power cut --------------------------------------------------------------------------------------


def cut_power(room: Room, resume: Resume = Resume.PLAY, **brain_settings: Any) -> Room:
    """The same box, switched on again, with an MPD that has forgotten everything."""
    return Room(switched_on(room.brain.memory(room.now), resume, None), **brain_settings).connect()


def test_the_box_goes_on_where_it_was(room: Room) -> None:
    room.now += 30
    room.see("happy")
    room.now += 40
    again = cut_power(room)
    (start,) = started(again.done)
    assert start.pick.song == room.snapshot.song
    assert start.start_s == pytest.approx(40.0)


def test_a_library_that_is_listed_while_that_song_starts_changes_nothing(room: Room) -> None:
    again = Room(switched_on(room.brain.memory(room.now), Resume.PLAY, None))
    (start,) = started(again.brain.handle(replace(again.mpd, fresh=True), again.now))
    assert start.pick.song == room.snapshot.song
    assert again.brain.handle(LIBRARY, again.now) == []  # MPD has not been heard since
    again.hear(state=PlayState.STOP, ran_out=True)
    assert started(again.done)


def test_or_waits_with_that_song_until_somebody_asks(room: Room) -> None:
    song = room.snapshot.song
    again = cut_power(room, resume=Resume.PAUSED)
    assert not again.done
    assert again.snapshot.playing is Playing.PAUSED
    (start,) = started(again.tell(Play()))
    assert start.pick.song == song


def test_a_second_power_cut_before_anything_plays_loses_no_more(room: Room) -> None:
    """Waiting for somebody to ask, or for an MPD that is not there yet."""
    room.now += 40
    room.hear(volume=33, elapsed_s=40.0)
    before = room.brain.memory(room.now)
    waiting = cut_power(room, resume=Resume.PAUSED)
    without_mpd = Room(switched_on(before, Resume.PLAY, None))
    for again in (waiting, without_mpd):
        again.wait(60)
        after = again.brain.memory(again.now)
        kept = (after.song, after.song_mood, after.elapsed_s, after.volume, after.played)
        assert kept == (before.song, before.song_mood, before.elapsed_s, before.volume, before.played)
    (start,) = started(cut_power(waiting).done)
    assert (start.pick.song, start.start_s) == (before.song, 40.0)


@pytest.mark.parametrize("command", [Play(), Toggle(), Previous()], ids=str)
def test_a_song_that_was_held_goes_on_where_it_was_after_mpd_was_restarted(
    room: Room, command: Command
) -> None:
    room.now += 33
    room.tell(Pause())
    song = room.snapshot.song
    room.tell(PlayerGone("gone"))
    assert not room.hear(fresh=True, state=PlayState.STOP, song=None, song_id=None, pick=None, elapsed_s=0.0)
    (start,) = started(room.tell(command))
    assert start.pick.song == song
    assert start.start_s == pytest.approx(33, abs=0.1)


def test_a_song_that_was_cut_short_long_ago_is_not_come_back_to(room: Room) -> None:
    again = Room(room.brain.memory(room.now))
    again.mpd = replace(room.mpd, fresh=True)  # only the service was restarted: MPD plays on
    again.hear()
    again.tell(LIBRARY)
    before = room.snapshot.song
    other = next(song for song in LIBRARY.by_mood["neutral"] if song != before)
    again.hear(song=other, song_id=8, pick=Pick(other, "neutral", ""), elapsed_s=0.0)
    again.tell(Stop())
    (start,) = started(again.tell(Play()))
    assert start.pick.song not in (before, other)


@pytest.mark.parametrize(
    ("command", "playing"), [(Pause(), Playing.PAUSED), (Stop(), Playing.STOPPED), (Play(), Playing.MUSIC)]
)
def test_a_service_that_begins_anew_leaves_what_it_finds(
    room: Room, command: Command, playing: Playing
) -> None:
    """An update, changed settings, a crash: no power cut, so nothing starts to play in the night."""
    room.tell(command)
    again = Room(room.brain.memory(room.now))
    again.tell(LIBRARY)
    again.mpd = replace(room.mpd, fresh=True)
    assert not [action for action in again.tell(again.mpd) if not isinstance(action, QueueSong)]
    assert again.snapshot.playing is playing


def test_a_service_that_begins_anew_chooses_anew_what_follows(room: Room) -> None:
    """For the mood and the settings of then it may be wrong."""
    assert room.mpd.has_next
    again = Room(replace(room.brain.memory(room.now), asked_mood="sad"))
    again.tell(LIBRARY)
    again.mpd = replace(room.mpd, fresh=True)
    (queued,) = again.tell(again.mpd)
    assert isinstance(queued, QueueSong)
    assert queued.pick.mood == "sad"


def test_a_service_that_begins_anew_in_an_empty_room_plays_when_somebody_comes() -> None:
    room = Room(pause_when_away_s=60.0).connect()
    room.see("neutral")
    nobody_for(room, 120)
    again = Room(room.brain.memory(room.now), pause_when_away_s=60.0)
    again.tell(LIBRARY)
    again.hear(**{**vars(room.mpd), "fresh": True})
    assert arrive(again, "neutral")[0] == ResumeMusic(fade_s=2.0)


def test_a_box_that_cannot_switch_itself_off_says_so(room: Room) -> None:
    room.tell(PowerOff())
    assert room.snapshot.powering_off
    room.tell(PartChanged("power", "not allowed"))
    assert (room.snapshot.powering_off, room.snapshot.degraded) == (False, {"power": "not allowed"})


def test_a_machine_that_does_not_switch_off_is_not_said_to_for_ever(room: Room) -> None:
    room.tell(PowerOff())
    room.wait(59)
    assert room.snapshot.powering_off
    room.wait(2)
    assert not room.snapshot.powering_off
    assert "still runs" in room.snapshot.degraded["power"]
    room.tell(PowerOff())
    assert (room.snapshot.powering_off, room.snapshot.degraded) == (True, {})


def test_an_update_that_was_refused_once_may_be_asked_for_again(room: Room) -> None:
    room.tell(PartChanged("update", "no update can be asked for"))
    assert room.tell(InstallUpdate()) == [Upgrade()]
    assert room.snapshot.degraded == {}


def test_or_begins_anew(room: Room) -> None:
    room.now += 30
    room.see("happy")
    (start,) = started(cut_power(room, resume=Resume.FRESH).done)
    assert start.pick.mood == "neutral"


def test_a_song_that_is_gone_after_the_power_cut_is_replaced(room: Room) -> None:
    again = cut_power(room)
    gone = again.snapshot.song
    (start,) = started(again.hear(state=PlayState.STOP, failed=gone))
    assert start.pick.song != gone


def test_a_hand_s_choice_the_camera_off_and_timers_survive(room: Room) -> None:
    room.tell(ChooseMood("sad"))
    room.tell(SwitchCamera(False))
    room.tell(Sleep(1000.0))
    room.tell(SetAlarm(time(6, 30)))
    room.now += 100
    again = cut_power(room)
    assert again.snapshot.by_hand == "sad"
    assert again.snapshot.hand_until == pytest.approx(again.now + 500)
    assert again.snapshot.camera is CameraState.OFF
    assert again.snapshot.sleep_at == pytest.approx(again.now + 900)
    assert again.snapshot.alarm == time(6, 30)


def test_songs_that_were_played_before_the_power_cut_are_not_played_again_first(room: Room) -> None:
    played = {room.snapshot.song}
    room.tell(Skip())
    played.add(room.snapshot.song)
    again = cut_power(room)
    again.tell(Skip())
    assert len(played | {again.snapshot.song}) == 3
