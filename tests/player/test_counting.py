"""Songs counted by MPD itself are as many as the box lists."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any
from unicodedata import normalize

from conftest import write_tone

from appliance.demo.private_mpd import PrivateMpd
from appliance.player.client import connect
from appliance.player.counting import count, folders
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


class Answering:
    """An MPD with these folders, or as many songs by each filter, in their order."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)

    def lines(self, command: str, folder: str) -> list[str]:
        return [f"directory: {name}" for name in self._answers] if not folder else []

    def stats(self) -> dict[str, str]:
        return {"songs": "9"}

    def count(self, *expression: str) -> dict[str, str]:
        return {"songs": self._answers.pop(0)}


def test_a_folder_of_that_very_name_is_counted_alone_else_all_in_another_case() -> None:
    mpd = Answering("Happy", "hAPPY", "happy", "sad")
    assert folders(mpd, "hAPPY/") == ["hAPPY"]
    assert folders(mpd, "HAPPY") == ["Happy", "hAPPY", "happy"]
    assert folders(mpd, "SAD") == ["sad"]


def test_of_a_filter_in_two_spellings_any_counts_and_of_one_that_negates_the_fewest() -> None:
    """These pass both, at the most."""
    for expression, counted in ('(artist == "Bj\u00f6rk")', 5), ('(!(artist == "Bj\u00f6rk"))', 2):
        assert count({"sad": Source(filter=expression)}, Answering("3", "2")) == (9, {"sad": counted})
