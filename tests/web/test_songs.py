"""Queue, covers and uploads: a real server, a real MPD."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")

from conftest import write_tone
from hypothesis import given, settings
from hypothesis import strategies as st
from waiting import until
from webbing import Served

from appliance.demo.private_mpd import PrivateMpd
from appliance.errors import CommandRejected, ConfigError, PlayerLost, PlayerRefused
from appliance.player.library import LibraryClient
from appliance.web.care.songfile import NameTaken, NoRoom, WrongType, inside, safe_folder, safe_name, store

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture
def served(own_music: Path, tmp_path: Path) -> Iterator[Served]:
    (own_music / "happy" / "cover.png").write_bytes(PNG)
    with PrivateMpd(tmp_path / "mpd", own_music) as mpd, Served(tmp_path, mpd.address) as served:
        yield served


def is_fine(song: Path) -> bool:
    """In place of MPD, where that is not what is tried."""
    return True


def tone(folder: Path) -> bytes:
    write_tone(folder / "tone.flac", "New", "Nobody")
    return (folder / "tone.flac").read_bytes()


def test_an_uploaded_song_lands_in_its_moods_folder_and_mpd_knows_it(
    served: Served, own_music: Path, tmp_path: Path
) -> None:
    song = tone(tmp_path)
    answer = served.client.ask("PUT", "/api/music/sad/M%C3%BCde%20Ballade.flac", song)
    assert (answer.status, answer.json) == (201, {"name": "Müde Ballade.flac", "mood": "sad"})
    assert (own_music / "sad" / "Müde Ballade.flac").read_bytes() == song
    until(lambda: _songs(served, "sad") == 3)


def _songs(served: Served, mood: str) -> int:
    moods = served.client.get("/api/music").json["moods"]
    return next(entry["songs"] for entry in moods if entry["mood"] == mood)


@pytest.mark.parametrize("error", [PlayerLost("MPD is gone"), PlayerRefused("Update queue is full")])
def test_a_song_that_is_there_is_thanked_for_whatever_mpd_says_then(
    error: Exception, own_music: Path, tmp_path: Path
) -> None:
    class Odd(LibraryClient):
        def update(self, folder: str) -> None:
            raise error

    with PrivateMpd(tmp_path / "mpd", own_music) as mpd:
        served = Served(tmp_path, mpd.address)
        served.interface = replace(served.interface, library=Odd(mpd.address, 6600, None, {}))
        with served:
            assert served.client.ask("PUT", "/api/music/sad/new.flac", tone(tmp_path)).status == 201
    assert (own_music / "sad" / "new.flac").exists()


def test_no_path_of_the_senders_is_believed(served: Served, own_music: Path, tmp_path: Path) -> None:
    before, song = set(own_music.rglob("*")), tone(tmp_path)
    up = ("..%2F..%2Fevil.flac", "..%5Cevil.flac", "%2e%2e%2f%2e%2e%2fevil.flac")
    for name in (*up, "a%00b.flac", ".evil.flac"):
        served.client.ask("PUT", f"/api/music/sad/{name}", song)
    fresh = set(own_music.rglob("*")) - before
    assert all(path.parent == own_music / "sad" and not path.name.startswith(".") for path in fresh)
    assert not [path for path in tmp_path.rglob("*evil*") if own_music not in path.parents]


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("page.html", b"<script>alert(1)</script>", 415),
        ("song.mp3", b"#!/bin/sh\nrm -rf ~\n", 415),
        ("song.flac", b"ID3 this is an mp3", 415),
        ("song", b"fLaC", 415),
        ("song.flac", b"", 415),
        ("0.flac", b"fLaC and more", 409),
        ("photo.m4a", b"\0\0\0\x18ftypheic" + bytes(2000), 415),
        ("noise.mp3", bytes(50_000), 415),
    ],
)
def test_what_is_no_song_or_there_already_is_refused(
    served: Served, own_music: Path, name: str, content: bytes, status: int
) -> None:
    before = {path: path.stat().st_size for path in own_music.rglob("*")}
    answer = served.client.ask("PUT", f"/api/music/happy/{name}", content)
    assert answer.status == status
    assert {path: path.stat().st_size for path in own_music.rglob("*")} == before


def test_a_song_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with Served(tmp_path, page={"upload_mb": 1}) as served:
        answer = served.client.ask("PUT", "/api/music/sad/long.flac", b"fLaC" + bytes(2 * 1024 * 1024))
        assert answer.status == 413


def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(CommandRejected, match="broke off"):
        store(io.BytesIO(b"fLaC" + bytes(1000)), 5000, tmp_path, "song.flac", is_fine)
    assert list(tmp_path.iterdir()) == []


def test_an_mpd_that_cannot_try_a_song_is_no_upload_that_breaks_off(tmp_path: Path) -> None:
    def lost(path: Path) -> bool:
        raise PlayerLost("MPD is not installed")

    with pytest.raises(PlayerLost, match="not installed"):
        store(io.BytesIO(b"fLaC" + bytes(996)), 1000, tmp_path, "song.flac", lost)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sent", [b"fLaC" + bytes(1000), b""])
def test_an_upload_that_falls_silent_is_not_taken_for_a_disk_that_fails(tmp_path: Path, sent: bytes) -> None:
    class Silent(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if found := super().read(size):
                return found
            raise TimeoutError("timed out")

    with pytest.raises(CommandRejected, match="broke off"):
        store(Silent(sent), 5000, tmp_path, "song.flac", is_fine)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_not_filled_to_the_brim(tmp_path: Path) -> None:
    with pytest.raises(NoRoom, match="take other songs away"):
        store(io.BytesIO(b"fLaC"), 1 << 60, tmp_path, "song.flac", is_fine)


def test_a_song_is_never_replaced(tmp_path: Path) -> None:
    store(io.BytesIO(b"fLaC one"), 8, tmp_path, "song.flac", is_fine)
    with pytest.raises(NameTaken):
        store(io.BytesIO(b"fLaC two"), 8, tmp_path, "song.flac", is_fine)
    assert (tmp_path / "song.flac").read_bytes() == b"fLaC one"


def test_a_mood_whose_folder_lies_outside_of_the_music_takes_no_songs(tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "link").symlink_to(tmp_path)
    for folder in ("../elsewhere", "link", "a/../../b"):
        with pytest.raises(ConfigError, match="outside"):
            inside(tmp_path / "music", folder)
    assert inside(tmp_path / "music", "/sad/") == "sad"


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=300))
def test_whatever_the_name_it_is_one_visible_file_in_one_folder(name: str) -> None:
    try:
        safe = safe_name(f"{name}.flac")
    except WrongType:
        return
    assert "/" not in safe
    assert "\0" not in safe
    assert not safe.startswith(".")
    assert safe.endswith(".flac")
    assert len(os.fsencode(safe.encode("utf-8", "replace"))) <= 255


def test_long_names_that_differ_at_their_end_stay_different() -> None:
    works = [f"{'बाख, समतापित क्लावियर, ' * 12}{part}.flac" for part in ("एक", "दो", "तीन")]
    names = {safe_name(work) for work in works}
    assert len(names) == 3
    assert names == {safe_name(name) for name in names}, "a name that fits is let be"


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("AC\\DC.flac", "AC\\DC.flac"),
        ("C:\\Music\\song.flac", "song.flac"),
        ("..\\song.flac", "song.flac"),
        ("family 👨\u200d👩\u200d👧.flac", "family 👨\u200d👩\u200d👧.flac"),
        ("می\u200cخواهم.flac", "می\u200cخواهم.flac"),
        ("Bjo\u0308rk.FLAC", "Björk.flac"),
        ("\u202egalf.exe.flac", "_galf.exe.flac"),
        ("two\nlines.flac", "two_lines.flac"),
    ],
)
def test_a_name_keeps_every_sign_that_deceives_nobody(sent: str, stored: str) -> None:
    assert safe_name(sent) == stored


def test_a_name_that_the_disk_has_in_a_macs_spelling_is_taken(tmp_path: Path) -> None:
    (tmp_path / "Bjo\u0308rk.flac").touch()
    with pytest.raises(NameTaken):
        store(io.BytesIO(b"fLaC"), 4, tmp_path, "Björk.flac", is_fine)


def test_a_moods_folder_is_found_in_a_macs_spelling(tmp_path: Path) -> None:
    (tmp_path / "Fro\u0308hlich").mkdir()
    assert inside(tmp_path, "Fröhlich") == "Fro\u0308hlich"
    assert inside(tmp_path, "fröhlich/Neu") == "Fro\u0308hlich/Neu", "as its songs are found"


def test_of_two_songs_that_take_one_name_at_once_none_is_lost(tmp_path: Path) -> None:
    def another_comes_first(song: Path) -> bool:
        store(io.BytesIO(b"fLaC first"), 10, tmp_path, "song.flac", is_fine)
        return True

    with pytest.raises(NameTaken):
        store(io.BytesIO(b"fLaC second"), 11, tmp_path, "song.flac", another_comes_first)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"fLaC first"]


def test_what_mpd_cannot_play_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(WrongType, match="cannot play"):
        store(io.BytesIO(b"fLaC"), 4, tmp_path, "song.flac", lambda song: False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["..", "a/../..", "a/b/c/d/e", "."])
def test_a_folder_that_is_sent_stays_in_its_moods(path: str) -> None:
    with pytest.raises(WrongType):
        safe_folder(path)
    assert safe_folder("/My Album/.CD 1/") == ("My Album", "CD 1")


def test_a_song_of_a_folder_lands_in_that_folder(served: Served, own_music: Path, tmp_path: Path) -> None:
    song = tone(tmp_path)
    path = "/api/music/sad/01.flac?folder=My%20Album%2FCD%201"
    assert served.client.ask("PUT", path, song).status == 201
    assert (own_music / "sad" / "My Album" / "CD 1" / "01.flac").read_bytes() == song
    until(lambda: _songs(served, "sad") == 3)
    assert served.client.ask("PUT", "/api/music/sad/01.flac?folder=..%2Fhappy", song).status == 415


def test_the_queue_begins_with_what_plays(served: Served) -> None:
    with_mpd = served.interface.library
    assert with_mpd.queue() == ()
    assert served.client.get("/api/queue").json == {"songs": []}


def test_a_cover_is_served_as_the_picture_that_it_is(served: Served) -> None:
    answer = served.client.get("/api/cover?uri=happy/0.flac")
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "image/png", PNG)
    assert answer.headers["cache-control"].startswith("private")
    assert served.client.get("/api/cover?uri=sad/0.flac").status == 204
    assert served.client.get("/api/cover?uri=nowhere.flac").status == 204


def test_a_cover_that_is_no_picture_is_not_served(own_music: Path, tmp_path: Path) -> None:
    (own_music / "happy" / "cover.png").write_bytes(b"<script>alert(1)</script>")
    with PrivateMpd(tmp_path / "mpd", own_music) as mpd, Served(tmp_path, mpd.address) as served:
        assert served.client.get("/api/cover?uri=happy/0.flac").status == 204


def test_without_mpd_the_page_says_so(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        for path in ("/api/queue", "/api/music", "/api/cover?uri=x"):
            answer = served.client.get(path)
            assert answer.status == 503
            assert "MPD" in answer.json["error"]
