"""A whole service that runs in a thread of the test, and what the tests ask of it."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from asking_mpd import what_mpd_does
from own_settings import own_settings, write_settings
from waiting import PATIENCE_S, until

from appliance import config, state
from appliance.control import send
from appliance.demo.private_mpd import PrivateMpd
from appliance.errors import NotRunning
from appliance.panel import gpio
from appliance.service.service import Service, Show


class Running:
    """A service in a thread of its own, seen from the outside: its control socket and its MPD."""

    def __init__(
        self,
        folder: Path,
        mpd: PrivateMpd,
        camera: str,
        open_pins: Any = gpio.open_factory,
        shows: Iterable[Show] = (),
        **sections: dict[str, Any],
    ) -> None:
        self.socket, self.memory_file = folder / "control", folder / "state.json"
        quick: dict[str, dict[str, Any]] = {
            "camera": {"source": camera},
            "mood": {"reaction": "instant"},
            "music": {"least_play_s": 0.0, "transition": "cut"},
            "state": {"file": str(folder / "state.json"), "music": str(folder / "music.db")},
        }
        for name, section in sections.items():
            quick[name] = quick.get(name, {}) | section
        own = own_settings(folder, mpd.address, None, **quick)
        self.mpd = mpd
        self.service = Service(config.check(own, "test"), shows, open_pins=open_pins)
        self._thread = threading.Thread(target=self.service.run)
        self._thread.start()
        until(self._answers)

    def do(self, command: str, **argument: Any) -> dict[str, Any]:
        return send(self.socket, {"command": command} | argument)

    def _answers(self) -> bool:
        with contextlib.suppress(NotRunning):
            return bool(self.status())
        return False

    def status(self) -> dict[str, Any]:
        return self.do("status")

    def heard(self) -> dict[str, str]:
        """What MPD itself says that it does."""
        return what_mpd_does(self.mpd)

    def stop(self) -> None:
        self.service.stop()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    def switch_off(self) -> None:
        """As `stop`, but the machine with it, and its MPD forgets."""
        self.stop()
        memory, _ = state.load(self.memory_file)
        assert memory is not None
        state.save(self.memory_file, replace(memory, boot="another start of the kernel"))
        self.mpd.kill()
        self.mpd.start()


def is_open(path: Path) -> bool:
    """Whether this process holds the file."""
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if Path(os.readlink(f"/proc/self/fd/{number}")) == path:
                return True
    return False


def settings_file(folder: Path, mpd: PrivateMpd, camera: str) -> Path:
    """Settings of a whole process with a control socket and a state file in `folder`."""
    return write_settings(
        folder,
        mpd.address,
        camera={"source": camera},
        mood={"reaction": "instant"},
        music={"least_play_s": 0},
        state={"file": str(folder / "state.json")},
    )
