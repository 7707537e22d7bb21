"""A whole box (service, MPD, Mosquitto, a face in view) beside a real Home Assistant."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cv2
import tomlkit
from asking_mpd import what_mpd_does
from conftest import write_tone
from core import Core
from mosquitto import Listener, Mosquitto, free_port

from appliance import config
from appliance.demo.face.drawing import portrait
from appliance.demo.private_mpd import PrivateMpd
from appliance.homeassistant.access import box_of
from appliance.homeassistant.entities import components
from appliance.protocol.emotions import EMOTIONS
from appliance.web.auth.rights import Rights

ROOT = Path(__file__).resolve().parents[2]
BASE = "moodbox/test"
PASSWORD = "correct horse"
SONG_S = 120.0
"""MPD takes no order while it drains its outputs at a song's end: of 8 kHz mono that is sixteen seconds."""
LIGHT = {
    "name": "Living room",
    "uniq_id": "living_room",
    "cmd_t": "lights/living/set",
    "rgb_cmd_t": "lights/living/rgb",
    "stat_t": "lights/living",
}


class House:
    """Everything that runs."""

    def __init__(self, running: ExitStack, hass: list[str], root: Path, form: str) -> None:
        self.folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="moodbox-")))
        music = self.folder / "music"
        for number, mood in enumerate(EMOTIONS):
            for song in range(2):
                title, artist = f"{mood} {song}", f"Artist {song}"
                write_tone(music / mood / f"{song}.flac", title, artist, 220.0 + 40 * number, SONG_S)
            cv2.imwrite(str(music / mood / "cover.png"), cv2.resize(portrait(mood), (240, 240)))
        cv2.imwrite(str(self.folder / "happy.png"), portrait("happy"))
        self.page = free_port()
        self.certificate: dict[str, str] = {}
        """Of the page, as its settings name it."""
        Rights(self.folder / "page").set_password(PASSWORD)
        self.mpd = running.enter_context(PrivateMpd(self.folder / "mpd", music))
        self.broker = running.enter_context(Mosquitto(self.folder / "mosquitto"))
        self.listener = Listener(self.broker.port)
        running.callback(self.listener.close)
        self.listener.say("homeassistant/light/living_room/config", json.dumps(LIGHT), retain=True)
        self._service: subprocess.Popen[bytes] | None = None
        running.callback(self.stop_box)
        self.start_box(form)
        self.core = running.enter_context(Core(hass, root, self.broker.port, free_port()))

    def start_box(self, form: str) -> None:
        self.settings: dict[str, Any] = {
            "camera": {"source": f"replay:{self.folder / 'happy.png'}"},
            "mood": {"reaction": "instant"},
            "music": {"least_play_s": 0.0, "transition": "cut"},
            "mpd": {"address": self.mpd.address},
            "control": {"socket": str(self.folder / "control")},
            "state": {"file": ""},
            "page": {
                "address": "127.0.0.1",
                "port": self.page,
                "folder": str(self.folder / "page"),
                **self.certificate,
            },
            "persons": {"who": ["Anna"]},
            "mqtt": {"broker": "127.0.0.1", "port": self.broker.port, "id": "test", "discovery": form},
        }
        file = self.folder / "moodbox.toml"
        file.write_text(tomlkit.dumps(self.settings), encoding="utf-8")
        command = [sys.executable, "-m", "appliance", "--config", str(file), "run"]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        with (self.folder / "box.log").open("ab") as log:
            self._service = subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    def stop_box(self) -> None:
        service, self._service = self._service, None
        if service:
            service.terminate()
            service.wait(20)

    def heard(self) -> dict[str, str]:
        """What MPD itself does."""
        return what_mpd_does(self.mpd)

    def expected(self) -> dict[str, dict[str, Any]]:
        """Unique id -> component, of all that are entities."""
        settings = config.check(self.settings, "check")
        box = box_of(settings.mqtt, tuple(settings.buttons.wired))
        return {c["uniq_id"]: c for c in components(box).values() if "uniq_id" in c}
