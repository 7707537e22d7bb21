"""Commands for the running box, and its answer in a few lines."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

from appliance.control import send
from appliance.machine.settings_file import DEFAULTS, system_file, table
from appliance.machine.terminal import printable
from appliance.protocol.declared import COMMANDS
from appliance.protocol.rest import REASONS, Unmeasured
from appliance.protocol.taste import EVERYBODY


def steer(options: argparse.Namespace) -> int:
    """Send a command to the running service and print what it answers."""
    socket = options.socket or _socket(options.config)
    snapshot = send(socket, {"command": options.command} | _argument(options))
    print(json.dumps(snapshot) if options.json else _sentence(snapshot))
    return 0


def _socket(file: Path | None) -> Path:
    """Where the box listens. The box runs with wrong settings, too, and must be reachable then."""
    said = [table("control", each).get("socket") for each in (file or system_file(), DEFAULTS) if each]
    return Path(next(each for each in said if each and isinstance(each, str)))


def _argument(options: argparse.Namespace) -> dict[str, Any]:
    declared = COMMANDS.get(options.command)  # "status" is none
    takes = (declared.argument, declared.option) if declared else ()
    given = {each.name: vars(options)[each.name] for each in takes if each}
    return {
        name: value
        for name, value in given.items()
        if not (declared and declared.option and name == declared.option.name and value is None)
    }


def _sentence(snapshot: dict[str, Any]) -> str:
    """Tell the state of the box in a few lines for people."""
    song = snapshot["song"]
    title = " – ".join(filter(None, (song["artist"], song["title"]))) or song["uri"] if song else "no song"
    volume = "" if snapshot["volume"] is None else f", volume {snapshot['volume']} %"
    lines = [f"{snapshot['playing']}: {title}{volume}"]
    if snapshot["why"]:
        lines.append(f"why: {snapshot['why']}")
    is_off = snapshot["camera"] == "off"
    off = "the camera is off" + ("" if snapshot["camera_kept"] else ", but that is not kept yet")
    seen = off if is_off else f"sees: {snapshot['mood']} ({snapshot['faces']} in view)"
    follows = f"mood by hand: {snapshot['by_hand']}" if snapshot["by_hand"] else "follows the camera"
    lines.append(seen if is_off and not snapshot["by_hand"] else f"{seen}, {follows}")
    if path := snapshot["path"]:
        lines.append(f"{path['words']}; {path['played']} of {path['songs']} played")
    if snapshot["person"] != EVERYBODY:
        lines.append(f"{snapshot['person']} listens")
    lines += [*_rest(snapshot["rest"]), *_guests(snapshot), *_timers(snapshot)]
    lines += [f"{part} degraded: {reason}" for part, reason in snapshot["degraded"].items()]
    return "\n".join(map(printable, lines))


def _rest(rest: dict[str, Any]) -> list[str]:
    """Tell how far the measurement of a face at rest is, or why it came to nothing."""
    waits = {"face": ", waits for your face", "alone": ", waits until you are alone in view"}
    if rest["measured"] is not None:
        left = math.ceil(rest["left_s"])
        return [f"measures your face at rest: {left} s to go{waits.get(rest['waits_for'], '')}"]
    failed = rest["failed"]
    return [f"your face at rest was not measured: {REASONS[Unmeasured(failed)]}"] if failed else []


def _guests(snapshot: dict[str, Any]) -> list[str]:
    waiting = (
        ["somebody else's songs wait: `moodbox guest` lets them go on"] if snapshot["guest_waits"] else []
    )
    modes, now = " and ".join(snapshot["modes"]), "on" if snapshot["guest"] else "set aside for them"
    return [*waiting, f"somebody's {modes}: {now}"] if modes else waiting


def _timers(snapshot: dict[str, Any]) -> list[str]:
    sleep_s = snapshot["sleep_in_s"]
    set_now = [
        "quiet hours" if snapshot["quiet"] else "",
        "" if sleep_s is None else f"sleeps in {math.ceil(sleep_s / 60)} min",
        f"alarm at {snapshot['alarm']}" if snapshot["alarm"] else "",
    ]
    return [", ".join(filter(None, set_now))] if any(set_now) else []
