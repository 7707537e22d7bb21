"""What is wrong with the disk under the state: it is not there, another, read-only, or full."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from remembering import mounted

from appliance.state.disk import LEAST, UNMOUNTED, Disk

ELSEWHERE = Path("/proc")
"""Another file system than that of any test's folder, without room."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the state's folder is mounted, as far as the box sees."""
    (tmp_path / "one").mkdir()
    (tmp_path / "place").symlink_to(tmp_path / "one")
    return tmp_path / "place"


def mount(place: Path, folder: Path) -> None:
    place.unlink()
    place.symlink_to(folder)


def test_a_disk_with_room_is_no_trouble(tmp_path: Path) -> None:
    assert Disk(tmp_path / "mark").trouble() is None


def test_a_disk_without_room_is_told_and_sixteen_kilobytes_are_room() -> None:
    assert LEAST == 16_384
    if os.statvfs(ELSEWHERE).f_flag & os.ST_RDONLY:
        pytest.skip("a container's, which may only be read")
    assert Disk(ELSEWHERE / "mark").trouble() == "No space left on device"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
@pytest.mark.parametrize(("size", "trouble"), [("16k", None), ("12k", "No space left on device")])
def test_a_disk_with_exactly_that_much_room_is_no_trouble(
    tmp_path: Path, size: str, trouble: str | None
) -> None:
    with mounted(tmp_path, "-t", "tmpfs", "-o", f"size={size}", "tmpfs"):
        assert Disk(tmp_path / "mark").trouble() == trouble


def test_another_disk_without_the_mark_is_told(place: Path) -> None:
    disk = Disk(place / "mark")
    assert not disk.is_another()
    mount(place, ELSEWHERE)
    assert disk.is_another()
    assert disk.trouble() == UNMOUNTED
    mount(place, place.parent)  # the same disk, under another name
    assert not disk.is_another()


def test_another_disk_that_has_the_mark_is_the_states_own(place: Path) -> None:
    disk = Disk(place / "uptime")  # a file that /proc has, too
    mount(place, ELSEWHERE)
    assert not disk.is_another()


def test_a_folder_that_is_made_later_is_the_disk_from_then_on(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "later" / "mark")
    assert not disk.is_another()
    assert disk.trouble() == "No such file or directory"
    (tmp_path / "later").symlink_to(tmp_path)
    assert not disk.is_another()
    mount(tmp_path / "later", ELSEWHERE)
    assert disk.is_another()


@pytest.mark.parametrize(
    ("line", "is_missing"),
    [
        ("/dev/mmcblk0p3 {place} ext4 defaults 0 2", True), ("# /dev/mmcblk0p3 {place} ext4", False),
        ("#/dev/mmcblk0p3 {place} ext4", False), ("{place}", False), ("/dev/sda1 {place}/below ext4", False),
        (" /dev/mmcblk0p3 {place} ext4", True), ("/dev/sda1 / ext4\n/dev/sda2 {place} ext4", True),
        ("  # {place} is where it was", False),
        ("proc /proc proc", False), ("", False),
    ],
)  # fmt: skip
def test_a_disk_of_the_systems_table_that_is_not_mounted_is_missing(
    tmp_path: Path, line: str, is_missing: bool
) -> None:
    (tmp_path / "fstab").write_text(line.format(place=tmp_path) + "\n\n")
    disk = Disk(tmp_path / "folder" / "mark", tmp_path / "fstab")
    assert disk.is_missing() is is_missing
    assert disk.is_another() is is_missing


def test_without_a_table_none_is_missing(tmp_path: Path) -> None:
    assert not Disk(tmp_path / "mark", tmp_path / "none").is_missing()
