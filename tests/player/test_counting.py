"""Songs counted by MPD itself are as many as the box lists."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any
from unicodedata import normalize

from conftest import write_tone

from appliance.demo.private_mpd import PrivateMpd
from appliance.player.client import connect
from appliance.player.counting import count
from appliance.player.songs import Library, Source

SOURCES = {
    "angry": Source(folder="/"),
    "disgust": Source(folder=normalize("NFC", "Fröhlich")),
    "fear": Source(folder="rock/LOUD"),
    "happy": Source(folder="nowhere/at all"),
    "sad": Source(filter='(artist == "O\'Neil \\"X\\"")'),
    "surprise": Source(filter='(title != "Größe")'),
    "neutral": Source(filter="no filter"),
}


class Sparing:
    """MPD, to be asked for no list of songs."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, command: str) -> Any:
        return getattr(self._client, command)

    def lines(self, command: str, *arguments: Any) -> list[str]:
        assert command == "lsinfo"
        found: list[str] = self._client.lines(command, *arguments)
        return found


def music(folder: Path) -> Path:
    for name in ("root", normalize("NFD", "Fröhlich/1"), "Fröhlich/2", "Rock/Loud/1", "Rock/Soft/1"):
        write_tone(folder / f"{name}.flac", normalize("NFD", "Größe") if "1" in name else name, 'O\'Neil "X"')
    return folder


def test_mpd_counts_as_many_songs_as_would_be_listed_and_lists_none(tmp_path: Path) -> None:
    with PrivateMpd(tmp_path / "mpd", music(tmp_path / "music")) as mpd:
        client = connect(mpd.address, 0, None)
        with closing(client):
            listed = Library(SOURCES).read(client)
            counted = count(SOURCES, Sparing(client))
    assert counted == (5, {mood: len(songs) for mood, songs in listed.by_mood.items()})
    assert counted[1] == dict(zip(SOURCES, (5, 2, 1, 0, 5, 2, 0), strict=True))


def test_what_a_playlist_means_is_looked_up(tmp_path: Path) -> None:
    sources = {"happy": Source(playlist="mine"), "sad": Source(folder="Rock\\Soft")}
    (tmp_path / "mpd" / "playlists").mkdir(parents=True)
    (tmp_path / "mpd" / "playlists" / "mine.m3u").write_text("rock\\loud\\1.flac\ngone.flac\n")
    with PrivateMpd(tmp_path / "mpd", music(tmp_path / "music")) as mpd:
        client = connect(mpd.address, 0, None)
        with closing(client):
            assert count(sources, client) == (5, {"happy": 1, "sad": 1})
