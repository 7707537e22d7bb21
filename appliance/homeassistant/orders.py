"""What the box is told over MQTT: `<prefix>/<id>/set/<name>` with a short text -> a Command."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.commands import Command
from appliance.errors import CommandRejected
from appliance.homeassistant.states import AUTOMATIC
from appliance.messages import EMOTIONS
from appliance.wire import parse

PRESS = "PRESS"
"""What Home Assistant's button entities send."""
BUTTONS: Mapping[str, str] = {
    "play": "play",
    "pause": "pause",
    "skip": "skip",
    "previous": "previous",
    "stop": "stop",
    "like": "like",
    "guest": "guest",
    "power_off": "power-off",
}
"""Name of the topic -> the command that a press of it is."""
SWITCH: Mapping[str, bool] = {"ON": True, "OFF": False}
NAMES = (*BUTTONS, "volume", "mode", "camera", "sleep")
LONGEST_ORDER = 64
"""Bytes; "automatic" is the longest that makes sense."""


def read(name: str, payload: bytes, retained: bool, may_power_off: bool) -> Command:
    """Raises CommandRejected, with words that fit into a log: none of them comes from the message."""
    if name not in NAMES:
        raise CommandRejected(f"no such order; known are {', '.join(NAMES)}")
    if retained:
        raise CommandRejected("an order must not be retained: it would be carried out anew at every start")
    if len(payload) > LONGEST_ORDER:
        raise CommandRejected(f"longer than {LONGEST_ORDER} bytes")
    if name == "power_off" and not may_power_off:
        raise CommandRejected("not allowed; mqtt.allow_power_off in the settings allows it")
    try:
        text = payload.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise CommandRejected("not UTF-8 text") from None
    return parse(_message(name, text), "mqtt")


def _message(name: str, text: str) -> dict[str, object]:
    """The order as the wire has it."""
    if name in BUTTONS:
        if text != PRESS:
            raise CommandRejected(f"expected {PRESS}")
        return {"command": BUTTONS[name]}
    if name == "volume":
        return {"command": "volume", "percent": _number(text)}
    if name == "sleep":
        return {"command": "sleep", "minutes": _number(text)}
    if name == "camera":
        if text not in SWITCH:
            raise CommandRejected("expected ON or OFF")
        return {"command": "camera", "on": SWITCH[text]}
    if text == AUTOMATIC:
        return {"command": "auto"}
    if text not in EMOTIONS:
        raise CommandRejected(f"expected {AUTOMATIC}, or a mood by its English name")
    return {"command": "mood", "mood": text}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise CommandRejected("expected a number") from None
