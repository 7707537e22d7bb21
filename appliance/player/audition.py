"""Tells whether a file is music: a second MPD, a child of ours for this alone, plays its beginning to nobody.

Only a decoder knows whether a file is music: names and first bytes deceive both ways, and what MPD tells of a
file (`readcomments`, `lsinfo`) comes out of its head alone. Why not otherwise: docs/decisions/songs.md.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from appliance.errors import PlayerLost
from appliance.player.client import Client, disconnect

HEARD_S = 0.4
"""Seconds that must be heard: noise with an MP3's marks in it "plays" for less."""
PATIENCE_S = 30.0
"""For the start, and again for the song: MPD reads some kinds to their end, and a Pi's card is slow."""
LOOK_S = 0.02
"""Between two looks at the child."""
LIMITS = {
    resource.RLIMIT_DATA: 192 << 20,  # bytes; 15 MB are usual, and a damaged head can ask for any size
    resource.RLIMIT_CPU: 60,  # seconds
    resource.RLIMIT_CORE: 0,  # bytes
}
CONFIG = """\
bind_to_address "{folder}/socket"
log_file "{folder}/log"
zeroconf_enabled "no"
input {{
  plugin "curl"
  enabled "no"
}}
audio_output {{
  type "null"
  name "nobody"
}}
"""


def plays(song: Path, patience_s: float = PATIENCE_S) -> bool:
    """Whether MPD plays this file. Takes half a second. Raises PlayerLost when there is no MPD to ask."""
    from mpd import MPDError

    with (
        tempfile.TemporaryDirectory(prefix="audition-") as folder,
        _stage(Path(folder), patience_s) as client,
    ):
        try:
            client.addid(str(song.absolute()))
            client.play()
            return _is_heard(client, patience_s)
        except (OSError, MPDError):  # it knows no such kind of file, or the file has killed or stopped it
            return False


def _is_heard(client: Any, patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        status: Mapping[str, str] = client.status()
        if float(status.get("elapsed", 0.0)) >= HEARD_S:
            return True
        if status["state"] != "play":
            return False
        time.sleep(LOOK_S)
    return False


@contextmanager
def _stage(folder: Path, patience_s: float) -> Iterator[Any]:
    """The child's connection, while it lives."""
    program = shutil.which("mpd")
    if program is None:
        raise PlayerLost("MPD is not installed; `sudo apt install mpd`")
    config = folder / "mpd.conf"
    config.write_text(CONFIG.format(folder=folder), encoding="utf-8")
    silent = subprocess.DEVNULL
    child = subprocess.Popen(
        [program, "--no-daemon", str(config)], stdin=silent, stdout=silent, stderr=silent
    )
    client = Client()
    client.timeout = patience_s
    try:
        for limit, value in LIMITS.items():
            resource.prlimit(child.pid, limit, (value, value))
        _connect(client, folder / "socket", child, patience_s)
        yield client
    finally:
        disconnect(client)
        child.kill()
        child.wait()


def _connect(client: Any, address: Path, child: subprocess.Popen[bytes], patience_s: float) -> None:
    from mpd import MPDError

    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and child.poll() is None:
        with suppress(OSError, MPDError):  # not there yet, or it dies while it begins
            client.connect(str(address))
            return
        time.sleep(LOOK_S)
    raise PlayerLost("the MPD that tries new songs does not start; `mpd --version` may say why")
