"""Every edge absent, alone and in pairs: the music plays wherever MPD lives, the reason is told, it heals.

Edges that die while the box runs are in `test_service.py`, `test_vision.py`, `test_player.py`,
`test_panel.py` and `test_homeassistant.py`.
"""

from __future__ import annotations

import itertools
import shutil
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin
from mosquitto import Mosquitto
from test_service import Running, wait_for

from appliance.demo.face.drawing import portrait
from appliance.demo.private_mpd import PrivateMpd
from appliance.errors import PanelLost
from appliance.messages import Playing
from appliance.panel import light

MODELS = Path(__file__).resolve().parent.parent / "models"


class Surroundings:
    """Everything that a box needs from outside, each of which can be taken away and brought back."""

    def __init__(self, folder: Path, music: Path) -> None:
        self.folder = folder
        self.pictures = folder / "pictures"
        self.pictures.mkdir()
        cv2.imwrite(str(self.pictures / "happy.png"), portrait("happy"))
        self.model = folder / "model"
        shutil.copytree(MODELS, self.model)
        self.mpd = PrivateMpd(folder / "mpd", music)
        self.broker = Mosquitto(folder / "broker")
        self.squatter: socket.socket | None = None
        self.pins = MockFactory(pin_class=MockPWMPin)
        self.has_pins = True
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def settings(self) -> dict[str, dict[str, Any]]:
        return {
            "vision": {"model": str(self.model / "emotion.tflite")},
            "mqtt": {"broker": "127.0.0.1", "port": self.broker.port, "min_interval_s": 0.1},
            "page": {"enabled": True, "port": self.port, "folder": str(self.folder)},
            "gpio": {"factory": "lgpio"},
        }

    def open_pins(self) -> Any:
        if not self.has_pins:
            raise PanelLost("this machine has no GPIO")
        return self.pins

    def take(self, edge: str) -> None:
        match edge:
            case "camera":
                self.pictures.rename(self.folder / "unplugged")
            case "model":
                (self.model / "emotion.tflite").rename(self.model / "gone")
            case "player":
                self.mpd.kill()
            case "mqtt":
                self.broker.stop()
            case "page":
                self.squatter = socket.create_server(("127.0.0.1", self.port))
            case "buttons":
                self.has_pins = False

    def give_back(self, edge: str) -> None:
        match edge:
            case "camera":
                (self.folder / "unplugged").rename(self.pictures)
            case "model":
                (self.model / "gone").rename(self.model / "emotion.tflite")
            case "player":
                self.mpd.start()
            case "mqtt":
                self.broker.start()
            case "page":
                assert self.squatter is not None
                self.squatter.close()
            case "buttons":
                self.has_pins = True


REASONS = {
    "camera": ("camera", "pictures"),
    "model": ("camera", "emotion.tflite"),
    "player": ("player", "no MPD at"),
    "mqtt": ("mqtt", "broker"),
    "page": ("page", "port"),
    "buttons": ("buttons", "GPIO"),
}
"""What is taken away -> where the status tells it, and a word of the reason."""


@pytest.fixture
def around(tmp_path: Path, music_folder: Path) -> Iterator[Surroundings]:
    made = Surroundings(tmp_path, music_folder)
    with made.mpd, made.broker:
        yield made
    if made.squatter:
        made.squatter.close()


def _reason(box: Running, where: str) -> str | None:
    told: str | None = box.status()["degraded"].get(where)
    return told


@pytest.mark.slow
@pytest.mark.parametrize(
    "missing",
    [(edge,) for edge in REASONS] + list(itertools.combinations(REASONS, 2)),
    ids=lambda edges: "-and-".join(edges),
)
def test_without_it_the_music_plays_the_reason_is_told_and_it_heals(
    around: Surroundings, missing: tuple[str, ...]
) -> None:
    for edge in missing:
        around.take(edge)
    box = Running(
        around.folder, around.mpd, f"replay:{around.pictures}", around.open_pins, **around.settings()
    )
    try:
        for edge in missing:
            where, word = REASONS[edge]
            reason = wait_for(partial(_reason, box, where))
            if set(missing) != {"camera", "model"}:  # there the first of the two is told
                assert word in reason
        assert light.state(box.service.snapshot) is light.State.DEGRADED
        assert box.service.snapshot.playing is Playing.MUSIC
        if "player" not in missing:
            wait_for(lambda: box.heard()["state"] == "play")
        for edge in missing:
            around.give_back(edge)
        wait_for(lambda: box.status()["degraded"] == {})
        wait_for(lambda: box.heard()["state"] == "play")
        wait_for(lambda: box.status()["song_mood"] == "happy")
        assert light.state(box.service.snapshot) is light.State.SEES_YOU
    finally:
        box.stop()
