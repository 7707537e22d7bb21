"""Whom the box believes the time of day: a Pi has none at boot, and then it jumps."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.machine import clock

SET, NOT_SET = 0x2001, clock.UNSYNCHRONISED


@pytest.mark.parametrize(
    ("status", "mark", "rtc", "is_known"),
    [
        (SET, False, None, True),
        (NOT_SET, False, None, False),  # a Pi at boot
        (NOT_SET, False, "0", False),  # its clock chip was not read, or is empty
        (NOT_SET, False, "1", True),
        (None, False, None, False),  # our unit may not ask the kernel
        (None, True, None, True),
        (NOT_SET, True, None, True),  # set once, and without a network since: alarms go on
    ],
)
def test_the_time_of_day_is_known_once_somebody_vouches_for_it(
    status: int | None, mark: bool, rtc: str | None, is_known: bool, tmp_path: Path
) -> None:
    marked, chip = tmp_path / "synchronized", tmp_path / "hctosys"
    if mark:
        marked.touch()
    if rtc is not None:
        chip.write_text(f"{rtc}\n")
    told = clock.now(lambda: status, marked, chip)
    assert (told is not None) is is_known
    if told:
        assert abs((told - datetime.now(UTC)).total_seconds()) < 60


def test_the_kernel_can_be_asked() -> None:
    status = clock.kernel_status()
    assert status is None or status & clock.UNSYNCHRONISED in (0, clock.UNSYNCHRONISED)


def test_a_time_zone_that_is_set_while_the_box_runs_is_another_one(tmp_path: Path) -> None:
    localtime = tmp_path / "localtime"
    localtime.symlink_to("/usr/share/zoneinfo/Europe/Berlin")
    before = clock.zone(localtime)
    assert clock.zone(localtime) == before
    localtime.unlink()
    localtime.symlink_to("/usr/share/zoneinfo/Asia/Kolkata")
    assert clock.zone(localtime) != before


def test_a_zone_that_is_a_copied_file_or_missing_has_a_name_too(tmp_path: Path) -> None:
    localtime = tmp_path / "localtime"
    assert clock.zone(localtime) == "UTC"
    localtime.write_bytes(Path("/usr/share/zoneinfo/Europe/Berlin").read_bytes())
    copied = clock.zone(localtime)
    assert copied != "UTC"
    assert clock.zone(localtime) == copied


ZONE_SET_WHILE_IT_RUNS = """
import os, sys
from appliance.machine import clock
for zone in ("Europe/Berlin", "Asia/Kolkata"):
    {change}
    print(clock.now(lambda: 0).strftime("%z"))
"""
BY_ENVIRONMENT = 'os.environ["TZ"] = zone'
BY_LINK = 'os.system(f"ln -sfn /usr/share/zoneinfo/{zone} /etc/localtime")'


def offsets(change: str, before: list[str]) -> list[str]:
    code = ZONE_SET_WHILE_IT_RUNS.replace("{change}", change)
    child = subprocess.run([*before, sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return child.stdout.split()


def test_the_clock_goes_by_the_zone_as_it_is_now() -> None:
    assert offsets(BY_ENVIRONMENT, [])[1] == "+0530"


@pytest.mark.skipif(os.geteuid() != 0, reason="lays a folder of its own over /etc, in a namespace")
@pytest.mark.parametrize("begun_with", ["unset TZ", "export TZ=:/etc/localtime"])
def test_the_clock_follows_the_link_that_timedatectl_lays(begun_with: str, tmp_path: Path) -> None:
    etc = f"mount -t tmpfs tmpfs {tmp_path}; cp -a /etc/. {tmp_path}; mount --bind {tmp_path} /etc"
    private = ["unshare", "-m", "--propagation", "private", "sh", "-ec"]
    assert offsets(BY_LINK, [*private, f'{etc}; {begun_with}; exec "$@"', "sh"])[1] == "+0530"
