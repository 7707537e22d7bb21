"""Every part absent or dying, alone and in pairs: music plays where MPD lives, the reason is told, it heals.

Each part in more detail: `test_vision.py`, `test_player.py`, `test_panel.py`, `test_link.py`.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import socket
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import pytest
from mosquitto import Mosquitto
from panel_bench import Faulty
from running import Running
from waiting import until

from appliance.demo.face.drawing import portrait
from appliance.demo.private_mpd import PrivateMpd
from appliance.errors import PanelLost
from appliance.panel import light
from appliance.protocol.snapshot import Playing

MODELS = Path(__file__).resolve().parents[2] / "models"


class Surroundings:
    """Everything that a box needs from outside, each of which can be taken away and brought back."""

    def __init__(self, folder: Path, music: Path) -> None:
        self.folder = folder
        self.pictures = folder / "pictures"
        self.pictures.mkdir()
        for number in range(2):  # a picture alone would be kept in memory, and could not be unplugged
            cv2.imwrite(str(self.pictures / f"{number}.png"), portrait("happy"))
        self.model = folder / "model"
        shutil.copytree(MODELS, self.model)
        self.mpd = PrivateMpd(folder / "mpd", music)
        self.broker = Mosquitto(folder / "broker")
        self.squatter: socket.socket | None = None
        self.pins = Faulty()
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

    def take(self, part: str) -> None:
        match part:
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

    def kill(self, part: str) -> None:
        """In mid run."""
        match part:
            case "page":  # and another program takes its place, or it would be back before anybody looks
                stop_listening(self.port)
                self.take(part)
            case "buttons":
                self.pins.is_lost = True
            case _:
                self.take(part)

    def revive(self, part: str) -> None:
        match part:
            case "buttons":
                self.pins.is_lost = False
            case _:
                self.give_back(part)

    def give_back(self, part: str) -> None:
        match part:
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


MORTAL = ("camera", "player", "mqtt", "page", "buttons")
"""Who can die in mid run. The model cannot: it is in memory then."""


def stop_listening(port: int) -> None:
    """End a listening socket of this process, as seen by the thread that waits on it."""
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(number))) as twin:
            is_ours = twin.family in (socket.AF_INET, socket.AF_INET6) and twin.getsockname()[1] == port
            if is_ours and twin.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                twin.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def around(tmp_path: Path, music_folder: Path) -> Iterator[Surroundings]:
    made = Surroundings(tmp_path, music_folder)
    with made.mpd, made.broker:
        yield made
    if made.squatter:
        made.squatter.close()


def is_told(box: Running, where: str, word: str) -> bool:
    return word in box.status()["degraded"].get(where, "")


def alone_and_in_pairs(optional: Iterable[str]) -> pytest.MarkDecorator:
    optional = list(optional)
    every = [(part,) for part in optional] + list(itertools.combinations(optional, 2))
    return pytest.mark.parametrize("missing", every, ids=lambda some: "-and-".join(some))


@pytest.fixture
def start(around: Surroundings) -> Iterator[Callable[[], Running]]:
    running: list[Running] = []

    def begin() -> Running:
        camera = f"replay:{around.pictures}"
        running.append(Running(around.folder, around.mpd, camera, around.open_pins, (), **around.settings()))
        return running[-1]

    yield begin
    for box in running:
        box.stop()


def see_it_degraded(box: Running, missing: tuple[str, ...]) -> None:
    for part in missing:
        where, word = REASONS[part]
        is_second = part == "camera" and "model" in missing  # of these two the model is told
        until(partial(is_told, box, where, "" if is_second else word))
    until(lambda: light.state(box.service.snapshot) is light.State.DEGRADED)
    assert box.service.snapshot.playing is Playing.MUSIC
    if "player" not in missing:
        until(lambda: box.heard()["state"] == "play")


def see_it_well(box: Running) -> None:
    until(lambda: box.status()["degraded"] == {})
    until(lambda: box.heard()["state"] == "play")
    until(lambda: box.status()["song_mood"] == "happy")
    until(lambda: light.state(box.service.snapshot) is light.State.SEES_YOU)


@pytest.mark.slow
@alone_and_in_pairs(REASONS)
def test_without_it_the_music_plays_the_reason_is_told_and_it_heals(
    around: Surroundings, start: Callable[[], Running], missing: tuple[str, ...]
) -> None:
    for part in missing:
        around.take(part)
    box = start()
    see_it_degraded(box, missing)
    for part in missing:
        around.give_back(part)
    see_it_well(box)


@pytest.mark.slow
@alone_and_in_pairs(MORTAL)
def test_when_it_dies_in_mid_run_the_music_plays_the_reason_is_told_and_it_heals(
    around: Surroundings, start: Callable[[], Running], missing: tuple[str, ...]
) -> None:
    box = start()
    see_it_well(box)
    for part in missing:
        around.kill(part)
    see_it_degraded(box, missing)
    for part in missing:
        around.revive(part)
    see_it_well(box)
