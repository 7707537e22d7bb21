"""The MQTT broker, and whether Home Assistant is behind it."""

from __future__ import annotations

from appliance.config import Config
from appliance.config.mqtt import Mqtt
from appliance.doctor.check import Check, ill, well
from appliance.errors import MoodboxError
from appliance.homeassistant.access import broker_of, check
from appliance.homeassistant.broker import ANSWER_S
from appliance.homeassistant.session import Message, Session

BROKER, HOME = "MQTT broker", "Home Assistant"


def checks(config: Config) -> list[Check]:
    mqtt = config.mqtt
    if not mqtt.broker:
        return [well(BROKER, "none wanted (mqtt.broker is empty)")]
    try:
        check(mqtt)
        birth = _birth(mqtt)
    except MoodboxError as error:
        return [ill(BROKER, str(error))]
    except ImportError:
        return [ill(BROKER, "paho-mqtt is not installed; `pip install 'moodbox[mqtt]'`")]
    return [well(BROKER, broker_of(mqtt).place), _home(mqtt, birth)]


def _birth(settings: Mqtt) -> str | None:
    """What Home Assistant last said of itself, if the broker keeps it."""
    topic, fence = f"{settings.discovery_prefix}/status", f"{settings.prefix}/doctor"
    kept: dict[str, str] = {}

    def hear(heard: str, payload: bytes, is_retained: bool) -> None:
        kept[heard] = payload.decode("utf-8", "replace")

    with Session(broker_of(settings, "doctor"), hear) as session:
        session.subscribe([topic, fence])
        session.publish(Message(fence, "", retain=False))  # comes after all that is retained
        session.until(lambda: fence in kept or bool(session.refused), ANSWER_S)
    return kept.get(topic)


def _home(settings: Mqtt, birth: str | None) -> Check:
    topic = f"{settings.discovery_prefix}/status"
    if birth == "online":
        return well(HOME, f"is there ({topic} says online)")
    if birth is None:
        # Its own default: the message goes to whoever listens at that moment, and is not kept.
        return well(HOME, f"cannot be known: it does not retain its birth message on {topic}")
    return ill(HOME, f"{topic} says {birth!r}: start Home Assistant, or see that it uses this broker")
