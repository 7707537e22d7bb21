"""What protects fails closed: a child's folders outlast a state that is lost, and one kept elsewhere now."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appliance import config as settings
from appliance.config import Config
from appliance.protocol.looks import Mood
from appliance.protocol.memory import Memory
from appliance.protocol.snapshot import Snapshot
from appliance.protocol.taste import EVERYBODY
from appliance.service.assembly import LISTENER, hand_on, remember
from appliance.state import save

TIM = Memory(person="Tim", folders=("children",))
CHILD = ["Ann", "Tim: children"]


def box(folder: Path, *who: str) -> Config:
    return settings.check({"state": {"file": str(folder / "state.json")}, "persons": {"who": list(who)}}, "t")


def spoil(file: Path, **fields: Any) -> None:
    said = json.loads(file.read_bytes())
    said["memory"] |= fields
    file.write_text(json.dumps(said))


LOST: dict[str, Callable[[Path], Any]] = {
    "empty": lambda file: file.write_bytes(b""),
    "zeros": lambda file: file.write_bytes(b"\0" * 500),
    "half written": lambda file: os.truncate(file, file.stat().st_size // 2),
    "gone": lambda file: file.unlink(),
    "not readable": lambda file: file.rename(file.with_name("gone")).with_name("state.json").mkdir(),
    "somebody's": lambda file: file.write_bytes(b"notes"),
    "person damaged": lambda file: spoil(file, person=5),
    "folders damaged": lambda file: spoil(file, person="Tom", folders=[7]),
}


@pytest.mark.parametrize("lost", LOST)
def test_a_child_that_listened_hears_no_more_when_the_state_is_lost(tmp_path: Path, lost: str) -> None:
    config = box(tmp_path, *CHILD)
    save(tmp_path / "state.json", TIM)
    assert remember(config)[1] is None
    LOST[lost](tmp_path / "state.json")
    memory, told = remember(config)
    assert (memory.person, memory.folders) == ("Tim", ("children",))
    assert "nobody knows any more who listens" in str(told)


def test_of_several_children_nobody_hears_what_another_may_not(tmp_path: Path) -> None:
    for who, person, folders in (
        (["Tim: children, tales/old", "Eva: tales"], "Tim, Eva", ("tales/old",)),
        (["Tim: children, tales/old", "Eva: tales/old"], "Eva", ("tales/old",)),
        (["Tim: children", "Eva: tales"], "Tim, Eva", ()),
        (["Tim: child", "Eva: children"], "Tim, Eva", ()),
    ):
        (tmp_path / "state.json").write_bytes(b"")
        memory, _ = remember(box(tmp_path, *who))
        assert (memory.person, memory.folders) == (person, folders)


def test_a_new_box_and_one_without_children_limits_nobody(tmp_path: Path) -> None:
    assert remember(box(tmp_path, *CHILD)) == (remember(box(tmp_path))[0], None)
    (tmp_path / "state.json").write_bytes(b"")
    memory, told = remember(box(tmp_path, "Ann"))
    assert (memory.person, memory.folders) == (EVERYBODY, None)
    assert "who listens" not in str(told)


def test_a_child_listens_on_where_the_settings_keep_the_state_elsewhere_from_now_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LISTENER, "of before")
    hand_on(True, Snapshot(0.0, Mood("away", 0.0), person="Tim", folders=("children",)))
    assert remember(box(tmp_path))[0].person == "Tim"
    assert remember(box(tmp_path))[0].folders == ("children",)
