"""A broker's terms, what it takes of us: as it says (MQTT 5), or as we learn from what ends connections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from appliance.homeassistant.broker import KEEPALIVE_S, SHORT_KEEPALIVE_S

LARGE = 1024
"""Bytes beyond which a packet's size is suspected first; most states have a tenth of it."""
MOST_WITHHELD = 3
"""How many topics a broker may hang up at, before it is told nothing more: it takes nothing of ours."""
UNRETAINED = (
    "the broker retains nothing: who starts later hears of the box after a while; let it retain messages "
    "(Mosquitto: retain_available true)"
)


PADDING = "."
"""Fills a measure: a message as large as our largest, to see whether the broker takes that."""


class Message(NamedTuple):
    """One MQTT message: topic, payload, QoS, retained."""

    topic: str
    payload: str
    qos: int = 1
    retain: bool = True


class Wish(NamedTuple):
    """Last will and keep-alive that we ask a broker for."""

    will: Message | None
    keepalive_s: int = KEEPALIVE_S


@dataclass(frozen=True)
class Terms:
    """The limits of a broker: QoS, retained messages, size."""

    largest: int | None = None
    """Bytes of its largest packet; None where it does not say."""
    retains: bool = True
    qos: int = 1


def announced(properties: Any) -> Terms:
    """Read the terms out of a broker's first answer. properties: paho's; None before MQTT 5."""
    return Terms(
        largest=getattr(properties, "MaximumPacketSize", None),
        retains=bool(getattr(properties, "RetainAvailable", 1)),
        qos=getattr(properties, "MaximumQoS", 1),
    )


def lesser(wish: Wish, answer: str | None, protocol: str) -> Wish | None:
    """Return what to ask for after a refusal; None when it is not about our wishes.

    answer: the broker's reason; None where it hung up without one, as MQTT 3.1.1 has it.
    """
    will = wish.will
    if protocol == "3.1.1" and answer == "Client identifier not valid":
        # Mosquitto says so of a keep-alive over its max_keepalive.
        return wish._replace(keepalive_s=SHORT_KEEPALIVE_S) if wish.keepalive_s > SHORT_KEEPALIVE_S else None
    if will is None or (answer is None and protocol == "5"):
        return None
    if will.retain and (answer == "Retain not supported" or (answer is None and will.qos)):
        return wish._replace(will=will._replace(retain=False))
    if will.qos and (answer == "QoS not supported" or answer is None):
        return wish._replace(will=will._replace(retain=answer is None or will.retain, qos=0))
    return wish._replace(will=will._replace(retain=False)) if answer is None and will.retain else None


def size(message: Message, protocol: str) -> int:
    """Return the bytes of the packet that carries a message (MQTT 5, section 3.3)."""
    body = 2 + len(message.topic.encode()) + 2 * bool(message.qos) + len(message.payload.encode())
    body += protocol == "5"  # the length of no properties
    return 1 + max(1, (body.bit_length() + 6) // 7) + body


def too_large(message: Message, bytes_: int, largest: int | None) -> str:
    """Say that the broker does not take a message of this size. largest: its limit, where it has said one."""
    knows = f"takes no message over {largest:,} bytes" if largest else "takes no message as large"
    return f"the broker {knows}, {message.topic} has {bytes_:,}; {_smaller(message.topic)}"


def hangs_up(message: Message, bytes_: int) -> str:
    """Say that a message ended a connection."""
    remedy = "; see what it lets our user write"
    if bytes_ > LARGE:
        remedy = f", or one as large ({bytes_:,} bytes); {_smaller(message.topic)}"
    return f"the broker hangs up at {message.topic}{remedy}"


def swallowed(topic: str) -> str:
    """Say that the broker took a message which nobody can read."""
    return f"the broker swallows {topic}; give our user the right to write and read it"


def _smaller(topic: str) -> str:
    is_device = topic.endswith("/config") and topic.split("/")[-3] == "device"
    remedy = 'set mqtt.discovery = "entity", or ' if is_device else ""
    return f"{remedy}let it take larger ones (Mosquitto: max_packet_size, message_size_limit)"


class Caution:
    """Remembers what ended connections, because said again it would end the next one, for ever.

    Twice in a row at the same message is no chance. A large one is too large; a small retained one is said
    without being retained; what is refused then, too, is not said any more.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Forget all, so that everything is tried once more: the broker may have changed its mind."""
        self.terms = Terms()
        self.keepalive_s = KEEPALIVE_S
        self._suspect: object = None
        self._withheld: dict[str, str] = {}
        self._tried_unretained = False

    def objection(self, message: Message) -> str | None:
        """Return why a message is not to be said; None when it may."""
        if len(self._withheld) >= MOST_WITHHELD:
            return next(iter(self._withheld.values()))
        return self._withheld.get(message.topic)

    def passed(self, message: Message) -> None:
        """Take note that the broker has acknowledged a message."""
        if self._suspect == _kind(message):
            self._suspect = None

    def drops(self, bytes_: int) -> None:
        """Take note that the broker does not take packets of so many bytes."""
        self.terms = replace(self.terms, largest=min(bytes_ - 1, self.terms.largest or bytes_))

    def broke(self, message: Message | None, bytes_: int) -> None:
        """Take note that a connection ended with this message the first unacknowledged, or with none."""
        if self._suspect != _kind(message):  # the first time: that may be chance
            self._suspect = _kind(message)
            return
        self._suspect = None
        if message is None:  # perhaps nothing was heard of us for longer than it bears
            self.keepalive_s = max(SHORT_KEEPALIVE_S, self.keepalive_s // 2)
        elif bytes_ > LARGE:
            self.drops(bytes_)
        elif message.retain and not self._tried_unretained:
            self._tried_unretained, self._withheld = True, {}
            self.terms = Terms(retains=False)
        else:
            self.terms = Terms()
            self._withheld[message.topic] = hangs_up(message, bytes_)


def _kind(message: Message | None) -> object:
    return (message.topic, len(message.payload) > LARGE) if message else "silence"
