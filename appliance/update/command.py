"""Other programs, run so that one which hangs is ended with all that it has started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from appliance.errors import UpdateFailed
from appliance.files.privileges import of_service

LAST_LINES = 5


def run(
    command: Sequence[str | Path],
    patience_s: float,
    given: IO[bytes] | None = None,
    statuses: Sequence[int] | None = (0,),
    as_service: bool = False,
    last_lines: int = LAST_LINES,
) -> str:
    """What the program prints to its standard output.

    given: its standard input; nothing by default. statuses: those that are no failure; None allows any.
    as_service: as the box's own user, not as root, because it reads what that user may write.
    last_lines: how many of what it said are in the error.
    Raises UpdateFailed.
    """
    name = Path(command[0]).name
    try:
        process = subprocess.Popen(
            command,
            stdin=given or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
            errors="replace",
            **(of_service() if as_service else {}),
        )
    except OSError as error:
        raise UpdateFailed(f"{command[0]}: {error.strerror}") from error
    try:
        said, complained = process.communicate(timeout=patience_s)
    except BaseException as error:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            raise UpdateFailed(f"{name} was not through after {patience_s:g} s; it hangs") from error
        raise
    if statuses is not None and process.returncode not in statuses:
        last = "\n".join((complained + said).strip().splitlines()[-last_lines:])
        raise UpdateFailed(f"{name} failed with status {process.returncode}: {last}")
    return said
