"""`moodbox doctor`: what works, what does not, and the fix.

Sits above the parts of the box: beside this file is one for each, which knows what it needs to be well.
Nothing here opens the camera, plays a note or changes anything.
"""

from __future__ import annotations

import functools
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from appliance.config import Config
from appliance.doctor import board, box, broker, camera, checklist, ear, models, music, page, pins, wifi
from appliance.doctor.check import Check
from appliance.doctor.holders import Holders
from appliance.machine.terminal import printable

__all__ = ["Check", "examine", "run"]

PATIENCE_S = 30.0
"""Seconds for the slowest visit: a Pi Zero imports picamera2 in ten."""

Visit: TypeAlias = Callable[[Config], Sequence[Check]]

VISITS: Mapping[str, Visit] = {
    "service": box.checks,
    "camera": camera.checks,
    "models": models.checks,
    "ear": ear.checks,
    "GPIO": pins.checks,
    "music": music.checks,
    "MQTT": broker.checks,
    "page": page.checks,
    "Wi-Fi": wifi.checks,
    "board": board.checks,
}


def examine(
    config: Config, visits: Mapping[str, Visit] = VISITS, patience_s: float = PATIENCE_S
) -> tuple[Check, ...]:
    """Examine every part of the box, all at once.

    Takes seconds, `patience_s` at most. Any thread may call it, also inside the service.
    """
    ongoing = {name: _Visit(visit, config) for name, visit in visits.items()}
    deadline = time.monotonic() + patience_s
    for visit in ongoing.values():
        visit.start()
    for visit in ongoing.values():
        visit.join(max(0.0, deadline - time.monotonic()))
    return tuple(check for name, visit in ongoing.items() for check in visit.result(name, patience_s))


def visits(who: Holders) -> Mapping[str, Visit]:
    """All visits, for a process that has looked around as root and has given that up. who: what it saw."""
    return {**VISITS, "camera": functools.partial(camera.checks, who=who)}


def run(config: Config, problems: Sequence[str], as_json: bool, visits: Mapping[str, Visit] = VISITS) -> int:
    """Print what was found. problems: what is wrong in the settings file. Returns the exit status."""
    settings = [Check("settings", not problems, "; ".join(problems), "no mistakes")]
    checks = [*settings, *examine(config, visits)]
    if as_json:
        found = [{"name": one.name, "ok": one.ok, "fix": one.fix} for one in checks]
        print(json.dumps({"checks": found, "by_hand": checklist.ALL}))
    else:
        print("\n".join(map(_line, checks)))
        print(checklist.listed())
    return 0 if all(check.ok for check in checks) else 1


def _line(check: Check) -> str:
    return printable(
        f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.found if check.ok else check.fix}"
    )


class _Visit(threading.Thread):
    """In a thread, because what is broken often hangs."""

    def __init__(self, visit: Visit, config: Config) -> None:
        super().__init__(name="doctor", daemon=True)
        self._visit, self._config = visit, config
        self._checks: Sequence[Check] | None = None
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._checks = self._visit(self._config)
        except Exception as error:  # a doctor who faints helps nobody
            self._error = error

    def result(self, name: str, patience_s: float) -> Sequence[Check]:
        checks, error = self._checks, self._error
        if checks is not None:
            return checks
        if error is not None:
            return [Check(name, False, f"could not be examined: {type(error).__name__}: {error}")]
        return [
            Check(name, False, f"gave no answer within {patience_s:g} s; something hangs: reboot the box")
        ]
