"""The box's entities in Home Assistant, as its discovery messages have them. Pure.

Keys are Home Assistant's abbreviations (`components/mqtt/abbreviations.py`), which keep the message short.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from appliance.homeassistant.facts import AUTOMATIC, FACTS, MOODS, OFF, Component
from appliance.homeassistant.naming import name_of
from appliance.homeassistant.orders import MODE, ORDERS, PRESS
from appliance.protocol.declaring import (
    CLOCK,
    Choice,
    Declared,
    Name,
    Number,
    PlaylistName,
    Sound,
    Switch,
    TimeOfDay,
)
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.taste import EVERYBODY

PRESSES = {"press": "button_short_press", "long_press": "button_long_press"}
"""Type of our event -> Home Assistant's type of device trigger."""


FAILED = "{{ {'failed': value_json.failed} | tojson }}"
KNOWN = "{{ dict(value_json.items() | rejectattr(0, 'eq', 'failed')) | tojson }}"
"""Of an update: Home Assistant refuses a message that has anything else."""
"""A template: why the last update did not succeed, as an attribute, for which an update has no place."""
HERE = "{here}"
"""Stands in a page's address for the box's own, which only a connection tells."""


@dataclass(frozen=True)
class Device:
    """Who the box is to Home Assistant."""

    id: str
    """Letters, digits, _ and -; unique among the broker's boxes."""
    base: str
    """The prefix of all its topics, without a closing slash."""
    name: str
    version: str
    model: str = "Moodbox"
    buttons: Sequence[str] = ()
    """Names of the box's own push buttons."""
    page: str = ""
    """Address of the box's page, perhaps with HERE in it; empty when it has none."""
    may_power_off: bool = False
    has_covers: bool = False
    """Whether songs' covers are told."""
    language: str = "en"
    """Of the entities' names."""
    persons: Sequence[str] = (EVERYBODY,)
    """Who can be said to listen."""
    playlists: Sequence[str] = ()
    """The playlists of MPD's that can be chosen now."""
    serial: str = ""
    """As the board has it; empty where it has none."""
    hardware: str = ""
    """Its revision."""
    macs: Sequence[str] = ()
    """Of its own network cards: by them other integrations know the same device."""

    def reached_at(self, host: str) -> Device:
        """Return the same device with the page's address, once the host is known."""
        return replace(self, page=self.page.replace(HERE, host))


def slug(name: str, otherwise: str = "button") -> str:
    """Turn a name into a part of a topic: small letters, digits and _."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or otherwise


def _without_accents(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()


def node(box: Device) -> str:
    """Return the box's name in discovery topics and in Home Assistant's ids."""
    return f"moodbox_{box.id}"


def common(box: Device) -> Component:
    """Return what device and entity messages share: the device, who announces it, and whether it is there."""
    device = {
        "ids": [node(box)],
        "name": box.name,
        "mf": "Moodbox",
        "mdl": box.model,
        "sw": box.version,
    }
    known: Component = {"sn": box.serial, "hw": box.hardware, "cu": box.page}
    known |= {"cns": [["mac", mac] for mac in box.macs]}
    origin = {"name": "moodbox", "sw": box.version} | ({"url": box.page} if box.page else {})
    return {
        "dev": device | {key: value for key, value in known.items() if value},
        "o": origin,
        "avty": [{"t": f"{box.base}/status"}],
    }


def components(box: Device) -> dict[str, Component]:
    """Return all components for a device message, by key; one function below makes each kind."""
    kinds = (_facts, _feelings, _music, _covers, _orders, _health, _events, _triggers)
    made = {key: component for kind in kinds for key, component in kind(box).items()}
    return {key: _finish(box, key, component) for key, component in made.items()}


def _finish(box: Device, key: str, component: Component) -> Component:
    if component["p"] == "device_automation":
        return component  # no entity, so no id of its own
    # Since 2026.11 a new entity's id begins with its area, unless it is told its own.
    entity_id = f"{component['p']}.{slug(_without_accents(box.name), 'moodbox')}_{slug(component['name'])}"
    name = name_of(key, component["name"], box.language)
    return component | {"name": name, "uniq_id": f"{node(box)}_{key}", "def_ent_id": entity_id, "qos": 1}


def _sensor(box: Device, name: str, topic: str, field: str = "", **more: Any) -> Component:
    """Make a sensor over a topic, or over one field of its JSON."""
    template = {"val_tpl": f"{{{{ value_json.{field} }}}}"} if field else {}
    return {"p": "sensor", "name": name, "stat_t": f"{box.base}/{topic}"} | template | more


def _percent(field: str) -> str:
    """Make a template that gives a fraction as whole percent; what is null stays unknown."""
    value = f"value_json.{field}"
    return f"{{{{ None if {value} is none else ({value} * 100) | round | int }}}}"


def _facts(box: Device) -> dict[str, Component]:
    shown = ((fact.topic, fact.shown) for fact in FACTS if fact.shown)
    return {topic: component | {"stat_t": f"{box.base}/{topic}"} for topic, component in shown}


def _feelings(box: Device) -> dict[str, Component]:
    figure = {"unit_of_meas": "%", "stat_cla": "measurement", "ent_cat": "diagnostic"}
    made = {
        "emotion": _sensor(
            box, "Emotion", "emotion", "emotion", dev_cla="enum", ops=[*EMOTIONS], ic="mdi:emoticon-outline"
        ),
        "confidence": _sensor(box, "Confidence", "emotion", val_tpl=_percent("confidence"), **figure),
    }
    for emotion in EMOTIONS:
        template = _percent(f"probabilities.{emotion}")
        # Off until somebody wants them: seven figures that never stand still fill a database.
        made[f"probability_{emotion}"] = _sensor(
            box, f"Probability {emotion}", "emotion", val_tpl=template, en=False, **figure
        )
    return made


def _music(box: Device) -> dict[str, Component]:
    return {
        "title": _sensor(box, "Title", "song", "title", ic="mdi:music-note"),
        "artist": _sensor(box, "Artist", "song", "artist", ic="mdi:account-music"),
        "album": _sensor(box, "Album", "song", "album", ic="mdi:album"),
        "why": _sensor(box, "Why this song", "song", "why", ic="mdi:comment-question-outline"),
    }


def _covers(box: Device) -> dict[str, Component]:
    cover = {"p": "image", "name": "Cover", "ic": "mdi:album", "img_t": f"{box.base}/cover", "img_e": "b64"}
    return {"cover": cover} if box.has_covers else {}


def _orders(box: Device) -> dict[str, Component]:
    """Make the components by which something can be asked of the box."""
    made = {key: _order(box, declared) for key, declared in ORDERS.items()}
    made[MODE] = _both(box, "select", "Mode", MODE, ops=[AUTOMATIC, *EMOTIONS], ic="mdi:hand-back-right")
    at = {"stat_t": f"{box.base}/alarm_time", "cmd_t": f"{box.base}/set/alarm"}
    made["alarm_time"] = {"p": "time", "name": "Alarm time", "ic": "mdi:clock-outline"} | at
    if not box.may_power_off:
        del made["power_off"]
    return made


def _order(box: Device, declared: Declared) -> Component:
    """Make a button for a command without an argument, else what suits the kind of argument."""
    assert declared.entity
    name, icon = declared.entity.name, f"mdi:{declared.entity.icon}"
    match declared.argument:
        case Number(low=low, high=high, unit=unit):
            shape = {"min": low, "max": high, "step": 1, "unit_of_meas": unit}
            shape["mode"] = "slider" if unit == "%" else "box"
            return _both(box, "number", name, declared.key, ic=icon, **shape)
        case Choice(options=options):
            return _both(box, "select", name, declared.key, ic=icon, ops=[*options])
        case Name():
            return _both(box, "select", name, declared.key, ic=icon, ops=[*box.persons])
        case PlaylistName():
            return _both(box, "select", name, declared.key, ic=icon, ops=[*box.playlists])
        case Switch():
            return _both(box, "switch", name, declared.key, ic=icon)
        case TimeOfDay():
            # Off until somebody wants it, as where the core is too old for a time entity (before 2026.6).
            pattern = f"^({OFF}|{CLOCK})$"
            return _both(box, "text", name, declared.key, ic=icon, pattern=pattern, en=False)
        case Sound():
            return {"p": "notify", "name": name, "ic": icon, "cmd_t": f"{box.base}/set/{declared.key}"}
    if declared.name == "install-update":
        at = {
            "stat_t": f"{box.base}/update",
            "val_tpl": KNOWN,
            "cmd_t": f"{box.base}/set/{declared.key}",
            "pl_inst": PRESS,
        }
        why = {"json_attr_t": f"{box.base}/update", "json_attr_tpl": FAILED}
        return {"p": "update", "name": name, "ic": icon} | at | why
    category = {"ent_cat": "config"} if declared.name == "power-off" else {}
    order = {"cmd_t": f"{box.base}/set/{declared.key}", "pl_prs": PRESS}
    return {"p": "button", "name": name, "ic": icon} | order | category


def _both(box: Device, platform: str, name: str, topic: str, **more: Any) -> Component:
    topics = {"stat_t": f"{box.base}/{topic}", "cmd_t": f"{box.base}/set/{topic}"}
    return {"p": platform, "name": name} | topics | more


def _health(box: Device) -> dict[str, Component]:
    figure = {"stat_cla": "measurement", "ent_cat": "diagnostic"}
    problem = {"p": "binary_sensor", "name": "Problem", "dev_cla": "problem", "ent_cat": "diagnostic"}
    problem |= {"stat_t": f"{box.base}/degraded", "val_tpl": "{{ value_json.problem }}"}
    heat = {"dev_cla": "temperature", "unit_of_meas": "°C"}
    duration = {"dev_cla": "duration", "unit_of_meas": "ms"}
    reasons = {"ent_cat": "diagnostic", "ic": "mdi:alert-outline"}
    refused = {"stat_cla": "total_increasing", "ent_cat": "diagnostic", "en": False}
    return {
        "problem": problem,
        "degraded": _sensor(box, "Degraded", "degraded", "reasons", **reasons),
        "temperature": _sensor(box, "Temperature", "box", "temperature", **heat, **figure),
        "inference_time": _sensor(box, "Inference time", "box", "inference_ms", **duration, **figure),
        "version": _sensor(box, "Version", "box", "version", ent_cat="diagnostic", ic="mdi:tag-outline"),
        "refused": _sensor(box, "Refused messages", "box", "refused", **refused),
    }


def _events(box: Device) -> dict[str, Component]:
    changed = {"name": "Mood changed", "evt_typ": [*MOODS], "ic": "mdi:emoticon"}
    made = {"mood_changed": {"p": "event", "stat_t": f"{box.base}/event/mood"} | changed}
    for button in map(slug, box.buttons):
        name = f"{button.replace('_', ' ').capitalize()} button"
        pressed = {"name": name, "dev_cla": "button", "evt_typ": [*PRESSES]}
        made[f"button_{button}"] = {"p": "event", "stat_t": f"{box.base}/event/button_{button}"} | pressed
    return made


def _triggers(box: Device) -> dict[str, Component]:
    """Make the same presses device triggers, which people choose from a list."""
    return {
        f"trigger_{button}_{press}": {
            "p": "device_automation",
            "atype": "trigger",
            "type": kind,
            "stype": button,
            "t": f"{box.base}/trigger/button_{button}",
            "pl": press,
        }
        for button in map(slug, box.buttons)
        for press, kind in PRESSES.items()
    }
