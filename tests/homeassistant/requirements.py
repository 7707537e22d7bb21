"""Print what a headless Home Assistant with MQTT needs installed; run by its own Python.

Home Assistant installs what an integration needs when that is set up; with `--skip-pip` nobody does.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path

WANTED = {
    *("api", "auth", "automation", "config", "frontend", "history", "http", "mqtt", "onboarding", "recorder"),
    *("binary_sensor", "button", "device_automation", "event", "number", "select", "sensor", "switch"),
    *("analytics", "backup", "camera", "conversation", "hardware", "hassio", "image", "input_boolean"),
    *("light", "lovelace", "media_player", "media_source", "notify", "person", "stream", "template"),
    *("mpd", "text", "time", "universal", "update", "zeroconf"),
    # Its page asks for every service, and so for these (helpers/service.py, _base_components).
    *("ai_task", "assist_satellite", "todo", "tts"),
}


def needed(wanted: set[str]) -> set[str]:
    """The packages of these integrations and of all that they depend on."""
    folder = Path(str(importlib.import_module("homeassistant").__file__)).parent / "components"
    seen: set[str] = set()
    packages: set[str] = set()
    while wanted := wanted - seen:
        name = wanted.pop()
        seen.add(name)
        manifest = folder / name / "manifest.json"
        if manifest.exists():
            facts = json.loads(manifest.read_text(encoding="utf-8"))
            packages |= set(facts.get("requirements", ()))
            wanted |= set(facts.get("dependencies", ()))
    return packages


if __name__ == "__main__":
    always = set(importlib.import_module("homeassistant.bootstrap").DEFAULT_INTEGRATIONS)
    print("\n".join(sorted(needed(WANTED | always))))
