"""Runs in the virtual machine, as the box's user: changes state, settings and music without a pause, through
the box's own code. Prints what was promised to be kept, a line each: its own clock's seconds and then
`alarm 12:34`, `settings 7` or `song 7`.
"""

from __future__ import annotations

import io
import itertools
import time
from pathlib import Path

from appliance import config
from appliance.control import send
from appliance.web.care.settings_form import Sender, change
from appliance.web.care.songfile import store

OWN = Path("/etc/moodbox/moodbox.toml")
MUSIC = Path("/var/lib/moodbox/music")
control = Path(config.load().control.socket)
song = min(MUSIC.glob("neutral/*.flac")).read_bytes()
for old in MUSIC.glob("sad/sent-*.flac"):
    old.unlink()


def promised(what: str) -> None:
    print(f"{time.monotonic():.2f} {what}", flush=True)


for number in itertools.count():
    alarm = f"{number // 60 % 24:02}:{number % 60:02}"
    send(control, {"command": "alarm", "at": alarm})
    promised(f"alarm {alarm}")
    change(OWN, {"mqtt.name": f"Box {number}"}, Sender(config.load(), "local", lambda wanted: ()))
    promised(f"settings {number}")
    sent = store(io.BytesIO(song), len(song), MUSIC / "sad", f"sent-{number}.flac", bool)
    promised(f"song {number}")
    sent.with_name(f"sent-{number - 3}.flac").unlink(missing_ok=True)
