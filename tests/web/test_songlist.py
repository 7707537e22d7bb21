"""Songs of the library as the page finds them."""

from __future__ import annotations

from pathlib import Path

import pytest
from webbing import Served

from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.messages import LibraryChanged, Song
from appliance.web.songlist import PAGE, artists, find

SAD = (
    Song("sad/Nina/Blue.flac", "Blue", "Nina", "First"),
    Song("sad/Ella/Grey.flac", "Grey skies", "Ella", "Second"),
)
HAPPY = (Song("happy/Sun.flac", "Sun", "Ella"), Song("http://radio/", "Radio"))
LIBRARY = LibraryChanged(
    {mood: {"sad": SAD, "happy": HAPPY}.get(mood, ()) for mood in EMOTIONS}, (*SAD, *HAPPY)
)


def titles(**wish: str) -> list[str]:
    return [song["title"] for song in find(LIBRARY, wish)["songs"]]


def test_words_are_found_in_any_order_and_case_wherever_they_stand() -> None:
    assert titles(search="SKIES ella") == ["Grey skies"]
    assert titles(search="first") == ["Blue"]
    assert titles(search="nobody") == []


def test_a_mood_and_an_artist_narrow_it_down() -> None:
    assert titles(mood="sad") == ["Blue", "Grey skies"]
    assert titles(mood="happy", artist="Ella") == ["Sun"]
    assert titles(mood="fear") == []


def test_a_folder_has_its_own_songs_and_its_folders() -> None:
    top, sad = find(LIBRARY, {"folder": ""}), find(LIBRARY, {"folder": "sad"})
    assert (top["songs"], top["folders"]) == ([], ["happy", "sad"])
    assert sad["folders"] == ["sad/Ella", "sad/Nina"]
    assert titles(folder="sad/Nina") == ["Blue"]
    assert titles(folder="sad", search="grey") == ["Grey skies"]


def test_a_child_finds_only_what_they_may_hear() -> None:
    found = find(LIBRARY, {"folder": ""}, 0, ("happy",))
    assert (found["folders"], [song["title"] for song in find(LIBRARY, {}, 0, ("happy",))["songs"]]) == (
        ["happy"],
        ["Sun"],
    )


def test_artists_are_counted_in_the_order_of_their_names() -> None:
    assert artists(LIBRARY, {})["artists"] == [
        {"artist": "Ella", "songs": 2},
        {"artist": "Nina", "songs": 1},
    ]
    assert artists(LIBRARY, {"mood": "happy"})["artists"] == [{"artist": "Ella", "songs": 1}]
    assert artists(LIBRARY, {"search": "nin"})["total"] == 1
    assert artists(LIBRARY, {}, 1)["artists"] == [{"artist": "Nina", "songs": 1}]
    assert artists(LIBRARY, {}, 0, ("happy",))["artists"] == [{"artist": "Ella", "songs": 1}]


def test_very_many_come_in_pages() -> None:
    many = LibraryChanged({}, tuple(Song(str(number), str(number)) for number in range(PAGE + 1)))
    assert find(many, {})["total"] == PAGE + 1
    assert [song["title"] for song in find(many, {}, PAGE)["songs"]] == [str(PAGE)]


@pytest.mark.parametrize(("query", "status"), [
    ("search=grey", 200), ("mood=sad&start=1", 200), ("mood=joy", 422), ("start=-1", 422), ("start=²", 422),
    ("start=1&start=2", 422), ("other=1", 422),
])  # fmt: skip
def test_the_route_answers_or_says_what_would_be_right(tmp_path: Path, query: str, status: int) -> None:
    with Served(tmp_path, songs=lambda: LIBRARY) as served:
        answer = served.with_password().get(f"/api/songs?{query.replace('²', '%C2%B2')}")
    assert answer.status == status
    if status == 200:
        assert [song["title"] for song in answer.json["songs"]] == ["Grey skies"]


def test_before_the_library_was_read_it_says_so(tmp_path: Path) -> None:
    with Served(tmp_path, songs=lambda: None) as served:
        assert served.with_password().get("/api/songs").status == 503
