"""Which songs each mood has, and what a person is told where a source gives none."""

from __future__ import annotations

from typing import Any

import pytest
from simulated_mpd import SimulatedMpd

from appliance.player.songs import Library, Source
from appliance.protocol.messages import Placed, Song

A, B = Song("happy/a.flac", "A", duration_s=100.0), Song("sad/b.flac", "B", duration_s=100.0)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Source(folder="sad"), "folder 'sad'"),
        (Source(playlist="mine"), "playlist 'mine'"),
        (Source(filter="(x)"), "filter '(x)'"),
        (Source(), "folder ''"),
    ],
)
def test_a_source_is_named_by_what_it_is(source: Source, words: str) -> None:
    assert str(source) == words


class Dropping:
    """A client whose connection ends where it asks for more stickers than MPD sends."""

    def __init__(self, client: Any) -> None:
        self._client, self.times = client, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def lines(self, command: str, *arguments: Any) -> list[str]:
        if command == "sticker find":
            self.times += 1
            raise ConnectionError("Connection lost while reading line")
        return self._client.lines(command, *arguments)


def test_an_mpd_that_hangs_up_over_its_stickers_is_not_asked_for_them_again() -> None:
    """Else no song would ever be listed."""
    library, client = Library({"sad": Source(folder="sad")}), Dropping(SimulatedMpd([A, B]).client())
    with pytest.raises(ConnectionError):
        library.read(client)
    for _ in range(2):
        assert library.read(client).by_mood == {"sad": (B,)}
        assert library.counts == {"sad": 1}
    assert client.times == 1


def test_stickers_are_read_each_time_where_mpd_tells_them() -> None:
    mpd = SimulatedMpd([A, B])
    library = Library({"sad": Source(folder="sad")})
    for like, opinion in (("2", 1.0), ("0", -1.0)):
        mpd.client().sticker_set("song", B.uri, "like", like)
        assert library.read(mpd.client()).opinions == {B.uri: opinion}


def test_an_empty_folder_is_warned_of_once_until_it_has_songs(caplog: pytest.LogCaptureFixture) -> None:
    library = Library({"happy": Source(folder="happy"), "sad": Source(folder="sad")})
    for songs in ([A], [A], [A, B], [A], [A]):
        library.read(SimulatedMpd(songs).client())
    empty = "music.moods.sad: folder 'sad': MPD has no song there; this mood borrows other music"
    assert [record.getMessage() for record in caplog.records] == [empty, empty]


def test_where_the_coach_gives_songs_only_a_source_that_is_wrong_is_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sources = {"sad": Source(folder="nowhere"), "happy": Source(filter="a\nb")}
    placed = {A.uri: Placed("happy", (0.5, 0.5), "by ear"), B.uri: Placed("sad", (-0.5, -0.5), "by ear")}
    found = Library(sources, lambda: placed).read(SimulatedMpd([A, B]).client())
    assert found.by_mood == {"sad": (B,), "happy": (A,)}
    (warned,) = (record.getMessage() for record in caplog.records)
    assert warned.startswith(
        "music.moods.happy: filter 'a\\nb': MPD cannot take a line break; it has the songs"
    )


class Filtering:
    """A client of an MPD that passes these names, by the filter."""

    def __init__(self, client: Any, passing: dict[str, list[str]]) -> None:
        self._client, self._passing = client, passing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def lines(self, command: str, *arguments: Any) -> list[str]:
        if command == "list":
            return [f"file: {name}" for name in self._passing[arguments[-1]]]
        return self._client.lines(command, *arguments)


def by_filter(passing: dict[str, list[str]]) -> tuple[Song, ...]:
    client = Filtering(SimulatedMpd([A, B]).client(), passing)
    return Library({"sad": Source(filter=next(iter(passing)))}).read(client).by_mood["sad"]


def test_a_song_passes_a_filter_in_any_spelling_and_one_that_negates_in_all() -> None:
    composed, apart = '(artist == "Bj\u00f6rk")', '(artist == "Bjo\u0308rk")'
    assert by_filter({composed: [A.uri], apart: [B.uri, "gone.flac"]}) == (A, B)
    assert by_filter({f"(!{composed})": [A.uri, B.uri], f"(!{apart})": [B.uri]}) == (B,)
    assert by_filter({'(!(artist == "Ann"))': [B.uri]}) == (B,)
