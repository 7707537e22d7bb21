"""What the box notes of those who listen, and what a child may hear."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from brain_room import LIBRARY, Room

from appliance.brain.attention import Attention
from appliance.brain.mpd_state import MpdState
from appliance.protocol.actions import PreviousInQueue, QueueSong, ResumeMusic, StartSong, StopMusic, TakeBack
from appliance.protocol.commands import (
    ChooseMood,
    ChoosePerson,
    Dislike,
    Like,
    NextPerson,
    Pause,
    Play,
    Previous,
    Skip,
    SwitchCamera,
    Undo,
)
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import CameraGone, Nobody
from appliance.protocol.memory import Memory
from appliance.protocol.messages import LibraryChanged, PlayState, Song
from appliance.protocol.snapshot import Playing
from appliance.protocol.taste import EVERYBODY, Verdict

SONG_S = 200.0
SONGS = LibraryChanged(
    {
        mood: tuple(replace(song, duration_s=SONG_S) for song in songs)
        for mood, songs in LIBRARY.by_mood.items()
    },
    tuple(replace(song, duration_s=SONG_S) for song in LIBRARY.everything),
)
CHILDREN = tuple(Song(f"children/{number}", duration_s=SONG_S) for number in range(3))
HOME = LibraryChanged({**SONGS.by_mood, "happy": CHILDREN}, (*SONGS.everything, *CHILDREN))
PERSONS = {"Ann": None, "Tim": ("children",)}


def listening(memory: Memory | None = None, library: LibraryChanged = SONGS) -> Room:
    """A room in which a song of 200 s plays to somebody."""
    room = Room(memory, persons=PERSONS)
    room.tell(library)
    room.hear(fresh=True)
    room.see("neutral")
    return room


def watch(room: Room, seconds: float) -> None:
    """Somebody is in view for so long."""
    for _ in range(int(seconds / 5)):
        room.now += 5
        room.see("neutral")


def leave(room: Room) -> None:
    """Nobody is in view any more, for longer than a moment."""
    for _ in range(6):
        room.now += 5
        room.tell(Nobody(room.now))


def told(room: Room) -> list[Verdict]:
    return [noted.verdict for noted in room.noted]


# --- heard -------------------------------------------------------------------------------------------------


def test_half_a_song_is_heard() -> None:
    room = listening()
    song = room.mpd.song
    watch(room, 95)
    assert told(room) == []
    watch(room, 5)
    (noted,) = room.noted
    assert (noted.verdict, noted.song, noted.mood, noted.person) == (
        Verdict.HEARD, song, "neutral", EVERYBODY
    )  # fmt: skip


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_whatever_face_somebody_makes_they_hear_the_song(emotion: str) -> None:
    room = listening()
    room.tell(ChooseMood("neutral"))
    for _ in range(21):
        room.now += 5
        room.see(emotion)
    assert told(room) == [Verdict.HEARD]


def test_a_song_is_heard_once_however_long_it_goes_on() -> None:
    room = listening()
    watch(room, 190)
    assert told(room) == [Verdict.HEARD]


@pytest.mark.parametrize("length_s", [3600.0, 500.0, 0.0], ids=["long", "just over", "which nobody knows"])
def test_four_minutes_of_a_long_song_are_enough(length_s: float) -> None:
    song = Song("l", duration_s=length_s)
    room = listening(library=replace(SONGS, by_mood={**SONGS.by_mood, "neutral": (song,)}))
    watch(room, 235)
    for passed_s, words in ((4.5, []), (0.5, [Verdict.HEARD])):
        room.now += passed_s
        room.see("neutral")
        assert told(room) == words


def test_half_of_a_song_is_half_of_it_to_the_half_second() -> None:
    song = Song("odd", duration_s=205.0)
    room = listening(library=replace(SONGS, by_mood={**SONGS.by_mood, "neutral": (song,)}))
    watch(room, 100)
    for passed_s, words in ((2.0, []), (0.5, [Verdict.HEARD])):
        room.now += passed_s
        room.see("neutral")
        assert told(room) == words


def test_a_song_that_plays_once_more_is_heard_once_more() -> None:
    room = listening()
    watch(room, 190)
    room.hear(song_id=77, elapsed_s=0.0)
    watch(room, 95)
    assert told(room) == [Verdict.HEARD]
    watch(room, 5)
    assert told(room) == [Verdict.HEARD] * 2


def test_with_nobody_in_view_nothing_is_heard_nor_skipped() -> None:
    room = listening()
    leave(room)
    room.now += 150
    room.tell(Nobody(room.now))
    room.tell(Skip())
    assert told(room) == []


def test_only_while_somebody_is_there_does_the_song_count() -> None:
    room = listening()
    watch(room, 60)
    for _ in range(120):
        room.now += 1
        room.tell(Nobody(room.now))
    assert told(room) == []
    watch(room, 40)
    assert told(room) == [Verdict.HEARD]


def test_a_hand_is_somebody_for_two_hours_where_no_camera_looks() -> None:
    attention = Attention(100.0)
    assert not attention.is_somebody_there(None)
    attention.note_hand(goes_back=False)
    for after_s, is_there in ((0.0, True), (7200.0, True), (7200.1, False)):
        attention.pass_time(MpdState(), None, 100.0 + after_s)
        assert attention.is_somebody_there(None) is is_there
        assert attention.is_somebody_there(True)
        assert not attention.is_somebody_there(False)


@pytest.mark.parametrize("lost", [True, False])
def test_without_a_camera_somebody_is_there_for_two_hours_after_a_hand(lost: bool) -> None:
    """It is the only sign of people: a box that plays in an empty home all day must not learn from that."""
    room = listening()
    room.tell(CameraGone("unplugged", room.now) if lost else SwitchCamera(False))
    if lost:
        room.tell(Skip())
    room.wait(101)
    assert told(room)[-1] is Verdict.HEARD
    count = len(room.noted)
    room.wait(7200)
    room.hear(song_id=77)
    room.wait(101)
    assert len(room.noted) == count


def test_a_pause_is_no_time_in_which_a_song_is_heard() -> None:
    room = listening()
    watch(room, 60)
    room.tell(Pause())
    watch(room, 300)
    assert told(room) == []
    room.tell(Play())
    watch(room, 45)
    assert told(room) == [Verdict.HEARD]


def test_a_guests_song_says_nothing() -> None:
    room = listening()
    room.hear(song=Song("guests", duration_s=100.0), song_id=99, pick=None)
    watch(room, 90)
    room.tell(Skip())
    assert told(room) == []


def test_a_web_radio_says_nothing() -> None:
    radio = Song("http://radio.example/live")
    room = listening(library=replace(SONGS, by_mood={**SONGS.by_mood, "neutral": (radio,)}))
    watch(room, 300)
    room.tell(Skip())
    room.tell(Dislike())
    assert told(room) == []


# --- skipped -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after_s", "weight"), [(0.0, 0.5), (9.9, 0.5), (10.0, 1.0), (30.0, 1.0)])
def test_a_skip_within_ten_seconds_counts_half(after_s: float, weight: float) -> None:
    room = listening()
    song = room.mpd.song
    room.now += after_s
    room.tell(Skip())
    (noted,) = room.noted
    assert (noted.verdict, noted.song, noted.weight) == (Verdict.SKIPPED, song, weight)


def test_a_skip_after_half_the_song_is_none() -> None:
    room = listening()
    watch(room, 105)
    room.tell(Skip())
    assert told(room) == [Verdict.HEARD]


def test_the_music_changes_before_the_skip_is_noted() -> None:
    """A sticker can wait for a slow card for seconds; nobody waits that long for another song."""
    room = listening()
    watch(room, 30)
    kinds = [type(action).__name__ for action in room.brain.handle(Skip(), room.now)]
    assert kinds == ["StartSong", "NoteTaste"]


def test_a_change_by_mood_alarm_hand_guest_or_a_broken_file_is_no_skip() -> None:
    room = listening()
    watch(room, 30)
    room.see("sad")  # the face
    room.now += 20
    room.tell(ChooseMood("happy"))
    room.now += 20
    room.hear(song=Song("guests"), song_id=99, pick=None)
    room.now += 20
    room.hear(state=PlayState.STOP, song=None, song_id=None, pick=None, ran_out=True)
    room.now += 20
    room.hear(state=PlayState.STOP, failed=room.mpd.song, own_fault=True)
    assert told(room) == []


def test_a_phones_next_is_no_skip_for_a_file_that_breaks_off_looks_the_same() -> None:
    room = listening()
    watch(room, 30)
    other = SONGS.by_mood["neutral"][1]
    assert room.mpd.pick
    room.hear(song=other, song_id=50, pick=replace(room.mpd.pick, song=other), elapsed_s=0.0)
    assert told(room) == []


# --- said --------------------------------------------------------------------------------------------------


def test_a_like_is_noted_also_of_a_guests_song_and_with_nobody_in_view() -> None:
    room = listening()
    leave(room)
    room.tell(Like())
    room.hear(song=Song("guests"), song_id=99, pick=None)
    room.tell(Like())
    assert [(noted.verdict, noted.song.uri == "guests") for noted in room.noted] == [
        (Verdict.LIKED, False),
        (Verdict.LIKED, True),
    ]


def test_a_dislike_plays_another_song_and_this_one_no_more() -> None:
    room = listening()
    disliked = room.mpd.song
    (start, *_) = room.tell(Dislike())
    assert isinstance(start, StartSong)
    assert start.pick.song != disliked
    assert told(room) == [Verdict.DISLIKED]
    for _ in range(6):
        watch(room, 5)
        room.tell(Skip())
        assert room.mpd.song != disliked


def test_a_dislike_of_what_is_held_starts_no_music() -> None:
    room = listening()
    room.tell(Pause())
    assert room.tell(Dislike()) == []
    assert told(room) == [Verdict.DISLIKED]


def test_a_guests_song_that_is_disliked_is_let_be() -> None:
    room = listening()
    room.hear(song=Song("guests"), song_id=99, pick=None)
    assert room.tell(Dislike()) == []
    assert told(room) == [Verdict.DISLIKED]


def test_undo_takes_back_for_who_listens() -> None:
    room = listening(Memory(person="Ann"))
    room.tell(Dislike())
    assert room.tell(Undo()) == [TakeBack("Ann")]


def test_a_song_that_a_hand_goes_back_to_is_played_again() -> None:
    room = listening()
    first = room.mpd.pick
    assert first
    watch(room, 60)
    room.tell(Skip())
    watch(room, 15)
    assert room.tell(Previous()) == [PreviousInQueue()]
    room.now += 0.1
    room.hear(song=first.song, song_id=1, pick=first, elapsed_s=0.0)
    assert told(room) == [Verdict.SKIPPED, Verdict.AGAIN]
    assert room.noted[-1].song == first.song


@pytest.mark.parametrize(("after_s", "is_seen", "words"), [
    (10.0, True, [Verdict.AGAIN]), (10.1, True, []), (1.0, False, []),
])  # fmt: skip
def test_only_a_song_that_plays_within_ten_seconds_of_going_back_to_somebody_is_played_again(
    after_s: float, is_seen: bool, words: list[Verdict]
) -> None:
    room = listening()
    first = room.mpd.pick
    assert first
    room.see("happy")
    room.hear(song_id=50, song=Song("x"), pick=replace(first, song=Song("x")))
    if not is_seen:
        leave(room)
    room.tell(Previous())
    room.now += after_s
    room.hear(song=first.song, song_id=51, pick=first, elapsed_s=0.0)
    assert told(room) == words
    room.hear(song_id=52, elapsed_s=0.0)  # another word of MPD's: nobody went back to that one
    assert told(room) == words


def test_the_day_is_told_as_far_as_it_is_known() -> None:
    room = listening()
    room.tell(Like())
    room.clock = datetime(2026, 11, 28, 12, 0).astimezone()
    room.wait(1)
    room.tell(Like())
    assert [noted.at_s is None for noted in room.noted] == [True, False]


# --- persons -----------------------------------------------------------------------------------------------


def test_what_is_noted_is_noted_of_who_listens() -> None:
    room = listening()
    room.tell(ChoosePerson("Ann"))
    assert room.snapshot.person == "Ann"
    assert room.snapshot.persons == (EVERYBODY, "Ann", "Tim")
    watch(room, 101)
    assert [noted.person for noted in room.noted] == ["Ann"]


def test_who_listens_survives_a_power_cut() -> None:
    room = listening(library=HOME)
    room.tell(ChoosePerson("Tim"))
    memory = room.brain.memory(room.now)
    assert (memory.person, memory.folders) == ("Tim", ("children",))
    again = listening(memory, HOME)
    assert again.snapshot.person == "Tim"
    assert again.mpd.song in CHILDREN


def test_a_button_goes_from_person_to_person() -> None:
    room = listening(library=HOME)
    seen = []
    for _ in range(3):
        room.tell(NextPerson())
        seen.append(room.snapshot.person)
    assert seen == ["Ann", "Tim", EVERYBODY]


def test_nobody_unknown_can_be_chosen() -> None:
    room = listening()
    room.tell(ChoosePerson("Bob"))
    assert room.snapshot.person == EVERYBODY


def test_what_a_child_may_not_hear_gives_way_at_once() -> None:
    room = listening(library=HOME)
    assert room.mpd.song not in CHILDREN
    room.tell(ChoosePerson("Tim"))
    assert room.mpd.song in CHILDREN
    assert room.snapshot.playing is Playing.MUSIC


def test_what_follows_is_for_the_child_too() -> None:
    room = listening(library=HOME)
    room.tell(ChooseMood("happy"))
    actions = room.tell(ChoosePerson("Tim"))
    (queued,) = (action for action in actions if isinstance(action, QueueSong))
    assert queued.pick.song in CHILDREN


def test_a_child_that_goes_back_does_not_come_to_what_it_may_not_hear() -> None:
    room = listening(library=HOME)
    before = room.mpd.pick
    room.tell(ChoosePerson("Tim"))
    room.tell(Previous())
    room.hear(song=before and before.song, song_id=1, pick=before, elapsed_s=0.0)
    assert room.mpd.song in CHILDREN


def test_what_is_held_gives_way_once_it_would_be_heard() -> None:
    room = listening(library=HOME)
    room.tell(Pause())
    room.tell(ChoosePerson("Tim"))
    assert room.snapshot.playing is Playing.PAUSED
    assert room.tell(Play()) == [ResumeMusic()]
    assert room.mpd.song in CHILDREN


def test_a_song_that_a_guest_interrupted_is_not_gone_back_to_for_a_child() -> None:
    room = listening(library=HOME)
    room.now += 30
    room.hear(song=Song("guests"), song_id=99, pick=None, elapsed_s=0.0)
    room.tell(ChoosePerson("Tim"))
    room.now += 30
    room.hear(state=PlayState.STOP, song=None, song_id=None, ran_out=True)
    assert room.mpd.song in CHILDREN


def test_a_guests_song_is_not_a_childs_business() -> None:
    room = listening(library=HOME)
    room.hear(song=Song("guests"), song_id=99, pick=None)
    room.tell(ChoosePerson("Tim"))
    assert room.mpd.song == Song("guests")


def test_where_nothing_is_for_a_child_there_is_silence_and_it_is_told() -> None:
    room = listening()
    assert room.tell(ChoosePerson("Tim")) == [StopMusic()]
    room.wait(1)
    assert "Tim" in room.snapshot.degraded["music"]
    room.tell(ChoosePerson(EVERYBODY))
    room.tell(Play())
    assert room.snapshot.playing is Playing.MUSIC


@pytest.mark.parametrize("name", ["Tim", "tim"])
def test_a_child_whom_the_settings_have_lost_keeps_to_its_folders(name: str) -> None:
    """A mistake in the settings puts the defaults in force, in which nobody is named."""
    memory = replace(Memory(), person=name, folders=("children",))
    room = Room(memory)
    room.tell(HOME)
    room.hear(fresh=True)
    assert room.mpd.song in CHILDREN
    assert room.snapshot.person == name


def test_after_one_whom_the_settings_have_lost_comes_everybody() -> None:
    room = Room(replace(Memory(), person="Kim"), persons=PERSONS).connect()
    assert room.snapshot.person == "Kim"
    room.tell(NextPerson())
    assert room.snapshot.person == EVERYBODY
