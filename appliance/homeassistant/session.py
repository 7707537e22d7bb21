"""One connection to an MQTT broker, turned by its owner's thread: the only room that speaks paho."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

from appliance.errors import BrokerLost, ConfigError
from appliance.homeassistant.broker import Broker, explain, hung_up, refusal
from appliance.machine import ways

if TYPE_CHECKING:
    from paho.mqtt.client import Client

LONGEST_MESSAGE = 256 * 1024
"""Bytes that we ask the broker to send at most (MQTT 5); our own discovery message has 9 KB."""
FAREWELL_S = 1.0
"""How long the last words may take."""


class Message(NamedTuple):
    topic: str
    payload: str
    qos: int = 1
    retain: bool = True


def require_paho() -> None:
    """Raises ConfigError, saying what to do, when MQTT's library is not installed."""
    try:
        import paho.mqtt.client  # noqa: F401
    except ImportError as error:
        problem = f"mqtt.broker is set, but paho-mqtt is not installed; {ways().packages}"
        raise ConfigError([problem]) from error


class Session:
    """One connection, ready to be used once made; `with` ends it in good order."""

    def __init__(
        self, broker: Broker, hear: Callable[[str, bytes, bool], None], will: Message | None = None
    ) -> None:
        """hear: called by `turn` with topic, payload and whether the message was retained.

        Raises BrokerLost, saying why and what to do; ConfigError when MQTT's library is missing.
        """
        require_paho()
        self._broker = broker
        self._hear = hear
        self._answer: Any = None
        self._over: str | None = None
        self._unacknowledged: dict[int, str] = {}
        self._asked: dict[int, str] = {}
        self.refused: str | None = None
        """What the broker does not let us read or write, for people."""
        self._client = self._make_client(will)
        try:
            self._connect()
        except BrokerLost:
            self._hang_up()
            raise

    @property
    def outstanding(self) -> int:
        """Messages that the broker has not acknowledged yet."""
        return len(self._unacknowledged)

    def publish(self, message: Message) -> None:
        sent = self._client.publish(message.topic, message.payload, message.qos, message.retain)
        if message.qos:
            self._unacknowledged[sent.mid] = message.topic

    def subscribe(self, topics: Iterable[str], as_published: bool = False) -> None:
        """as_published: also what comes in while we are there keeps its mark of being retained (MQTT 5).

        At QoS 0: nothing comes twice; and Mosquitto 2.0.11 counts what it drops as too large for us among the
        20 messages that it waits for, if they have QoS 1, until it sends nothing any more.
        """
        from paho.mqtt.subscribeoptions import SubscribeOptions

        options = SubscribeOptions(qos=0, retainAsPublished=as_published)
        for topic in topics:
            known = {"options": options} if self._broker.protocol == "5" else {"qos": 0}
            _, number = self._client.subscribe(topic, **known)
            if number is not None:
                self._asked[number] = topic

    def unsubscribe(self, topics: Iterable[str]) -> None:
        for topic in topics:
            self._client.unsubscribe(topic)

    def turn(self, wait_s: float, wake: socket.socket | None = None) -> None:
        """Send and receive what there is; wait for news, or for a byte on `wake`, at most so long.

        Raises BrokerLost when the connection is over.
        """
        self._wait(wait_s, wake)
        trouble = self._client.loop(0.0)
        if trouble and not self._over:
            self._over = refusal(trouble.name)
        if self._over:
            raise BrokerLost(self._over)

    def until(self, done: Callable[[], bool], wait_s: float) -> bool:
        """Turn until something has come; whether it did in this time."""
        deadline = time.monotonic() + wait_s
        while not done():
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            self.turn(left_s)
        return True

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(BrokerLost):
            if not self._over:
                self.until(lambda: not self.outstanding, FAREWELL_S)
        self._hang_up()

    # --- inside ------------------------------------------------------------------------------------------

    def _make_client(self, will: Message | None) -> Client:
        from paho.mqtt import client as paho
        from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

        versions = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            self._broker.client_id,
            protocol=versions[self._broker.protocol],
            reconnect_on_failure=False,
        )
        client.connect_timeout = self._broker.answer_s / 2
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        if self._broker.username:
            client.username_pw_set(self._broker.username, self._broker.password)
        if self._broker.tls:
            client.tls_set_context(self._broker.tls)
        if will:
            client.will_set(*will)
        return client

    def _connect(self) -> None:
        try:
            self._client.connect(
                self._broker.host, self._broker.port, self._broker.keepalive_s, **self._properties()
            )
        except (OSError, ValueError) as error:
            raise BrokerLost(explain(error, self._broker)) from error
        if not self.until(lambda: self._answer is not None, self._broker.answer_s):
            raise BrokerLost(f"{self._broker.place} does not answer as an MQTT broker; check mqtt.port")

    def _hang_up(self) -> None:
        client = self._client
        client.disconnect()
        client.loop(0.0)
        # Its callbacks are ours: without them nothing goes round in a circle, and its sockets close at once.
        client.on_connect = client.on_disconnect = client.on_message = None
        client.on_publish = client.on_subscribe = None

    def _properties(self) -> dict[str, Any]:
        if self._broker.protocol != "5":
            return {}
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        properties: Any = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.MaximumPacketSize = LONGEST_MESSAGE
        return {"clean_start": True, "properties": properties}

    def _wait(self, wait_s: float, wake: socket.socket | None) -> None:
        link = self._client.socket()
        if link is None:
            return
        if isinstance(link, ssl.SSLSocket) and link.pending():
            return  # decrypted already: the socket itself would not stir for it
        poll = select.poll()
        poll.register(link, select.POLLIN | (select.POLLOUT if self._client.want_write() else 0))
        if wake:
            poll.register(wake, select.POLLIN)
        # paho looks after its keep-alive only when turned.
        poll.poll(1000 * min(wait_s, self._broker.keepalive_s / 4))
        if wake:
            with contextlib.suppress(BlockingIOError):
                wake.recv(4096)

    def _on_connect(self, client: Client, _: object, flags: object, answer: Any, *rest: object) -> None:
        self._answer = answer
        if answer.is_failure:
            self._over = refusal(answer.getName())

    def _on_disconnect(self, client: Client, _: object, flags: object, reason: Any, *rest: object) -> None:
        if self._answer is None:
            self._over = hung_up(self._broker)
        elif not self._over:
            self._over = refusal(reason.getName())

    def _on_message(self, client: Client, _: object, message: Any) -> None:
        self._hear(message.topic, message.payload, message.retain)

    def _on_publish(self, client: Client, _: object, number: int, answer: Any, *rest: object) -> None:
        topic = self._unacknowledged.pop(number, None)
        if topic and answer.is_failure:
            self.refused = f"the broker does not let us write {topic}; give our user the right to"

    def _on_subscribe(self, client: Client, _: object, number: int, answers: Any, *rest: object) -> None:
        topic = self._asked.pop(number, None)
        if topic and any(answer.is_failure for answer in answers):
            self.refused = f"the broker does not let us read {topic}; give our user the right to"
