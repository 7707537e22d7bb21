"""`moodbox boot`: how long it took from power to the first song, by systemd's times and the box's own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.doctor import checklist
from appliance.errors import MoodboxError, NotRunning
from appliance.machine.machine import ways
from appliance.service import boot_times

RUNTIME = Path("/run/moodbox")
KERNEL, USERSPACE, FINISHED = (
    "KernelTimestampMonotonic",
    "UserspaceTimestampMonotonic",
    "FinishTimestampMonotonic",
)
ASK = ["systemctl", "show", f"--property={KERNEL},{USERSPACE},{FINISHED}"]


@dataclass(frozen=True)
class Start:
    """One start of the machine. Seconds, each from the one before."""

    kernel_s: float
    """Until the first process; 0 in a container, which has no kernel of its own."""
    system_s: float
    """Until the box's own process."""
    asked_s: float | None
    """Until MPD was asked for a song; None when it has not been: MPD is away, or plays by itself."""
    ready_s: float
    """From the process's start until the box was ready: page, buttons, camera set going."""
    whole_system_s: float | None
    """Until systemd was through with everything; None while it is not."""

    @property
    def first_song_s(self) -> float | None:
        """From the kernel's start to the first song."""
        return None if self.asked_s is None else self.kernel_s + self.system_s + self.asked_s


def start(systemd: Mapping[str, float], ours: Mapping[str, float], in_container: bool) -> Start:
    """Put both clocks together.

    systemd: its properties, monotonic seconds; ours: moments of `boot_times`, the same.
    in_container: whether the kernel was started long before, by somebody else.
    A service that was restarted tells of its own start: the system's part then reaches up to that.
    """
    userspace = systemd[USERSPACE]
    began, asked = ours[boot_times.STARTED], ours.get(boot_times.ASKED)
    return Start(
        kernel_s=0.0 if in_container else userspace - systemd.get(KERNEL, 0.0),
        system_s=began - userspace,
        asked_s=None if asked is None else asked - began,
        ready_s=ours[boot_times.READY] - began,
        whole_system_s=systemd[FINISHED] - userspace if systemd.get(FINISHED) else None,
    )


def run(as_json: bool) -> int:
    """Print it. Returns the exit status. Raises NotRunning when there is nothing to tell."""
    measured = start(_systemd(), _ours(), _in_container())
    if as_json:
        figures = {"first_song_s": measured.first_song_s} | vars(measured)
        print(json.dumps(figures | {"by_hand": checklist.AT_THE_START}))
    else:
        print(table(measured))
        print(checklist.listed(checklist.AT_THE_START))
    return 0


def table(measured: Start) -> str:
    """The times of a start as lines of text for people, in seconds."""
    first = measured.first_song_s
    rows = [
        ("kernel", measured.kernel_s),
        ("system, until Moodbox was started", measured.system_s),
        ("Moodbox, until MPD was asked for the first song", measured.asked_s),
        ("Moodbox, from its start until page, buttons and camera were set going", measured.ready_s),
        ("the whole system, from its first process", measured.whole_system_s),
    ]
    head = (
        "no song has been asked for yet"
        if first is None
        else f"{first:.2f} s from the kernel to the first song"
    )
    lines = [f"  {seconds:7.2f} s  {what}" for what, seconds in rows if seconds is not None]
    return "\n".join([head, *lines, "what took long: systemd-analyze critical-chain moodbox.service"])


def _ours() -> dict[str, float]:
    try:
        return boot_times.read(RUNTIME)
    except FileNotFoundError:
        raise NotRunning(f"no service of systemd's has started yet; see {ways().state}") from None
    except (OSError, ValueError) as error:
        raise NotRunning(f"{RUNTIME / boot_times.NAME}: {error}; be in group moodbox, or use sudo") from error


def _systemd() -> dict[str, float]:
    try:
        said = subprocess.run(ASK, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise MoodboxError(f"systemd does not tell when it started: {error}") from error
    pairs = (line.split("=", 1) for line in said.splitlines())
    return {name: int(microseconds) / 1e6 for name, microseconds in pairs}


def _in_container() -> bool:
    return subprocess.run(["systemd-detect-virt", "--container", "--quiet"], check=False).returncode == 0
