"""From power to the first song: the boot times, and how they are told."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from appliance.cli import boot
from appliance.doctor import checklist
from appliance.service import boot_times
from appliance.service.boot_times import ASKED, READY, STARTED, BootTimes

SYSTEMD = {boot.KERNEL: 0.0, boot.USERSPACE: 2.5, boot.FINISHED: 9.0}
OURS = {STARTED: 6.0, ASKED: 6.5, READY: 8.0}


def test_the_first_song_is_counted_from_the_kernel() -> None:
    measured = boot.start(SYSTEMD, OURS, in_container=False)
    assert measured.first_song_s == pytest.approx(6.5)
    assert measured.whole_system_s == pytest.approx(6.5)
    assert boot.table(measured).startswith("6.50 s from the kernel to the first song")


def test_a_container_is_counted_from_its_first_process() -> None:
    measured = boot.start({**SYSTEMD, boot.USERSPACE: 5.0}, OURS, in_container=True)
    assert measured.first_song_s == pytest.approx(1.5)


def test_before_the_first_song_and_the_end_of_the_start_nothing_is_made_up() -> None:
    measured = boot.start({**SYSTEMD, boot.FINISHED: 0.0}, {STARTED: 6.0, READY: 8.0}, in_container=False)
    assert measured.first_song_s is None
    assert measured.whole_system_s is None
    assert boot.table(measured).startswith("no song")


def test_only_the_first_time_of_a_moment_is_kept(tmp_path: Path) -> None:
    kept = BootTimes(tmp_path)
    kept.set(ASKED)
    first = boot_times.read(tmp_path)
    kept.set(ASKED)
    assert boot_times.read(tmp_path) == first
    assert first[STARTED] <= first[ASKED] <= time.monotonic()


def test_without_a_folder_or_with_a_full_one_the_box_starts_all_the_same(tmp_path: Path) -> None:
    BootTimes(None).set(READY)
    BootTimes(tmp_path / "gone").set(READY)
    assert not list(tmp_path.iterdir())


def test_the_process_began_a_moment_ago() -> None:
    assert 0 <= time.monotonic() - boot_times.process_started() < 3600


def test_people_are_asked_what_only_they_can_tell_of_a_start() -> None:
    said = checklist.listed(checklist.AT_THE_START).splitlines()
    assert said[1] == "What only you can see and hear:"
    assert len(said) == 2 + len(checklist.AT_THE_START)
