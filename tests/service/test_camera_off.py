"""Camera off, by every way there is: the device is really closed, stays so, and the music goes on.

The device is a recording, which the box opens as it would a camera: no open file descriptor means closed.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

pytest.importorskip("flask", reason="the page is an optional extra")

from gpiozero.pins.mock import MockFactory, MockPWMPin
from mosquitto import Listener, Mosquitto
from panel_bench import Finger
from running import Running, is_open
from waiting import until
from webbing import Client, free_port

from appliance import config
from appliance.demo.face.drawing import portrait
from appliance.demo.private_mpd import PrivateMpd
from appliance.panel import light
from appliance.protocol.snapshot import Snapshot
from appliance.service import assembly

SKIP, LAMP = 27, 23
SET = "moodbox/kitchen/set/camera"
STATE = "moodbox/kitchen/camera"


class Ways:
    """A box with all its parts, and the camera's switch on each of them."""

    def __init__(self, folder: Path, mpd: PrivateMpd, broker: Mosquitto) -> None:
        self.film = folder / "happy.avi"
        film = cv2.VideoWriter(str(self.film), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (640, 480))
        for _ in range(20):
            film.write(portrait("happy"))
        film.release()
        self.pins = MockFactory(pin_class=MockPWMPin)
        self.port = free_port()
        self.listener = Listener(broker.port)
        self._folder, self._mpd, self._broker = folder, mpd, broker
        self.goes_on = threading.Event()
        """While it is not set, the loop hangs, as it does on an MPD that does not answer."""
        self.goes_on.set()
        self.box = self.start()

    def start(self) -> Running:
        return Running(
            self._folder,
            self._mpd,
            f"replay:{self.film}",
            open_pins=lambda: self.pins,
            shows=[self._show],
            gpio={"factory": "lgpio"},
            light={"camera": LAMP},
            mqtt={"broker": "127.0.0.1", "port": self._broker.port, "id": "kitchen", "min_interval_s": 0.1},
            page={"enabled": True, "address": "127.0.0.1", "port": self.port, "folder": str(self._folder)},
        )

    def _show(self, box: Snapshot) -> None:
        self.goes_on.wait()

    def switch(self, way: str, on: bool) -> None:
        {"button": self._press, "page": self._post, "mqtt": self._publish, "command line": self._type}[way](
            on
        )

    def _press(self, on: bool) -> None:
        Finger(self.pins).press(SKIP, 1.0)

    def _post(self, on: bool) -> None:
        until(self._page_answers)
        assert Client(self.port).post("/api/camera", {"on": on}).status == 200

    def _page_answers(self) -> bool:
        with contextlib.suppress(OSError):
            return Client(self.port).get("/healthz").status == 200
        return False

    def _publish(self, on: bool) -> None:
        self.listener.wait_text("moodbox/kitchen/status", "online")
        self.listener.say(SET, "ON" if on else "OFF")

    def _type(self, on: bool) -> None:
        moodbox = [sys.executable, "-m", "appliance", "--socket", str(self.box.socket)]
        subprocess.run([*moodbox, "camera", "on" if on else "off"], check=True, capture_output=True)


@pytest.fixture
def ways(tmp_path: Path, mpd_server: PrivateMpd) -> Iterator[Ways]:
    with Mosquitto(tmp_path / "broker") as broker:
        made = Ways(tmp_path, mpd_server, broker)
        try:
            yield made
        finally:
            made.goes_on.set()
            made.box.stop()
            made.listener.close()
            made.pins.reset()


@pytest.mark.parametrize("way", ["button", "page", "mqtt", "command line"])
def test_camera_off_closes_the_device_and_the_music_goes_on(ways: Ways, way: str) -> None:
    """Frigate #1911: what people ask for most."""
    box = ways.box
    until(lambda: box.status()["faces"] == 1)
    assert is_open(ways.film)
    assert ways.pins.pin(LAMP).state
    ways.switch(way, on=False)
    until(lambda: box.status()["camera"] == "off")
    until(lambda: not is_open(ways.film))
    until(lambda: not ways.pins.pin(LAMP).state)
    until(lambda: light.state(box.service.snapshot) is light.State.CAMERA_OFF)
    assert (box.status()["faces"], box.status()["mood"]) == (0, "unsure")
    assert box.heard()["state"] == "play"
    assert box.do("mood", mood="sad")["by_hand"] == "sad"  # in the chosen mood, too
    until(lambda: box.heard()["file"].startswith("sad/"))
    ways.switch(way, on=True)
    until(lambda: is_open(ways.film))


def test_camera_off_stays_off_over_a_power_cut(ways: Ways) -> None:
    """Frigate #2485, #15658: an off switch that persists."""
    ways.box.do("camera", on=False)
    until(lambda: not is_open(ways.film))
    ways.box.switch_off()
    ways.box = ways.start()
    until(lambda: ways.box.heard()["state"] == "play")
    assert ways.box.status()["camera"] == "off"
    assert not is_open(ways.film)
    assert ways.box.do("camera", on=True)["camera"] == "on"
    until(lambda: is_open(ways.film))


@pytest.mark.parametrize("way", ["button", "page", "mqtt", "command line"])
def test_camera_off_does_not_wait_for_a_loop_that_hangs(ways: Ways, way: str) -> None:
    """Behind an MPD that hung, the press waited for the time-out with the camera open."""
    box = ways.box
    until(lambda: box.status()["faces"] == 1)
    ways.listener.wait_text(STATE, "ON")
    if way == "page":
        until(ways._page_answers)
    ways.goes_on.clear()
    ways.switch(way, on=False)  # who waits for an answer has one
    until(lambda: not is_open(ways.film))
    until(lambda: not ways.pins.pin(LAMP).state)
    ways.listener.wait_text(STATE, "OFF")
    said = until(lambda: (now := box.status())["camera_kept"] and now)
    assert (said["camera"], said["faces"]) == ("off", 0)
    ways.goes_on.set()
    until(lambda: not box.service._shutter.is_closing)
    assert box.status()["camera"] == "off"
    assert not is_open(ways.film)
    ways.switch(way, on=True)
    until(lambda: is_open(ways.film))


def test_camera_off_before_a_crash_of_a_box_whose_loop_hangs_stays_off(ways: Ways, tmp_path: Path) -> None:
    until(lambda: ways.box.status()["faces"] == 1)
    ways.goes_on.clear()
    ways.box.do("camera", on=False)
    until(lambda: ways.box.status()["camera_kept"])
    found = assembly.remember(config.check({"state": {"file": str(tmp_path / "state.json")}}, "test"))
    assert not found[0].camera_on
