"""Which songs keep artists apart, and which lie near a place: to the song."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.brain.variety import another_artist, nearest, of_no_mood, pressing
from appliance.protocol.messages import Song

MIDDLE = (0.0, 0.0)


def by(*artists: str) -> list[Song]:
    return [Song(f"{number}.mp3", artist=artist) for number, artist in enumerate(artists)]


@pytest.mark.parametrize(("count", "must"), [(3, False), (4, False), (5, True), (8, True)])
def test_an_artist_must_come_now_once_more_than_half_of_what_is_left_is_theirs(
    count: int, must: bool
) -> None:
    left = by(*["Nico"] * count, *"abcdefgh"[count:])
    assert pressing(left, left) == (left[:count] if must else [])


def test_of_an_artist_who_must_come_only_what_may_come_now_is_chosen() -> None:
    left = by("Nico", "nico ", "Nico", "a")
    assert pressing(left, left[1:]) == left[1:3]
    assert pressing(by("", "", "", "a"), by("", "", "", "a")) == []


def test_neither_the_song_nor_its_artist_comes_again_as_long_as_there_is_another() -> None:
    one, two, three = by("Nico", " NICO", "a")
    assert another_artist([one, two, three], None) == [one, two, three]
    assert another_artist([one, two, three], one) == [three]
    assert another_artist([one, two, three], three) == [one, two]
    assert another_artist(by("", "", ""), by("", "")[1]) == [by("")[0], by("", "", "")[2]]
    assert another_artist([one, two], one) == [two]
    assert another_artist([one], one) == [one]


def test_songs_that_no_mood_has_are_those_of_the_library_alone() -> None:
    sad, happy, other = by("a", "b", "c")
    assert of_no_mood({"": (sad, happy, other), "sad": (sad,), "happy": (happy,)}) == [other]
    assert of_no_mood({"sad": (sad,)}) == []


@pytest.mark.parametrize(("songs", "near"), [(3, 3), (5, 5), (6, 5), (29, 5), (30, 6), (100, 20)])
def test_a_fifth_of_the_songs_is_near_a_place_and_never_fewer_than_five(songs: int, near: int) -> None:
    some = by(*[""] * songs)
    places = {song.uri: (0.0, number / 100) for number, song in enumerate(some)}
    assert nearest(some, (0.0, 0.0), places, MIDDLE) == some[:near]
    assert nearest(some, (0.0, 1.0), places, MIDDLE) == some[-near:]


def test_songs_that_are_as_near_as_the_last_one_are_near_too() -> None:
    some = by(*[""] * 9)
    places = {song.uri: (0.1, 0.0) for song in some[:7]} | {song.uri: (0.9, 0.0) for song in some[7:]}
    assert nearest(some, MIDDLE, places, MIDDLE) == some[:7]


def test_a_song_that_nobody_has_placed_lies_in_the_middle_of_its_mood() -> None:
    some = by(*[""] * 6)
    places = {song.uri: (0.5, 0.5) for song in some[1:]}
    assert some[0] in nearest(some, (-0.6, 0.0), places, (-0.6, 0.1))
    assert some[0] not in nearest(some, (0.5, 0.5), places, (-0.6, 0.1))


def test_movements_come_near_a_place_only_where_there_is_nothing_else() -> None:
    *others, movement = by(*[""] * 3)
    movement = replace(movement, work="Sonata", movement=1)
    assert nearest([*others, movement], MIDDLE, {}, MIDDLE) == others
    assert nearest([movement], MIDDLE, {}, MIDDLE) == [movement]
