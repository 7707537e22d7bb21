"""Keeps the sleep timer, the alarm and the quiet hours, and tells which of them is due.

Intervals go by monotonic time. The time of day is only used where nothing else will do, and only while the
clock can be trusted: a Pi has none at boot, and jumps when the network brings it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum, auto

from appliance.protocol.memory import Memory

LATE = timedelta(minutes=15)
"""After a power cut the router, and with it the time of day, comes back later than the box. An alarm that is
missed by more than this does not ring."""
TIMELESS_S = 120.0
"""After a boot the network takes about a minute to bring the time of day; past this it is told."""

TIMELESS = (
    "nobody has told the box the time of day: its alarm does not ring, its quiet hours do not begin; "
    "it needs a network, or a clock with a battery"
)

SECOND = timedelta(seconds=1)
WRONG = timedelta(hours=1, minutes=5)
"""An alarm that rang and is so far ahead rang by a wrong clock; no hour that comes twice makes so much."""


class Due(Enum):
    """Something whose time has come."""

    SLEEP = auto()
    ALARM = auto()
    QUIET = auto()
    """Quiet hours begin."""
    DAY = auto()
    """Quiet hours end."""


@dataclass(frozen=True)
class QuietHours:
    """The times of day between which the box is to be quiet."""

    begin: time
    end: time
    """May be the next morning."""

    def hold(self, at: time) -> bool:
        """Whether quiet hours are on at this time of day."""
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end

    def left_s(self, at: time) -> float:
        """Seconds from this time of day until quiet hours end."""
        day = datetime.min
        return (datetime.combine(day, self.end) - datetime.combine(day, at)) % timedelta(days=1) / SECOND


class Hours:
    """Knows the timers that are set, and what has become due."""

    def __init__(
        self, quiet_hours: QuietHours | None, alarm_days: frozenset[int], memory: Memory, now: float
    ) -> None:
        """alarm_days: weekdays on which the alarm rings, Monday being 0. memory: what was set before."""
        self.sleep_at = None if memory.sleep_s is None else now + memory.sleep_s
        """Monotonic."""
        self.alarm = memory.alarm
        self.alarm_time = memory.alarm or memory.alarm_time
        """Kept while the alarm is off."""
        self.rang = memory.rang
        """Day and time of the alarm that has rung last."""
        self.is_quiet = False
        self._quiet_hours = quiet_hours
        self._quiet_until = -math.inf if memory.quiet_s is None else now + memory.quiet_s
        """Monotonic."""
        self._alarm_days = alarm_days
        self._clock: datetime | None = None
        """At the last look."""
        self._zone = ""
        self._timed_at = now
        """When we last knew the time of day, or began (monotonic)."""

    def due(self, now: float, clock: datetime | None, zone: str = "") -> list[Due]:
        """Tell what has become due by now, each once.

        now: monotonic seconds. clock: the time of day with its offset; None while nothing vouches for it.
        zone: names the time zone that is set.
        """
        due = []
        self._timed_at = self._timed_at if clock is None else now
        if zone != self._zone:
            self._move(clock if self._zone else None, zone)
        if self.sleep_at is not None and now >= self.sleep_at:
            self.sleep_at = None
            due.append(Due.SLEEP)
        if self._quiet_hours and self._is_quiet_now(self._quiet_hours, now, clock) is not self.is_quiet:
            self.is_quiet = not self.is_quiet
            due.append(Due.QUIET if self.is_quiet else Due.DAY)
        if clock is not None and self._rings(clock):
            due.append(Due.ALARM)
        return due

    def set_alarm(self, at: time | None) -> None:
        """Have the alarm ring at this time of day; None switches it off."""
        self.alarm, self.alarm_time = at, at or self.alarm_time

    def trouble(self, now: float) -> str | None:
        """Say for people that an alarm or quiet hours wait for a time of day that nobody tells us."""
        is_wanted = bool(self.alarm or self._quiet_hours)
        return TIMELESS if is_wanted and now - self._timed_at >= TIMELESS_S else None

    def left(self, now: float) -> tuple[float | None, float | None]:
        """Seconds until the sleep timer ends, and until the quiet hours do; None where there are none."""
        sleep_s = None if self.sleep_at is None else max(0.0, self.sleep_at - now)
        return sleep_s, max(0.0, self._quiet_until - now) if self.is_quiet else None

    def _is_quiet_now(self, hours: QuietHours, now: float, clock: datetime | None) -> bool:
        """Whether quiet hours are on.

        While nobody knows the time of day, those that were on run to their end: a Pi has no clock at boot,
        and must not be loud at three in the morning until the network is back.
        """
        if clock is None:
            return now < self._quiet_until
        is_quiet = hours.hold(clock.time())
        self._quiet_until = now + hours.left_s(clock.time()) if is_quiet else -math.inf
        return is_quiet

    def _move(self, clock: datetime | None, zone: str) -> None:
        """Take over another time zone.

        An alarm that the move leaps over does not ring: when summer time begins it would, because the night
        left its hour out. One that the new zone's clock has still to reach today rings, although it rang by
        the old one's.
        """
        self._zone = zone
        self._clock = clock and clock.replace(second=0, microsecond=0) - SECOND  # the minute that runs counts
        if clock and self.rang and self.rang > clock.replace(tzinfo=None):
            self.rang = None

    def _rings(self, clock: datetime) -> bool:
        before, self._clock = self._clock, clock
        if self.rang and self.rang - clock.replace(tzinfo=None) >= WRONG:
            self.rang = None  # that was by a wrong clock; its time is still to come
        if self.alarm is None:
            return False
        # Yesterday's, too: one shortly before midnight may be late until after it.
        for day in (clock.date(), clock.date() - timedelta(days=1)):
            moment = datetime.combine(day, self.alarm)
            if day.weekday() in self._alarm_days and self._is_time(moment, before, clock):
                self.rang = moment
                return True
        return False

    def _is_time(self, moment: datetime, before: datetime | None, clock: datetime) -> bool:
        """Whether that alarm is to ring now. before: the clock when it was looked at last."""
        late = clock.replace(tzinfo=None) - moment
        if before is not None:
            if before.replace(tzinfo=None) >= moment:  # it was set too late for that day
                return False
            late = min(late, clock - before)  # summer time begins, and the wall's clock leaves an hour out
        return timedelta(0) <= late < LATE and self.rang != moment  # or the clock was set back over it
