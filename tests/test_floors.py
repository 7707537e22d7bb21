"""A room imports only from lower floors, and heavy or hardware libraries never at the door."""

from __future__ import annotations

import ast
import configparser
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

FLOORS: dict[str, int] = {
    "errors": 0,
    "messages": 0,
    "hours": 1,
    "buttons": 1,
    "light": 1,
    "mood": 1,
    "music": 1,
    "preprocess": 1,
    "inbox": 1,
    "marks": 1,
    "wire": 1,
    "habits": 2,
    "config": 3,
    "safe_mode": 4,
    "brain": 4,
    "vision": 4,
    "camera": 5,
    "clock": 5,
    "control": 5,
    "emotion": 5,
    "faces": 5,
    "homeassistant": 5,
    "mpd_config": 5,
    "panel": 5,
    "player": 5,
    "state": 5,
    "systemd": 5,
    "web": 5,
    "doctor": 6,
    "service": 7,
    "demo": 8,
    "bench": 9,
    "boot": 9,
    "update": 9,
    "__main__": 10,
}
"""Room -> floor. Two rooms on floor 5 never import each other: each is the edge to one outside library."""

BEHIND: dict[str, str] = {
    "heard": "brain",
    "programme": "brain",
    "wish": "brain",
    "changeover": "player",
    "fade": "player",
    "listener": "vision",
    "motion": "vision",
    "mpd_client": "player",
    "mpd_link": "player",
    "gpio": "panel",
    "pins": "config",
    "section": "config",
    "migrations": "config",
    "discovery": "homeassistant",
    "entities": "homeassistant",
    "mpd_queue": "player",
    "mqtt_access": "homeassistant",
    "mqtt_link": "homeassistant",
    "mqtt_orders": "homeassistant",
    "mqtt_session": "homeassistant",
    "mqtt_settings": "config",
    "mqtt_states": "homeassistant",
    "mqtt_talk": "homeassistant",
    "mqtt_trouble": "homeassistant",
    "pictures": "preprocess",
    "recording": "camera",
    "sensors": "camera",
    "observer": "player",
    "songs": "player",
    "shelf": "player",
    "tflite": "emotion",
    "wiring": "panel",
    "times": "config",
}
"""A room that stands behind another and shares its floor; rooms behind the same one may use each other."""

SHARED = {"tflite"}
"""The TFLite runtime serves two edges, faces and emotion."""

CONVERTER_MAY_USE = {"errors", "messages", "preprocess", "emotion", "faces", "camera", *BEHIND}
HARDWARE = ("picamera2", "gpiozero", "lgpio", "paho", "flask")


def imports(file: Path) -> set[str]:
    """Every module that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def rooms_used(file: Path) -> set[str]:
    parts = (name.split(".") for name in imports(file))
    return {part[1] for part in parts if part[0] == "appliance" and len(part) > 1} & known_rooms()


def known_rooms() -> set[str]:
    folder = ROOT / "appliance"
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    return files | {path.name for path in folder.iterdir() if (path / "__init__.py").exists()}


def files_of(room: str) -> list[Path]:
    folder = ROOT / "appliance" / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


def test_every_room_has_a_floor() -> None:
    assert known_rooms() == set(FLOORS) | set(BEHIND)


@pytest.mark.parametrize("room", sorted([*FLOORS, *BEHIND]))
def test_a_room_imports_only_from_lower_floors(room: str) -> None:
    for file in files_of(room):
        for used in rooms_used(file) - {room}:
            owner = BEHIND.get(room, room)
            allowed = BEHIND.get(used) == owner or floor(used) < floor(room) or used in SHARED
            assert allowed, f"{file.name} imports {used}"


def floor(room: str) -> int:
    return FLOORS[BEHIND.get(room, room)]


def test_every_package_is_installed() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    there = {
        ".".join(file.parent.relative_to(ROOT).parts)
        for top in ("appliance", "converter", "models")
        for file in (ROOT / top).rglob("__init__.py")
    }
    assert set(config["options"]["packages"].split()) == there


def test_nothing_in_the_appliance_imports_the_converter() -> None:
    for room in known_rooms():
        for file in files_of(room):
            assert not any(name.startswith("converter") for name in imports(file)), file


def test_the_converter_uses_only_what_it_may() -> None:
    for file in (ROOT / "converter").rglob("*.py"):
        assert rooms_used(file) <= CONVERTER_MAY_USE, file


def test_the_command_line_starts_without_hardware_or_heavy_libraries() -> None:
    heavy = ("cv2", "ai_edge_litert", "tflite_runtime", *HARDWARE)
    code = f"import sys, appliance.__main__; print([name for name in {heavy} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout.strip() == "[]"
