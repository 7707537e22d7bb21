"""What cannot be kept is told, once each time; the last word is written before the files are closed."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from waiting import until

from appliance.protocol.memory import Memory
from appliance.protocol.messages import PartChanged
from appliance.service.keeping import Keeping


class Choice:
    """The camera's keeper, which says what it is told to, and what it was made to do."""

    def __init__(self) -> None:
        self.trouble: str | None = None
        self.is_kept = True
        self.did: list[object] = []

    def start(self) -> None:
        self.did.append("start")

    def keep(self, on: bool) -> None:
        self.did.append(on)

    def close(self) -> None:
        self.did.append("close")


@pytest.fixture
def choice() -> Any:
    return Choice()


def test_where_nothing_is_kept_nothing_is_missing() -> None:
    keeping = Keeping("", None)
    with ExitStack() as running:
        keeping.open(running, lambda: None)
        keeping.choose(False)
        keeping.keep(Memory(), 0.0)
        assert keeping.news() == []
    assert keeping.is_kept


def test_the_camera_s_choice_is_kept_as_its_keeper_says(choice: Any) -> None:
    keeping = Keeping("", choice)
    keeping.choose(False)
    assert choice.did == [False]
    assert keeping.is_kept
    choice.is_kept = False
    assert not keeping.is_kept


def test_what_cannot_be_kept_is_told_once_and_that_it_can_be_again(choice: Any, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    keeping = Keeping(str(folder / "state.json"), choice)
    with ExitStack() as running:
        keeping.open(running, lambda: None)
        assert keeping.news() == []
        for trouble, told in (("slow card", "slow card"), ("full card", "full card"), (None, None)):
            choice.trouble = trouble
            assert keeping.news() == [PartChanged("state", told)]
            assert keeping.news() == []
        shutil.rmtree(folder)
        keeping.keep(Memory(), 100.0)
        (lost,) = until(keeping.news)
        assert "state.json" in lost.reason
        choice.trouble = "slow card"
        assert keeping.news() == [PartChanged("state", f"slow card; {lost.reason}")]


def test_the_last_word_is_written_before_the_files_are_closed(choice: Any, tmp_path: Path) -> None:
    keeping = Keeping(str(tmp_path / "state.json"), choice)
    with ExitStack() as running:
        keeping.open(running, lambda: keeping.keep(Memory(asked_mood="sad"), 100.0))
        assert choice.did == ["start"]
    assert choice.did == ["start", "close"]
    assert '"sad"' in (tmp_path / "state.json").read_text()
