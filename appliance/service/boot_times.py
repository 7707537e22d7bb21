"""How long the start took: a few moments, written down in RAM for `moodbox boot`."""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path

from appliance.files.whole import write_whole

STARTED, ASKED, READY = "process started", "first song asked of MPD", "ready"
"""The moments, in the order that is wanted: music first."""
NAME = "boot.json"


class BootTimes:
    """Monotonic seconds of each moment since the machine's kernel started; the first time counts."""

    def __init__(self, folder: Path | None) -> None:
        """folder: where the file goes, on a file system in RAM; None keeps nothing."""
        self._file = folder / NAME if folder else None
        self._at = {STARTED: process_started()}

    def has(self, moment: str) -> bool:
        return moment in self._at

    def set(self, moment: str) -> None:
        """This has happened; only the first time is kept."""
        if moment in self._at:
            return
        self._at[moment] = time.monotonic()
        if self._file:
            # The music does not depend on it.
            with contextlib.suppress(OSError):
                write_whole(self._file, json.dumps(self._at).encode(), 0o640)


def read(folder: Path) -> dict[str, float]:
    """The moments of the running service. Raises OSError or ValueError when there are none."""
    moments = json.loads((folder / NAME).read_text(encoding="utf-8"))
    return {str(moment): float(at) for moment, at in moments.items()}


def process_started() -> float:
    """When this process began, before Python did; monotonic seconds.

    From proc_pid_stat(5): field 22, in ticks since the kernel started. That clock also counts time asleep,
    which a Pi never is.
    """
    fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")
