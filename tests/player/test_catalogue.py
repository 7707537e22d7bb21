"""What MPD tells of a library that changes: only what is new of it, by a real MPD."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import write_tone

from appliance.demo.private_mpd import PrivateMpd
from appliance.player.catalogue import Catalogue
from appliance.player.client import connect
from appliance.player.songs import Library, Source
from appliance.protocol.emotions import EMOTIONS

LONG_AGO = (1_000_000_000.0, 1_000_000_000.0)
"""Accessed and modified, Unix seconds: as a copy that keeps the date."""


class Overheard:
    """A client of MPD that notes what it is asked."""

    def __init__(self, client: Any) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self._client = client

    def lines(self, *words: Any) -> list[str]:
        self.asked.append(words)
        found: list[str] = self._client.lines(*words)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    @property
    def read_whole(self) -> bool:
        return any(words[:2] == ("find", "(base '')") for words in self.asked)


class Lost(Overheard):
    """One whose connection ends when it is asked for many names."""

    def lines(self, *words: Any) -> list[str]:
        if words[0] == "list":
            raise ConnectionError("lost")
        return super().lines(*words)


class Home:
    """A library on disk, its MPD, and a catalogue that has read it once, with nothing new since."""

    def __init__(self, music: Path, server: PrivateMpd) -> None:
        for song in music.rglob("*.flac"):
            os.utime(song, LONG_AGO)
        self.music, self._server = music, server
        server.update()
        self.client = Overheard(connect(server.address, 6600, None))
        self.begin(Catalogue())

    def begin(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.first = self.read()
        self.client.asked.clear()

    def read(self) -> dict[str, Any]:
        self._server.update()
        return dict(self.catalogue.read(self.client))


@pytest.fixture
def home(own_music: Path, tmp_path: Path) -> Any:
    with PrivateMpd(tmp_path / "mpd", own_music) as server:
        yield Home(own_music, server)


def test_a_library_that_has_not_changed_is_the_same_and_not_read_whole(home: Home) -> None:
    again = home.read()
    assert list(again) == list(home.first)
    assert all(again[name] is song for name, song in home.first.items())
    assert not home.client.read_whole


def test_a_song_that_was_copied_with_its_old_date_is_found(home: Home) -> None:
    shutil.copy2(home.music / "sad" / "0.flac", home.music / "sad" / 'it\'s "new".flac')
    assert home.read()['sad/it\'s "new".flac'].title == "sad 0"
    assert not home.client.read_whole


def test_a_song_that_was_moved_is_known_by_its_new_name_only(home: Home) -> None:
    (home.music / "sad" / "0.flac").rename(home.music / "happy" / "moved.flac")
    assert home.read().keys() == home.first.keys() - {"sad/0.flac"} | {"happy/moved.flac"}
    assert not home.client.read_whole


def test_a_song_whose_tags_were_changed_is_told_anew(home: Home) -> None:
    write_tone(home.music / "sad" / "0.flac", "Another title", "Somebody", 440.0)
    assert home.read()["sad/0.flac"].title == "Another title"
    assert not home.client.read_whole


def test_a_whole_collection_that_arrives_at_once_is_read_in_pages(home: Home) -> None:
    home.begin(Catalogue(many=3))
    for number in range(5):
        shutil.copy2(home.music / "sad" / "0.flac", home.music / "sad" / f"more {number}.flac")
    assert len(home.read()) == len(home.first) + 5
    assert home.client.read_whole


def test_names_that_are_too_long_for_one_answer_come_folder_by_folder(home: Home) -> None:
    write_tone(home.music / "at the root.flac", "Root", "Somebody", 440.0)
    home.begin(Catalogue(at_once=250))  # more than the names have letters, less than MPD's lines of them
    before = home.first
    (home.music / "happy" / "0.flac").unlink()
    assert home.read().keys() == before.keys() - {"happy/0.flac"}
    assert ("list", "file", "base", "sad") in home.client.asked
    passing = home.catalogue.passing(home.client, '(artist == "Artist 0")')
    assert {*passing} == {f"{mood}/0.flac" for mood in EMOTIONS} - {"happy/0.flac"}
    assert not any(words[:2] == ("list", "file") and len(words) == 3 for words in home.client.asked)


def test_after_a_connection_that_was_lost_in_the_middle_all_is_read(home: Home) -> None:
    with pytest.raises(ConnectionError):
        home.catalogue.read(Lost(home.client))
    assert home.read() == home.first
    assert home.client.read_whole


def test_a_moods_filter_follows_what_has_changed(home: Home) -> None:
    library = Library({mood: Source(filter='(artist == "Artist 0")') for mood in EMOTIONS})
    assert len(library.read(home.client).by_mood["happy"]) == len(EMOTIONS)
    write_tone(home.music / "sad" / "0.flac", "sad 0", "Somebody else", 440.0)
    home.read()
    assert len(library.read(home.client).by_mood["happy"]) == len(EMOTIONS) - 1
