"""The coach's word joins the library; a folder's word is stronger."""

from __future__ import annotations

from appliance.player.placed import with_places
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.messages import LibraryChanged, Placed, Song

IN_FOLDER, ELSEWHERE, UNHEARD = Song("happy/a.mp3"), Song("albums/b.mp3"), Song("albums/c.mp3")
LISTED = LibraryChanged(
    {mood: (IN_FOLDER,) if mood == "happy" else () for mood in EMOTIONS}, (IN_FOLDER, ELSEWHERE, UNHEARD)
)
SAD = Placed("sad", (-0.5, -0.4), "placed by its sound")


def test_a_song_without_a_mood_gets_the_coachs() -> None:
    library = with_places(LISTED, {"albums/b.mp3": SAD})
    assert library.by_mood["sad"] == (ELSEWHERE,)
    assert library.reasons == {"albums/b.mp3": "placed by its sound"}
    assert library.places == {"albums/b.mp3": (-0.5, -0.4)}


def test_what_lies_in_a_moods_folder_stays_there_and_has_its_place() -> None:
    library = with_places(LISTED, {"happy/a.mp3": SAD})
    assert library.by_mood == LISTED.by_mood
    assert (library.reasons, library.places) == ({}, {"happy/a.mp3": (-0.5, -0.4)})


def test_an_unsure_song_has_a_place_and_no_mood() -> None:
    library = with_places(LISTED, {"albums/b.mp3": Placed("", (0.1, 0.0), "")})
    assert library.by_mood == LISTED.by_mood
    assert library.places == {"albums/b.mp3": (0.1, 0.0)}


def test_what_mpd_no_longer_has_is_nowhere() -> None:
    assert with_places(LISTED, {"gone.mp3": SAD}) == LISTED


def test_without_a_coach_the_library_is_as_mpd_lists_it() -> None:
    assert with_places(LISTED, {}) is LISTED
