"""A box on MQTT for the tests: the part as the service has it, and what is heard of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from mosquitto import Listener

from appliance import config
from appliance.config.mqtt import Mqtt
from appliance.homeassistant import HomeAssistant
from appliance.homeassistant.access import box_of, broker_of
from appliance.homeassistant.link import Pauses
from appliance.protocol.commands import Command
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Box, Mood, Reading
from appliance.protocol.messages import PartChanged, Song
from appliance.protocol.snapshot import Playing, Snapshot

HAPPY = tuple(0.94 if name == "happy" else 0.01 for name in EMOTIONS)
SAD = tuple(0.94 if name == "sad" else 0.01 for name in EMOTIONS)
MUSIC = Snapshot(
    at=100.0,
    mood=Mood("happy", 90.0, HAPPY),
    faces=1,
    playing=Playing.MUSIC,
    song=Song("happy/1.flac", "Summertime", "Ella", "Porgy and Bess"),
    song_mood="happy",
    why="You look happy: a song you have not heard today",
    volume=40,
    looked=Reading(
        HAPPY, Box(0, 0, 9, 9), 99.9, stages_s={"capture": 0.02, "detect": 0.002, "classify": 0.003}
    ),
)
BASE = "moodbox/kitchen"
CONFIG = "homeassistant/device/moodbox_kitchen/config"
TIME = "homeassistant/time/moodbox_kitchen/alarm_time/config"
"""Of a platform that some cores lack, and so by itself."""


def settings(port: int, **more: Any) -> Mqtt:
    """The defaults, for this broker."""
    own = {"broker": "127.0.0.1", "port": port, "id": "kitchen", "min_interval_s": 0.1} | more
    return config.check({"mqtt": own}, "test").mqtt


QUICKLY = Pauses(0.05, 0.1)


class Running:
    """The part, as the service has it: with an inbox, and the last snapshot shown."""

    def __init__(
        self,
        mqtt: Mqtt,
        snapshot: Snapshot | None = MUSIC,
        buttons: tuple[str, ...] = ("pause",),
        answer_s: float = 10.0,
        keepalive_s: int = 30,
        pauses: Pauses = QUICKLY,
        page: str = "",
        **more: Any,
    ) -> None:
        self.inbox: list[Command | PartChanged] = []
        self.part = HomeAssistant(
            mqtt,
            box_of(mqtt, buttons, page),
            lambda: replace(broker_of(mqtt), answer_s=answer_s, keepalive_s=keepalive_s),
            self.inbox.append,
            temperature=lambda: 48.25,
            birth_s=(0.0, 0.1),
            pauses=pauses,
            **more,
        )
        if snapshot:
            self.part.show(snapshot)

    def commands(self) -> list[Command]:
        return [event for event in self.inbox if isinstance(event, Command)]

    def states(self) -> list[str | None]:
        """What the part said of itself: None when it works."""
        return [event.reason for event in self.inbox if isinstance(event, PartChanged)]


def settled(listener: Listener, base: str = BASE) -> None:
    """Wait for the last of what a box says when it comes."""
    listener.wait(lambda heard: heard.topic == f"{base}/box", f"all of {base}")


def retained(port: int, below: str) -> dict[str, str]:
    """What a client that comes now is told."""
    late = Listener(port)
    late.say("test/end", "")
    late.wait_text("test/end", "")
    late.close()
    return {
        heard.topic: heard.text for heard in late.heard if heard.retained and heard.topic.startswith(below)
    }


@contextlib.contextmanager
def running() -> Iterator[Callable[..., Running]]:
    """Start boxes by what is yielded, with the arguments of `Running`; each is ended after the test."""
    with contextlib.ExitStack() as started:

        def begin(mqtt: Any, **more: Any) -> Running:
            box = Running(mqtt, **more)
            started.callback(box.part.close)
            return box

        yield begin
