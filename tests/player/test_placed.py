"""The coach's word joins the library; a folder's word is stronger."""

from __future__ import annotations

import pytest

from appliance.demo.private_mpd import PrivateMpd
from appliance.player import Source
from appliance.player.client import connect, disconnect
from appliance.player.placed import with_places
from appliance.player.songs import Library
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


def warned_of(server: PrivateMpd, placed: dict[str, Placed], caplog: pytest.LogCaptureFixture) -> str:
    sources = {"happy": Source(folder="happy"), "sad": Source(folder="blue")}
    client = connect(server.address, 6600, None)
    Library(sources, lambda: placed).read(client)
    disconnect(client)
    return caplog.text


def test_a_mood_that_the_coach_gives_songs_is_not_said_to_borrow(
    mpd_server: PrivateMpd, caplog: pytest.LogCaptureFixture
) -> None:
    assert warned_of(mpd_server, {"fear/0.flac": SAD}, caplog) == ""
    assert "music.moods.sad: folder 'blue': MPD has no song there; this mood borrows" in warned_of(
        mpd_server, {}, caplog
    )


def test_without_a_coach_the_library_is_as_mpd_lists_it() -> None:
    assert with_places(LISTED, {}) is LISTED
