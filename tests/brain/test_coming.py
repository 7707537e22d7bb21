"""What is to come, to the letter: which songs leave the list, and what stands behind the song that plays."""

from __future__ import annotations

import pytest
from brain_room import LIBRARY, Room, play_on, queued

from appliance.protocol.commands import ChoosePerson, LookAhead, SetComing, SetUpNext, Stop
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.messages import LibraryChanged, Pick, Song
from appliance.protocol.taste import EVERYBODY


@pytest.fixture
def room() -> Room:
    return Room().connect()


@pytest.mark.parametrize("lender", ["happy", "sad"])
def test_what_is_seen_to_come_is_queued_where_other_music_had_to_be_borrowed_until_now(lender: str) -> None:
    """The mood's own songs are there by now, and the one that waits in MPD's queue is another mood's."""
    room = Room()
    songs = LIBRARY.by_mood[lender]
    room.tell(LibraryChanged(dict.fromkeys(EMOTIONS, ()) | {lender: songs}, songs))
    room.hear(fresh=True)
    assert queued(room.done)[-1].startswith(f"{lender}/")
    room.tell(LIBRARY)
    (uri,) = queued(room.tell(LookAhead()))
    assert uri == room.snapshot.coming[0].uri
    assert uri.startswith("neutral/")


@pytest.mark.parametrize("other", ["angry/0", "surprise/0"])
def test_a_song_that_was_put_between_leaves_the_chosen_ones_in_the_list(room: Room, other: str) -> None:
    room.tell(SetUpNext(("sad/1",)))
    room.hear(song=Song(other), pick=Pick(Song(other), "", ""), song_id=2000, elapsed_s=0.0)
    assert [song.uri for song in room.snapshot.up_next] == ["sad/1"]


def test_a_song_that_was_chosen_twice_plays_twice_however_often_mpd_says_that_it_plays(room: Room) -> None:
    room.tell(SetUpNext(("sad/1", "sad/1")))
    assert play_on(room) == "sad/1"
    room.hear(song_id=int(str(room.mpd.song_id)), elapsed_s=5.0)  # as MPD's next answer has it
    assert [song.uri for song in room.snapshot.up_next] == ["sad/1"]
    assert play_on(room) == "sad/1"
    assert room.snapshot.up_next == ()


@pytest.mark.parametrize(("first", "then"), [("Kim", EVERYBODY), (EVERYBODY, "Kim")])
def test_the_order_that_one_person_gave_the_songs_is_not_written_down_for_another(
    first: str, then: str
) -> None:
    room = Room(persons={"Kim": None}).connect()
    room.tell(ChoosePerson(first))
    room.tell(LookAhead())
    wanted = tuple(song.uri for song in reversed(room.snapshot.coming))
    room.tell(SetComing(wanted))
    room.tell(Stop())
    room.tell(ChoosePerson("".join([*first])))  # who listens already; their name as a message brings it
    assert room.brain.memory(room.now).coming == {"neutral": wanted}
    room.tell(ChoosePerson(then))
    assert room.brain.memory(room.now).coming == {}


@pytest.mark.parametrize(("first", "then"), [("Kim", EVERYBODY), (EVERYBODY, "Kim")])
def test_what_was_looked_at_for_one_person_is_not_what_comes_for_another(first: str, then: str) -> None:
    room = Room(persons={"Kim": None}).connect()
    room.tell(ChoosePerson(first))
    room.tell(LookAhead())
    assert room.snapshot.coming
    room.tell(ChoosePerson(then))
    assert room.snapshot.coming == ()


# --- two who change a list at once: each has seen it as it was ---------------------------------------------


SEEN = ("sad/0", "sad/1")


def coming(room: Room) -> list[str]:
    return [song.uri for song in room.snapshot.up_next]


@pytest.mark.parametrize(
    ("songs", "left"),
    [
        (("sad/0", "sad/1", "fear/1"), ["sad/0", "sad/1", "fear/1", "happy/1"]),
        (("sad/1", "sad/0"), ["sad/1", "sad/0", "happy/1"]),
        (("sad/1",), ["sad/1", "happy/1"]),
        ((), ["happy/1"]),
        (("sad/0", "sad/1", "happy/1"), ["sad/0", "sad/1", "happy/1", "happy/1"]),
    ],
    ids=["added", "moved", "taken out", "emptied", "the same song added"],
)
def test_what_another_page_has_added_stays(room: Room, songs: tuple[str, ...], left: list[str]) -> None:
    room.tell(SetUpNext(SEEN))
    room.tell(SetUpNext((*SEEN, "happy/1"), SEEN))
    room.tell(SetUpNext(songs, SEEN))
    assert coming(room) == left


def test_of_a_song_that_stands_in_the_list_three_times_those_go_that_have_gone(room: Room) -> None:
    seen = ("sad/0", "sad/0", "sad/0")
    for left in range(4):
        room.tell(SetUpNext(seen[:left]))
        room.tell(SetUpNext(("fear/1", *seen), seen))
        assert coming(room) == ["fear/1", *seen[:left]]


def test_a_song_that_has_begun_meanwhile_is_not_queued_once_more(room: Room) -> None:
    room.tell(SetUpNext(SEEN))
    assert play_on(room) == "sad/0"
    room.tell(SetUpNext((*SEEN, "sad/0"), SEEN))  # but for the one that was added just now
    assert coming(room) == ["sad/1", "sad/0"]


def test_nothing_that_is_added_makes_the_list_longer_than_it_may_be(room: Room) -> None:
    for _ in range(2):
        room.tell(SetUpNext(("sad/0",) * 60, ()))
    assert len(coming(room)) == 100


def test_songs_that_have_come_since_somebody_looked_ahead_are_not_put_to_rest() -> None:
    room = Room()
    songs = tuple(Song(f"neutral/{number}") for number in range(30))
    room.tell(LibraryChanged(dict.fromkeys(EMOTIONS, ()) | {"neutral": songs}, songs))
    room.hear(fresh=True)
    room.tell(LookAhead())
    seen = tuple(song.uri for song in room.snapshot.coming)
    play_on(room)
    room.tell(LookAhead())
    *left, new = (song.uri for song in room.snapshot.coming)
    assert new not in seen
    room.tell(SetComing(seen[::-1], seen))
    assert [song.uri for song in room.snapshot.coming] == [*left[::-1], new]
