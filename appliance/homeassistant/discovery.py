"""MQTT discovery: what Home Assistant must be told to make the box's entities. Pure, messages in and out.

Conventions: Home Assistant core's `components/mqtt/discovery.py` and `schemas.py`. One retained message for
the whole device (since 2024.11), or one for each entity (all that 2024.3 knows); a setting picks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from appliance.homeassistant.entities import Device, common, components, node
from appliance.homeassistant.facts import Component
from appliance.homeassistant.states import as_json
from appliance.homeassistant.terms import Message

Form: TypeAlias = Literal["device", "entity", "off"]
Found: TypeAlias = Mapping[str, str]
"""Discovery topics of ours that the broker holds -> their payloads."""

LATER = frozenset({"time"})
"""Platforms that some cores lack which hear the device message: these refuse all of it for one that they do
not know. A message of its own they pass over."""
MIGRATE = '{"migrate_discovery": true}'
"""Has Home Assistant let go of an entity, keep its settings, and take it again from another topic."""


def announcement(box: Device, form: Form, prefix: str) -> dict[str, str]:
    """Return all that should be retained below the discovery prefix: topic -> payload."""
    known = components(box)
    if form == "off":
        return {}
    whole = {key: each for key, each in known.items() if each["p"] not in LATER} if form == "device" else {}
    alone = {
        f"{prefix}/{component['p']}/{node(box)}/{key}/config": as_json(common(box) | _alone(component))
        for key, component in known.items()
        if key not in whole
    }
    return ({device_topic(box, prefix): as_json(common(box) | {"cmps": whole})} if whole else {}) | alone


def device_topic(box: Device, prefix: str) -> str:
    """Return the topic of the one message for the whole device."""
    return f"{prefix}/device/{node(box)}/config"


def places(box: Device, prefix: str) -> list[str]:
    """Return the topics, with wildcards, on which announcements of this box may lie, of either form."""
    return [device_topic(box, prefix), f"{prefix}/+/{node(box)}/+/config"]


def migration(wanted: Mapping[str, str], found: Found) -> list[Message]:
    """Return what to say before a change of form, so that entities which stay keep name, area and history.

    The old topics are emptied at once: later, when the new ones are known, that is taken for a conflict. And
    Home Assistant needs a while before it hears the rest: a device message that comes too early is read up to
    the first component that it has not let go of yet (2026.2, `async_discovery_message_received`).
    """
    staying = {key for payload in wanted.items() for key in _keys(*payload)}
    moved = [topic for topic in _old(wanted, found) if staying & _keys(topic, found[topic])]
    return [Message(topic, MIGRATE) for topic in moved] + [Message(topic, "") for topic in moved]


def steps(wanted: Mapping[str, str], found: Found) -> Iterator[Message]:
    """Give what to publish, in this order, so that Home Assistant knows what is wanted and nothing else."""
    yield from (Message(topic, "") for topic in _old(wanted, found))
    for topic, payload in wanted.items():
        stubs = _gone(payload, found.get(topic, ""))
        if stubs:
            yield Message(topic, stubs)
        yield Message(topic, payload)


def _old(wanted: Mapping[str, str], found: Found) -> list[str]:
    return [topic for topic, payload in found.items() if topic not in wanted and payload]


def _keys(topic: str, payload: str) -> set[str]:
    """Return the keys of the components that a discovery message speaks of, in either form."""
    *_, platform, key, _ = topic.split("/")
    return set(_components(payload)) if platform == "device" else {key}


def _gone(wanted: str, found: str) -> str:
    """Return the wanted device message with a stub for each component that is gone; empty when none is.

    Home Assistant removes a component by such a stub, and not when a message leaves it out.
    """
    now = _components(wanted)
    stubs = {key: {"p": old["p"]} for key, old in _components(found).items() if key not in now}
    return as_json(_facts(wanted) | {"cmps": now | stubs}) if now and stubs else ""


def _components(payload: str) -> dict[str, Component]:
    """Return the components of a device message; none of anything else that may lie on our topics."""
    found = _facts(payload).get("cmps")
    every = found.items() if isinstance(found, dict) else ()
    return {key: value for key, value in every if isinstance(value, dict) and "p" in value}


def _facts(payload: str) -> dict[str, Any]:
    try:
        facts = json.loads(payload)
    except (ValueError, RecursionError):  # somebody else's scribble on our topic
        return {}
    return facts if isinstance(facts, dict) else {}


def _alone(component: Component) -> Component:
    """Return the component for a message of its own, whose topic says the platform."""
    return {key: value for key, value in component.items() if key != "p"}
