"""Each command is declared once; what is made by hand (words, icons, documents, brain) keeps to that."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from brain_room import Room

from appliance import config
from appliance.brain.rules import RULES
from appliance.cli.parser import parser
from appliance.config.pins import LONG, SHORT, WAS
from appliance.homeassistant.entities import Device, components
from appliance.homeassistant.orders import NAMES, ORDERS, read
from appliance.protocol import commands as cmd
from appliance.protocol.declared import COMMANDS
from appliance.protocol.declaring import (
    Choice,
    Declared,
    Name,
    Number,
    PlaylistName,
    SongName,
    SongNames,
    Sound,
    Switch,
)
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.encoding import parse
from appliance.protocol.memory import Memory
from appliance.protocol.messages import Song
from appliance.protocol.snapshot import CameraState, Playing
from appliance.protocol.taste import EVERYBODY
from appliance.web import openapi

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "appliance" / "web" / "static"
LANGUAGES = {path.stem for path in (STATIC / "words").glob("*.json")} - {"en"}

every_command = pytest.mark.parametrize("declared", COMMANDS.values(), ids=list(COMMANDS))


def sample(declared: Declared) -> tuple[dict[str, Any], str]:
    """An argument that is right: in JSON, and as text."""
    match declared.argument:
        case None:
            return {}, ""
        case Number(name=name):
            return {name: 20}, "20"
        case Choice(name=name, options=options):
            return {name: options[-1]}, options[-1]
        case Switch(name=name):
            return {name: False}, "off"
        case Sound(name=name):
            return {name: "bell.mp3"}, "bell.mp3"
        case Name(name=name):
            return {name: EVERYBODY}, EVERYBODY
        case SongNames(name=name):
            return {name: ["sad/1"]}, "sad/1"
        case PlaylistName(name=name):
            return {name: "mixed"}, "mixed"
        case SongName(name=name):
            return {name: "sad/1"}, "sad/1"
    return {declared.argument.name: "07:05"}, "07:05"


def made(declared: Declared, source: str) -> cmd.Command:
    return parse({"command": declared.name} | sample(declared)[0], source)


# --- who may give it -------------------------------------------------------------------------------------


@every_command
def test_the_command_line_says_the_same_as_the_wire(declared: Declared) -> None:
    json_argument, text = sample(declared)
    options = vars(parser().parse_args([declared.name, *text.split()]))
    assert {name: options[name] for name in json_argument} == json_argument
    assert made(declared, "page").source == "page"


@every_command
def test_every_command_has_a_documented_route_with_what_it_takes(declared: Declared) -> None:
    described = openapi.document()["paths"][f"/api/{declared.name}"]["post"]
    assert described["summary"].lower() == declared.words.lower()
    sent = described.get("requestBody", {}).get("content", {}).get("application/json", {})
    option = [declared.option.name] if declared.option else []
    assert list(sent.get("schema", {}).get("properties", {})) == [*sample(declared)[0], *option]


@every_command
def test_an_order_by_mqtt_is_the_command_and_has_an_entity(declared: Declared) -> None:
    box = Device("kitchen", "moodbox/kitchen", "Moodbox", "1.0", may_power_off=True)
    assert (declared.key in NAMES) == (declared.entity is not None)
    if declared.entity:
        payload = sample(declared)[1] or "PRESS"
        assert read(declared.key, payload.encode(), False, True) == made(declared, "mqtt")
        shown = components(box)[declared.key]
        assert shown["name"] == declared.entity.name
        assert shown["cmd_t"] == f"moodbox/kitchen/set/{declared.key}"


def test_the_alarm_is_set_by_mqtt_as_its_setting_says() -> None:
    """`default.toml` said so, and there was no such order."""
    assert ORDERS["alarm"].name == "alarm"
    for off in (b"OFF", b"off"):
        assert read("alarm", off, False, False) == cmd.SetAlarm(None, source="mqtt")


@every_command
def test_a_button_can_be_set_to_it_where_it_is_declared(declared: Declared) -> None:
    assert (declared.key in SHORT, declared.key in LONG) == {
        "": (False, False), "long": (False, True), "any": (True, True),
    }[declared.button]  # fmt: skip
    assert not declared.button or declared.argument is None


OLD = [("pause", "toggle"), ("camera", "toggle_camera"), ("mood", "next_mood"), ("automatic", "auto")]


@pytest.mark.parametrize(("old", "new"), [*OLD, ("power", "power_off")])
def test_what_a_function_was_called_is_still_read(old: str, new: str) -> None:
    assert WAS[old] == new
    own = tomllib.loads(f"[buttons.like]\npin = 16\nlong = '{old}'")
    assert config.check(own, "moodbox.toml").buttons.like.long == new


# --- what the brain does about it --------------------------------------------------------------------------


@every_command
def test_the_brain_knows_every_command(declared: Declared) -> None:
    """In some state of the box, something comes of it."""
    command = made(declared, "control")
    if any(type(command) is kind for kind, _ in RULES):
        return
    for camera_on in (True, False):
        # The camera's state stands for all that is one way or the other.
        memory = Memory(
            camera_on=camera_on,
            hand_mood="sad",
            hand_s=60.0,
            person="Ann",
            alarm=time(8) if camera_on else None,
        )
        room = Room(memory).connect()
        room.hear(volume=40 if camera_on else 0, song=Song("neutral/1", duration_s=200.0))
        before = room.snapshot
        if room.tell(command) or room.snapshot != before or room.noted:
            return
    raise AssertionError(
        f"{declared.name} needs a line in RULES (brain/rules.py) or Brain._do (brain/brain.py)"
    )


def test_the_next_mood_goes_through_all_of_them_and_back_to_the_camera() -> None:
    room = Room().connect()
    chosen = []
    for _ in range(len(EMOTIONS) + 2):
        room.tell(cmd.NextMood())
        chosen.append(room.snapshot.by_hand)
    assert chosen == [*EMOTIONS, None, EMOTIONS[0]]


def test_presses_for_the_next_mood_that_come_in_a_burst_each_count() -> None:
    """The button knew only the newest snapshot: two presses in one turn of the loop chose the same mood."""
    room = Room().connect()
    for _ in range(2):
        room.brain.handle(cmd.NextMood(), room.now)
    assert room.snapshot.by_hand == EMOTIONS[1]


def test_the_other_camera_state_is_what_the_camera_is_not() -> None:
    room = Room().connect()
    seen = []
    for _ in range(3):
        room.tell(cmd.ToggleCamera())
        seen.append(room.snapshot.camera)
    assert seen == [CameraState.OFF, CameraState.ON, CameraState.OFF]


def test_rules_are_for_declared_commands_alone() -> None:
    kinds = {kind for kind, _ in RULES}
    assert kinds <= {type(made(declared, "control")) for declared in COMMANDS.values()}
    assert {playing for _, playing in RULES} == set(Playing)


# --- words -------------------------------------------------------------------------------------------------

TRANSLATED = json.loads((STATIC / "commands.json").read_text(encoding="utf-8"))


@every_command
def test_the_page_calls_it_by_a_word_in_every_language_and_draws_it(declared: Declared) -> None:
    if declared.label is None:
        return
    words = TRANSLATED.get(declared.name, {})
    assert set(words) == LANGUAGES, f"appliance/web/static/commands.json: {declared.name!r} in every language"
    assert all(map(str.strip, words.values()))
    if declared.label.icon:
        icons = (STATIC / "icons.svg").read_text(encoding="utf-8")
        assert f'<symbol id="{declared.label.icon}"' in icons, f"icons.svg needs {declared.label.icon!r}"


def test_no_word_is_translated_that_the_page_does_not_say() -> None:
    assert set(TRANSLATED) <= {declared.name for declared in COMMANDS.values() if declared.label}


def row(declared: Declared) -> str:
    """The command's line in docs/commands.md."""
    taken = [f'`"{each.name}"`: {each.words}' for each in (declared.argument, declared.option) if each]
    takes = "; if you like ".join(taken)
    order = f"`{declared.key}`" if declared.entity else ""
    press = {"": "", "long": f"`{declared.key}`, held", "any": f"`{declared.key}`"}[declared.button]
    return f"| `{declared.name}` | {declared.words} | {takes} | {order} | {press} |"


@every_command
def test_every_command_is_in_the_documentation(declared: Declared) -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert row(declared) in text.splitlines(), f"docs/commands.md needs the line\n{row(declared)}"


def test_the_documentation_speaks_of_no_command_that_is_not_there() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(?m)^\| `([a-z-]+)` \|", text)) <= set(COMMANDS)


# --- the seven ---------------------------------------------------------------------------------------------

SPELLED: list[tuple[str, str]] = [
    ("deploy/usb-stick.sh", r"MOODS=\(([a-z ]+)\)"),
    ("deploy/tmpfiles.conf", r"/var/lib/moodbox/music/(\w+)"),
    ("deploy/homeassistant/blueprints/light_follows_the_mood.yaml", r"(\w+): \[\d+, \d+, \d+\]"),
    ("appliance/web/static/js/words.js", r"MOODS = \[([^\]]*)\]"),
    ("appliance/web/static/page.css", r'\[data-mood="(\w+)"\] \{\s*--mood'),
    ("appliance/config/default.toml", r'(?m)^(\w+) = \{ folder = "\1" \}'),
]
"""Files that cannot import them, and where they stand in them."""


@pytest.mark.parametrize(("file", "pattern"), SPELLED)
def test_what_cannot_import_the_emotions_spells_the_same(file: str, pattern: str) -> None:
    found = " ".join(re.findall(pattern, (ROOT / file).read_text(encoding="utf-8")))
    assert set(re.findall(r"\w+", found)) - {"unsure", "away"} == set(EMOTIONS)


def test_the_emotions_are_spelled_out_once() -> None:
    row_of_seven = re.compile(r'(?:"\w+",?\s*){7}')
    spelled = [
        path.name
        for path in (ROOT / "appliance").rglob("*.py")
        for seven in row_of_seven.findall(path.read_text(encoding="utf-8"))
        if set(re.findall(r"\w+", seven)) >= set(EMOTIONS)
    ]
    assert spelled == ["emotions.py", "recording.py"]  # the demo's listener has an order of her own
