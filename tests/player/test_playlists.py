"""The playlists that MPD keeps, as people can choose them: with a real MPD."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from appliance.demo.private_mpd import PrivateMpd
from appliance.player.client import connect
from appliance.player.playlists import MOST, Playlists, is_readable
from appliance.player.songs import Library
from appliance.protocol.messages import MOST_LISTED


def keep(server: PrivateMpd, name: str | bytes, *lines: str) -> None:
    file = os.path.join(os.fsencode(server.folder / "playlists"), os.fsencode(name) + b".m3u")
    Path(os.fsdecode(file)).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def playlists(server: PrivateMpd) -> dict[str, list[str]]:
    client = connect(server.address, 6600, None)
    try:
        found = Library({}).read(client).playlists
    finally:
        client.disconnect()
    return {name: [song.uri for song in songs] for name, songs in found.items()}


@pytest.fixture
def server(mpd_server: PrivateMpd) -> PrivateMpd:
    for file in (mpd_server.folder / "playlists").iterdir():
        file.unlink()
    return mpd_server


def test_they_are_known_by_name_with_their_songs_in_their_order(server: PrivateMpd) -> None:
    keep(server, "müde", "sad/1.flac", "happy/0.flac")
    keep(server, "Dinner", "http://radio.example/all", "gone/away.flac", "angry/0.flac")
    assert [*playlists(server).items()] == [
        ("Dinner", ["http://radio.example/all", "angry/0.flac"]),
        ("müde", ["sad/1.flac", "happy/0.flac"]),
    ]


@pytest.mark.parametrize(
    "name",
    [
        'it\'s "mine" \\ yours',
        "<img src=x onerror=alert(1)>",
        "Familie 👨\u200d👩\u200d👧",
        "None",
        "मेरी सूची",
        "🎵" * 60,
    ],
)
def test_whatever_name_people_write_is_sent_back_to_mpd(server: PrivateMpd, name: str) -> None:
    keep(server, name, "sad/0.flac")
    assert playlists(server) == {name: ["sad/0.flac"]}


def test_one_that_nobody_could_read_or_play_is_left_out(server: PrivateMpd) -> None:
    for name in (b"\xff\xfe", b"\x1b[31mred", b"upside\xe2\x80\xaedown", b" blank "):
        keep(server, name, "sad/0.flac")
    keep(server, "empty")
    keep(server, "nothing is there", "gone/away.flac", "file:///etc/passwd")
    assert playlists(server) == {}
    assert not any(map(is_readable, (" x", "x ", "", "two\nlines", "\u202eback", "\u2028", "a\0")))


def test_there_are_so_many_of_them_and_so_many_songs_of_each(server: PrivateMpd) -> None:
    for number in range(MOST + 1):
        keep(server, f"{number:03}", *["sad/0.flac"] * (MOST_LISTED + 1))
    found = playlists(server)
    assert [*found] == [f"{number:03}" for number in range(MOST)]
    assert {len(songs) for songs in found.values()} == {MOST_LISTED}


class HangsUp:
    """An MPD that ends the connection where it is asked for one of its playlists."""

    asked = 0

    def lines(self, command: str, *arguments: str) -> list[str]:
        if command == "listplaylists":
            return ["playlist: fine", "Last-Modified: 2026-01-01T00:00:00Z", "playlist: huge"]
        if arguments == ("huge",):
            self.asked += 1
            raise ConnectionError("output buffer is full")
        return ["file: http://radio.example/all"]


def test_one_at_which_mpd_hangs_up_costs_the_library_no_more_than_two_readings(
    caplog: pytest.LogCaptureFixture,
) -> None:
    mpd, made = HangsUp(), Playlists()
    for _ in range(2):
        with pytest.raises(ConnectionError):
            made.read(mpd, {})
        assert not caplog.records
    assert [*made.read(mpd, {})] == ["fine"]
    assert [*made.read(mpd, {})] == ["fine"]
    assert mpd.asked == 2
    assert ["hangs up" in record.getMessage() for record in caplog.records] == [True]
