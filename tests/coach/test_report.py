"""The map of the library, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from appliance.coach.placing import Known, Sound
from appliance.coach.report import Report, length_told, points, report, scan_told, told
from appliance.coach.shelf import Failure, Progress, Row, Shelf, Stamp
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.messages import LibraryChanged, Placed, Song

ALL = [*(f"children/{number}.mp3" for number in range(4)), *(f"grown/{number}.mp3" for number in range(96))]


def test_a_childs_map_is_of_its_folders_alone_and_whole_where_it_has_room() -> None:
    library = LibraryChanged({}, tuple(map(Song, ALL)))
    placed = {uri: Placed("", (0.1, -0.2), "") for uri in ALL}
    assert len(points(library, placed, most=50)) == 50
    assert [point.uri for point in points(library, placed, ["children"], most=50)] == ALL[:4]
    assert points(library, placed, []) == []


@pytest.mark.parametrize(("songs", "shown"), [(1000, 1000), (1001, 501)])
def test_a_map_shows_a_thousand_songs_at_most(songs: int, shown: int) -> None:
    uris = [f"{number}.mp3" for number in range(songs)]
    library = LibraryChanged({}, tuple(map(Song, uris)))
    assert len(points(library, {uri: Placed("", (0.1, -0.2), "") for uri in uris})) == shown


@pytest.mark.parametrize(
    ("hours", "says"),
    [(0.0, "0 min"), (0.01, "1 min"), (59 / 60, "59 min"), (0.99, "1.0 h"), (1.0, "1.0 h"), (2.5, "2.5 h")],
)
def test_music_of_less_than_an_hour_is_told_in_minutes(hours: float, says: str) -> None:
    assert length_told(hours) == says


STAMP = Stamp(1, 2, 1, 1)
SOUNDS = {
    "calm.mp3": (0.11249, -0.50051),
    "glad.mp3": (0.12, 0.5),
    "grim.mp3": (-0.1, 0.5),
    "low.mp3": (-0.6, -0.5),
}
"""Of the first three nobody can be sure, of the second soonest; the owner has the last in a folder."""


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with Shelf(tmp_path / "music.db") as shelf:
        for uri, place in {**SOUNDS, "audiobooks/1.mp3": (0.6, 0.5), "gone.mp3": (0.1, 0.1)}.items():
            sound = Sound(*place, 0.8, 0.3)
            shelf.keep(
                Row(uri, STAMP, sound, "head", 30.0, -20.0, b"12", "", "", ""), Progress(9, 5, 60.0, None)
            )
        for uri, is_song in (
            ("broken.mp3", True),
            ("jingle.mp3", False),
            ("spot.mp3", False),
            ("lost.mp3", True),
        ):
            shelf.fail(Failure(uri, "it makes no sense", is_song), STAMP, Progress(9, 8, 60.0, None))
        yield shelf


HERE = (*SOUNDS, "audiobooks/1.mp3", "broken.mp3", "jingle.mp3", "spot.mp3", "new.mp3", "http://radio")
LIBRARY = LibraryChanged(
    by_mood={
        "angry": (Song("a1.mp3", duration_s=1800.0),),
        "happy": (Song("a1.mp3", duration_s=1800.0), Song("h1.mp3", duration_s=3600.0)),
        "sad": (Song("low.mp3", duration_s=100.0), Song("s1.mp3", duration_s=80.0)),
    },
    everything=tuple(Song(uri, title=uri.upper(), artist="Ada") for uri in HERE),
    reasons={"s1.mp3": "placed by its sound"},
)


def test_a_report_counts_what_is_known_of_the_songs_that_are_here(shelf: Shelf) -> None:
    found = report(shelf, LIBRARY, is_scanning=True, month=6)
    assert {
        music.mood: (music.songs, music.hours, music.by_coach) for music in found.moods if music.songs
    } == {
        "angry": (1, 0.5, 0),
        "happy": (1, 1.0, 0),
        "sad": (2, 0.05, 1),
    }
    assert found.missing == tuple(mood for mood in EMOTIONS if mood not in ("angry", "happy", "sad"))
    assert (found.songs, found.unheard, found.excluded, found.passed_over, found.unsure) == (9, 1, 1, 2, 3)
    assert [failure.uri for failure in found.failed] == ["broken.mp3"]
    assert (found.scan, found.is_scanning) == (Progress(9, 8, 60.0, None), True)


def test_it_asks_of_the_surest_of_the_unsure_first(shelf: Shelf) -> None:
    asked = report(shelf, LIBRARY, is_scanning=False, month=6).questions
    assert [(one.uri, one.title, one.artist, one.likely) for one in asked] == [
        ("glad.mp3", "GLAD.MP3", "Ada", ("happy", "surprise")),
        ("calm.mp3", "CALM.MP3", "Ada", ("neutral", "happy")),
        ("grim.mp3", "GRIM.MP3", "Ada", ("angry", "fear")),
    ]
    assert (asked[1].valence, asked[1].arousal) == (0.112, -0.501)


def test_two_hundred_songs_are_listed_one_by_one_and_all_are_counted() -> None:
    asked = [f"asked/{number:03}.mp3" for number in range(201)]
    failed = [f"failed/{number:03}.mp3" for number in range(201)]
    shelf: Any = SimpleNamespace(
        known=lambda: [Known(uri, Sound(0.1, 0.5, 0.8, 0.3)) for uri in asked],
        failures=lambda: [Failure(uri, "it makes no sense", True) for uri in failed],
        corrections=dict,
        progress=lambda: None,
    )
    found = report(shelf, LibraryChanged({}, tuple(map(Song, asked + failed))), is_scanning=False, month=6)
    assert (found.songs, found.unsure) == (402, 201)
    assert [one.uri for one in found.questions] == asked[:200]
    assert [one.uri for one in found.failed] == failed[:200]


def test_it_is_told_in_lines_without_what_there_is_none_of(shelf: Shelf) -> None:
    found = report(shelf, LIBRARY, is_scanning=False, month=6)
    lines = told(found)
    assert lines[0] == "9 songs"
    assert "  happy         1.0 h      1 songs" in lines
    assert "  sad           3 min      2 songs, 1 of them placed by the coach" in lines
    assert "not heard yet: 1" in lines
    assert "unsure: 3 songs; say with `library correct SONG MOOD`" in lines
    assert "no mood music: 1 (books, plays, children's, Christmas)" in lines
    assert "passed over: 2 (too short or too long)" in lines
    assert "  ? grim.mp3 (angry or fear)" in lines
    assert "failed: broken.mp3: it makes no sense" in lines
    none = replace(found, missing=(), unheard=0, unsure=0, excluded=0, passed_over=0, questions=(), failed=())
    assert told(none) == lines[:8]


@pytest.mark.parametrize(
    ("scan", "is_scanning", "says"),
    [
        (None, False, "no scan yet: `moodbox library scan`"),
        (Progress(9, 5, None, None), True, "scan: 5 of 9 songs"),
        (Progress(9, 5, 10.0, None), True, "scan: 5 of 9 songs, 1 min left"),
        (Progress(9, 5, 5399.0, None), True, "scan: 5 of 9 songs, 90 min left"),
        (Progress(9, 5, 5400.0, None), True, "scan: 5 of 9 songs, 1.5 h left"),
        (Progress(9, 5, 7200.0, None), True, "scan: 5 of 9 songs, 2.0 h left"),
        (Progress(9, 5, 720_000.0, None), True, "scan: 5 of 9 songs, 200.0 h left"),
        (
            Progress(9, 5, None, "the card is full"),
            False,
            "the last scan ended at 5 of 9 songs: the card is full",
        ),
        (Progress(9, 9, None, None), False, "the last scan heard 9 of 9 songs"),
    ],
)
def test_it_says_how_far_the_scan_is(
    shelf: Shelf, scan: Progress | None, is_scanning: bool, says: str
) -> None:
    found: Report = report(shelf, LIBRARY, is_scanning, month=6)
    assert scan_told(replace(found, scan=scan)) == [says]


def test_a_point_of_the_map_has_the_song_s_place_and_its_mood() -> None:
    (one, other) = points(
        LIBRARY, {"low.mp3": Placed("sad", (0.12345, -0.5), ""), "new.mp3": Placed("", (0.5, 0.25), "")}
    )
    assert (one.uri, one.title, one.artist, one.mood) == ("low.mp3", "LOW.MP3", "Ada", "sad")
    assert (one.valence, one.arousal) == (0.123, -0.5)
    assert (other.uri, other.mood) == ("new.mp3", "")
