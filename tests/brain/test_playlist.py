"""A playlist that a hand chooses: its songs play in its order, and a hand's word holds against a face."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, time

import pytest
from brain_room import LIBRARY, Room, play_on, queued, started

from appliance.brain.music import Chooser
from appliance.brain.playlist import LISTED, ChosenPlaylist
from appliance.protocol.commands import (
    Automatic,
    ChooseMood,
    ChoosePerson,
    Dislike,
    Play,
    PlayPlaylist,
    PlaySong,
    SetAlarm,
    SetUpNext,
    Skip,
    Stop,
)
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.messages import LibraryChanged, Pick, PlayState, Song, Transition

CHILD = {"Kim": ("happy",)}


@pytest.fixture
def room() -> Room:
    return Room().connect()


def test_its_songs_play_in_its_order_and_then_the_moods_music_goes_on(room: Room) -> None:
    assert started(room.tell(PlayPlaylist("mixed"))) == ["sad/1"]
    assert room.snapshot.playlist == "mixed"
    assert room.snapshot.why == LISTED
    assert [play_on(room), play_on(room)] == ["happy/1", "angry/2"]
    assert room.snapshot.playlist == "mixed"  # its last song plays
    assert play_on(room).startswith("neutral/")
    assert room.snapshot.playlist == ""


def test_it_begins_though_the_box_was_stopped_and_over_what_a_guest_left(room: Room) -> None:
    room.tell(Stop())
    start = room.tell(PlayPlaylist("mixed"))[0]
    assert (start.transition, start.over_guests) == (Transition.CUT, True)  # type: ignore[union-attr]


def test_no_face_takes_it_away_and_what_follows_it_suits_the_face(room: Room) -> None:
    room.tell(PlayPlaylist("mixed"))
    room.now += 60
    assert not started([*room.see("fear"), *room.wait(1)])
    play_on(room)
    room.now += 60
    assert not started([*room.see("disgust"), *room.wait(1)])
    assert play_on(room) == "angry/2"
    room.now += 60
    room.see("fear")
    room.wait(1)
    assert play_on(room).startswith("fear/")


@pytest.mark.parametrize("other", [ChooseMood("happy"), ChooseMood("neutral"), PlaySong("happy/2")])
def test_another_wish_of_a_hand_ends_it(room: Room, other: ChooseMood | PlaySong) -> None:
    room.tell(PlayPlaylist("mixed"))
    assert started(room.tell(other))
    assert room.snapshot.playlist == ""
    play_on(room)
    assert room.snapshot.why != LISTED


def test_automatic_ends_it_and_the_camera_is_followed_again(room: Room) -> None:
    room.now += 60
    room.see("happy")
    room.tell(PlayPlaylist("mixed"))
    assert queued(room.tell(Automatic()))[0].startswith("happy/")
    assert room.snapshot.playlist == ""
    room.now += 60
    assert started([*room.see("fear"), *room.wait(1)])[0].startswith("fear/")


def test_an_alarm_ends_it(room: Room) -> None:
    room.clock = datetime(2026, 3, 1, 6, 59, 50)
    room.wait(1)
    room.tell(PlayPlaylist("mixed"))
    room.tell(Stop())
    room.tell(SetAlarm(time(7)))
    room.wait(15)
    assert (room.snapshot.playlist, room.snapshot.song_mood) == ("", "happy")


def test_after_a_stop_it_goes_on(room: Room) -> None:
    room.tell(PlayPlaylist("mixed"))
    room.tell(Stop())
    assert started(room.tell(Play())) == ["happy/1"]
    assert room.snapshot.playlist == "mixed"
    assert play_on(room) == "angry/2"


def test_what_is_to_play_next_goes_before_it(room: Room) -> None:
    room.tell(PlayPlaylist("mixed"))
    room.tell(SetUpNext(("fear/1",)))
    assert [play_on(room), play_on(room)] == ["fear/1", "happy/1"]


def test_a_skip_and_a_failure_go_on_in_it(room: Room) -> None:
    room.tell(PlayPlaylist("mixed"))
    assert started(room.tell(Skip())) == ["happy/1"]
    room.hear(failed=Song("angry/2"), own_fault=True, has_next=False)
    assert play_on(room).startswith("neutral/")


def test_a_playlist_that_mpd_does_not_keep_changes_nothing(room: Room) -> None:
    before = room.snapshot
    assert room.tell(PlayPlaylist("gone")) == []
    assert room.snapshot == before


def test_it_is_chosen_anew_from_its_beginning(room: Room) -> None:
    room.tell(PlayPlaylist("mixed"))
    play_on(room)
    assert started(room.tell(PlayPlaylist("mixed"))) == ["sad/1"]


def test_what_was_turned_down_is_left_out_unless_nothing_else_is_in_it(room: Room) -> None:
    room.tell(PlaySong("sad/1"))
    room.tell(Dislike())
    assert started(room.tell(PlayPlaylist("mixed"))) == ["happy/1"]
    room.tell(replace(LIBRARY, playlists={"one": (Song("sad/1"),)}))
    assert started(room.tell(PlayPlaylist("one"))) == ["sad/1"]


def test_a_child_hears_of_it_only_what_they_may() -> None:
    room = Room(persons=CHILD).connect()
    grown_up = Song("sad/2"), Song("http://radio.example/all")
    room.tell(replace(LIBRARY, playlists={**LIBRARY.playlists, "grown up": grown_up}))
    assert [*room.snapshot.playlists] == ["mixed", "grown up"]
    room.tell(ChoosePerson("Kim"))
    assert [*room.snapshot.playlists] == ["mixed"]
    assert room.tell(PlayPlaylist("grown up")) == []
    assert started(room.tell(PlayPlaylist("mixed"))) == ["happy/1"]
    assert play_on(room).startswith("happy/")


def test_a_child_who_listens_from_now_on_hears_the_rest_only_as_far_as_they_may() -> None:
    room = Room(persons=CHILD).connect()
    room.tell(PlayPlaylist("mixed"))
    room.tell(ChoosePerson("Kim"))
    assert room.mpd.song == Song("happy/1")
    assert play_on(room).startswith("happy/")


def test_it_goes_on_when_the_box_begins_anew(room: Room) -> None:
    room.tell(PlayPlaylist("mixed"))
    anew = Room(room.brain.memory(room.now))
    assert anew.brain.memory(anew.now).playlist_left == ("happy/1", "angry/2")
    anew.connect()
    assert (anew.mpd.state, anew.snapshot.playlist) == (PlayState.PLAY, "mixed")
    assert [play_on(anew), play_on(anew)] == ["happy/1", "angry/2"]


def test_the_list_of_playlists_follows_mpd(room: Room) -> None:
    room.tell(replace(LIBRARY, playlists={"new": (Song("sad/1"),)}))
    assert [*room.snapshot.playlists] == ["new"]
    room.tell(replace(LIBRARY, playlists={}))
    assert not room.snapshot.playlists


def left_of(*uris: str) -> ChosenPlaylist:
    known = tuple(Song(uri, title=uri.upper()) for uri in ("b.mp3", "c.mp3"))
    chooser = Chooser(random.Random(1))
    chooser.stock(LibraryChanged(dict.fromkeys(EMOTIONS, ()), known))
    return ChosenPlaylist(chooser, "mixed", uris)


def test_only_its_next_song_is_passed_by() -> None:
    playlist = left_of("b.mp3", "c.mp3")
    for other in ("a.mp3", "c.mp3", "d.mp3"):
        playlist.pass_by(Song(other))
        assert [song.uri for song in playlist.left] == ["b.mp3", "c.mp3"]
    playlist.pass_by(Song("b.mp3"))
    assert [song.uri for song in playlist.left] == ["c.mp3"]


@pytest.mark.parametrize(("uri", "title"), [("b.mp3", "B.MP3"), ("http://radio", "")])
def test_its_next_song_has_the_tags_that_the_library_knows(uri: str, title: str) -> None:
    playlist = left_of(uri)
    pick = playlist.next()
    assert pick
    assert (pick.song.uri, pick.song.title) == (uri, title)


@pytest.mark.parametrize(("why", "name"), [(LISTED, "mixed"), ("", ""), ("You chose sad", "")])
def test_it_is_told_until_its_last_song_has_played(why: str, name: str) -> None:
    playlist = left_of()
    assert playlist.name(Pick(Song("b.mp3"), "", why)) == name
    assert playlist.name(None) == ""
    assert left_of("b.mp3").name(None) == "mixed"
