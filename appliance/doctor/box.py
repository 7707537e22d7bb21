"""The running service: whether there is one, and what it says of itself."""

from __future__ import annotations

from pathlib import Path

from appliance.config import Config
from appliance.control import send
from appliance.doctor.check import Check, ill, well
from appliance.errors import MoodboxError

NAME = "service"


def checks(config: Config) -> list[Check]:
    try:
        snapshot = send(Path(config.control.socket), {"command": "status"})
    except MoodboxError as error:
        return [ill(NAME, str(error))]
    if snapshot["degraded"]:
        return [ill(NAME, "; ".join(f"{part}: {reason}" for part, reason in snapshot["degraded"].items()))]
    return [well(NAME, f"runs; playing: {snapshot['playing']}, camera: {snapshot['camera']}")]
