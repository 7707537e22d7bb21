"""The model of a disk that loses its power, on which tests/boot/vm.sh relies."""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parent / "powercut.py"
BLOCKS = 64

Pull = Callable[[list[tuple[int, bytes, int]], int | None], list[int]]


@pytest.fixture(scope="module")
def powercut() -> ModuleType:
    spec = importlib.util.spec_from_file_location("powercut", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["powercut"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def pull(powercut: ModuleType, tmp_path: Path) -> Pull:
    """Replays entries (sector, sectors' bytes, flags) onto an empty disk; returns its sectors."""

    def replay(entries: list[tuple[int, bytes, int]], seed: int | None) -> list[int]:
        log = tmp_path / "log"
        with log.open("wb") as file:
            head = powercut.HEADER.pack(powercut.MAGIC, 1, len(entries), powercut.SECTOR)
            file.write(head.ljust(powercut.SECTOR, b"\0"))
            for sector, values, flags in entries:
                file.write(powercut.ENTRY.pack(sector, len(values), flags, 0).ljust(powercut.SECTOR, b"\0"))
                if not flags & powercut.DISCARD:
                    file.write(b"".join(bytes([value]) * powercut.SECTOR for value in values))
        disk = tmp_path / "disk"
        disk.write_bytes(bytes(BLOCKS * powercut.SECTOR))
        with disk.open("r+b") as platter:
            powercut.replay(log, platter, None if seed is None else random.Random(seed))
        whole = disk.read_bytes()
        assert all(len(set(whole[at : at + powercut.SECTOR])) == 1 for at in range(0, len(whole), 512))
        return list(whole[:: powercut.SECTOR])

    return replay


def test_after_a_clean_end_every_write_is_there(pull: Pull) -> None:
    assert pull([(0, b"\1\1", 0), (1, b"\2", 0)], None)[:3] == [1, 2, 0]


def test_what_was_flushed_is_there(pull: Pull) -> None:
    flush, through = (0, b"", 1), 2
    for seed in range(20):
        disk = pull([(0, b"\1" * 8, 0), flush, (8, b"\2" * 8, 0), (16, b"\3" * 8, through)], seed)
        assert disk[:8] == [1] * 8
        assert disk[16:24] == [3] * 8


def test_of_what_was_not_each_sector_may_be_lost(pull: Pull) -> None:
    disk = pull([(0, b"\1" * BLOCKS, 0)], 1)
    assert set(disk) == {0, 1}
    assert disk != pull([(0, b"\1" * BLOCKS, 0)], 2)


def test_a_discard_writes_nothing(pull: Pull) -> None:
    assert pull([(0, b"\1\1", 0), (0, b"\1\1", 4)], None)[:2] == [1, 1]


def test_a_disk_that_nothing_was_written_to_stays_as_it_is(powercut: ModuleType, tmp_path: Path) -> None:
    log, disk = tmp_path / "log", tmp_path / "disk"
    log.touch()
    disk.write_bytes(b"\1" * powercut.SECTOR)
    with disk.open("r+b") as platter:
        assert powercut.replay(log, platter, random.Random(1)).startswith("0 bytes are there, 0 ")
    assert disk.read_bytes() == b"\1" * powercut.SECTOR
