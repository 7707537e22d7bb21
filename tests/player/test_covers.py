"""Covers, with a real MPD and real files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import write_tone

from appliance.demo.private_mpd import PrivateMpd
from appliance.errors import CommandRejected
from appliance.player import Source
from appliance.player.client import Client, picture_of
from appliance.player.covers import CHUNKS, LARGEST
from appliance.player.library import COVERS, LARGEST_KEPT, LibraryClient
from appliance.protocol.emotions import EMOTIONS

JPEG = b"\xff\xd8\xff\xe0" + bytes(100)
PNG = b"\x89PNG\r\n\x1a\n"
NAMES = (
    "cover.jpg",
    "Cover.jpg",
    "COVER.JPG",
    "cover.jpeg",
    "folder.jpg",
    "Folder.JPG",
    "front.jpg",
    "Front Cover.jpg",
    "AlbumArtSmall.jpg",
    "AlbumArt_{0F1E2D3C-0000-0000-0000-000000000000}_Large.jpg",
    "Artwork.jpg",
)
SHEET = 'FILE "album.flac" WAVE\n  TRACK 01 AUDIO\n    TITLE "One"\n    INDEX 01 00:00:00\n'
MEGABYTE = 1024 * 1024
FIVE = PNG + os.urandom(5 * MEGABYTE)


def with_picture(song: Path, picture: bytes) -> None:
    """Put a picture into a FLAC, behind its first block."""
    flac = song.read_bytes()
    first = 4 + 4 + int.from_bytes(flac[5:8], "big")

    def counted(text: bytes) -> bytes:
        return len(text).to_bytes(4, "big") + text

    block = bytes([0, 0, 0, 3]) + counted(b"image/png") + counted(b"") + bytes(16) + counted(picture)
    song.write_bytes(flac[:first] + b"\x06" + len(block).to_bytes(3, "big") + block + flac[first:])


@pytest.fixture(scope="module")
def mpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateMpd]:
    folder = tmp_path_factory.mktemp("covers")
    music = folder / "music"
    for number, name in enumerate(NAMES):
        write_tone(music / str(number) / "song.flac")
        (music / str(number) / name).write_bytes(JPEG)
    for name in ("none", "large", "too large", "wrong", "both", "link", "inside"):
        write_tone(music / name / "song.flac")
    (music / "large" / "cover.png").write_bytes(FIVE)
    with (music / "too large" / "cover.png").open("wb") as file:
        file.write(PNG)
        file.truncate(LARGEST + 1)
    (music / "wrong" / "cover.jpg").write_bytes(b"<script>alert(1)</script>")
    (music / "wrong" / "Folder.jpg").write_bytes(JPEG)
    (music / "wrong" / "artist.jpg").write_bytes(PNG)
    (music / "both" / "AlbumArtSmall.jpg").write_bytes(PNG)
    (music / "both" / "Folder.jpg").write_bytes(JPEG)
    (folder / "secret.jpg").write_bytes(JPEG)
    (music / "link" / "cover.jpeg").symlink_to(folder / "secret.jpg")
    os.mkfifo(music / "link" / "folder.jpeg")
    with_picture(music / "inside" / "song.flac", FIVE)
    write_tone(music / "sheet" / "album.flac")
    (music / "sheet" / "album.cue").write_text(SHEET)
    (music / "sheet" / "notes.jpg").write_bytes(PNG)
    (music / "sheet" / "cover.jpg").write_bytes(JPEG)
    with PrivateMpd(folder / "mpd", music) as server:
        yield server


@pytest.fixture
def library(mpd: PrivateMpd) -> LibraryClient:
    return LibraryClient(mpd.address, 6600, None, {mood: Source(folder=mood) for mood in EMOTIONS})


@pytest.mark.parametrize(("number", "name"), list(enumerate(NAMES)), ids=NAMES)
def test_a_cover_is_found_by_its_usual_names_in_any_case(
    library: LibraryClient, number: int, name: str
) -> None:
    assert library.cover(f"{number}/song.flac") == ("image/jpeg", JPEG)


@pytest.mark.parametrize("song", ["large/song.flac", "inside/song.flac"])
def test_a_large_scan_is_shown_but_not_kept(library: LibraryClient, song: str) -> None:
    assert len(FIVE) > LARGEST_KEPT
    assert library.cover(song) == ("image/png", FIVE)
    assert not library._covers


def test_one_that_is_too_large_is_refused_in_words(library: LibraryClient) -> None:
    with pytest.raises(CommandRejected, match="20 MB"):
        library.cover("too large/song.flac")


def test_a_picture_in_a_song_is_fetched_in_few_pieces(mpd: PrivateMpd) -> None:
    """MPD reads the song's head anew for each: a thousand pieces took minutes."""

    class Counting(Client):
        asked = 0

        def _write_command(self, command: str, args: Any = ()) -> None:
            self.asked += command == "readpicture"
            super()._write_command(command, args)

    client = Counting()
    client.connect(mpd.address, 0)
    client.binarylimit(CHUNKS[0])
    assert picture_of(client, "readpicture", "inside/song.flac", LARGEST) == FIVE
    assert client.asked == 2
    assert picture_of(client, "readpicture", "inside/song.flac", len(FIVE)) == FIVE
    with pytest.raises(CommandRejected, match="5 MB"):
        picture_of(client, "readpicture", "inside/song.flac", MEGABYTE)
    client.disconnect()


def test_the_likeliest_name_wins_and_only_a_picture_counts(library: LibraryClient) -> None:
    assert library.cover("both/song.flac") == ("image/jpeg", JPEG)
    assert library.cover("wrong/song.flac") == ("image/jpeg", JPEG)


def test_a_link_or_a_pipe_beside_a_song_is_no_cover(library: LibraryClient) -> None:
    assert library.cover("link/song.flac") is None


def test_only_songs_of_the_library_and_the_queue_have_covers(
    library: LibraryClient, mpd: PrivateMpd, tmp_path: Path
) -> None:
    """Of others MPD would fetch any address, and read whatever it may."""
    write_tone(tmp_path / "song.flac")
    with_picture(tmp_path / "song.flac", PNG)
    away = str(tmp_path / "song.flac")
    for uri in (away, f"file://{away}", "http://127.0.0.1:9/a.mp3", "0/../0/song.flac", "../mpd/x", "0"):
        assert library.cover(uri) is None
    client = mpd.client()
    client.add(away)
    assert library.cover(away) == ("image/png", PNG)
    (tmp_path / "cover.jpg").write_bytes(JPEG)
    write_tone(tmp_path / "plain.flac")
    client.add(str(tmp_path / "plain.flac"))
    assert library.cover(str(tmp_path / "plain.flac")) is None  # what lies beside it is not of the music
    client.clear()
    client.disconnect()


def test_mpd_is_never_sent_to_an_address_for_a_cover(library: LibraryClient, mpd: PrivateMpd) -> None:
    """Also not to a radio's in the queue: MPD would do nothing else until that has answered."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as radio:
        uri = f"http://127.0.0.1:{radio.getsockname()[1]}/song.mp3"
        client = mpd.client()
        client.add(uri)
        assert library.cover(uri) is None
        client.clear()
        client.disconnect()
        radio.setblocking(False)
        with pytest.raises(BlockingIOError):
            radio.accept()


def test_only_a_few_covers_are_kept_in_memory(library: LibraryClient) -> None:
    assert len(NAMES) > COVERS
    for number in range(len(NAMES)):
        assert library.cover(f"{number}/song.flac")
    assert [*library._covers] == [f"{number}/song.flac" for number in range(len(NAMES))][-COVERS:]


def test_a_cover_that_comes_later_is_found(library: LibraryClient, mpd: PrivateMpd) -> None:
    assert library.cover("none/song.flac") is None
    late = mpd.music / "none" / "cover.jpg"
    late.write_bytes(JPEG)
    assert library.cover("none/song.flac") == ("image/jpeg", JPEG)
    late.unlink()


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (b"RIFF\0\1\0\0WEBPVP8 ", "image/webp"), (b"RIFF\0\1\0\0WAVEfmt ", None),
        (b"JUNK\0\1\0\0WEBPVP8 ", None), (b"GIF89a", "image/gif"),
    ],
)  # fmt: skip
def test_a_picture_is_shown_as_what_its_first_bytes_say(
    library: LibraryClient, mpd: PrivateMpd, first: bytes, kind: str | None
) -> None:
    (mpd.music / "none" / "cover.jpg").write_bytes(first)
    assert library.cover("none/song.flac") == ((kind, first) if kind else None)
    (mpd.music / "none" / "cover.jpg").unlink()


@pytest.mark.parametrize("uri", ["sheet/album.cue/track0001", "sheet/album.flac"])
def test_an_album_with_a_cue_sheet_has_the_cover_beside_it(library: LibraryClient, uri: str) -> None:
    """MPD shows the sheet's songs, and hides the file."""
    assert library.cover(uri) == ("image/jpeg", JPEG)


@pytest.mark.parametrize("uri", ["sheet/other.flac", "sheet/../secret.jpg", "../music/sheet/album.flac"])
def test_beside_a_cue_sheet_nothing_else_has_a_cover(library: LibraryClient, uri: str) -> None:
    assert library.cover(uri) is None
