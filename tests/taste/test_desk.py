"""What people may ask of their taste: by the command line, the page and a backup."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from webbing import Served

from appliance.__main__ import main
from appliance.files.database import Database
from appliance.protocol.music_database import FORMS
from appliance.protocol.rest import FELT
from appliance.protocol.taste import EVERYBODY, KEEPSAKE, Verdict
from appliance.taste import Desk, Store, Taste, is_sound, ledger, put_back
from appliance.taste.taste import Event, Rest

EVENTS = [
    Event(Verdict.HEARD, EVERYBODY, "sad", "a/1", "Ada", 1.0, 20_000),
    Event(Verdict.HEARD, EVERYBODY, "sad", "a/1", "Ada", 1.0, 20_001),
    Event(Verdict.DISLIKED, "Ann", "happy", "b/1", "Bo", 1.0, None),
]


@pytest.fixture
def music(tmp_path: Path) -> Path:
    path = tmp_path / "music.db"
    with Database(path, FORMS) as database:
        ledger.write(database, EVENTS)
    return path


@pytest.mark.parametrize("ask", [Desk.show, Desk.export])
def test_what_the_box_writes_meanwhile_is_not_shown_by_half(
    music: Path, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Desk], object]
) -> None:
    """The box writes while the page reads one table after the other: who had just been noted was an error."""
    before, read = ask(Desk(music)), Database.read

    def read_slowly(database: Database, *question: Any) -> list[tuple[Any, ...]]:
        rows = read(database, *question)
        with Database(music, FORMS) as box:
            said = Event(Verdict.LIKED, "Newcomer", "sad", "c/1", "Cy", 1.0, 20_002)
            ledger.write(box, [said, Rest("Newcomer", (0.0,) * len(FELT), 20_002)])
        return rows

    monkeypatch.setattr(Database, "read", read_slowly)
    assert ask(Desk(music)) == before


def left(music: Path) -> list[str]:
    return [event["uri"] for event in Desk(music).export()["events"]]


def told(music: Path, *words: str) -> int:
    own = music.with_name("moodbox.toml")
    own.write_text(f'[state]\nmusic = "{music}"\n')
    return main(["--config", str(own), "taste", *words])


def test_the_command_line_shows_what_is_known(music: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(music, "show") == 0
    said = capsys.readouterr().out
    assert "everybody: 2 events\n  finishes Ada when sad, 2 of 2" in said
    assert "Ann: 1 events\n  disliked: b/1" in said


def test_the_command_line_exports_all(music: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(music, "export") == 0
    assert len(json.loads(capsys.readouterr().out)["events"]) == 3


@pytest.mark.parametrize(
    ("words", "stay"),
    [(("song", "a/1"), ["b/1"]), (("person", "Ann"), ["a/1", "a/1"]), (("all",), [])],
)
def test_the_command_line_forgets(music: Path, words: tuple[str, ...], stay: list[str]) -> None:
    assert told(music, "forget", *words) == 0
    assert left(music) == stay


def test_a_box_that_learns_nothing_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "moodbox.toml"
    own.write_text('[state]\nmusic = ""\n')
    assert main(["--config", str(own), "taste", "show"]) != 0
    assert "state.music" in capsys.readouterr().err


# --- the page ----------------------------------------------------------------------------------------------


def test_the_owner_looks_exports_and_forgets_on_the_page(music: Path) -> None:
    with Served(music.parent) as served:
        client = served.client
        assert client.get("/api/taste").json["people"]["Ann"]["songs"] == [{"uri": "b/1", "said": "disliked"}]
        assert len(client.get("/api/taste/export").json["events"]) == 3
        for wrong in ({}, {"all": False}, {"person": ""}, {"person": "Ann", "all": True}, {"song": 7}):
            assert client.post("/api/taste/forget", wrong).status == 422, wrong
        assert left(music) == ["a/1", "a/1", "b/1"]
        assert client.post("/api/taste/forget", {"song": "a/1"}).json == {"forgotten": 2}
        assert client.post("/api/taste/forget", {"person": "Ann"}).json == {"forgotten": 1}
        assert client.post("/api/taste/forget", {"all": True}).json == {"forgotten": 0}


def test_a_database_that_cannot_be_read_is_told(music: Path) -> None:
    with Served(music.parent) as served:
        for file in music.parent.glob("music.db*"):
            file.unlink()
        music.mkdir()
        answer = served.client.get("/api/taste")
        assert answer.status == 503
        assert str(music) in answer.json["error"]


# --- backups -----------------------------------------------------------------------------------------------


def test_a_backup_holds_everybodys_taste_and_puts_it_back(music: Path) -> None:
    place = put_back(music)
    with Served(
        music.parent, put_back={KEEPSAKE: place}, is_sound=lambda name, kept: is_sound(kept)
    ) as served:
        served.settings_file.write_text("version = 1\n")
        without = served.client.get("/api/backup")
        packed = served.client.get("/api/backup?history=true")
        assert b"taste.json" in packed.body
        assert b"taste.json" not in without.body
        Desk(music).forget()
        answer = served.client.post("/api/restore", packed.body, Content_Type="application/zip")
        assert f"history/{KEEPSAKE}" in answer.json["restored"]
    assert left(music) == []
    store = Store(music, Taste(lambda: 20_002), lambda part: None, lambda: 20_002)
    store.turn(100.0)  # the box begins anew
    assert left(music) == ["a/1", "a/1", "b/1"]
    assert store.taste.resting("Ann") == {"b/1"}
    assert not place.exists()
    store._drop()


def one_event(**changed: object) -> bytes:
    said = {
        "verdict": "heard",
        "person": "Ann",
        "mood": "sad",
        "uri": "a",
        "artist": "",
        "weight": 1,
        "day": 1,
    }
    return json.dumps({"moodbox_taste": 1, "events": [said | changed]}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{}", b"{",
        b'{"moodbox_taste": 2, "events": []}', b'{"moodbox_taste": 1, "events": [7]}',
        b'{"moodbox_taste": 1, "events": [{"verdict": "hated"}]}',
        one_event(person="\ud800"), one_event(uri="\ud800"), one_event(artist="\ud800"),
        one_event(mood="\ud800"), one_event(weight=10**400), one_event(day=10**400),
        one_event(weight=float("nan")), one_event(uri="\ud800😀"),
    ],
)  # fmt: skip
def test_what_is_no_export_of_ours_is_not_put_back(content: bytes) -> None:
    assert is_sound(one_event())
    assert not is_sound(content)


def test_of_too_much_taste_a_backup_keeps_the_newest(tmp_path: Path) -> None:
    path = tmp_path / "music.db"
    with Database(path, FORMS) as database:
        long = "long/" * 1000
        ledger.write(
            database,
            [Event(Verdict.HEARD, EVERYBODY, "sad", f"{long}{n}", "Ada", 1.0, n) for n in range(2000)],
        )
    kept = Desk(path).keepsake()
    assert is_sound(kept)
    days = [event["day"] for event in json.loads(kept)["events"]]
    assert days[-1] == 1999
    assert 0 < len(days) < 2000
