"""Makes paho's client as a broker needs it, and waits at its socket. `session.py` drives it."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from typing import TYPE_CHECKING, Any

from appliance.errors import ConfigError
from appliance.homeassistant.broker import Broker
from appliance.homeassistant.terms import Message
from appliance.machine.machine import ways

if TYPE_CHECKING:
    from paho.mqtt.client import Client

LONGEST_MESSAGE = 256 * 1024
"""Bytes of a message that we ask the broker to send at most (MQTT 5); our own discovery message has 9 KB."""
MOST_AT_ONCE = 8
"""How many messages may be on the way unacknowledged. MQTT 5's brokers say how many they take (HiveMQ: 10),
but paho does not look."""


def require_paho() -> None:
    """Raise ConfigError, saying what to do, when MQTT's library is not installed."""
    try:
        import paho.mqtt.client  # noqa: F401
    except ImportError as error:
        problem = f"mqtt.broker is set, but paho-mqtt is not installed; {ways().packages}"
        raise ConfigError([problem]) from error


def make_client(broker: Broker, will: Message | None) -> Client:
    """Make paho's client for this broker, not connected yet. will: said for us when the link is lost."""
    from paho.mqtt import client as paho
    from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

    versions = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        broker.client_id,
        protocol=versions[broker.protocol],
        reconnect_on_failure=False,  # the link does, by a new client each time
    )
    client.connect_timeout = broker.answer_s / 2
    client.max_inflight_messages_set(MOST_AT_ONCE)
    if broker.username:
        client.username_pw_set(broker.username, broker.password)
    if broker.tls:
        client.tls_set_context(broker.tls)
    if will:
        client.will_set(*will)
    return client


def properties(protocol: str) -> dict[str, Any]:
    """Return the options of `Client.connect` for this version of MQTT."""
    if protocol != "5":
        return {}
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    wishes: Any = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    wishes.MaximumPacketSize = LONGEST_MESSAGE
    return {"clean_start": True, "properties": wishes}


def wait(client: Client, wait_s: float, wake: socket.socket | None) -> None:
    """Wait for news at the client's socket, or for a byte on `wake`, at most so long."""
    link = client.socket()
    if link is None:
        return
    if isinstance(link, ssl.SSLSocket) and link.pending():
        return  # decrypted already: the socket itself would not stir for it
    poll = select.poll()
    poll.register(link, select.POLLIN | (select.POLLOUT if client.want_write() else 0))
    if wake:
        poll.register(wake, select.POLLIN)
    poll.poll(1000 * wait_s)
    if wake:
        with contextlib.suppress(BlockingIOError):
            wake.recv(4096)
