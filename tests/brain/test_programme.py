"""Which music is wanted, to the letter: how it starts, what is gone back to, what is nearer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from brain_room import LIBRARY, Room

from appliance.protocol.actions import Action, PauseMusic, StartSong
from appliance.protocol.commands import ChooseMood, Pause, Play, Seek, SetUpNext, Skip, Stop
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.memory import Memory
from appliance.protocol.messages import LibraryChanged, PlayerGone, PlayState, Song
from appliance.protocol.snapshot import Playing

OTHERS = ["angry", "surprise"]
"""One whose name is before that of rest, and one whose name is behind it."""


@pytest.fixture
def room() -> Room:
    return Room().connect()


def starts(actions: list[Action]) -> list[StartSong]:
    return [action for action in actions if isinstance(action, StartSong)]


def read_from_disk(text: str) -> str:
    """The same words, as a text of its own."""
    return "".join([*text])


@pytest.mark.parametrize("mood", OTHERS)
def test_music_that_a_face_or_a_hand_asks_for_does_not_rise_as_an_alarm_does(room: Room, mood: str) -> None:
    room.now += 30
    for (start,) in (starts(room.see(mood)), starts(room.tell(ChooseMood("neutral")))):
        assert (start.start_s, start.rise_s) == (0.0, 0.0)


@pytest.mark.parametrize("mood", OTHERS)
def test_a_song_that_was_cut_short_is_not_gone_on_with_once_the_face_is_another(mood: str) -> None:
    song = LIBRARY.by_mood["neutral"][1]
    room = Room(Memory(song=song, song_mood="neutral", elapsed_s=70.0, asked_mood="neutral"))
    room.tell(LIBRARY)
    room.see(mood)
    (start,) = starts(room.hear(fresh=True))
    assert (start.pick.mood, start.start_s) == (mood, 0.0)


def test_a_song_of_a_mood_that_a_hand_chose_goes_on_after_a_power_cut() -> None:
    song = LIBRARY.by_mood["sad"][1]
    hand = {"hand_mood": "sad", "hand_s": 60.0, "asked_mood": read_from_disk("sad")}
    memory = Memory(song=song, song_mood="sad", elapsed_s=70.0, **hand)  # type: ignore[arg-type]
    (start,) = starts(Room(memory).connect().done)
    assert (start.pick.song, start.start_s) == (song, 70.0)


@pytest.mark.parametrize("lender", OTHERS)
def test_a_mood_by_hand_gets_its_own_songs_once_there_are_any(lender: str) -> None:
    """Its music was borrowed, from whatever mood."""
    room, songs = Room(), LIBRARY.by_mood[lender]
    room.tell(LibraryChanged(dict.fromkeys(EMOTIONS, ()) | {lender: songs}, songs))
    room.hear(fresh=True)
    assert room.snapshot.song_mood == lender
    room.tell(LIBRARY)
    (start,) = starts(room.tell(ChooseMood("neutral")))
    assert start.pick.mood == "neutral"
    again = replace(room.mpd.pick, mood=read_from_disk("neutral")) if room.mpd.pick else None
    room.hear(pick=again)  # the one that plays, as MPD's next answer names it
    assert room.tell(ChooseMood("neutral")) == []


def test_a_pause_by_hand_is_no_fade_and_somebody_who_plays_at_once_wants_music(room: Room) -> None:
    assert room.brain.handle(Pause(), room.now) == [PauseMusic(0.0)]  # MPD is not there yet
    room.hear(state=PlayState.PLAY, elapsed_s=0.0)
    assert room.snapshot.playing is Playing.MUSIC


@pytest.mark.parametrize("chosen", [(), ("sad/1",)], ids=["another of the mood", "one that was set up"])
@pytest.mark.parametrize("is_guest", [True, False], ids=["a guest's stopped queue", "ours plays"])
def test_a_skip_passes_over_what_a_guest_has_left_and_over_nothing_else(
    room: Room, is_guest: bool, chosen: tuple[str, ...]
) -> None:
    room.tell(SetUpNext(chosen))
    if is_guest:
        room.hear(state=PlayState.PLAY, song=Song("guest"), song_id=900, pick=None, has_next=True)
        room.hear(state=PlayState.STOP)
    (start,) = starts(room.tell(Skip()))
    assert start.over_guests is is_guest
    assert start.pick.song.uri in chosen or (not chosen and start.pick.mood == "neutral")


def test_a_skip_in_a_guest_s_last_song_passes_over_it(room: Room) -> None:
    room.hear(state=PlayState.PLAY, song=Song("guest"), song_id=900, pick=None, has_next=True)
    room.mpd = replace(room.mpd, has_next=False)
    room.brain.handle(room.mpd, room.now)
    (start,) = starts(room.tell(Skip()))
    assert start.over_guests


def test_songs_that_are_chosen_in_silence_or_without_mpd_wait_for_music(room: Room) -> None:
    room.tell(Stop())
    assert room.tell(SetUpNext(("sad/1",))) == []
    assert [start.pick.song.uri for start in starts(room.tell(Play()))] == ["sad/1"]
    room.tell(PlayerGone("dead"))
    assert room.tell(SetUpNext(("sad/2",))) == []


def test_a_place_just_before_the_songs_end_is_gone_to_and_no_later_one(room: Room) -> None:
    room.hear(song=Song("neutral/x", duration_s=200.0), song_id=50)
    places = [action.to_s for to_s in (0.0, 198.5, 199.5) for action in room.tell(Seek(to_s))]  # type: ignore[union-attr]
    assert places == [0.0, 198.5, 199.0]


def test_who_has_cleared_the_queue_has_his_time_to_choose_also_over_a_restart(room: Room) -> None:
    cleared = {"state": PlayState.STOP, "song": None, "song_id": None, "pick": None, "has_next": False}
    assert room.brain.memory(room.now).choose_s is None
    room.hear(**cleared)
    room.now += 30
    memory = room.brain.memory(room.now)
    assert memory.choose_s == 120.0 - 30
    assert room.brain.memory(room.now + 120.0).choose_s == 0.0
    anew = Room(memory)
    anew.tell(LIBRARY)
    anew.hear(fresh=True)
    assert not starts(anew.wait(120.0 - 30.5))
    assert starts(anew.wait(0.5))
    anew.wait(1)
    assert anew.brain.memory(anew.now).choose_s is None


def test_play_after_a_clear_does_not_wait_until_the_time_to_choose_is_over(room: Room) -> None:
    room.hear(state=PlayState.STOP, song=None, song_id=None, pick=None, has_next=False)
    assert starts(room.tell(Play()))
    assert room.brain.memory(room.now).choose_s is None
