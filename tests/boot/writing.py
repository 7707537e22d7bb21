"""Runs in the virtual machine, as the box's user: changes state, settings and music without a pause, through
the box's own code. Prints what was promised to be kept, a line each: `alarm 12:34`, `settings 7`, `song 7`.
"""

from __future__ import annotations

import io
import itertools
from pathlib import Path

from appliance import config
from appliance.control import send
from appliance.web.settings_form import change
from appliance.web.songfile import store

OWN = Path("/etc/moodbox/moodbox.toml")
MUSIC = Path("/var/lib/moodbox/music")
control = Path(config.load().control.socket)
song = min(MUSIC.glob("neutral/*.flac")).read_bytes()
for old in MUSIC.glob("sad/sent-*.flac"):
    old.unlink()

for number in itertools.count():
    alarm = f"{number // 60 % 24:02}:{number % 60:02}"
    send(control, {"command": "alarm", "at": alarm})
    print(f"alarm {alarm}", flush=True)
    change(OWN, {"mqtt.name": f"Box {number}"})
    print(f"settings {number}", flush=True)
    sent = store(io.BytesIO(song), len(song), MUSIC / "sad", f"sent-{number}.flac")
    print(f"song {number}", flush=True)
    sent.with_name(f"sent-{number - 3}.flac").unlink(missing_ok=True)
