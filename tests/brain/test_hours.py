"""Sleep timer, alarm and quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from brain_room import Room

from appliance.brain.hours import LATE, Due, Hours, QuietHours
from appliance.protocol import commands as cmd
from appliance.protocol.memory import Memory

MONDAY = datetime(2026, 11, 23, 6, 0)
EVERY_DAY = frozenset(range(7))


def hours(begin: str = "", end: str = "", days: frozenset[int] = EVERY_DAY) -> Hours:
    quiet = QuietHours(time.fromisoformat(begin), time.fromisoformat(end)) if begin else None
    return Hours(quiet, days, Memory(), 0.0)


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


def test_a_timer_that_is_overdue_has_no_time_left() -> None:
    made = hours()
    made.sleep_at = 60.0
    assert [made.left(now)[0] for now in (59.5, 60.0, 61.5)] == [0.5, 0.0, 0.0]


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


def test_a_second_alarm_on_the_same_day_rings_too() -> None:
    """Snooze, or a nap in the afternoon."""
    made = hours()
    made.alarm = time(7, 0)
    assert len(pass_time(made, MONDAY, MONDAY + timedelta(minutes=65))) == 1
    made.alarm = time(7, 10)
    rung = pass_time(made, MONDAY + timedelta(minutes=65), MONDAY + timedelta(hours=12))
    assert rung == [(Due.ALARM, MONDAY + timedelta(minutes=70))]


def test_an_alarm_that_has_rung_does_not_ring_again_after_a_restart() -> None:
    made = hours()
    made.alarm = time(7, 0)
    pass_time(made, MONDAY, MONDAY + timedelta(minutes=61))
    again = Hours(None, EVERY_DAY, Memory(alarm=made.alarm, rang=made.rang), 0.0)
    assert pass_time(again, MONDAY + timedelta(minutes=61), MONDAY + timedelta(hours=12)) == []


def test_an_alarm_rings_late_when_the_time_of_day_comes_late() -> None:
    """A Pi has no clock at boot; after a power cut the router takes minutes."""
    for late, rings in ((LATE - timedelta(seconds=1), True), (LATE, False)):
        made = hours()
        made.alarm = time(7, 0)
        made.due(0.0, None)
        assert (made.due(1.0, MONDAY.replace(hour=7) + late) == [Due.ALARM]) is rings


SEVEN = MONDAY.replace(hour=7)


@pytest.mark.parametrize(("back_s", "times"), [(20, 0), (3600, 0), (2 * 3600, 1), (86_400 + 60, 1)])
@pytest.mark.parametrize("is_off", [False, True])
def test_an_alarm_that_rang_by_a_clock_hours_fast_rings_at_its_time(
    back_s: int, times: int, is_off: bool
) -> None:
    """A clock with a battery may be wrong until the network puts it right; an hour may merely come twice."""
    made = hours()
    made.alarm = time(7, 0)
    assert len(pass_time(made, SEVEN - timedelta(minutes=5), SEVEN)) == 1
    if is_off:
        made = Hours(None, EVERY_DAY, Memory(alarm=made.alarm, rang=made.rang), 0.0)
    right = SEVEN - timedelta(days=back_s // 86_400)
    rung = pass_time(made, SEVEN - timedelta(seconds=back_s), right + timedelta(minutes=5))
    assert rung == [(Due.ALARM, right)] * times


@pytest.mark.parametrize(("days", "rings"), [(EVERY_DAY, True), ({MONDAY.weekday()}, True), ({1}, False)])
def test_an_alarm_shortly_before_midnight_rings_late_on_the_next_day(days: set[int], rings: bool) -> None:
    """By the day for which it was set: Monday's rings on Tuesday, when the clock comes."""
    made = Hours(None, frozenset(days), Memory(), 0.0)
    made.alarm = time(23, 58)
    made.due(0.0, None)
    clock = MONDAY.replace(hour=0, minute=3) + timedelta(days=1)
    assert (made.due(1.0, clock) == [Due.ALARM]) is rings
    assert made.due(2.0, clock + timedelta(seconds=1)) == []


BERLIN = ZoneInfo("Europe/Berlin")


def a_night(year: int, month: int, day: int) -> list[datetime]:
    """Each minute of a night as `clock.now` has it: local time with its offset from UTC, which changes."""
    start = datetime(year, month, day, tzinfo=BERLIN).astimezone(UTC)
    night = [(start + timedelta(minutes=minute)).astimezone(BERLIN) for minute in range(7 * 60)]
    return [moment.replace(tzinfo=timezone(moment.utcoffset() or timedelta())) for moment in night]


@pytest.mark.parametrize(
    ("night", "at", "rings"),
    [
        ((2026, 3, 29), time(5, 0), "05:00+0200"),
        ((2026, 3, 29), time(2, 30), "03:00+0200"),  # a time that this night leaves out
        ((2026, 10, 25), time(2, 30), "02:30+0200"),  # one that comes twice
        ((2026, 10, 25), time(5, 0), "05:00+0100"),
    ],
)
def test_an_alarm_rings_once_in_the_nights_when_summer_time_begins_and_ends(
    night: tuple[int, int, int], at: time, rings: str
) -> None:
    made = hours()
    made.alarm = at
    rung = [moment.strftime("%H:%M%z") for moment in a_night(*night) if made.due(0.0, moment)]
    assert rung == [rings]


KOLKATA = ZoneInfo("Asia/Kolkata")
NEW_YORK = ZoneInfo("America/New_York")


def set_zone(at: datetime, zone: ZoneInfo) -> datetime:
    """The same moment on the wall of another zone, with its offset, as `clock.now` has it."""
    moment = at.astimezone(zone)
    return moment.replace(tzinfo=timezone(moment.utcoffset() or timedelta()))


def rung_from(made: Hours, start: datetime, zone: str, hours: float) -> list[str]:
    minutes = range(int(60 * hours))
    moments = [start + timedelta(minutes=minute) for minute in minutes]
    return [moment.strftime("%H:%M") for moment in moments if made.due(0.0, moment, zone)]


def test_an_alarm_that_another_time_zone_leaps_over_does_not_ring() -> None:
    """It is no summer time: nobody's night left this hour out."""
    made, noon = hours(), datetime(2026, 11, 23, 12, tzinfo=UTC)
    made.alarm = time(15, 0)
    assert rung_from(made, noon, "Etc/UTC", 1.0) == []
    assert rung_from(made, set_zone(noon + timedelta(hours=1), KOLKATA), "Asia/Kolkata", 20.0) == []
    assert rung_from(made, set_zone(noon + timedelta(hours=21), KOLKATA), "Asia/Kolkata", 20.0) == ["15:00"]


def test_a_time_zone_that_is_an_hour_ahead_is_no_summer_time_either() -> None:
    made, noon = hours(), datetime(2026, 11, 23, 12, tzinfo=UTC)
    made.alarm = time(12, 50)
    assert rung_from(made, noon, "Etc/UTC", 0.5) == []
    assert rung_from(made, set_zone(noon + timedelta(hours=0.5), BERLIN), "Europe/Berlin", 5.0) == []


def test_an_alarm_that_rang_by_the_wrong_zones_clock_rings_at_its_hour() -> None:
    made, seven = hours(), datetime(2026, 11, 23, 7, tzinfo=UTC)
    made.alarm = time(7, 0)
    assert rung_from(made, seven, "Etc/UTC", 0.1) == ["07:00"]
    two = set_zone(seven + timedelta(minutes=5), NEW_YORK)
    assert rung_from(made, two, "America/New_York", 8.0) == ["07:00"]


def test_an_alarm_of_this_very_minute_rings_although_the_zone_was_set_within_it() -> None:
    made = hours()
    made.alarm = time(13, 0)
    made.due(0.0, datetime(2026, 11, 23, 12, 0, 20, tzinfo=UTC), "Etc/UTC")
    now = set_zone(datetime(2026, 11, 23, 12, 0, 40, tzinfo=UTC), BERLIN)
    assert made.due(1.0, now, "Europe/Berlin") == [Due.ALARM]


@pytest.mark.parametrize(("night", "quiet_min"), [((2026, 3, 29), 60 * 2), ((2026, 10, 25), 60 * 4)])
def test_quiet_hours_go_by_the_clock_on_the_wall_when_summer_time_begins_and_ends(
    night: tuple[int, int, int], quiet_min: int
) -> None:
    made, quiet = hours("22:00", "03:00"), 0
    for moment in a_night(*night):
        made.due(0.0, moment)
        quiet += made.is_quiet
    assert quiet == quiet_min


def test_quiet_hours_that_were_on_at_a_power_cut_hold_until_somebody_knows_the_time() -> None:
    """A Pi has no clock at boot: it must not be loud at three in the morning until the network is back."""
    before = hours("22:00", "07:00")
    before.due(50.0, MONDAY - timedelta(hours=3))
    _, quiet_s = before.left(50.0)
    assert quiet_s == 4 * 3600
    after = Hours(QuietHours(time(22, 0), time(7, 0)), EVERY_DAY, Memory(quiet_s=quiet_s), 1000.0)
    assert after.due(1000.0, None) == [Due.QUIET]
    assert after.due(1001.0, None) == []
    assert after.due(1002.0, MONDAY.replace(hour=8)) == [Due.DAY]
    alone = Hours(QuietHours(time(22, 0), time(7, 0)), EVERY_DAY, Memory(quiet_s=quiet_s), 1000.0)
    alone.due(1000.0, None)
    assert alone.due(1000.0 + 4 * 3600, None) == [Due.DAY]  # no network at all: not quiet for ever


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


def test_an_alarm_that_is_switched_off_keeps_its_time() -> None:
    room = Room().connect()
    room.tell(cmd.SwitchAlarm(True))
    assert room.snapshot.alarm == time(7), "the time that it has before anybody sets one"
    room.tell(cmd.SetAlarm(time(6, 30)))
    room.tell(cmd.SwitchAlarm(False))
    assert room.snapshot.alarm_time == time(6, 30)
    anew = Room(room.brain.memory(room.now)).connect()  # over a power cut, too
    anew.tell(cmd.SwitchAlarm(True))
    assert anew.snapshot.alarm == time(6, 30)


def test_an_alarm_from_before_it_could_be_switched_keeps_its_time() -> None:
    room = Room(Memory(alarm=time(5, 45)))
    room.tell(cmd.SwitchAlarm(False))
    assert room.snapshot.alarm_time == time(5, 45)


def test_a_sleep_timer_that_ran_out_between_two_ticks_ends_the_music_at_the_next() -> None:
    made = Hours(None, EVERY_DAY, Memory(), 0.0)
    made.sleep_at = 10.0
    assert made.due(9.9, None, "") == []
    assert made.due(11.5, None, "") == [Due.SLEEP]
    assert made.due(12.5, None, "") == []


@pytest.mark.parametrize("seconds", [0, 10])
def test_an_alarm_that_rings_does_not_ring_again_where_only_the_zone_s_name_changes(seconds: int) -> None:
    made, clock = Hours(None, EVERY_DAY, Memory(), 0.0), datetime(2026, 11, 23, 6, 59, 59, tzinfo=BERLIN)
    made.set_alarm(time(7, 0))
    assert made.due(0.0, clock, "Europe/Berlin") == []
    assert made.due(1.0, clock + timedelta(seconds=1), "Europe/Berlin") == [Due.ALARM]
    again = clock + timedelta(seconds=1 + seconds)
    assert made.due(1.5 + seconds, again, "Europe/Paris") == []


def test_quiet_hours_that_end_when_they_begin_are_none() -> None:
    assert not any(QuietHours(time(22), time(22)).hold(time(hour)) for hour in range(24))


def test_a_clock_that_is_lost_by_day_begins_no_quiet_hours() -> None:
    made = hours("22:00", "07:00")
    assert made.due(10.0, MONDAY.replace(hour=12)) == []
    assert [made.due(now, None) for now in (11.0, 1e6)] == [[], []]


def test_that_nobody_tells_the_time_is_told_after_two_minutes_of_that() -> None:
    made = hours("22:00", "07:00")
    made.due(100.0, MONDAY)
    assert [bool(made.trouble(now)) for now in (100.0, 219.5, 220.0, 300.0)] == [False, False, True, True]
