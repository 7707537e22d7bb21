"""A room imports only from lower floors, and heavy or hardware libraries never at the door."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

FLOORS: tuple[set[str], ...] = (
    {"errors", "files"},
    {"machine", "protocol", "tflite"},
    {"brain"},
    {"config"},
    {
        "announcements",
        "camera",
        "control",
        "ear",
        "homeassistant",
        "panel",
        "player",
        "state",
        "taste",
        "vision",
        "web",
    },
    {"coach", "doctor"},
    {"service"},
    {"demo"},
    {"update"},
    {"cli"},
    {"__main__"},
)
"""From the ground up. Rooms on one floor never import each other: each has one outside library."""

FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

PUBLIC: dict[str, set[str]] = {
    "brain": {"circumplex", "hours", "mood", "settings"},
    "camera": {"sensors"},
    "cli": {"parser"},
    "coach": {"coach", "keepsake", "places", "report", "shelf"},
    "config": {"mqtt", "pins"},
    "demo": {"face.drawing", "show"},
    "doctor": {"checklist"},
    "ear": {"head", "hearing", "musicnn"},
    "homeassistant": {"access", "broker", "session"},
    "panel": {"gpio"},
    "player": {"client", "counting", "library", "songs", "standstill"},
    "service": {"boot_times", "service", "usable"},
    "update": {"settings"},
    "vision": {"emotion", "faces", "preprocess"},
    "web": {"auth.rights", "interface", "page"},
}
"""What others may import of a package beside its door: the rest is its own business."""

WHOLLY_PUBLIC = {"files", "machine", "protocol"}
"""Packages of which everything is for everybody above."""

CONVERTER_MAY_USE = {"camera", "demo", "ear", "errors", "files", "machine", "protocol", "tflite", "vision"}
HARDWARE = ("picamera2", "gpiozero", "lgpio", "paho", "flask")


@cache
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
    return {module.partition(".")[0] for module in modules_used(file)}


def modules_used(file: Path) -> set[str]:
    """Every file of the appliance that a file imports, as `errors` or `player.client`; a door as `player`."""
    return {
        name
        for imported in imports(file)
        if (name := imported.removeprefix("appliance.")) != imported and is_module(name)
    }


def is_module(name: str) -> bool:
    path = ROOT / "appliance" / name.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def known_rooms() -> set[str]:
    folder = ROOT / "appliance"
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    return files | {path.name for path in folder.iterdir() if (path / "__init__.py").exists()}


def files_of(room: str) -> list[Path]:
    folder = ROOT / "appliance" / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


def test_tests_stand_in_the_rooms_that_they_test_and_share_by_helpers_alone() -> None:
    files = list((ROOT / "tests").rglob("test_*.py"))
    folders = {path.relative_to(ROOT / "tests").parts[0] for path in files} - {path.name for path in files}
    beside = {path.name for path in ROOT.iterdir() if path.is_dir()} | {"boot"}
    assert folders <= known_rooms() | beside
    assert [(path.name, name) for path in files for name in imports(path) if name.startswith("test_")] == []


def test_every_room_has_a_floor() -> None:
    assert known_rooms() == set(FLOOR)


def test_the_documentation_has_the_floors() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| (\d+) \| ([^|]*) \|", page)
    told = {int(number): set(re.findall(r"`(\w+)/?`", rooms)) for number, rooms in rows}
    assert told == dict(enumerate(FLOORS))


def test_the_documentation_speaks_of_files_that_there_are() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w./-]+\.(?:py|md|json|toml|svg|js|sh))`", page)
    there = [f"/{path.relative_to(ROOT)}" for top in ("appliance", "docs", "tests") for path in walk(top)]
    assert len(named) > 20
    assert [name for name in named if not any(path.endswith(f"/{name}") for path in there)] == []


def walk(top: str) -> list[Path]:
    return [path for path in (ROOT / top).rglob("*") if path.is_file()]


@pytest.mark.parametrize("room", sorted(FLOOR))
def test_a_room_imports_only_from_lower_floors(room: str) -> None:
    for file in files_of(room):
        for used in rooms_used(file) - {room}:
            assert FLOOR[used] < FLOOR[room], f"{file.name} imports {used}"


@pytest.mark.parametrize("room", sorted(FLOOR))
def test_a_room_enters_others_only_by_their_doors(room: str) -> None:
    for file in files_of(room):
        for module in modules_used(file):
            assert module.startswith(f"{room}.") or is_open(module), f"{file.name} reaches into {module}"


def is_open(module: str) -> bool:
    room, _, inside = module.partition(".")
    return not inside or room in WHOLLY_PUBLIC or inside in PUBLIC.get(room, ())


def test_every_package_is_installed() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    named = set(settings["options"]["packages"].split())
    doors = [
        door for top in ("appliance", "converter", "models") for door in (ROOT / top).rglob("__init__.py")
    ]
    assert named == {".".join(door.parent.relative_to(ROOT).parts) for door in doors}


def test_nothing_in_the_appliance_imports_the_converter() -> None:
    for room in known_rooms():
        for file in files_of(room):
            assert not any(name.startswith("converter") for name in imports(file)), file


def test_what_measures_a_network_needs_none_of_what_trains_it() -> None:
    for file in (ROOT / "converter" / "measuring").rglob("*.py"):
        found = {name.partition(".")[0] for name in imports(file)}
        assert not found & {"torch", "tensorflow", "keras"}, file
        assert not any(name.startswith("converter.training") for name in imports(file)), file


def test_the_converter_uses_only_what_it_may() -> None:
    for file in (ROOT / "converter").rglob("*.py"):
        assert rooms_used(file) <= CONVERTER_MAY_USE, file
        assert all(map(is_open, modules_used(file))), file


def test_the_command_line_starts_without_hardware_or_heavy_libraries() -> None:
    heavy = ("cv2", "ai_edge_litert", "tflite_runtime", "numpy", "pydantic", *HARDWARE)
    steers = "import sys, appliance.__main__, appliance.cli.steering"
    code = f"{steers}; print([name for name in {heavy} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout.strip() == "[]"
