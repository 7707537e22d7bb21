"""What is said of why a song was chosen is so."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.protocol.actions import NoteTaste
from appliance.protocol.messages import Song
from appliance.protocol.taste import Preference, Verdict
from appliance.taste.sound import AXES, Sound
from appliance.taste.taste import Taste

H, S, L, A, D = Verdict.HEARD, Verdict.SKIPPED, Verdict.LIKED, Verdict.AGAIN, Verdict.DISLIKED


def said(of: str, *events: tuple[Verdict, str], sound: Sound | None = None) -> Preference:
    """What is said of a song by Ada, after these events with hers."""
    taste = Taste(lambda: 100, np.random.default_rng(0))
    taste.lay_in([], sound or Sound(), {})
    for verdict, uri in events:
        taste.note(NoteTaste(verdict, Song(uri, artist="Ada"), "sad", "Ann"))
    return taste.choose("Ann", "sad", [Song(of, artist="Ada")])[1]


def test_an_artist_whose_songs_are_finished_is_named_with_their_share() -> None:
    assert said("new", (H, "a"), (H, "b"), (S, "c")) == Preference("artist", 2, 3)


@pytest.mark.parametrize(
    "events", [[(L, "a"), (S, "b")], [(L, "a"), (L, "b"), (S, "c"), (S, "d")], [(L, "a")]]
)
def test_nobody_is_told_to_finish_an_artist_whose_songs_they_like_and_skip(
    events: list[tuple[Verdict, str]],
) -> None:
    assert said("new", *events) == Preference("liked_artist")


@pytest.mark.parametrize("events", [[(L, "a"), (D, "b")], [(D, "b"), (L, "a")]])
def test_one_song_that_is_disliked_takes_no_other_from_what_is_liked_of_its_artist(
    events: list[tuple[Verdict, str]],
) -> None:
    assert said("new", *[(A, "c")] * 9, *events) == Preference("liked_artist")


def test_who_has_come_to_dislike_all_songs_of_an_artist_is_not_said_to_like_any() -> None:
    assert said("new", *[(A, "b")] * 9, (L, "a"), (L, "a"), (D, "a")) == Preference("new")


def test_a_song_that_was_gone_back_to_and_skipped_is_not_said_to_be_finished() -> None:
    assert said("a", (A, "a"), (A, "a"), (S, "a")) == Preference("")


def test_where_nothing_was_finished_nothing_sounds_like_what_is() -> None:
    places = np.zeros((2, AXES))
    places[:, 0] = 1, -1
    sound = Sound(["new", "b"], places)
    assert said("new", *[(S, "b")] * 9, sound=sound) == Preference("new")


def test_a_song_that_is_liked_sounds_like_what_is_finished_where_that_speaks_more() -> None:
    sound = Sound(["a"], np.full((1, AXES), 3.0))
    assert said("a", (H, "a"), (L, "a"), sound=sound) == Preference("sound")


def test_an_artist_of_whom_one_finishes_few_sounds_like_nothing() -> None:
    assert said("new", *[(A, "c")] * 9, (H, "a"), (S, "b"), (S, "b")) == Preference("new")
