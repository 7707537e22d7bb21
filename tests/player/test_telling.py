"""What is made of the lines in which MPD tells of songs."""

from __future__ import annotations

from typing import Any

import pytest
from mpd import CommandError

from appliance.player.telling import PAGE, USED, ask_for_less, find_all, song_from_lines, songs_in
from appliance.protocol.messages import Song


def test_a_song_is_told_by_its_tags_and_the_first_of_several_counts() -> None:
    lines = [
        "file: sad/a.flac", "Time: 99", "duration: 99.4", "Title: One", "Title: Two", "Artist: Ann",
        "Artist: Bob", "Artist: Ann", "Artist: Eve", "AlbumArtist: Various", "Album: Best", "Album: Of",
        "Work: Suite", "MovementNumber: 2/4",
    ]  # fmt: skip
    (song,) = songs_in(lines)
    assert song == Song("sad/a.flac", "One", "Ann, Bob, Eve", "Best", 99.4, "Suite", 2)


def test_what_is_not_told_is_taken_from_what_is() -> None:
    assert song_from_lines("file: sad/a.flac") == Song("sad/a.flac", "a")
    assert song_from_lines("file: http://radio\nName: Radio").title == "Radio"
    assert song_from_lines("file: a\nTime: 7\nAlbumArtist: Ann") == Song("a", "a", "Ann", duration_s=7.0)


@pytest.mark.parametrize(
    ("told", "seconds"), [("12.5", 12.5), ("0.000", 0.0), ("-0.5", 0.0), ("-1", 0.0), ("long", 0.0)]
)
def test_a_song_lasts_no_less_than_no_time(told: str, seconds: float) -> None:
    assert song_from_lines(f"file: a\nduration: {told}").duration_s == seconds


@pytest.mark.parametrize(
    ("told", "number"),
    [("2", 2), (" 2 / 4", 2), ("999", 999), ("1000", 0), ("²", 0), ("٣", 0), ("-1", 0), ("II", 0), ("/4", 0)],
)
def test_a_movement_has_a_number_of_three_digits_or_none(told: str, number: int) -> None:
    assert song_from_lines(f"file: a\nMovementNumber: {told}").movement == number


class Answering:
    """An MPD of so many songs, which knows these commands."""

    def __init__(self, songs: int, *known: str) -> None:
        self.songs, self.known = songs, known
        self.asked: list[tuple[Any, ...]] = []

    def lines(self, *words: Any) -> list[str]:
        self.asked.append(words)
        if words[0] not in self.known and " ".join(words[:2]) not in self.known:
            raise CommandError("unknown")
        return (
            [f"file: {number}" for number in range(self.songs)[slice(*words[-1])]] if len(words) == 4 else []
        )


@pytest.mark.parametrize("songs", [0, 1, PAGE - 1, PAGE, PAGE + 1])
def test_each_song_is_told_once_however_many_pages_that_takes(songs: int) -> None:
    mpd = Answering(songs, "find")
    assert list(find_all(mpd, "(base '')")) == [f"file: {number}" for number in range(songs)]
    assert len(mpd.asked) == songs // PAGE + 1


CLEAR, ENABLE, ALL = ("tagtypes", "clear"), ("tagtypes", "enable", *USED), ("tagtypes", "all")


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        (["tagtypes"], [CLEAR, ENABLE]),
        (["tagtypes clear", "tagtypes all"], [CLEAR, ENABLE, ALL]),  # it knows not all of these tags
        ([], [CLEAR, ALL]),
    ],
)
def test_mpd_is_asked_to_send_the_tags_that_are_read_and_all_where_it_cannot(
    known: list[str], asked: list[tuple[str, ...]]
) -> None:
    mpd = Answering(0, *known)
    ask_for_less(mpd)
    assert mpd.asked == asked
