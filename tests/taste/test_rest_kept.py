"""How a face rests is kept as six numbers, of one network, until its person is forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.__main__ import main
from appliance.files.database import Database
from appliance.protocol.music_database import FORMS
from appliance.protocol.taste import EVERYBODY
from appliance.taste import Desk, Store, Taste, is_sound, put_back
from appliance.taste.store import LOOK_S

ANN, BOB = (0.5, -7.0, -8.0, -5.0, 1.5, -6.0), (-6.0,) * 6
DAY = 20_000


class Box:
    """A box's taste, as a network of that name reads faces."""

    def __init__(self, path: Path) -> None:
        self.path, self.now, self.network = path, 100.0, "main"
        self.begin()

    def begin(self) -> None:
        self.taste = Taste(lambda: DAY)
        self.store = Store(
            self.path, self.taste, lambda part: None, lambda: DAY, network=lambda: self.network
        )
        self.turn()

    def turn(self) -> None:
        self.now += LOOK_S
        self.store.turn(self.now)

    def restart(self) -> None:
        self.store._drop()
        self.begin()

    def known(self) -> list[str]:
        return [name for name in (EVERYBODY, "Ann", "Bob") if self.taste.face_at_rest(name)]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    box = Box(tmp_path / "music.db")
    box.taste.keep_rest("Ann", ANN)
    box.taste.keep_rest("Bob", BOB)
    yield box
    box.store._drop()


def test_it_holds_at_once_and_is_written_within_seconds(box: Box) -> None:
    assert box.taste.face_at_rest("Ann") == ANN
    assert box.known() == ["Ann", "Bob"]
    box.turn()
    box.restart()
    assert box.known() == ["Ann", "Bob"]
    assert box.taste.face_at_rest("Ann") == pytest.approx(ANN)


def test_nothing_but_numbers_is_kept(box: Box) -> None:
    box.turn()
    with Database(box.path, FORMS) as database:
        rows = database.read("SELECT * FROM rest WHERE person = 'Ann'")
    assert [*rows] == [("Ann", DAY, "main", *ANN)]


def test_a_new_measurement_takes_the_place_of_the_old_one(box: Box) -> None:
    box.taste.keep_rest("Ann", BOB)
    box.turn()
    box.restart()
    assert box.taste.face_at_rest("Ann") == BOB


def test_a_hand_forgets_it(box: Box) -> None:
    box.turn()
    box.taste.keep_rest("Ann", None)
    assert box.known() == ["Bob"]
    box.turn()
    box.restart()
    assert box.known() == ["Bob"]


@pytest.mark.parametrize(("whom", "stay"), [("Ann", ["Bob"]), (None, [])])
def test_it_is_forgotten_with_its_person_while_the_box_runs(
    box: Box, whom: str | None, stay: list[str]
) -> None:
    box.turn()
    assert Desk(box.path).forget(person=whom) == 2 - len(stay)
    box.turn()
    assert box.known() == stay
    box.restart()
    assert box.known() == stay


def test_it_outlives_a_song_that_is_forgotten(box: Box) -> None:
    box.turn()
    Desk(box.path).forget(uri="sad/1")
    box.turn()
    assert box.known() == ["Ann", "Bob"]


def test_what_another_network_has_read_does_not_count(box: Box) -> None:
    """Two networks read the same face differently, as does the same one at another sensitivity."""
    box.turn()
    box.network = "tiny"
    box.restart()
    assert box.known() == []
    box.taste.keep_rest("Ann", BOB)
    box.turn()
    box.network = "main"
    box.restart()
    assert box.known() == ["Bob"]


def test_it_is_shown_and_exported(box: Box, capsys: pytest.CaptureFixture[str]) -> None:
    box.turn()
    own = box.path.with_name("moodbox.toml")
    own.write_text(f'[state]\nmusic = "{box.path}"\n')
    assert main(["--config", str(own), "taste", "show"]) == 0
    assert "Ann: 0 events\n  the face at rest is measured" in capsys.readouterr().out
    assert main(["--config", str(own), "taste", "export"]) == 0
    said = json.loads(capsys.readouterr().out)["faces_at_rest"]
    assert said[0] == {"person": "Ann", "margins": [*ANN], "day": DAY, "network": "main"}


def test_a_backup_puts_it_back(box: Box) -> None:
    box.turn()
    kept = Desk(box.path).keepsake()
    Desk(box.path).forget()
    put_back(box.path).write_bytes(kept)
    box.restart()
    assert box.taste.face_at_rest("Ann") == pytest.approx(ANN)


@pytest.mark.parametrize(
    "rest",
    [
        7, {}, {"person": "Ann"},
        {"person": "", "margins": [0] * 6, "day": None, "network": ""},
        {"person": "Ann", "margins": [0] * 5, "day": None, "network": ""},
        {"person": "Ann", "margins": [1e999] * 6, "day": None, "network": ""},
        {"person": "Ann", "margins": "000000", "day": None, "network": ""},
        {"person": "Ann", "margins": [0] * 6, "day": -1, "network": ""},
        {"person": "Ann", "margins": [0] * 6, "day": None, "network": 7},
        {"person": "Ann", "margins": [None] * 6, "day": None, "network": ""},
        {"person": "Ann", "margins": [10**400] * 6, "day": None, "network": ""},
        {"person": "\ud800", "margins": [0] * 6, "day": None, "network": ""},
    ],
)  # fmt: skip
def test_a_backup_with_a_face_that_makes_no_sense_is_refused(rest: object) -> None:
    said = {"moodbox_taste": 1, "events": [], "faces_at_rest": [rest]}
    assert not is_sound(json.dumps(said).encode())
    assert is_sound(b'{"moodbox_taste": 1, "events": []}')
