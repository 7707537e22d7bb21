"""A session: one connection to an MQTT broker, turned by its owner's thread. It drives paho's client."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from appliance.errors import BrokerLost
from appliance.homeassistant.broker import INNOCENT, Broker, explain, hung_up, refusal
from appliance.homeassistant.dealings import Dealings
from appliance.homeassistant.paho_client import make_client, properties, require_paho, wait
from appliance.homeassistant.terms import (
    LARGE,
    PADDING,
    UNRETAINED,
    Caution,
    Message,
    Terms,
    Wish,
    announced,
    hangs_up,
    lesser,
)

if TYPE_CHECKING:
    from paho.mqtt.client import Client

FAREWELL_S = 1.0
"""Seconds that the last words may take."""


class Session(Dealings):
    """One connection to a broker, ready to be used once it is made; `with` ends it in good order."""

    def __init__(
        self,
        broker: Broker,
        receive: Callable[[str, bytes, bool], None],
        will: Message | None = None,
        caution: Caution | None = None,
    ) -> None:
        """Connect. receive: called by `turn` with topic, payload and whether the message was retained.
        will: what the broker says for us when the connection is lost.
        caution: what was learnt on the connections before.

        Raises BrokerLost, saying why and what to do; ConfigError when MQTT's library is missing.
        """
        require_paho()
        super().__init__(broker.protocol, caution or Caution())
        self._broker = broker
        self._receive = receive
        self._answer: Any = None
        self._over: str | None = None
        self._unacknowledged: dict[int, Message] = {}
        """Messages by paho's number, in the order in which they were said; the broker is at the first."""
        self._asked: dict[int, str] = {}
        self._largest: Message | None = None
        """The message that a measure stands for."""
        self.blamed: str | None = None
        """What probably ended the connection; None when nothing of ours."""
        self._connect(Wish(will, min(broker.keepalive_s, self._caution.keepalive_s)))
        if not self.terms.retains:
            self.refuse("retain", UNRETAINED)

    @property
    def outstanding(self) -> int:
        """Return how many messages the broker has not acknowledged yet."""
        return len(self._unacknowledged)

    @property
    def own_address(self) -> str:
        """Return the address of our end of the connection."""
        link: Any = self._client.socket()
        return str(link.getsockname()[0]) if link else "127.0.0.1"

    @property
    def patience_s(self) -> float:
        """Return for how many seconds paho may stand still: it looks after the keep-alive only when turned.

        The broker may have asked for a shorter one.
        """
        return (self._client.keepalive or self._broker.keepalive_s) / 4

    def publish(self, message: Message, is_echoed: bool = False) -> bool:
        """Send a message. Returns whether it is on its way: what the broker does not take is not sent.

        is_echoed: we read its topic, too. Then a large one goes at QoS 0, and counts as acknowledged when it
        `came_back`: Mosquitto 2.0 drops what is over its message_size_limit, but says so, at QoS 1, by an
        answer that MQTT 5 does not know, and paho hangs up.
        """
        if not self.takes(message):
            return False
        terms = self.terms
        is_proof = is_echoed and (not message.qos or self._size(message) > LARGE)
        qos = 0 if is_proof else min(message.qos, terms.qos)
        said = message._replace(qos=qos, retain=message.retain and terms.retains)
        sent = self._client.publish(*said)
        # Negative without QoS: paho counts such a message as done once it is sent, which proves nothing.
        if qos or is_proof:
            self._unacknowledged[sent.mid if qos else -sent.mid] = said
        return True

    def measure(self, topic: str, messages: Iterable[Message]) -> bool:
        """Say something as large as the largest of these messages, on a topic that we read.

        Returns whether it is on its way.
        """
        largest = max(messages, key=self._size, default=None)
        if largest is None or not self.takes(largest):
            return False
        self._largest = largest
        measure = Message(topic, PADDING * self._size(largest), 0, False)
        spare = self._size(measure) - self._size(largest)
        return self.publish(measure._replace(payload=measure.payload[spare:]), is_echoed=True)

    def came_back(self, topic: str) -> None:
        """Count what was said on the topic as acknowledged, even if the broker hangs up before it says so."""
        self._unacknowledged = {
            number: message for number, message in self._unacknowledged.items() if message.topic != topic
        }

    def lost(self, topic: str) -> bool:
        """Take it that nothing comes back on the topic. Returns whether a measure was meant to.

        Nothing as large as that measure is sent any more.
        """
        large = [m for number, m in self._unacknowledged.items() if number < 0 and m.topic == topic]
        for message in large:
            self._caution.drops(self._size(message))
        self.came_back(topic)
        return bool(large)

    def subscribe(self, topics: Iterable[str], as_published: bool = False) -> None:
        """Ask for what comes on these topics.

        as_published: also what comes in while we are there keeps its mark of being retained (MQTT 5).

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
        """Ask for these topics no longer."""
        for topic in topics:
            self._client.unsubscribe(topic)

    def turn(self, wait_s: float, wake: socket.socket | None = None) -> None:
        """Send and receive what there is; wait for news, or for a byte on `wake`, at most so long.

        Raises BrokerLost when the connection is over.
        """
        wait(self._client, min(wait_s, self.patience_s), wake)
        trouble = self._client.loop(0.0)
        if trouble and not self._over:
            self._end(trouble.name)
        if self._over:
            raise BrokerLost(self._over)

    def until(self, done: Callable[[], bool], wait_s: float) -> bool:
        """Turn until `done`. Returns whether that came within so many seconds; raises as `turn`."""
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

    def _make_client(self, wish: Wish) -> Client:
        client = make_client(self._broker, wish.will)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        return client

    def _connect(self, first: Wish) -> None:
        """Connect with as much of what we wish as the broker grants. Raises BrokerLost."""
        wish: Wish | None = first
        while wish:
            self._client = self._make_client(wish)
            try:
                self._open(wish.keepalive_s)
            except BrokerLost:
                self._hang_up()
                wish = self._granted(wish)
                if wish is None:
                    raise
            else:
                # Before MQTT 5 a broker does not say its terms: what it let our will have tells them.
                if wish.will and wish.will != first.will and self._broker.protocol != "5":
                    self._terms = Terms(retains=wish.will.retain, qos=wish.will.qos)
                return

    def _granted(self, wish: Wish) -> Wish | None:
        """Return what to wish after the broker's no; None if there was none, or for another reason."""
        answer = self._answer and self._answer.getName()
        granted = lesser(wish, answer, self._broker.protocol) if self._over else None
        if granted:
            self._answer = self._over = None
        return granted

    def _open(self, keepalive_s: int) -> None:
        broker = self._broker
        try:
            self._client.connect(broker.host, broker.port, keepalive_s, **properties(broker.protocol))
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

    def _end(self, reason: str) -> None:
        self._over = refusal(reason)
        if reason not in INNOCENT:
            # It may have acknowledged the first, but what it says before it hangs up does not always arrive.
            waiting = [*self._unacknowledged.values()]
            suspect = next(iter([m for m in waiting if self._size(m) > LARGE] or waiting), None)
            self._caution.broke(suspect, self._size(suspect) if suspect else 0)
            if suspect and suspect.payload.startswith(PADDING):
                suspect = self._largest or suspect
            self.blamed = suspect and hangs_up(suspect, self._size(suspect))

    def _on_connect(
        self, client: Client, _: object, flags: object, answer: Any, properties: object, *rest: object
    ) -> None:
        self._answer = answer
        self._terms = announced(properties)
        if answer.is_failure:
            self._over = refusal(answer.getName())

    def _on_disconnect(self, client: Client, _: object, flags: object, reason: Any, *rest: object) -> None:
        if self._answer is None:
            self._over = hung_up(self._broker)
        elif not self._over:
            self._end(reason.getName())

    def _on_message(self, client: Client, _: object, message: Any) -> None:
        self._receive(message.topic, message.payload, message.retain)

    def _on_publish(self, client: Client, _: object, number: int, answer: Any, *rest: object) -> None:
        message = self._unacknowledged.pop(number, None)
        if message is None:
            return
        self._caution.passed(message)
        if answer.is_failure:
            self.refuse("write", f"the broker does not let us write {message.topic}{_remedy(answer)}")

    def _on_subscribe(self, client: Client, _: object, number: int, answers: Any, *rest: object) -> None:
        topic = self._asked.pop(number, None)
        refused = [answer for answer in answers if answer.is_failure]
        if topic and refused:
            self.refuse("read", f"the broker does not let us read {topic}{_remedy(refused[0])}")


def _remedy(answer: Any) -> str:
    """Say what helps after a refusal. answer: paho's reason."""
    reason = answer.getName()
    if reason in ("Not authorized", "Unspecified error"):
        return "; give our user the right to"
    return f" ({reason}); see what it allows"
