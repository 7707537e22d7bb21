"""What was there when the settings were tried may be gone when it is used: that is told, and tried again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import until

from appliance import config as settings
from appliance.demo.private_mpd import PrivateMpd
from appliance.player import Player
from appliance.protocol.memory import Memory
from appliance.protocol.messages import LibraryChanged, PartChanged, PlayerChanged, PlayerEvent, PlayerGone
from appliance.service import assembly
from appliance.service.optional import ABSENT_S, OptionalPart, OptionalParts


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    return tmp_path / "mpd-password"


@pytest.fixture
def player(mpd_server: PrivateMpd, secret: Path) -> Iterator[Player]:
    mpd = {"address": mpd_server.address, "password_file": str(secret)}
    made = assembly.player(settings.check({"mpd": mpd}, "test"), Memory(), lambda: None, dict)
    yield made
    made.close()


def told(player: Player, kind: type[PlayerEvent], heard: list[PlayerEvent]) -> PlayerEvent:
    """The first event of this kind."""

    def has_come() -> bool:
        heard.extend(player.turn(time.monotonic()))
        return any(isinstance(each, kind) for each in heard)

    until(has_come)
    return next(each for each in heard if isinstance(each, kind))


def test_a_password_file_that_is_gone_when_mpd_is_met_is_told_and_tried_again(
    player: Player, secret: Path
) -> None:
    """It ended the box at that start."""
    heard: list[PlayerEvent] = []
    gone = told(player, PlayerGone, heard)
    assert isinstance(gone, PlayerGone)
    assert gone.reason.startswith(f"mpd.password_file: [Errno 2] No such file or directory: '{secret}'")
    secret.write_text("")
    assert told(player, PlayerChanged, heard)
    assert told(player, LibraryChanged, heard)


class Part:
    def __init__(self, folder: Path) -> None:
        self.names = sorted(each.name for each in folder.iterdir())

    def show(self, snapshot: object) -> None: ...

    def close(self) -> None: ...


def test_an_optional_part_whose_folder_is_gone_is_told_and_opened_when_it_is_back(tmp_path: Path) -> None:
    heard: list[PartChanged] = []

    def make() -> OptionalPart:
        return Part(tmp_path / "page")

    parts = OptionalParts(heard.append, 0.0)
    parts.open("page", make)
    assert [(each.part, "page'; it opens when" in str(each.reason)) for each in heard] == [("page", True)]
    (tmp_path / "page").mkdir()
    parts.try_absent(ABSENT_S)
    assert heard[1:] == [PartChanged("page", None)]
