"""What people said of songs goes into a backup and back."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from appliance.coach import keepsake
from appliance.coach.places import Places
from appliance.coach.placing import Correction, pinned
from appliance.coach.shelf import Shelf
from appliance.errors import CoachUnable

SAID = {
    "a.mp3": pinned("sad"),
    "b ä.mp3": Correction("happy", 0.8, 0.25),
    "c": Correction("happy", 1.0, -1.0),
}


def keep(path: Path, said: dict[str, Correction]) -> bytes:
    with Shelf(path) as shelf:
        for uri, one in said.items():
            shelf.correct(uri, one)
        return keepsake.packed(shelf)


def test_what_was_packed_is_taken_in_once_in_place_of_what_there_is(tmp_path: Path) -> None:
    packed = keep(tmp_path / "old.db", SAID)
    path = tmp_path / "music.db"
    keep(path, {"c.mp3": pinned("fear")})
    assert keepsake.is_sound(packed)
    keepsake.put_back(path).write_bytes(packed)
    places = Places(path, lambda: None)
    places.look()
    assert {uri: one.mood for uri, one in places.now().items()} == {
        uri: said.mood for uri, said in SAID.items()
    }
    with Shelf(path) as shelf:
        assert shelf.corrections() == SAID
    assert not keepsake.put_back(path).exists()
    places._leave()


def test_what_a_backup_puts_back_while_the_box_runs_waits_until_it_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "music.db"
    packed = keep(path, {"a.mp3": pinned("sad")})
    keep(path, {"a.mp3": pinned("fear")})
    places = Places(path, lambda: None)
    places.look()
    keepsake.put_back(path).write_bytes(packed)
    keep(path, {"b.mp3": pinned("happy")})
    places.look()
    assert {uri: one.mood for uri, one in places.now().items()} == {"a.mp3": "fear", "b.mp3": "happy"}
    assert keepsake.put_back(path).exists()
    places._leave()


def one_song(**changed: object) -> bytes:
    song: dict[str, object] = {"uri": "a", "mood": "sad", "valence": 0.5, "arousal": 0.5}
    return json.dumps({"moodbox_corrections": 1, "songs": [song | changed]}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{}", b"null",
        b'{"moodbox_corrections": 2, "songs": []}',
        b'{"moodbox_corrections": 1, "songs": [{"uri": "a"}]}',
        one_song(mood="joy"),
        one_song(valence=1.5), one_song(valence=-1.5), one_song(arousal=-2),
        one_song(arousal=float("nan")), one_song(valence=True),
        one_song(uri="\ud800"), one_song(uri="a\n"), one_song(uri=7), one_song(more=1),
        one_song(uri=""), one_song(uri="a\0"), one_song(uri="a" * 4097),
    ],
)  # fmt: skip
def test_what_is_no_keepsake_changes_nothing_and_is_told(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "music.db"
    keep(path, SAID)
    assert not keepsake.is_sound(content)
    keepsake.put_back(path).write_bytes(content)
    with pytest.raises(CoachUnable, match="put-back"):
        Places(path, lambda: None)._look()
    with Shelf(path) as shelf:
        assert shelf.corrections() == SAID


def test_the_longest_name_that_mpd_takes_is_kept() -> None:
    assert {*keepsake.unpacked(one_song(uri="a" * 4096))} == {"a" * 4096}


def test_so_many_that_a_backup_cannot_hold_them_are_kept_in_part(tmp_path: Path) -> None:
    packed = keep(tmp_path / "music.db", {f"{number}-{'x' * 3500}": pinned("sad") for number in range(2200)})
    assert len(packed) <= keepsake.LARGEST
    assert len(keepsake.unpacked(packed)) == 1100


def test_all_are_kept_in_seven_megabytes_and_half_of_them_where_there_is_a_byte_more() -> None:
    uris = [f"{number:04}{'x' * 4000}" for number in range(1700)]
    shelf: Any = SimpleNamespace(corrections=lambda: dict.fromkeys(uris, pinned("sad")))
    uris[0] += "x" * (7 * 1024 * 1024 - len(keepsake.packed(shelf)))
    for kept in (1700, 850):
        assert len(json.loads(keepsake.packed(shelf))["songs"]) == kept
        uris[0] += "x"
