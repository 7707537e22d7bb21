"""Read orders, which come over MQTT as a short text on `<prefix>/<id>/set/<name>`, as commands."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.errors import CommandRejected
from appliance.homeassistant.facts import AUTOMATIC
from appliance.protocol.commands import Command
from appliance.protocol.declared import COMMANDS
from appliance.protocol.declaring import Declared
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.encoding import parse

PRESS = "PRESS"
"""What Home Assistant's button entities send."""
ORDERS: Mapping[str, Declared] = {each.key: each for each in COMMANDS.values() if each.entity}
"""Name of the topic -> the command."""
MODE = "mode"
"""The one topic that is two commands: a mood by hand, or the camera's again."""
NAMES = (*ORDERS, MODE)
LONGEST_WORD = 64
"""Bytes of an order that takes nothing, and of a mode."""


def read(name: str, payload: bytes, retained: bool, may_power_off: bool) -> Command:
    """Read an order as a command.

    Raises CommandRejected, with words that fit into a log: none of them comes from the message.
    """
    if name not in NAMES:
        raise CommandRejected("no such order; docs/commands.md has all of them, in its column MQTT")
    if retained:
        raise CommandRejected("an order must not be retained: it would be carried out anew at every start")
    longest = _longest(name)
    if len(payload) > longest:
        raise CommandRejected(f"longer than {longest} bytes")
    if name == "power_off" and not may_power_off:
        raise CommandRejected("not allowed; mqtt.allow_power_off in the settings allows it")
    try:
        text = payload.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise CommandRejected("not UTF-8 text") from None
    return parse(_message(name, text), "mqtt")


def _longest(name: str) -> int:
    argument = ORDERS[name].argument if name in ORDERS else None
    return argument.longest if argument else LONGEST_WORD


def _message(name: str, text: str) -> dict[str, object]:
    """Return the order as the JSON object that `encoding.parse` reads. Raises CommandRejected."""
    if name == MODE:
        return _mode(text)
    declared = ORDERS[name]
    if declared.argument:
        return {"command": declared.name, declared.argument.name: declared.argument.from_text(text)}
    if text != PRESS:
        raise CommandRejected(f"expected {PRESS}")
    return {"command": declared.name}


def _mode(text: str) -> dict[str, object]:
    if text == AUTOMATIC:
        return {"command": "auto"}
    if text not in EMOTIONS:
        raise CommandRejected(f"expected {AUTOMATIC}, or a mood by its English name")
    return {"command": "mood", "mood": text}
