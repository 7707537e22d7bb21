"""Every discovery message against Home Assistant's rules; and the way from one set of messages to another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.homeassistant.access import macs
from appliance.homeassistant.discovery import LATER, MIGRATE, announcement, device_topic, migration, steps
from appliance.homeassistant.entities import Device, components, slug
from appliance.homeassistant.facts import FACTS
from appliance.homeassistant.orders import NAMES
from appliance.homeassistant.states import LONGEST_STATE, Health, states
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Mood
from appliance.protocol.snapshot import Snapshot

BOX = Device(
    "kitchen",
    "moodbox/kitchen",
    "Moodbox",
    "1.0",
    buttons=("pause", "skip"),
    page="http://192.168.1.5:8080",
    may_power_off=True,
    has_covers=True,
    serial="10000000abcdef12",
    hardware="d04170",
    macs=("d8:3a:dd:00:00:01", "d8:3a:dd:00:00:02"),
)
PREFIX = "homeassistant"
DEVICE = device_topic(BOX, PREFIX)
FORMS = ("device", "entity")

# What each platform needs and what it knows beside the common keys (components/mqtt of core 2026.2).
NEEDS = {
    "sensor": {"stat_t"},
    "binary_sensor": {"stat_t"},
    "event": {"stat_t", "evt_typ"},
    "button": {"cmd_t"},
    "switch": {"cmd_t"},
    "notify": {"cmd_t"},
    "number": {"cmd_t"},
    "select": {"cmd_t", "ops"},
    "text": {"cmd_t"},
    "time": {"cmd_t"},
    "update": {"stat_t"},
    "image": {"img_t"},
    "device_automation": {"atype", "type", "stype", "t"},
}
COMMON = {"uniq_id", "def_ent_id", "name", "qos", "ic", "en", "ent_cat", "dev_cla", "val_tpl"}
KNOWS = {
    "sensor": {"unit_of_meas", "stat_cla", "ops"},
    "binary_sensor": set(),
    "event": set(),
    "button": {"pl_prs"},
    "switch": {"stat_t"},
    "notify": set(),
    "number": {"stat_t", "min", "max", "step", "mode", "unit_of_meas"},
    "select": {"stat_t"},
    "text": {"stat_t", "pattern"},
    "time": {"stat_t"},
    "image": {"img_e"},
    "update": {"cmd_t", "pl_inst", "json_attr_t", "json_attr_tpl"},
    "device_automation": {"pl"},
}


def each(form: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Platform, key and settings of every component, read back from the messages of a form."""
    for topic, payload in announcement(BOX, form, PREFIX).items():  # type: ignore[arg-type]
        message = json.loads(payload)
        if topic == DEVICE:
            for key, component in message["cmps"].items():
                yield component.pop("p"), key, component
        else:
            _, platform, _, key, _ = topic.split("/")
            yield platform, key, {k: v for k, v in message.items() if k not in ("dev", "o", "avty")}


# --- the rules ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_every_message_names_the_device_its_origin_and_its_availability(form: str) -> None:
    for topic, payload in announcement(BOX, form, PREFIX).items():  # type: ignore[arg-type]
        message = json.loads(payload)
        assert message["dev"]["ids"] == ["moodbox_kitchen"]
        assert message["o"]["name"] == "moodbox"
        assert message["avty"] == [{"t": "moodbox/kitchen/status"}]
        assert re.fullmatch(r"homeassistant/[a-z_]+(/[a-zA-Z0-9_-]+){1,2}/config", topic)


def test_the_device_message_has_no_key_that_home_assistant_does_not_know() -> None:
    message = json.loads(announcement(BOX, "device", PREFIX)[DEVICE])
    assert set(message) == {"dev", "o", "avty", "cmps"}
    assert set(message["dev"]) == {"ids", "name", "mf", "mdl", "sw", "cu", "sn", "hw", "cns"}
    assert set(message["o"]) == {"name", "sw", "url"}


def test_the_device_is_known_by_its_board_and_its_network_cards() -> None:
    message = json.loads(announcement(BOX, "device", PREFIX)[DEVICE])
    device = message["dev"]
    assert (device["sn"], device["hw"]) == ("10000000abcdef12", "d04170")
    assert device["cns"] == [["mac", "d8:3a:dd:00:00:01"], ["mac", "d8:3a:dd:00:00:02"]]
    assert message["o"]["url"] == device["cu"] == "http://192.168.1.5:8080"


def test_what_a_machine_does_not_say_is_left_out() -> None:
    bare = Device("kitchen", "moodbox/kitchen", "Moodbox", "1.0")
    message = json.loads(announcement(bare, "device", PREFIX)[DEVICE])
    assert set(message["dev"]) == {"ids", "name", "mf", "mdl", "sw"}
    assert set(message["o"]) == {"name", "sw"}


def test_only_real_network_cards_count(tmp_path: Path) -> None:
    for name, address, is_real in (("eth0", "d8:3a:dd:00:00:01", True), ("lo", "00:00:00:00:00:00", False)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "address").write_text(address + "\n")
        if is_real:
            (tmp_path / name / "device").mkdir()
    assert macs(tmp_path) == ("d8:3a:dd:00:00:01",)
    assert macs(tmp_path / "nowhere") == ()


def test_every_entity_has_an_id_that_no_area_gets_into() -> None:
    found = [(p, c) for p, _, c in each("device") if p != "device_automation"]
    ids = [component["def_ent_id"] for _, component in found]
    assert len(set(ids)) == len(ids)
    for (platform, _), entity_id in zip(found, ids, strict=True):
        assert re.fullmatch(rf"{platform}\.moodbox_[a-z0-9_]+", entity_id)


@pytest.mark.parametrize(
    ("name", "first"),
    [("Küche", "kuche"), ("Box 2", "box_2"), ("रसोई", "moodbox"), ("Salón – azul", "salon_azul")],
)
def test_ids_begin_with_the_boxs_name_in_plain_letters(name: str, first: str) -> None:
    assert components(replace(BOX, name=name))["mood"]["def_ent_id"] == f"sensor.{first}_mood"


def test_a_platform_that_older_cores_lack_costs_them_nothing_else() -> None:
    """A core that hears the device message, but knows no such platform, would refuse the whole message."""
    wanted = announcement(BOX, "device", PREFIX)
    assert not {each["p"] for each in json.loads(wanted[DEVICE])["cmps"].values()} & LATER
    alone = {topic for topic in wanted if topic != DEVICE}
    assert alone == {"homeassistant/time/moodbox_kitchen/alarm_time/config"}
    before = announcement(BOX, "entity", PREFIX)
    moved = {message.topic for message in migration(wanted, before)}
    assert not moved & alone  # it stays where it was


@pytest.mark.parametrize("form", FORMS)
def test_every_component_has_what_its_platform_needs_and_nothing_it_does_not_know(form: str) -> None:
    for platform, key, component in each(form):
        common = set() if platform == "device_automation" else COMMON
        assert NEEDS[platform] <= set(component), key
        assert set(component) <= common | NEEDS[platform] | KNOWS[platform], key


def test_both_forms_speak_of_the_same_components() -> None:
    assert {(p, k): c for p, k, c in each("device")} == {(p, k): c for p, k, c in each("entity")}


def test_every_entity_has_an_id_of_its_own_a_name_and_quality_of_service_1() -> None:
    found = [component for platform, _, component in each("device") if platform != "device_automation"]
    ids = [component["uniq_id"] for component in found]
    assert len(set(ids)) == len(ids)
    assert len({component["name"] for component in found}) == len(found)
    for component in found:
        assert component["uniq_id"].startswith("moodbox_kitchen_")
        assert "moodbox" not in component["name"].lower(), "a name does not repeat the device's"
        assert component["qos"] == 1  # the root's would not be inherited


def test_an_enum_has_options_and_neither_unit_nor_state_class() -> None:
    enums = [c for _, _, c in each("device") if c.get("dev_cla") == "enum"]
    assert len(enums) == 3
    for component in enums:
        assert component["ops"]
        assert not {"unit_of_meas", "stat_cla"} & set(component)


def test_no_state_expires_and_no_event_has_a_category() -> None:
    for platform, key, component in each("device"):
        assert "exp_aft" not in component, key
        if platform == "event":
            assert "ent_cat" not in component


def test_what_the_box_measures_of_itself_is_diagnostic() -> None:
    known = components(BOX)
    for key in ("temperature", "inference_time", "confidence", "version", "degraded"):
        assert known[key]["ent_cat"] == "diagnostic"


@pytest.mark.parametrize("form", FORMS)
def test_the_one_picture_that_leaves_the_box_is_an_album_s(form: str) -> None:
    pictures = [(p, key, c["img_t"]) for p, key, c in each(form) if p in ("camera", "image")]
    assert pictures == [("image", "cover", "moodbox/kitchen/cover")]
    assert "cover" not in components(replace(BOX, has_covers=False))


def test_buttons_are_events_and_device_triggers() -> None:
    known = components(BOX)
    assert known["button_pause"]["evt_typ"] == ["press", "long_press"]
    assert known["trigger_pause_press"]["type"] == "button_short_press"
    assert known["trigger_pause_long_press"]["type"] == "button_long_press"
    assert known["trigger_skip_press"]["stype"] == "skip"


def test_power_off_is_offered_only_where_it_is_allowed() -> None:
    assert "power_off" in components(BOX)
    assert "power_off" not in components(replace(BOX, may_power_off=False))


def test_every_topic_that_is_announced_is_one_that_the_box_writes_or_reads() -> None:
    snapshot = Snapshot(at=0.0, mood=Mood("unsure", 0.0))
    written = {f"moodbox/kitchen/{topic}" for topic in states(snapshot, Health("1"))}
    read = {f"moodbox/kitchen/set/{name}" for name in NAMES}
    for platform, key, component in each("device"):
        if "stat_t" in component and platform != "event":
            assert component["stat_t"] in written, key
        if "cmd_t" in component:
            assert component["cmd_t"] in read, key
    commands = {component["cmd_t"] for _, _, component in each("device") if "cmd_t" in component}
    assert commands == read, "whatever can be ordered has an entity"


def test_the_documentation_has_every_topic() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "homeassistant.md").read_text(encoding="utf-8")
    for fact in FACTS:
        line = f"| `{fact.topic}` | {fact.words} |"
        assert line in page.splitlines(), f"docs/homeassistant.md needs the line\n{line}"
    documented = set(re.findall(r"(?m)^\| `([a-z_]+)` \|", page))
    assert documented == {*states(Snapshot(at=0.0, mood=Mood("unsure", 0.0)), Health("1")), "status", "fence"}


def test_the_device_message_stays_small() -> None:
    assert len(announcement(BOX, "device", PREFIX)[DEVICE]) < 16_000


def test_a_button_s_name_makes_a_good_topic() -> None:
    assert [slug(name) for name in ("Pause", "volume_up", "größer/+#", "###")] == [
        "pause",
        "volume_up",
        "gr_er",
        "button",
    ]


# --- from what is there to what is wanted ------------------------------------------------------------------


def both(form: str) -> dict[str, str]:
    return announcement(BOX, form, PREFIX)  # type: ignore[arg-type]


def apply(found: dict[str, str], wanted: dict[str, str]) -> dict[str, str]:
    """What the broker retains after all that is published."""
    held = dict(found)
    for message in [*migration(wanted, found), *steps(wanted, found)]:
        held[message.topic] = message.payload
    return {topic: payload for topic, payload in held.items() if payload}


@pytest.mark.parametrize("old", [*FORMS, "off"])
@pytest.mark.parametrize("new", [*FORMS, "off"])
def test_whatever_the_broker_held_it_ends_with_what_is_wanted(old: str, new: str) -> None:
    assert apply(both(old), both(new)) == both(new)


@pytest.mark.parametrize(("old", "new"), [("device", "entity"), ("entity", "device")])
def test_a_change_of_form_lets_go_of_every_old_topic_first(old: str, new: str) -> None:
    messages = migration(both(new), both(old))
    half = len(messages) // 2
    assert (
        {m.topic for m in messages[:half]}
        == {m.topic for m in messages[half:]}
        == set(both(old)) - set(both(new))
    )
    assert {m.payload for m in messages[:half]} == {MIGRATE}
    assert {m.payload for m in messages[half:]} == {""}


def test_without_a_change_nothing_migrates() -> None:
    for form in FORMS:
        assert migration(both(form), both(form)) == []
        assert migration(both(form), {}) == []


def test_switching_discovery_off_is_a_removal_and_no_migration() -> None:
    assert migration({}, both("entity")) == []
    assert {message.payload for message in steps({}, both("entity"))} == {""}


def test_a_component_that_is_gone_is_removed_by_a_stub_and_then_left_out() -> None:
    now = announcement(replace(BOX, buttons=("pause",)), "device", PREFIX)
    first, second, _ = steps(now, both("device"))
    stubs = json.loads(first.payload)["cmps"]
    assert stubs["button_skip"] == {"p": "event"}
    assert stubs["trigger_skip_press"] == {"p": "device_automation"}
    assert "button_skip" not in json.loads(second.payload)["cmps"]
    assert second.payload == now[DEVICE]


def test_an_entity_topic_that_is_gone_is_emptied() -> None:
    now = announcement(replace(BOX, may_power_off=False), "entity", PREFIX)
    emptied = [message.topic for message in steps(now, both("entity")) if not message.payload]
    assert emptied == ["homeassistant/button/moodbox_kitchen/power_off/config"]


@pytest.mark.parametrize(
    "scribble", ["[" * 100_000, "", "{", "[]", "null", '{"cmps": 7}', '{"cmps": {"x": 1, "y": {}}}']
)
def test_somebody_else_s_scribble_on_our_topics_does_no_harm(scribble: str) -> None:
    for form in FORMS:
        found = dict.fromkeys(both(form), scribble)
        assert apply(found, both("device")) == both("device")
        assert apply(found, both("entity")) == both("entity")


def test_every_emotion_has_its_probability() -> None:
    assert {f"probability_{emotion}" for emotion in EMOTIONS} <= set(components(BOX))
    assert LONGEST_STATE == 255
