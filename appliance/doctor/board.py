"""The machine itself: clock, power supply, room on the card, and the folder of what survives a power cut."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from appliance.config import Config
from appliance.doctor.check import Check, ill, well
from appliance.doctor.holders import may_use, service_user
from appliance.machine import clock

LEAST_FREE_MB = 200
"""For a journal, MPD's database and an update beside the running release."""

GIVE_BACK = (
    "`sudo /opt/moodbox/current/deploy/install.sh` gives the box its own folders back; "
    "for another one change state.file"
)
"""No chown: the folder's name stands in the settings, and root would give away whatever they name."""

NOW, SINCE_START = 0, 16
"""Of each trouble, vcgencmd has a bit for now and one for any time since the start."""
TROUBLES = {
    0: "undervoltage: use the Pi's own power supply and a short, thick cable",
    1: "its frequency is capped for want of voltage; see undervoltage",
    2: "throttled: give it more air, or a better power supply",
    3: "it is hot: give it more air",
}


def checks(
    config: Config,
    asked: Callable[[], bool] = lambda: clock.now() is not None,
    vcgencmd: Sequence[str] = ("vcgencmd",),
) -> list[Check]:
    """Examine clock, power supply, free space and the state's folder.

    asked: whether the clock is right. vcgencmd: the command that knows of the power supply.
    """
    state = Path(config.state.file) if config.state.file else None
    return [
        synchronised(asked),
        *power(vcgencmd),
        *([free(_existing(state.parent)), writable(state.parent)] if state else [free(Path("/"))]),
    ]


def synchronised(asked: Callable[[], bool]) -> Check:
    """Whether somebody has told the machine the time of day; timers wait for it."""
    name = "clock"
    if asked():
        return well(name, "set by the network, or kept by a battery")
    return ill(
        name, "nobody has set it: is the network up, with a way to the internet's clocks? Timers wait for it"
    )


def power(vcgencmd: Sequence[str]) -> list[Check]:
    """Undervoltage and throttling, where there is a vcgencmd to ask."""
    name = "power supply"
    if shutil.which(vcgencmd[0]) is None:
        return []
    try:
        said = subprocess.run(
            [*vcgencmd, "get_throttled"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
        bits = int(said.strip().removeprefix("throttled="), 16)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return [ill(name, f"vcgencmd does not answer ({error}); is this user in the group video?")]
    now = [text for bit, text in TROUBLES.items() if bits >> (NOW + bit) & 1]
    since = [text for bit, text in TROUBLES.items() if bits >> (SINCE_START + bit) & 1]
    if now:
        return [ill(name, f"now {'; '.join(now)}")]
    if since:
        return [ill(name, f"since the start there was {'; '.join(since)}")]
    return [well(name, "strong enough, and cool")]


def free(folder: Path, least_mb: int = LEAST_FREE_MB) -> Check:
    """Whether the folder's disk has `least_mb` megabytes left."""
    name = "free disk"
    mb = shutil.disk_usage(folder).free // 1_000_000
    if mb < least_mb:
        return ill(
            name, f"{mb} MB are left at {folder}, {least_mb} are wanted; delete music, or use a bigger card"
        )
    return well(name, f"{mb:,} MB at {folder}")


def writable(folder: Path, user: str | None = None) -> Check:
    """Whether the folder of the state can be written, and by the box's own user.

    Tried, not only asked: a card that wears out is remounted read-only. user: as in `may_use`.
    """
    name = "state folder"
    whose = user or service_user() or "this user"
    if not folder.is_dir():
        return ill(name, f"{folder}: there is no such folder; make it, and give it to {whose}")
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"a power cut")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return ill(
            name, f"{folder}: cannot be written ({error.strerror}); `mount -o remount,rw`, or a new card?"
        )
    if not may_use(folder, user):
        return ill(name, f"{folder}: {whose} may not write there; {GIVE_BACK}")
    return well(name, str(folder))


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
