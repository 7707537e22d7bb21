"""The coach as people use it: what they say of a song is kept, or refused with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.coach.coach import Coach
from appliance.coach.placing import Correction, pinned
from appliance.coach.shelf import Shelf
from appliance.config import check
from appliance.errors import CoachUnable, CommandRejected
from appliance.protocol.emotions import AUTO, EMOTIONS
from appliance.protocol.messages import LibraryChanged, Song

LIBRARY = LibraryChanged(
    by_mood={**dict.fromkeys(EMOTIONS, ()), "happy": (Song("b.mp3"),), "sad": (Song("d.mp3"), Song("f.mp3"))},
    everything=tuple(Song(f"{name}.mp3") for name in "abcdefg"),
    reasons={"f.mp3": "placed by you"},
)
"""Folders of the owner have `b` and `d`; `f` was placed by what is known of it."""


@pytest.fixture
def coach(tmp_path: Path) -> Coach:
    return Coach(check({"state": {"music": str(tmp_path / "music.db")}}, "test"))


def said(tmp_path: Path) -> dict[str, Correction]:
    with Shelf(tmp_path / "music.db") as shelf:
        return dict(shelf.corrections())


@pytest.mark.parametrize("uri", ["a.mp3", "c.mp3", "f.mp3", "g.mp3"])
@pytest.mark.parametrize("mood", ["angry", "surprise"])
def test_a_correction_is_kept_and_places_the_song_until_it_is_taken_back(
    coach: Coach, tmp_path: Path, uri: str, mood: str
) -> None:
    coach.correct(uri, mood, LIBRARY)
    assert said(tmp_path) == {uri: pinned(mood)}
    assert {name: placed.mood for name, placed in coach.placed().items()} == {uri: mood}
    coach.correct(uri, AUTO, LIBRARY)
    assert said(tmp_path) == {}
    assert coach.placed() == {}


def test_a_song_that_is_moved_says_what_was_said_of_it_before(coach: Coach, tmp_path: Path) -> None:
    first, before = coach.move("a.mp3", 0.8, 0.25, LIBRARY)
    assert (first, before) == (Correction("happy", 0.8, 0.25), None)
    second, before = coach.move("a.mp3", -0.8, -0.25, LIBRARY)
    assert (second.mood, before) == ("sad", first)
    assert said(tmp_path) == {"a.mp3": second}


@pytest.mark.parametrize("uri", ["", "0.mp3", "bb.mp3", "z.mp3"])
def test_a_song_that_mpd_does_not_have_cannot_be_corrected(coach: Coach, tmp_path: Path, uri: str) -> None:
    with pytest.raises(CommandRejected, match=r"MPD has no song"):
        coach.correct(uri, "sad", LIBRARY)
    assert said(tmp_path) == {}


@pytest.mark.parametrize(("uri", "owner"), [("b.mp3", "happy"), ("d.mp3", "sad")])
def test_the_owner_s_folders_are_a_stronger_word_but_what_was_said_before_can_be_taken_back(
    coach: Coach, tmp_path: Path, uri: str, owner: str
) -> None:
    with pytest.raises(CommandRejected, match=f"{owner} by the setting music.moods.{owner}"):
        coach.correct(uri, "fear", LIBRARY)
    assert said(tmp_path) == {}
    with Shelf(tmp_path / "music.db") as shelf:
        shelf.correct(uri, pinned("fear"))  # before it lay there
    coach.correct(uri, AUTO, LIBRARY)
    assert said(tmp_path) == {}


@pytest.mark.parametrize("mood", ["joy", "", "a", "z"])
def test_what_is_no_mood_is_refused(coach: Coach, mood: str) -> None:
    with pytest.raises(CommandRejected, match="is no mood"):
        coach.correct("a.mp3", mood, LIBRARY)


def test_a_backup_has_what_was_said_and_nothing_where_nobody_said_anything(coach: Coach) -> None:
    assert coach.keepsake() == b""
    coach.correct("a.mp3", "sad", LIBRARY)
    assert b"a.mp3" in coach.keepsake()


def test_the_report_counts_the_music_of_each_mood(coach: Coach) -> None:
    told = coach.report(LIBRARY)
    assert (told.songs, told.unheard, told.is_scanning) == (7, 7, False)
    assert set(told.missing) == set(EMOTIONS) - {"happy", "sad"}


def test_a_box_that_learns_nothing_says_where_to_allow_it() -> None:
    with pytest.raises(CoachUnable, match=r"state\.music"):
        Coach(check({"state": {"music": ""}}, "test")).placed()
