"""The MQTT broker, and whether Home Assistant is behind it."""

from __future__ import annotations

from appliance.config import Config
from appliance.doctor.check import Check, ill, well
from appliance.errors import MoodboxError
from appliance.homeassistant.access import broker_of, check, whole_box

BROKER, HOME = "MQTT broker", "Home Assistant"


def checks(config: Config) -> list[Check]:
    mqtt = config.mqtt
    if not mqtt.broker:
        return [well(BROKER, "none wanted (mqtt.broker is empty)")]
    birth = f"{mqtt.discovery_prefix}/status"
    try:
        kept = check(mqtt, whole_box(config), "doctor", [birth])
    except MoodboxError as error:
        return [ill(BROKER, str(error))]
    return [well(BROKER, broker_of(mqtt).place), _home(birth, kept.get(birth))]


def _home(topic: str, birth: str | None) -> Check:
    """Check what Home Assistant last said of itself, if the broker keeps it."""
    if birth == "online":
        return well(HOME, f"is there ({topic} says online)")
    if birth is None:
        # Its own default: the message goes to whoever listens at that moment, and is not kept.
        return well(HOME, f"cannot be known: it does not retain its birth message on {topic}")
    return ill(HOME, f"{topic} says {birth!r}: start Home Assistant, or see that it uses this broker")
