"""The music as the page shows it, with a real MPD."""

from __future__ import annotations

import shutil
import socket
import threading
from pathlib import Path

import pytest

from appliance.demo.private_mpd import PrivateMpd
from appliance.errors import PlayerLost, PlayerRefused
from appliance.player import Source
from appliance.player.library import LibraryClient
from appliance.protocol.emotions import EMOTIONS

SOURCES = {mood: Source(folder=mood) for mood in EMOTIONS}


@pytest.fixture
def library(mpd_server: PrivateMpd) -> LibraryClient:
    return LibraryClient(mpd_server.address, 6600, None, SOURCES)


def test_the_queue_begins_with_the_song_that_plays(library: LibraryClient, mpd_server: PrivateMpd) -> None:
    assert library.queue() == ()
    client = mpd_server.client()
    for uri in ("sad/0.flac", "happy/0.flac", "happy/1.flac"):
        client.add(uri)
    assert len(library.queue()) == 3  # none plays yet
    client.play(1)
    client.disconnect()
    assert [song.uri for song in library.queue()] == ["happy/0.flac", "happy/1.flac"]


def test_every_song_is_named(library: LibraryClient) -> None:
    assert set(library.names()) == {f"{mood}/{number}.flac" for mood in EMOTIONS for number in range(2)}


def test_every_mood_is_counted(library: LibraryClient) -> None:
    assert library.counts() == dict.fromkeys(EMOTIONS, 2)


def test_what_the_player_has_counted_is_not_counted_again(tmp_path: Path) -> None:
    """However many pages are open, and however many songs there are."""
    counted = {"happy": 100_000}
    library = LibraryClient(str(tmp_path / "no MPD is asked"), 6600, None, SOURCES, lambda: counted)
    assert library.counts() == counted


def test_mpd_tells_where_its_music_lies(library: LibraryClient, music_folder: Path) -> None:
    assert library.music_folder() == music_folder.resolve()


def test_songs_can_be_sent_while_mpd_does_not_answer(own_music: Path, tmp_path: Path) -> None:
    with PrivateMpd(tmp_path / "mpd", own_music) as server:
        library = LibraryClient(server.address, 6600, None, SOURCES)
        library.queue()  # as a page shows it
        server.kill()
        assert library.music_folder() == own_music.resolve()
        with pytest.raises(PlayerLost):
            LibraryClient(server.address, 6600, None, SOURCES).music_folder()


def test_an_mpd_that_hangs_up_in_the_middle_is_lost() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            near, _ = server.accept()
            with near, near.makefile("rb") as asked:
                near.sendall(b"OK MPD 0.24.0\n")
                while asked.readline() == b"status\n":
                    near.sendall(b"OK\n")

        answering = threading.Thread(target=answer, daemon=True)  # it would wait for ever where nobody calls
        answering.start()
        library = LibraryClient("127.0.0.1", server.getsockname()[1], None, SOURCES)
        with pytest.raises(PlayerLost, match="hung up"):
            library.queue()
        answering.join()


def test_new_songs_are_found_once_asked_for(own_music: Path, tmp_path: Path) -> None:
    with PrivateMpd(tmp_path / "mpd", own_music) as server:
        library = LibraryClient(server.address, 6600, None, SOURCES)
        shutil.copy(own_music / "sad" / "0.flac", own_music / "sad" / "2.flac")
        library.update("sad")
        server.update()  # waits for both
        assert library.counts()["sad"] == 3


def test_a_folder_that_mpd_cannot_have_is_refused(library: LibraryClient) -> None:
    with pytest.raises(PlayerRefused):
        library.update("../elsewhere")


def test_without_mpd_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(PlayerLost, match="no MPD"):
        LibraryClient(str(tmp_path / "nothing"), 6600, None, SOURCES).queue()


def test_what_other_programs_have_written_to_stickers_is_told_by_name(
    library: LibraryClient, mpd_server: PrivateMpd
) -> None:
    other = mpd_server.client()
    for uri, name, value in (
        ("happy/0.flac", "mood", "fröhlich = gut"),
        ("sad/0.flac", "comment", "to dream"),
        ("sad/0.flac", "like", "2"),
    ):
        other.sticker_set("song", uri, name, value)
    told = library.stickers("mood", "genre", "comment")
    assert told == {
        "mood": {"happy/0.flac": "fröhlich = gut"},
        "genre": {},
        "comment": {"sad/0.flac": "to dream"},
    }
