"""The MQTT broker: where it is, and what can be wrong between it and us, in words that say what to do."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

ANSWER_S = 10.0
"""Seconds that the broker may take to answer; a slow one on a busy Pi needs one."""
KEEPALIVE_S = 30
"""Seconds of silence after which the broker is asked for a sign of life; to it, a box is offline after
half as long again."""
SHORT_KEEPALIVE_S = 10
"""Seconds of silence for a broker that bears no longer one; Mosquitto's max_keepalive is never shorter."""


@dataclass(frozen=True)
class Broker:
    """Where the broker is, and who we are to it."""

    host: str
    port: int
    client_id: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None
    protocol: str = "5"
    answer_s: float = ANSWER_S
    keepalive_s: int = KEEPALIVE_S

    @property
    def place(self) -> str:
        """Return host and port, for people."""
        return f"{self.host}:{self.port}"


def explain(error: Exception, broker: Broker) -> str:
    """Say why there is no connection, and what to do."""
    match error:
        case ssl.SSLCertVerificationError():
            problem, remedy = CERTIFICATE.get(error.verify_code, STRANGER)
            return f"{broker.place}: its certificate {problem} ({error.verify_message}); {remedy}"
        case ssl.SSLError():
            return f"{broker.place}: no TLS there ({error.reason}); check mqtt.port and mqtt.tls"
        case socket.gaierror() | UnicodeError():
            return f"{broker.host}: no such host; correct mqtt.broker, or use the broker's address"
        case ConnectionRefusedError():
            return f"{broker.place}: no broker listens there; start it, or correct mqtt.broker and mqtt.port"
        case TimeoutError():
            return f"{broker.place} does not answer; is the broker switched on, and in the same network?"
        case ConnectionError() if broker.tls:
            return f"{broker.place} closed the connection; perhaps it has no TLS there (mqtt.tls, mqtt.port)"
        case ConnectionError():
            return hung_up(broker)
    return f"{broker.place}: {error}"


def hung_up(broker: Broker) -> str:
    """Say why a connection may have ended that was made, encrypted where wanted, before its first answer."""
    wish = "asks for a certificate that it trusts (mqtt.cert_file)"
    guess = wish if broker.tls else "wants TLS (mqtt.tls, mqtt.port)"
    older = '; an old one needs mqtt.protocol = "3.1.1"' if broker.protocol == "5" else ""
    return f"{broker.place} closed the connection; perhaps it {guess}{older}"


STRANGER = ("is not trusted", "mqtt.ca_file names the authority that signed it")
CERTIFICATE: Mapping[int, tuple[str, str]] = {
    9: ("is not valid yet", "this box's clock may be wrong, as before the network has told it the time"),
    10: ("has expired", "renew it at the broker"),
    62: ("is another host's", "mqtt.broker must be a name in it"),
    64: ("is another host's", "mqtt.broker must be a name or an address in it"),
}
"""OpenSSL's X509_V_ERR_* (x509_vfy.h) -> what is wrong, and what to do."""


OTHER_ID = "another client has our id: give each box its own mqtt.id"
REMEDIES: Mapping[str, str] = {
    "Bad user name or password": "check mqtt.username and mqtt.password_file",
    "Not authorized": "check mqtt.username and mqtt.password_file, and what the broker lets this user do",
    "Client identifier not valid": "set another mqtt.id",
    "Packet too large": 'set mqtt.discovery = "entity", or let the broker take larger messages',
    "Use another server": "correct mqtt.broker",
    "Server moved": "correct mqtt.broker",
    "Message rate too high": "set a longer mqtt.min_interval_s",
    "Session taken over": OTHER_ID,
    "Unsupported protocol version": 'set mqtt.protocol = "3.1.1"',
}
DEAF = "the broker takes our messages but gives none back; see what it lets our user read"
SILENT = "Keep alive timeout"
"""How paho calls a broker that has not answered its ping."""
INNOCENT = (SILENT, "Session taken over", "Server shutting down", "Server busy", "Administrative action")
"""How paho calls ends of a connection that no message of ours brought about."""
CUT_OFF = ("Unspecified error", "MQTT_ERR_CONN_LOST")
"""How paho calls a connection that ended without a word."""


def refusal(reason: str) -> str:
    """Say what the broker said when it ended or refused the connection, and what to do."""
    if reason in CUT_OFF:
        return f"the connection broke off; trying again (if that goes on, perhaps {OTHER_ID})"
    if reason == SILENT:
        return "the broker does not answer any more; trying again"
    remedy = REMEDIES.get(reason, "trying again")
    return f"the broker says: {reason}; {remedy}"
