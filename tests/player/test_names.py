"""Names as people, playlists and other systems write them."""

from __future__ import annotations

from unicodedata import normalize

import pytest

from appliance.player.names import Names, filters, folder_of

SONGS = (
    "Rock/Größe/Song 1.flac",
    "Rock/Song 2.flac",
    "Jazz/Song 2.flac",
    "Jazz/AC\\DC.flac",
    "Jazz/9%.mp3",
)


@pytest.mark.parametrize(
    ("line", "uri"),
    [
        ("Rock/Song 2.flac", "Rock/Song 2.flac"),
        ("\ufeffRock/Song 2.flac", "Rock/Song 2.flac"),
        ("Rock\\Song 2.flac\r", "Rock/Song 2.flac"),
        (".\\Rock\\..\\Jazz\\Song 2.flac", "Jazz/Song 2.flac"),
        ("rock/SONG 2.Flac", "Rock/Song 2.flac"),
        ("D:\\Music\\Rock\\Song 2.flac", "Rock/Song 2.flac"),
        ("lists/D:\\Music\\Rock\\Song 2.flac", "Rock/Song 2.flac"),
        ("\\\\nas\\share\\Jazz\\Song 2.flac", "Jazz/Song 2.flac"),
        ("/Users/me/Music/Jazz/Song 2.flac", "Jazz/Song 2.flac"),
        ("file:///C:/Music/Jazz/Song%202.flac", "Jazz/Song 2.flac"),
        (normalize("NFD", "Rock/Größe/Song 1.flac"), "Rock/Größe/Song 1.flac"),
        (normalize("NFD", "d:\\rock\\GRÖSSE\\song 1.flac"), "Rock/Größe/Song 1.flac"),
        ("Größe\\Song 1.flac", "Rock/Größe/Song 1.flac"),
        ("Jazz/AC\\DC.flac", "Jazz/AC\\DC.flac"),
        ("jazz/ac\\dc.FLAC", "Jazz/AC\\DC.flac"),
        ("Jazz/9%.mp3", "Jazz/9%.mp3"),
    ],
)
def test_a_playlist_from_anywhere_names_the_song_that_is_here(line: str, uri: str) -> None:
    assert Names(SONGS).find(line) == uri


@pytest.mark.parametrize(
    "line", ["", "Rock/gone.flac", "Pop/Song 1.flac", "C:\\Song 2.flac", "/", "..", "\ufeff"]
)
def test_a_line_that_could_mean_two_songs_or_none_means_none(line: str) -> None:
    assert Names(SONGS).find(line) is None


def test_two_songs_that_differ_by_case_are_told_apart() -> None:
    names = Names(("a/Song.mp3", "a/song.mp3"))
    assert names.find("a/song.mp3") == "a/song.mp3"
    assert names.find("a\\Song.mp3") == "a/Song.mp3"


def test_a_folder_is_the_same_folder_in_every_spelling() -> None:
    mac, here = normalize("NFD", "Fröhlich/1.mp3"), normalize("NFC", "Fröhlich/2.mp3")
    assert folder_of("Fröhlich/", (mac, here, "froh/3.mp3")) == [mac, here]
    assert folder_of("rock\\größe", SONGS) == ["Rock/Größe/Song 1.flac"]
    assert folder_of("/", SONGS) == list(SONGS)


def test_a_folder_of_exactly_this_name_is_meant_and_no_other() -> None:
    assert folder_of("happy", ("happy/1.mp3", "Happy/2.mp3")) == ["happy/1.mp3"]


def test_a_filter_asks_for_every_spelling_and_a_negated_one_for_none() -> None:
    nfc, nfd = normalize("NFC", "Björk"), normalize("NFD", "Björk")
    assert filters('(genre == "Jazz")') == (['(genre == "Jazz")'], False)
    assert filters(f'(artist == "{nfc}")') == ([f'(artist == "{nfc}")', f'(artist == "{nfd}")'], False)
    assert filters('(genre != "Jazz")') == (['(genre != "Jazz")'], False)
    assert filters(f'(!(artist == "{nfd}"))')[1]
    neither = f'((artist != "{nfc}") AND (artist != "{nfd}"))'
    assert filters(f'((artist != "{nfc}") AND (genre == "Jazz"))') == (
        [f'({neither} AND (genre == "Jazz"))'],
        False,
    )
