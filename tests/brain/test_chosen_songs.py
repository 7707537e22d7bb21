"""Songs that a hand chooses: played now, played next, and a place in the one that plays."""

from __future__ import annotations

import pytest
from brain_room import LIBRARY, Room, play_on, queued, started

from appliance.protocol.actions import QueueSong, SeekSong
from appliance.protocol.commands import (
    ChooseMood,
    ChoosePerson,
    LookAhead,
    Pause,
    PlaySong,
    Seek,
    SetComing,
    SetUpNext,
    Skip,
)
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.messages import LibraryChanged, PlayState, Song
from appliance.protocol.policies import Policy


@pytest.fixture
def room() -> Room:
    return Room().connect()


def test_a_song_is_played_now_and_then_the_moods_music_goes_on(room: Room) -> None:
    assert started(room.tell(PlaySong("sad/1"))) == ["sad/1"]
    assert room.snapshot.why == "You chose this song"
    assert play_on(room).startswith("neutral/")


def test_a_face_that_was_there_already_does_not_take_it_away(room: Room) -> None:
    room.now += 30
    room.see("happy")
    room.tell(PlaySong("sad/1"))
    room.now += 30
    assert not started(room.see("happy"))
    assert started(room.see("angry") or room.wait(1))


def test_a_song_that_the_library_does_not_have_changes_nothing(room: Room) -> None:
    assert room.tell(PlaySong("gone")) == []


def test_songs_play_next_in_their_order_and_the_list_shortens(room: Room) -> None:
    assert queued(room.tell(SetUpNext(("sad/1", "sad/2")))) == ["sad/1"]
    assert [song.uri for song in room.snapshot.up_next] == ["sad/1", "sad/2"]
    assert [play_on(room), play_on(room)] == ["sad/1", "sad/2"]
    assert room.snapshot.up_next == ()
    assert play_on(room).startswith("neutral/")


def test_another_order_or_fewer_songs_are_set_as_a_whole(room: Room) -> None:
    room.tell(SetUpNext(("sad/1", "sad/2")))
    assert queued(room.tell(SetUpNext(("sad/2", "sad/1")))) == ["sad/2"]
    assert queued(room.tell(SetUpNext(())))[0].startswith("neutral/")


def test_what_was_chosen_while_the_music_was_held_follows_the_song_that_is_held(room: Room) -> None:
    room.tell(Pause())
    assert queued(room.tell(SetUpNext(("sad/1",)))) == ["sad/1"]


def test_a_child_who_listens_from_now_on_hears_none_that_they_may_not() -> None:
    room = Room(persons={"Kim": ("happy",)}).connect()
    room.tell(SetUpNext(("sad/1", "happy/1", "happy/2")))
    room.tell(ChoosePerson("Kim"))  # nor may they hear the one that plays
    assert room.mpd.song == Song("happy/1")
    assert [song.uri for song in room.snapshot.up_next] == ["happy/2"]
    assert room.tell(PlaySong("sad/1")) == []


def test_a_skip_goes_to_the_next_of_them(room: Room) -> None:
    room.tell(SetUpNext(("sad/1", "sad/2")))
    assert started(room.tell(Skip())) == ["sad/1"]
    assert [song.uri for song in room.snapshot.up_next] == ["sad/2"]


def test_one_that_fails_is_passed_over(room: Room) -> None:
    room.tell(SetUpNext(("sad/1", "sad/2")))
    room.hear(failed=Song("sad/1"), own_fault=True, has_next=False)
    assert [song.uri for song in room.snapshot.up_next] == ["sad/2"]


def test_they_still_play_next_when_the_box_begins_anew(room: Room) -> None:
    room.tell(SetUpNext(("sad/1", "sad/2", "happy/1")))
    anew = Room(room.brain.memory(room.now))
    # Also where it is ended once more before the library is read.
    assert anew.brain.memory(anew.now).up_next == ("sad/1", "sad/2", "happy/1")
    anew.connect()
    assert [play_on(anew), play_on(anew), play_on(anew)] == ["sad/1", "sad/2", "happy/1"]
    assert anew.brain.memory(anew.now).up_next == ()


def test_the_one_that_mpd_plays_by_then_does_not_play_again(room: Room) -> None:
    room.tell(SetUpNext(("sad/1", "sad/2")))
    pick = [action for action in room.done if isinstance(action, QueueSong)][-1].pick
    anew = Room(room.brain.memory(room.now))
    anew.tell(LIBRARY)
    anew.hear(fresh=True, state=PlayState.PLAY, song=pick.song, pick=pick, song_id=2000)
    assert [song.uri for song in anew.snapshot.up_next] == ["sad/2"]
    assert play_on(anew) == "sad/2"


def test_a_child_whose_folders_were_set_meanwhile_hears_only_what_lies_in_them() -> None:
    room = Room(persons={"Kim": ("happy", "sad")}).connect()
    room.tell(ChoosePerson("Kim"))
    room.tell(SetUpNext(("sad/1", "happy/1")))
    anew = Room(room.brain.memory(room.now), persons={"Kim": ("happy",)})
    assert [song.uri for song in anew.snapshot.up_next] == ["happy/1"]


def test_one_that_a_stick_brings_keeps_its_place_until_it_is_there(room: Room) -> None:
    room.tell(SetUpNext(("sad/1", "sad/2")))
    anew = Room(room.brain.memory(room.now))
    here = Song("sad/2", "Blue", "Nico")
    anew.tell(LibraryChanged({"sad": (here,)}, (here,)))
    assert anew.snapshot.up_next == (Song("sad/1"), here)


def test_one_that_a_phone_takes_out_of_mpds_queue_is_not_queued_anew(room: Room) -> None:
    room.tell(SetUpNext(("sad/1", "sad/2")))
    room.hear(has_next=True)
    assert queued(room.hear(has_next=False)) == ["sad/2"]
    assert [song.uri for song in room.snapshot.up_next] == ["sad/2"]


def test_a_phones_own_song_that_is_taken_out_again_costs_none_of_them(room: Room) -> None:
    room.tell(SetUpNext(("sad/1", "sad/2")))
    pick = [action for action in room.done if isinstance(action, QueueSong)][-1].pick
    room.hear(song=pick.song, pick=pick, song_id=2000, elapsed_s=0.0, has_next=True)  # the phone's comes next
    assert queued(room.hear(has_next=False)) == ["sad/2"]


# --- what comes if the mood stays --------------------------------------------------------------------------


def coming(room: Room) -> list[str]:
    return [song.uri for song in room.snapshot.coming]


def test_what_comes_if_the_mood_stays_is_shown_when_asked_for_and_plays_so(room: Room) -> None:
    assert coming(room) == []
    room.tell(LookAhead())
    shown = coming(room)
    assert len(shown) == len({*shown}) == 3  # one more would be one of them again
    assert [play_on(room) for _ in shown] == shown
    assert coming(room) == []


def test_they_come_in_the_order_that_a_hand_wants_and_one_left_out_rests() -> None:
    songs = tuple(Song(f"neutral/{number}") for number in range(12))
    room = Room()
    room.tell(LibraryChanged(dict.fromkeys(EMOTIONS, ()) | {"neutral": songs}, songs))
    room.hear(fresh=True)
    room.tell(LookAhead())
    shown = coming(room)
    wanted = [shown[2], shown[0], *shown[4:]]
    assert queued(room.tell(SetComing(tuple(wanted)))) == wanted[:1]
    assert coming(room) == wanted
    room.tell(LookAhead())
    assert coming(room)[: len(wanted)] == wanted
    assert not {shown[1], shown[3]} & {*coming(room)}
    assert [play_on(room) for _ in wanted] == wanted


def many() -> LibraryChanged:
    """A dozen songs for rest, and nothing else."""
    songs = tuple(Song(f"neutral/{number}") for number in range(12))
    return LibraryChanged(dict.fromkeys(EMOTIONS, ()) | {"neutral": songs}, songs)


def ordered(room: Room) -> list[str]:
    """Ask what comes, and put it into another order, without one of the songs."""
    room.tell(LookAhead())
    shown = coming(room)
    room.tell(SetComing((shown[2], shown[0], *shown[4:])))
    return coming(room)


def test_their_order_is_kept_when_the_box_begins_anew() -> None:
    room = Room()
    room.tell(many())
    room.hear(fresh=True)
    wanted = ordered(room)
    assert len(wanted) == 4
    anew = Room(room.brain.memory(room.now))
    # Also where it is ended once more before the library is read.
    assert anew.brain.memory(anew.now).coming == {"neutral": tuple(wanted)}
    anew.tell(LibraryChanged({}, ()))  # MPD still looks for its songs
    anew.tell(many())
    anew.hear(fresh=True)
    assert [play_on(anew) for _ in wanted] == wanted
    assert anew.brain.memory(anew.now).coming == {}


def test_their_order_is_not_another_persons_and_a_song_that_is_gone_is_left_out() -> None:
    room = Room(persons={"Kim": ("neutral",)}).connect()
    wanted = ordered(room)
    gone = tuple(song for song in LIBRARY.everything if song.uri != wanted[0])
    anew = Room(room.brain.memory(room.now), persons={"Kim": ("neutral",)})
    anew.tell(LibraryChanged({**LIBRARY.by_mood, "neutral": gone[:3]}, gone))
    assert wanted[0] not in coming(anew)
    again = Room(room.brain.memory(room.now), persons={"Kim": ("neutral",)}).connect()
    again.tell(ChoosePerson("Kim"))
    assert coming(again) == []
    assert again.brain.memory(again.now).coming == {}


def test_it_waits_until_all_songs_are_listed() -> None:
    room = Room()
    room.tell(many())
    room.hear(fresh=True)
    wanted = ordered(room)
    anew = Room(room.brain.memory(room.now))
    some = many().everything[:1]
    anew.tell(LibraryChanged({"neutral": some}, some, is_whole=False))
    assert anew.brain.memory(anew.now).coming == {"neutral": tuple(wanted)}
    anew.tell(many())
    assert set(coming(anew)) >= {*wanted[1:]}


def test_what_was_merely_looked_at_is_not_written_down(room: Room) -> None:
    room.tell(LookAhead())
    assert room.brain.memory(room.now).coming == {}


def test_songs_that_a_hand_has_chosen_come_before_them(room: Room) -> None:
    room.tell(LookAhead())
    shown = coming(room)
    room.tell(SetUpNext(("sad/1",)))
    assert [play_on(room), play_on(room)] == ["sad/1", shown[0]]


def test_another_mood_has_its_own_and_the_first_ones_wait(room: Room) -> None:
    room.tell(LookAhead())
    shown = coming(room)
    room.now += 30
    room.tell(ChooseMood("sad"))
    assert coming(room) == []
    assert started(room.tell(ChooseMood("neutral"))) == shown[:1]


def test_looking_ahead_counts_nothing_as_played_and_changes_no_song(room: Room) -> None:
    before = room.brain.memory(room.now)
    plays = room.mpd.song
    room.tell(LookAhead())
    assert room.brain.memory(room.now) == before
    assert room.mpd.song == plays


def test_on_a_path_each_step_chooses_its_own() -> None:
    room = Room(policies={"sad": Policy.LIFT}).connect()
    room.now += 30
    room.see("sad")
    room.tell(LookAhead())
    assert coming(room) == []


def test_who_listens_then_has_others(room: Room) -> None:
    room = Room(persons={"Kim": ("happy",)}).connect()
    room.tell(LookAhead())
    room.tell(ChoosePerson("Kim"))
    room.tell(LookAhead())
    assert {uri.partition("/")[0] for uri in coming(room)} <= {"happy"}


def test_one_that_fails_or_is_gone_from_the_library_comes_no_more(room: Room) -> None:
    room.tell(LookAhead())
    first, second, third = coming(room)
    room.hear(failed=Song(first), own_fault=True, has_next=False)
    assert coming(room) == [second, third]
    left = tuple(song for song in LIBRARY.everything if song.uri != second)
    neutral = tuple(song for song in LIBRARY.by_mood["neutral"] if song.uri != second)
    room.tell(LibraryChanged({**LIBRARY.by_mood, "neutral": neutral}, left))
    assert coming(room) == [third]


def test_one_that_a_phone_takes_out_of_the_queue_comes_no_more(room: Room) -> None:
    room.tell(LookAhead())
    _, *others = coming(room)
    room.hear(has_next=True)
    assert queued(room.hear(has_next=False)) == others[:1]


def test_they_take_no_step_on_a_path() -> None:
    room = Room(policies={"sad": Policy.LIFT}).connect()
    room.now += 30
    room.see("sad")
    room.tell(SetUpNext(("angry/1",)))
    assert play_on(room) == "angry/1"
    assert room.snapshot.path
    assert room.snapshot.path.played == 1


def test_a_place_in_the_song_is_gone_to_but_not_its_very_end(room: Room) -> None:
    song = Song("neutral/x", duration_s=200.0)
    room.hear(song=song, song_id=50)
    assert room.tell(Seek(90.0)) == [SeekSong(90.0)]
    assert room.tell(Seek(500.0)) == [SeekSong(199.0)]
    room.tell(Pause())
    assert SeekSong(20.0) in room.tell(Seek(20.0))


def test_a_radio_and_silence_have_no_places(room: Room) -> None:
    room.hear(song=Song("http://radio"), song_id=50)
    assert room.tell(Seek(90.0)) == []
    room.hear(state=PlayState.STOP, song=Song("neutral/x", duration_s=200.0))
    assert room.tell(Seek(90.0)) == []


def test_who_looks_ahead_changes_nothing_of_what_waits_in_the_queue() -> None:
    room = Room()
    room.tell(many())
    room.hear(fresh=True)
    for _ in range(2):
        assert queued(room.tell(LookAhead())) == []
        assert len(coming(room)) > 1
