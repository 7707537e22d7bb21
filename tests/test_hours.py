"""Sleep timer, alarm and quiet hours."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from appliance.hours import Due, Hours, QuietHours

MONDAY = datetime(2026, 11, 23, 6, 0)
EVERY_DAY = frozenset(range(7))


def hours(begin: str = "", end: str = "", days: frozenset[int] = EVERY_DAY) -> Hours:
    quiet = QuietHours(time.fromisoformat(begin), time.fromisoformat(end)) if begin else None
    return Hours(quiet, days)


def pass_time(
    made: Hours, start: datetime, end: datetime, step_s: float = 30.0
) -> list[tuple[Due, datetime]]:
    told, clock = [], start
    while clock <= end:
        told += [(due, clock) for due in made.due(0.0, clock)]
        clock += timedelta(seconds=step_s)
    return told


def test_the_sleep_timer_is_due_once_and_needs_no_clock() -> None:
    made = hours()
    made.sleep_at = 60.0
    assert made.due(59.9, None) == []
    assert made.due(60.0, None) == [Due.SLEEP]
    assert made.due(61.0, None) == []
    assert made.sleep_at is None


def test_an_alarm_rings_once_a_day_on_its_days() -> None:
    made = hours(days=frozenset({0, 1}))
    made.alarm = time(7, 0)
    rung = pass_time(made, MONDAY, MONDAY + timedelta(days=7, minutes=-1))
    assert rung == [
        (Due.ALARM, MONDAY + timedelta(hours=1)),
        (Due.ALARM, MONDAY + timedelta(days=1, hours=1)),
    ]


def test_an_alarm_set_too_late_for_today_rings_tomorrow() -> None:
    made = hours()
    pass_time(made, MONDAY, MONDAY + timedelta(minutes=61))
    made.alarm = time(7, 0)
    assert pass_time(made, MONDAY + timedelta(minutes=61), MONDAY + timedelta(hours=12)) == []
    assert pass_time(made, MONDAY + timedelta(hours=24.5), MONDAY + timedelta(hours=26)) != []


def test_an_alarm_does_not_ring_while_nothing_vouches_for_the_clock() -> None:
    made = hours()
    made.alarm = time(7, 0)
    assert made.due(0.0, None) == []


def test_a_clock_that_jumps_over_the_alarm_does_not_ring_hours_late() -> None:
    made = hours()
    made.alarm = time(7, 0)
    made.due(0.0, MONDAY)
    assert made.due(1.0, MONDAY + timedelta(hours=5)) == []


def test_a_box_that_starts_within_the_minute_of_its_alarm_rings() -> None:
    made = hours()
    made.alarm = time(7, 0)
    assert made.due(0.0, MONDAY.replace(hour=7, second=40)) == [Due.ALARM]


def test_a_clock_that_is_set_back_does_not_ring_twice() -> None:
    made = hours()
    made.alarm = time(7, 0)
    assert len(pass_time(made, MONDAY, MONDAY + timedelta(hours=2))) == 1
    assert pass_time(made, MONDAY + timedelta(minutes=50), MONDAY + timedelta(hours=2)) == []


@pytest.mark.parametrize(
    ("at", "quiet"), [("21:59", False), ("22:00", True), ("03:00", True), ("06:59", True), ("07:00", False)]
)
def test_quiet_hours_may_last_over_midnight(at: str, quiet: bool) -> None:
    assert QuietHours(time(22, 0), time(7, 0)).hold(time.fromisoformat(at)) is quiet


def test_quiet_hours_by_day_do_not_hold_at_night() -> None:
    assert QuietHours(time(13, 0), time(15, 0)).hold(time(14, 0))
    assert not QuietHours(time(13, 0), time(15, 0)).hold(time(2, 0))


def test_quiet_hours_are_told_when_they_begin_and_when_they_end() -> None:
    told = pass_time(hours("22:00", "07:00"), MONDAY, MONDAY + timedelta(days=1, hours=2))
    assert told == [
        (Due.QUIET, MONDAY),
        (Due.DAY, MONDAY + timedelta(hours=1)),
        (Due.QUIET, MONDAY + timedelta(hours=16)),
        (Due.DAY, MONDAY + timedelta(days=1, hours=1)),
    ]
