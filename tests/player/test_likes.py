"""What MPD's stickers say of songs, and when MPD is asked."""

from __future__ import annotations

from typing import Any

import pytest
from simulated_mpd import SimulatedMpd

from appliance.player.likes import Likes, opinions, stickers
from appliance.protocol.actions import NoteTaste
from appliance.protocol.messages import Song
from appliance.protocol.taste import EVERYBODY, Verdict

SONG, OTHER, THIRD = (Song(name, name, duration_s=100.0) for name in ("m", "a", "z"))


@pytest.fixture
def mpd() -> SimulatedMpd:
    return SimulatedMpd([SONG, OTHER, THIRD])


class Counting:
    """A client that counts how often it is asked for a sticker."""

    def __init__(self, client: Any) -> None:
        self._client, self.asked = client, 0

    def sticker_get(self, *arguments: str) -> Any:
        self.asked += 1
        return self._client.sticker_get(*arguments)


def test_mpd_is_asked_once_whether_a_song_is_liked_until_its_stickers_change(mpd: SimulatedMpd) -> None:
    """While a song plays MPD is looked at again and again."""
    likes, client = Likes(), Counting(mpd.client())
    for song in (OTHER, SONG, THIRD, SONG, OTHER):  # by name before the last, and after it
        before = client.asked
        assert [likes.has(client, song) for _ in range(3)] == [False] * 3
        assert client.asked == before + 1
    mpd.client().sticker_set("song", OTHER.uri, "like", "2")
    likes.forget()
    assert likes.has(client, OTHER) is True


@pytest.mark.parametrize(
    ("name", "value", "opinion"),
    [
        ("like", "0", -1.0), ("like", "1", 0.0), ("like", "2", 1.0),
        ("like", "-1", None), ("like", "3", None), ("like", "nan", None), ("like", "", None),
        ("rating", "0", -1.0), ("rating", "5", 0.0), ("rating", "7.5", 0.5), ("rating", "10", 1.0),
        ("rating", "-1", None), ("rating", "11", None), ("rating", "many", None),
    ],
)  # fmt: skip
def test_a_sticker_says_from_minus_one_to_one_how_a_song_is_liked_or_nothing(
    mpd: SimulatedMpd, name: str, value: str, opinion: float | None
) -> None:
    mpd.client().sticker_set("song", SONG.uri, name, value)
    assert opinions(mpd.client()) == ({} if opinion is None else {SONG.uri: opinion})


def test_a_like_counts_before_a_rating(mpd: SimulatedMpd) -> None:
    for name, value in (("rating", "10"), ("like", "0")):
        mpd.client().sticker_set("song", SONG.uri, name, value)
    assert opinions(mpd.client()) == {SONG.uri: -1.0}


def test_a_sticker_of_another_name_is_none_of_this_name() -> None:
    class Answering:
        def lines(self, *asked: str) -> list[str]:
            return ["file: m", "sticker: likely=2", "size: 2", "file: a", "sticker: like=a=b"]

    assert list(stickers(Answering(), "like")) == [("a", "a=b")]


@pytest.mark.parametrize(
    ("counted", "after"), [(None, "1"), ("0", "1"), ("7", "8"), ("-3", "1"), ("many", "1")]
)
def test_a_play_is_counted_on_from_what_is_there_if_that_is_a_count(
    mpd: SimulatedMpd, counted: str | None, after: str
) -> None:
    client = mpd.client()
    if counted:
        client.sticker_set("song", SONG.uri, "playCount", counted)
    Likes().note(client, NoteTaste(Verdict.HEARD, SONG, "sad", EVERYBODY))
    assert client.sticker_get("song", SONG.uri, "playCount") == after


def test_who_wants_no_counts_has_none_and_likes_all_the_same(mpd: SimulatedMpd) -> None:
    for verdict in (Verdict.HEARD, Verdict.SKIPPED, Verdict.LIKED):
        Likes(counts=False).note(mpd.client(), NoteTaste(verdict, SONG, "sad", EVERYBODY))
    assert mpd.stickers == {(SONG.uri, "like"): "2"}
