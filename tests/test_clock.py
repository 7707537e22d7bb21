"""Whom the box believes the time of day: a Pi has none at boot, and then it jumps."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance import clock

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
