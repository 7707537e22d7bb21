"""Which kind of machine Moodbox runs on, an installed box or a folder to try it from, as remedies differ.

Here alone stands what only one of them has: systemd's programs and units, the installer, the virtual
environment.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

INSTALLED = Path("/opt/moodbox")
HERE = Path(__file__).resolve()
OWN_MPD = "/run/mpd/socket"
"""The socket on which MPD answers that systemd/moodbox-mpd.service runs."""


@dataclass(frozen=True)
class Ways:
    """How the reader of a message gets at the service: phrases that go on a sentence, as in "see …"."""

    command: str
    """How the command line is called."""
    start: str
    restart: str
    state: str
    log: str
    packages: str
    """The command that brings the Python packages back into order."""
    models: str
    """The command that brings the networks' shipped files back."""


AGAIN = (
    "install Moodbox again: `sudo deploy/install.sh` in an unpacked release, or a newer one with "
    "`sudo moodbox update`"
)
BOX = Ways(
    command="moodbox",
    start="start it with `sudo systemctl start moodbox`",
    restart="restart it: `sudo systemctl restart moodbox`",
    state="`systemctl status moodbox`",
    log="`journalctl -u moodbox`",
    packages=AGAIN,
    models=AGAIN,
)
FOLDER = Ways(
    command=".venv/bin/moodbox",
    start="start it with `deploy/try.sh`, or by hand with `.venv/bin/moodbox run`",
    restart="end it with Ctrl-C, and start it again",
    state="the terminal in which it was started",
    log="the terminal in which it was started",
    packages="remove the folder .venv and run `deploy/try.sh` again",
    models="`git checkout models`, then `deploy/try.sh` again",
)


def ways(code: Path = HERE) -> Ways:
    """Return the ways of this machine. code: where Moodbox runs from."""
    return BOX if _is_box(code) else FOLDER


def cache_folder() -> Path:
    """Return where what is made or fetched outlives a checkout: `$MOODBOX_CACHE`, else ~/.cache/moodbox."""
    return Path(os.environ.get("MOODBOX_CACHE") or "~/.cache/moodbox").expanduser()


def readable_again(path: Path, code: Path = HERE) -> str:
    """Say what helps where a settings file is somebody else's."""
    if not _is_box(code):
        return f"`sudo chown -h $USER {path}` makes it yours"
    # -h: the folder is the box's own, and a link in the file's place leads to what is none of it.
    return f"`sudo chown -h moodbox: {path}` lets the box read it, `sudo` a person"


def _is_box(code: Path) -> bool:
    return code.is_relative_to(INSTALLED.resolve())


def safe_mode_ends() -> str:
    """Say how safe mode is left. It knows a box's words alone, because only systemd begins safe mode."""
    return f"see {BOX.log} for why; `sudo systemctl stop moodbox-safe` ends it"


def mpd_again(address: str, code: Path = HERE) -> str:
    """Say how to restart the MPD at this address: a socket's path, or a host's name."""
    unit = _unit_of(address, code)
    return f"restart it: `sudo systemctl restart {unit}`" if unit else "restart it"


def mpd_state(address: str, code: Path = HERE) -> str:
    """Say where to see what became of the MPD at this address."""
    unit = _unit_of(address, code)
    return (
        f"see `systemctl status {unit}` and mpd.address" if unit else "see whether it runs, and mpd.address"
    )


def new_password(own: Path | None, code: Path = HERE) -> str:
    """Say which command makes a new password for the page. own: the settings that the box began with."""
    if _is_box(code):
        return f"sudo {BOX.command} password"
    return f"{FOLDER.command} --config {own} password" if own else f"{FOLDER.command} password"


def outputs_again(code: Path = HERE) -> str:
    """Say what switches MPD's sound on.

    A reboot helps on a box: which outputs were off stands in MPD's own state, which lies in RAM there.
    """
    by_client = "switch one on in an MPD client, or bring it back there from another partition"
    return f"{by_client}; a reboot also does" if _is_box(code) else by_client


def sound_card_again(code: Path = HERE) -> str:
    """Say what helps where MPD opens no output: our own MPD's settings are made of the box's."""
    where = "mpd.output" if _is_box(code) else "audio_output in mpd.conf"
    return f"see that the card is plugged in, and {where}"


def _unit_of(address: str, code: Path) -> str | None:
    """Return systemd's name of the MPD there; None where it knows none: on another host, in a demo."""
    if not _is_box(code):
        return None
    if address == OWN_MPD:
        return "moodbox-mpd"
    is_here = address.startswith(("/", "@")) or address in ("localhost", "127.0.0.1", "::1")
    return "mpd" if is_here else None
