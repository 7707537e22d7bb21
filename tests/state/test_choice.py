"""Whether the camera may look: what is off stays off, whatever became of the files."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from remembering import FULL, mounted
from waiting import until

from appliance import config
from appliance.service import assembly
from appliance.state import CameraChoice, put_back, save
from appliance.state.choice import ON, SECTOR
from appliance.state.disk import UNMOUNTED

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
STAYS_OFF = "the camera stays off until somebody switches it on"


def remembered(folder: Path) -> tuple[bool, str]:
    """As the service finds it at its start: whether the camera may open, and what is told."""
    settings = config.check({"state": {"file": str(folder / "state.json")}}, "test")
    memory, trouble = assembly.remember(settings)
    return memory.camera_on, trouble or ""


def choose(folder: Path, on: bool, said: bool | None = True) -> None:
    choice = CameraChoice(folder / "state.json", said)
    choice.start()
    choice.keep(on)
    until(lambda: choice.is_kept)
    choice.close()


def switched_off(folder: Path) -> Path:
    """A box that has played for a while, and whose camera was switched off then."""
    save(folder / "state.json", replace(FULL, camera_on=True))
    choose(folder, on=False)
    return folder / "state.json.camera"


def test_a_new_box_looks_and_one_whose_camera_was_switched_on_again_too(tmp_path: Path) -> None:
    assert remembered(tmp_path) == (True, "")
    choose(tmp_path, on=False, said=None)
    assert remembered(tmp_path) == (False, "")
    choose(tmp_path, on=True)
    assert remembered(tmp_path) == (True, "")


@pytest.mark.parametrize("on", [True, False])
def test_the_state_of_a_release_without_the_file_is_believed(tmp_path: Path, on: bool) -> None:
    save(tmp_path / "state.json", replace(FULL, camera_on=on))
    assert remembered(tmp_path) == (on, "")


DAMAGE: dict[str, Callable[[Path], Any]] = {
    "empty": lambda file: file.write_bytes(b""),
    "full of NULs": lambda file: file.write_bytes(b"\0" * SECTOR),
    "half written": lambda file: file.write_bytes(ON[:7]),
    "longer": lambda file: file.write_bytes(ON + b"more"),
    "a folder": lambda file: file.rename(file.with_name("on")).with_name(file.name).mkdir(),
    "a link": lambda file: os.symlink(file.rename(file.with_name("on")).with_name("nowhere"), file),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("on", [True, False])
def test_a_choice_that_cannot_be_read_keeps_the_camera_off_and_is_told(
    tmp_path: Path, damage: str, on: bool
) -> None:
    """Also where the state beside it says on: "off" is written here first."""
    save(tmp_path / "state.json", replace(FULL, camera_on=on))
    choose(tmp_path, on=on)
    DAMAGE[damage](tmp_path / "state.json.camera")
    camera_on, told = remembered(tmp_path)
    assert not camera_on
    assert STAYS_OFF in told


STATES: dict[str, Callable[[Path], Any]] = {
    "empty": lambda file: file.write_bytes(b""),
    "full of NULs": lambda file: file.write_bytes(b"\0" * 500),
    "gone": lambda file: file.unlink(),
    "half written": lambda file: file.write_bytes(file.read_bytes()[:100]),
    "older, and says on": lambda file: save(file, replace(FULL, camera_on=True)),
    "from a backup that says on": lambda file: save(put_back(file), replace(FULL, camera_on=True)),
    "set aside long ago": lambda file: file.rename(file.with_name("state.json.broken")),
}


@pytest.mark.parametrize("became", STATES)
def test_off_stays_off_whatever_became_of_the_state(tmp_path: Path, became: str) -> None:
    """Each of these opened the camera again after a power cut."""
    switched_off(tmp_path)
    STATES[became](tmp_path / "state.json")
    assert remembered(tmp_path)[0] is False


def test_off_in_a_backup_is_off_and_a_state_that_says_off_too(tmp_path: Path) -> None:
    """A power cut between both writes, the other way round: whoever says off is believed."""
    choose(tmp_path, on=True, said=None)
    save(put_back(tmp_path / "state.json"), replace(FULL, camera_on=False))
    assert remembered(tmp_path) == (False, "")


@pytest.mark.parametrize("left", ["state.json.broken", "state.json.played", ".state.json.01234567.half.json"])
def test_a_box_that_has_lost_both_files_is_no_new_one(tmp_path: Path, left: str) -> None:
    (tmp_path / left).write_bytes(b"")
    camera_on, told = remembered(tmp_path)
    assert not camera_on
    assert STAYS_OFF in told


def test_a_state_that_says_nothing_of_the_camera_keeps_it_off(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"moodbox_state": 1, "memory": {"volume": 30}}')
    assert not remembered(tmp_path)[0]


def test_a_folder_that_is_not_there_keeps_the_camera_off(tmp_path: Path) -> None:
    """Off could not be kept there."""
    camera_on, told = remembered(tmp_path / "unmounted")
    assert not camera_on
    assert STAYS_OFF in told


@root_only
def test_on_a_full_disk_off_still_finds_its_place(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted(disk, "-t", "tmpfs", "-o", "size=64k", "tmpfs"):
        save(disk / "state.json", replace(FULL, camera_on=True))
        choose(disk, on=True)
        with pytest.raises(OSError, match="No space"):
            (disk / "fill").write_bytes(b"\0" * 64 * 1024)
        choose(disk, on=False)
        assert remembered(disk)[0] is False


@root_only
def test_on_a_disk_that_cannot_be_written_the_camera_stays_off_at_the_next_start(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted(disk, "-t", "tmpfs", "-o", "size=64k", "tmpfs"):
        save(disk / "state.json", replace(FULL, camera_on=True))
        choice = CameraChoice(disk / "state.json", True)
        choice.start()
        until(lambda: choice.is_kept)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        choice.keep(False)
        until(lambda: "is not kept yet" in (choice.trouble or ""))
        assert "Read-only" in str(choice.trouble)
        camera_on, told = remembered(disk)
        assert not camera_on
        assert STAYS_OFF in told
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        choice.keep(True)
        choice.keep(False)
        until(lambda: choice.is_kept)
        choice.close()
        assert remembered(disk) == (False, "")


def test_a_service_that_begins_anew_with_another_state_keeps_the_camera_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings that were changed may name another file, or none."""
    monkeypatch.setenv(assembly.CAMERA, assembly.OFF)
    assert remembered(tmp_path) == (False, "")
    assert not assembly.remember(config.check({"state": {"file": ""}}, "test"))[0].camera_on


def test_what_is_slow_is_not_said_to_be_kept(tmp_path: Path) -> None:
    choice = CameraChoice(tmp_path / "state.json", None)  # whose thread has not started
    choice.keep(False)
    assert not choice.is_kept
    until(lambda: "that the camera is off is not kept yet" in (choice.trouble or ""))
    choice.start()
    until(lambda: choice.is_kept)
    assert choice.trouble is None
    choice.close()


@root_only
def test_a_choice_is_not_kept_on_another_disk_than_the_one_that_was_unmounted(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted(disk, "-t", "tmpfs", "tmpfs"):
        choice = CameraChoice(disk / "state.json", None)
        choice.start()
        until(lambda: choice.is_kept)
    choice.keep(False)
    until(lambda: UNMOUNTED in (choice.trouble or ""))
    assert not any(disk.iterdir())
    choice.close()


@root_only
def test_a_disk_that_belongs_there_and_is_not_mounted_keeps_the_camera_off(tmp_path: Path) -> None:
    """A box with a read-only root boots also when the partition with its state is missing: it looked new."""
    disk, fstab = tmp_path / "disk", tmp_path / "fstab"
    disk.mkdir()
    fstab.write_text(f"# fstab(5)\n\nproc /proc proc defaults 0 0\n/data/lib {disk} none bind,nofail 0 0\n")
    choice = CameraChoice(disk / "state.json", None, fstab)
    assert not choice.is_on
    assert "its disk is not mounted" in str(choice.doubt)
    assert not any(disk.iterdir())
    with mounted(disk, "-t", "tmpfs", "tmpfs"):
        assert CameraChoice(disk / "state.json", None, fstab).is_on
