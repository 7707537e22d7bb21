"""The library coach through REST."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")

from webbing import Served

from appliance.errors import CoachUnable, CommandRejected


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path) as served:
        yield served


def test_the_report_says_what_is_known_and_how_far_the_scan_is(served: Served) -> None:
    found = served.client.get("/api/library").json
    assert found["scan"] == {"total": 16, "done": 15, "left_s": None, "problem": None}
    assert found["questions"][0]["likely"] == ["sad", "neutral"]
    assert found["failed"] == [{"uri": "broken.mp3", "reason": "this is no sound file"}]


def test_the_map_says_where_songs_lie(served: Served) -> None:
    (song,) = served.client.get("/api/library/map").json["songs"]
    assert (song["title"], song["valence"], song["arousal"], song["mood"]) == ("Ballad", -0.1, -0.3, "")


def test_the_map_shows_a_child_what_it_may_hear(served: Served) -> None:
    served.box.snapshot = replace(served.box.snapshot, person="Tim", folders=("children",))
    assert served.client.get("/api/library/map").json["songs"] == []


def test_a_song_is_corrected(served: Served) -> None:
    assert served.client.post("/api/library/correct", {"uri": "a.mp3", "mood": "sad"}).status == 200
    assert served.coach.corrections == [("a.mp3", "sad")]


def test_a_song_is_put_somewhere_else_on_the_map(served: Served) -> None:
    body = {"uri": "a.mp3", "valence": 0.8, "arousal": 0.2}
    answer = served.client.post("/api/library/move", body)
    assert answer.json["mood"] == "happy"
    assert answer.json["before"]["mood"] == "sad"
    assert served.coach.corrections == [("a.mp3", "happy")]


@pytest.mark.parametrize("valence", [None, "0.5", True, 1.01, -2, float("nan")])
def test_a_place_beyond_the_map_is_refused(served: Served, valence: object) -> None:
    body = {"uri": "a.mp3", "valence": valence, "arousal": 0.2}
    assert served.client.post("/api/library/move", body).status in (400, 422)
    assert served.coach.corrections == []


@pytest.mark.parametrize(
    "body", [{}, {"uri": "a.mp3"}, {"uri": 1, "mood": "sad"}, {"uri": "", "mood": "sad"}]
)
def test_half_a_correction_is_refused(served: Served, body: dict[str, object]) -> None:
    assert served.client.post("/api/library/correct", body).status == 422
    assert served.coach.corrections == []


def test_what_the_coach_will_not_take_is_said(served: Served) -> None:
    served.coach.refusal = CommandRejected(
        "'a.mp3' is happy by the setting music.moods.happy; move it instead"
    )
    answer = served.client.post("/api/library/correct", {"uri": "a.mp3", "mood": "sad"})
    assert answer.status == 422
    assert "move it" in answer.json["error"]


def test_a_scan_is_begun_and_not_waited_for(served: Served) -> None:
    assert served.client.post("/api/library/scan").status == 202
    assert served.coach.scans == 1


def test_every_backup_has_what_people_said_of_songs(served: Served) -> None:
    served.settings_file.write_text("version = 1\n")
    assert b"corrections.json" not in served.client.get("/api/backup").body
    served.coach.correct("a.mp3", "sad")
    assert b"corrections.json" in served.client.get("/api/backup").body


def test_a_box_that_cannot_hear_says_why(served: Served) -> None:
    served.coach.refusal = CoachUnable("the box learns nothing: name a file in state.music")
    answer = served.client.post("/api/library/scan")
    assert (answer.status, answer.json["error"]) == (503, str(served.coach.refusal))
