"""The way on which a policy leads the music, as people and every room see it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from appliance.protocol.policies import Path, Policy

WAY = Path(Policy.LIFT, "sad", ("sad", "sad", "neutral", "happy", "happy", "happy"))


def test_it_says_which_moods_it_passes_and_with_how_many_songs() -> None:
    assert WAY.stages == [("sad", 2), ("neutral", 1), ("happy", 3)]
    assert str(WAY) == "lift: sad (2 songs) → neutral (1 song) → happy (3 songs)"


def test_a_mood_that_is_passed_twice_is_two_stages() -> None:
    assert replace(WAY, steps=("sad", "neutral", "sad")).stages == [("sad", 1), ("neutral", 1), ("sad", 1)]


@pytest.mark.parametrize(("played", "is_through"), [(0, False), (5, False), (6, True), (7, True)])
def test_it_is_through_once_its_last_song_plays_and_stays_so(played: int, is_through: bool) -> None:
    assert replace(WAY, played=played).is_through is is_through


def test_none_of_its_songs_has_played_before_it_is_gone() -> None:
    assert (WAY.played, WAY.last, WAY.is_through) == (0, "", False)


def test_no_room_can_change_it_beneath_another() -> None:
    with pytest.raises(FrozenInstanceError):
        WAY.played = 1  # type: ignore[misc]
