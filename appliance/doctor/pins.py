"""The GPIO chip: there, open to the box's user, with the library for it, and no pin held by another."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

from appliance.config import Config
from appliance.config.pins import used
from appliance.doctor.check import Check, ill, well
from appliance.doctor.holders import group_of, may_use, service_user
from appliance.errors import PanelLost
from appliance.panel import gpio

NAME = "GPIO"
OURS = "lg"
"""What lgpio calls itself to the kernel."""


def checks(
    config: Config,
    dev: Path = Path("/dev"),
    proc: Path = Path("/proc"),
    holder: Callable[[Path, int], str | None] = gpio.holder,
) -> list[Check]:
    if not gpio.is_wanted(config.gpio.factory, proc):
        return [well(NAME, "none here, or none wanted: no buttons, no light")]
    missing = [name for name in ("gpiozero", "lgpio") if importlib.util.find_spec(name) is None]
    if missing:
        packages = " ".join(f"python3-{name}" for name in missing)
        return [ill(NAME, f"{' and '.join(missing)} cannot be imported; `sudo apt install {packages}`")]
    try:
        chip = gpio.header_chip(gpio.chips(dev))
    except PanelLost as error:
        return [ill(NAME, str(error))]
    if not may_use(chip):
        user = service_user() or "this user"
        return [ill(NAME, f"{chip}: {user} is not in the group {group_of(chip)}; add it, then reboot")]
    return [_pins(config, chip, holder)]


def _pins(config: Config, chip: Path, holder: Callable[[Path, int], str | None]) -> Check:
    held = [
        f"GPIO {pin} ({path}) is held by {name}"
        for path, pin in used(config.model_dump())
        if (name := holder(chip, pin)) not in (None, OURS)
    ]
    if held:
        return ill(
            NAME, "; ".join(held) + "; stop that, take its overlay out of config.txt, or change the pin"
        )
    return well(NAME, f"{chip} {gpio.label(chip)}".strip())
