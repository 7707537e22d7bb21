"""Where the broker is, and what can be wrong between us and it, in words that say what to do."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

ANSWER_S = 10.0
"""How long the broker may take to answer; a slow one on a busy Pi needs a second."""


@dataclass(frozen=True)
class Broker:
    """Where it is and who we are to it."""

    host: str
    port: int
    client_id: str
    username: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None
    protocol: str = "5"
    answer_s: float = ANSWER_S

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"


def explain(error: Exception, broker: Broker) -> str:
    """Why there is no connection, and what to do."""
    match error:
        case ssl.SSLCertVerificationError():
            return (
                f"{broker.place}: its certificate is not trusted ({error.verify_message}); see mqtt.ca_file"
            )
        case ssl.SSLError():
            return f"{broker.place}: no TLS there ({error.reason}); check mqtt.port and mqtt.tls"
        case socket.gaierror():
            return f"{broker.host}: no such host; correct mqtt.broker, or use the broker's address"
        case ConnectionRefusedError():
            return f"{broker.place}: no broker listens there; start it, or correct mqtt.broker and mqtt.port"
        case TimeoutError():
            return f"{broker.place} does not answer; is the broker switched on, and in the same network?"
        case ConnectionError():
            return hung_up(broker)
    return f"{broker.place}: {error}"


def hung_up(broker: Broker) -> str:
    """A connection that ended before the first answer: two that do not understand each other."""
    tls = "does not speak TLS" if broker.tls else "wants TLS"
    older = '; an old one needs mqtt.protocol = "3.1.1"' if broker.protocol == "5" else ""
    return f"{broker.place} closed the connection; perhaps it {tls} (mqtt.tls, mqtt.port){older}"


OTHER_ID = "another client has our id: give each box its own mqtt.id"
REMEDIES: Mapping[str, str] = {
    "Bad user name or password": "check mqtt.username and mqtt.password_file",
    "Not authorized": "check mqtt.username and mqtt.password_file, and what the broker lets this user do",
    "Client identifier not valid": "set another mqtt.id",
    "Session taken over": OTHER_ID,
    "Unsupported protocol version": 'set mqtt.protocol = "3.1.1"',
}
CUT_OFF = ("Unspecified error", "MQTT_ERR_CONN_LOST")
"""How paho calls a connection that ended without a word."""


def refusal(reason: str) -> str:
    """The broker's own words, and what to do."""
    if reason in CUT_OFF:
        return f"the connection broke off; trying again (if that goes on, perhaps {OTHER_ID})"
    remedy = REMEDIES.get(reason, "trying again")
    return f"the broker says: {reason}; {remedy}"
