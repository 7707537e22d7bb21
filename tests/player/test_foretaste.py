"""A large library's first song does not wait until all of it is listed."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from conftest import write_tone
from listening import Listening
from mpd import CommandError

from appliance.demo.private_mpd import PrivateMpd
from appliance.player.client import connect
from appliance.player.foretaste import SOME, some_songs
from appliance.player.songs import Source
from appliance.player.telling import PAGE
from appliance.protocol.messages import LibraryChanged


def test_some_songs_of_each_mood_are_known_and_an_empty_one_is_empty(tmp_path: Path) -> None:
    for name in (*(f"happy/{number}" for number in range(SOME + 20)), normalize("NFD", "Tränen/1")):
        write_tone(tmp_path / "music" / f"{name}.flac")
    sources = {"happy": Source(folder="Happy"), "sad": Source(folder="Tränen"), "fear": Source(folder="none")}
    with (
        PrivateMpd(tmp_path / "mpd", tmp_path / "music") as mpd,
        closing(connect(mpd.address, 0, None)) as link,
    ):
        found = some_songs(sources, link, large=0)
        assert found
        assert {mood: len(songs) for mood, songs in found.by_mood.items()} == {
            "happy": SOME,
            "sad": 1,
            "fear": 0,
        }
        assert (len(found.everything), found.is_whole) == (SOME + 1, False)
        assert some_songs(sources, link) is None  # all of them take but a moment
        assert some_songs({"happy": Source(filter="(artist == 'x')")}, link, large=0) is None


class Asked:
    """An MPD with so many songs, which notes where those that are listed were to begin."""

    def __init__(self, songs: int) -> None:
        self._songs, self.starts = songs, set[int]()

    def stats(self) -> dict[str, str]:
        return {"songs": str(self._songs)}

    def count(self, *expression: str) -> dict[str, str]:
        return self.stats()

    def lines(self, command: str, *arguments: Any) -> list[str]:
        self.starts.add(arguments[-1][0])
        return ["file: happy/0.flac"]


def test_each_song_may_be_among_the_first() -> None:
    few, many = Asked(SOME + 1), Asked(20 * SOME)
    for mpd in (few, many):
        for _ in range(200):
            some_songs({"happy": Source(folder="/")}, mpd, large=SOME)
    assert few.starts == {0, 1}
    assert len(many.starts) > 10


def test_an_mpd_that_does_not_tell_how_many_songs_it_has_is_asked_for_all() -> None:
    class Silent:
        def stats(self) -> dict[str, str]:
            raise CommandError("no permission")

    assert some_songs({"happy": Source(folder="/")}, Silent()) is None


@pytest.mark.slow
def test_of_a_large_library_some_songs_come_first_and_then_all(tmp_path: Path) -> None:
    write_tone(tmp_path / "music/happy/0.flac")
    for number in range(1, PAGE + 1):
        os.link(tmp_path / "music/happy/0.flac", tmp_path / f"music/happy/{number}.flac")
    with PrivateMpd(tmp_path / "mpd", tmp_path / "music") as mpd:
        box = Listening(mpd.address, sources={"happy": Source(folder="happy")})
        with closing(box):
            box.until(lambda event: isinstance(event, LibraryChanged) and event.is_whole)
    told = [event for event in box.heard if isinstance(event, LibraryChanged)]
    assert [len(event.everything) for event in told] == [SOME, PAGE + 1]
