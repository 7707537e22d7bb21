"""What Home Assistant needs to know of the box to make its entities: pure, messages in and out.

Conventions: Home Assistant core's `components/mqtt/discovery.py` and `schemas.py`. One retained message for
the whole device (since 2024.11), or one for each entity (all that 2024.3 knows); a setting picks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from appliance.entities import Box, Component, common, components, node
from appliance.mqtt_session import Message

Form: TypeAlias = Literal["device", "entity", "off"]
Found: TypeAlias = Mapping[str, str]
"""Discovery topics of ours that the broker holds -> their payloads."""

MIGRATE = '{"migrate_discovery": true}'
"""Home Assistant lets go of the entity, keeps its settings, and takes it again from another topic."""


def announcement(box: Box, form: Form, prefix: str) -> dict[str, str]:
    """Topic -> payload of all that should be retained below the discovery prefix."""
    known = components(box)
    if form == "off":
        return {}
    if form == "device":
        return {device_topic(box, prefix): _json(common(box) | {"cmps": known})}
    return {
        f"{prefix}/{component['p']}/{node(box)}/{key}/config": _json(common(box) | _alone(component))
        for key, component in known.items()
    }


def device_topic(box: Box, prefix: str) -> str:
    return f"{prefix}/device/{node(box)}/config"


def places(box: Box, prefix: str) -> list[str]:
    """Where announcements of this box may lie, from now or from before."""
    return [device_topic(box, prefix), f"{prefix}/+/{node(box)}/+/config"]


def steps(wanted: Mapping[str, str], found: Found) -> Iterator[Message]:
    """What to publish, in this order, to bring Home Assistant from what the broker holds to what is wanted.

    An entity that stays keeps its settings (name, area, history) through a change of form; one that is gone
    is removed.
    """
    old = {topic: payload for topic, payload in found.items() if topic not in wanted and payload}
    staying = {key for payload in wanted.items() for key in _keys(*payload)}
    moved = [topic for topic, payload in old.items() if staying & _keys(topic, payload)]
    yield from (Message(topic, MIGRATE) for topic in moved)
    for topic, payload in wanted.items():
        stubs = _gone(payload, found.get(topic, ""))
        if stubs:
            yield Message(topic, stubs)
        yield Message(topic, payload)
    yield from (Message(topic, "") for topic in old)


def _keys(topic: str, payload: str) -> set[str]:
    """The components that a discovery message speaks of, under either form."""
    if "cmps" in (facts := _facts(payload)):
        return set(facts["cmps"])
    *_, platform, key, _ = topic.split("/")
    return set() if platform == "device" else {key}


def _gone(wanted: str, found: str) -> str:
    """The wanted device message with a stub for each component that is gone; empty when none is."""
    before, now = _facts(found).get("cmps", {}), _facts(wanted)
    if not isinstance(before, dict) or "cmps" not in now:
        return ""
    stubs = {
        key: {"p": old["p"]}
        for key, old in before.items()
        if key not in now["cmps"] and isinstance(old, dict) and "p" in old
    }
    return _json(now | {"cmps": now["cmps"] | stubs}) if stubs else ""


def _facts(payload: str) -> dict[str, Any]:
    try:
        facts = json.loads(payload)
    except ValueError:  # somebody else's scribble on our topic
        return {}
    return facts if isinstance(facts, dict) else {}


def _json(facts: object) -> str:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


def _alone(component: Component) -> Component:
    """A component whose topic says the platform."""
    return {key: value for key, value in component.items() if key != "p"}
