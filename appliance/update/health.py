"""Whether the release that runs is as well as the one before: the service ready and staying so, music if it
played before, and nothing wrong that was not wrong before."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.errors import UpdateFailed
from appliance.machine.machine import BOX
from appliance.update.command import run

UNIT = "moodbox.service"
ASKED = ("ActiveState", "NRestarts", "ActiveEnterTimestampMonotonic")
ANSWER_S = 20.0
ASK = """\
import functools, pathlib, sys
from appliance.config import salvage
config, _ = salvage(pathlib.Path(sys.argv[2]) if sys.argv[2:] else None)
print(functools.reduce(getattr, sys.argv[1].split("."), config))
"""
"""For a Python of its own, see `settings_say`."""
MOST_RESTARTS = 2
"""How often systemd may start the service again; more than that is broken, and needs no further waiting."""


@dataclass(frozen=True)
class Patience:
    """How long a release is given to become well and to answer; all in seconds."""

    whole_s: float = 240.0
    """A Zero 2 W takes a minute until it is ready, and a clock, a broker or a card may come later."""
    settled_s: float = 20.0
    """A release must have run for so long to count as well: the watchdog ends a loop that hangs after 15."""
    pause_s: float = 2.0
    answer_s: float = 120.0
    """The longest wait for one answer; the doctor takes half a minute where something hangs."""


@dataclass(frozen=True)
class Health:
    """How well a release runs: its troubles, and whether music plays."""

    troubles: Mapping[str, str]
    """Part that does not work -> words about it."""
    plays: bool

    def worse(self, before: Health, may_be_silent: bool) -> list[str]:
        """List what is wrong now and was not before, a line each."""
        new = [f"{name}: {words}" for name, words in self.troubles.items() if name not in before.troubles]
        if before.plays and not self.plays and not may_be_silent:
            new.append("no music plays, and before it did")
        return new


def examine(moodbox: Path, patience: Patience) -> Health:
    """Ask the release that runs how it is, by its own `status` and `doctor`.

    moodbox: the command of the release that runs; each knows its own service best.
    """
    try:
        status = json.loads(run([moodbox, "status", "--json"], patience.answer_s, as_service=True))
        said = run([moodbox, "doctor", "--json"], patience.answer_s, statuses=(0, 1), as_service=True)
        troubles = {
            check["name"]: check["fix"]
            for check in json.loads(said.splitlines()[-1])["checks"]
            if not check["ok"]
        }
        # The doctor has one check for all that the service lacks; each lack counts by itself.
        troubles.pop("service", None)
        troubles |= status["degraded"]
        # Quiet hours that have just begun are no fault of a release.
        plays = status["playing"] == "music" or bool(status["quiet"])
    except (UpdateFailed, ValueError, LookupError, TypeError, RecursionError) as error:
        return Health({"service": str(error)}, plays=False)
    return Health(troubles, plays)


def settings_say(key: str, file: Path | None) -> str:
    """The value in force of a setting such as `music.resume`, as text; empty when nobody can tell.

    Asked as the box's own user, as everything about its settings.
    """
    named = [file.absolute()] if file else []
    with contextlib.suppress(UpdateFailed):
        return run([sys.executable, "-I", "-c", ASK, key, *named], ANSWER_S, as_service=True).strip()
    return ""


def wait(moodbox: Path, before: Health, may_be_silent: bool, patience: Patience) -> list[str]:
    """Wait until the service is well and stays so. Returns what is wrong, if it is not within the patience.

    may_be_silent: whether the settings can be why no music plays.
    """
    deadline = time.monotonic() + patience.whole_s
    while True:
        unit = _unit()
        wrong = _not_settled(unit, patience.settled_s) or examine(moodbox, patience).worse(
            before, may_be_silent
        )
        if not wrong and _unit() == unit:
            return []
        if int(unit.get("NRestarts") or 0) > MOST_RESTARTS:
            return [f"{UNIT} ended {unit['NRestarts']} times; see {BOX.log}"]
        if time.monotonic() > deadline:
            return wrong or [f"{UNIT} does not stay the same"]
        time.sleep(patience.pause_s)


def _unit() -> Mapping[str, Any]:
    try:
        said = run(["systemctl", "show", f"--property={','.join(ASKED)}", UNIT], ANSWER_S)
    except UpdateFailed as error:
        return {"ActiveState": f"unknown: {error}"}
    return dict(line.split("=", 1) for line in said.splitlines() if "=" in line)


def _not_settled(unit: Mapping[str, Any], settled_s: float) -> list[str]:
    if unit.get("ActiveState") != "active":
        return [f"{UNIT} is {unit.get('ActiveState') or 'unknown'}; see {BOX.log}"]
    since_s = int(unit.get("ActiveEnterTimestampMonotonic") or 0) / 1e6
    if time.monotonic() - since_s < settled_s:
        return [f"{UNIT} has not run for {settled_s:g} s"]
    return []
