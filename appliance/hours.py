"""What the time does to the box: sleep timer, alarm and quiet hours.

Intervals go by monotonic time. The time of day is only used where nothing else will do, and only while the
clock can be trusted: a Pi has none at boot, and jumps when the network brings it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, auto

LATE = timedelta(minutes=2)
"""An alarm that is missed by more than this, because the clock jumped or the box was off, does not ring."""


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
    begin: time
    end: time
    """May be the next morning."""

    def hold(self, at: time) -> bool:
        """Whether they are on at this time of day."""
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end


class Hours:
    """The timers that are set, and what has become due."""

    def __init__(self, quiet_hours: QuietHours | None, alarm_days: frozenset[int]) -> None:
        """alarm_days: weekdays on which the alarm rings, Monday being 0."""
        self.sleep_at: float | None = None
        """Monotonic."""
        self.alarm: time | None = None
        self.is_quiet = False
        self._quiet_hours = quiet_hours
        self._alarm_days = alarm_days
        self._rung_on: date | None = None
        self._clock: datetime | None = None
        """At the last look."""

    def due(self, now: float, clock: datetime | None) -> list[Due]:
        """What has become due by now; each is told once."""
        due = []
        if self.sleep_at is not None and now >= self.sleep_at:
            self.sleep_at = None
            due.append(Due.SLEEP)
        if clock is None:
            return due
        if self._rings(clock):
            due.append(Due.ALARM)
        if self._quiet_hours and self._quiet_hours.hold(clock.time()) is not self.is_quiet:
            self.is_quiet = not self.is_quiet
            due.append(Due.QUIET if self.is_quiet else Due.DAY)
        return due

    def _rings(self, clock: datetime) -> bool:
        before, self._clock = self._clock, clock
        if self.alarm is None or clock.weekday() not in self._alarm_days:
            return False
        moment = datetime.combine(clock.date(), self.alarm, clock.tzinfo)
        is_past = before is not None and before >= moment  # it was set too late for today
        has_rung = self._rung_on == clock.date()  # and the clock was set back over it
        if is_past or has_rung or not timedelta(0) <= clock - moment < LATE:
            return False
        self._rung_on = clock.date()
        return True
