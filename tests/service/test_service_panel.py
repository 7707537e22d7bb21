"""A finger on the real box: real MPD, real camera thread, real panel; only the pins are gpiozero's mocks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin
from panel_bench import Finger
from running import Running
from waiting import until

from appliance.demo.face.drawing import portrait
from appliance.demo.private_mpd import PrivateMpd

PAUSE, SKIP, LED, LAMP, LOUDER = 17, 27, 24, 23, 5
PATIENT = {"long_s": 5.0, "power_s": 10.0}
"""On a busy machine a brief press may last a while."""


def is_heard(box: Running, state: str) -> bool:
    return box.heard()["state"] == state


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    factory = MockFactory(pin_class=MockPWMPin)
    yield factory
    factory.reset()


@pytest.fixture
def box(
    request: pytest.FixtureRequest, pins: MockFactory, mpd_server: PrivateMpd, tmp_path: Path
) -> Iterator[Running]:
    """Its parameter: settings of its buttons."""
    cv2.imwrite(str(tmp_path / "happy.png"), portrait("happy"))
    sections: dict[str, Any] = {
        "gpio": {"factory": "lgpio"},
        "buttons": {"volume_up": LOUDER, **getattr(request, "param", PATIENT)},
        "light": {"camera": LAMP},
    }
    running = Running(
        tmp_path, mpd_server, f"replay:{tmp_path / 'happy.png'}", open_pins=lambda: pins, **sections
    )
    until(lambda: running.status()["song_mood"] == "happy")
    yield running
    running.stop()
    assert [bool(pins.pin(pin).state) for pin in (LED, LAMP)] == [False, False]


def test_a_press_pauses_the_music_and_the_next_goes_on(box: Running, pins: MockFactory) -> None:
    for state in ("pause", "play"):
        Finger(pins).press(PAUSE)
        until(partial(is_heard, box, state))


def test_a_press_of_skip_changes_the_song_in_mpd(box: Running, pins: MockFactory) -> None:
    before = box.heard()["songid"]
    Finger(pins).press(SKIP)
    until(lambda: box.heard().get("songid") not in (None, before))


def test_a_press_of_volume_makes_mpd_louder(box: Running, pins: MockFactory) -> None:
    before = until(lambda: box.status()["volume"])
    Finger(pins).press(LOUDER)
    until(lambda: int(box.heard()["volume"]) == before + 5)


@pytest.mark.parametrize("box", [{}], indirect=True)
def test_a_held_finger_closes_the_camera_and_its_light_and_the_music_goes_on(
    box: Running, pins: MockFactory
) -> None:
    """Frigate #1911: the off switch that people ask for most, and a light that cannot lie."""
    assert pins.pin(LAMP).state
    Finger(pins).press(SKIP, 1.0)
    until(lambda: not pins.pin(LAMP).state)
    assert box.status()["camera"] == "off"
    assert box.heard()["state"] == "play"
    Finger(pins).press(SKIP, 1.0)
    until(lambda: pins.pin(LAMP).state)
    until(lambda: box.status()["faces"] == 1)
