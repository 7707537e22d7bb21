"""Try at the broker what the box does there, under a client id of its own, and leave everything as it was.

A running box is not disturbed: what it has said is said again as it is, or newer if it has become so.
Home Assistant hears nothing new, but for a text that is no discovery message where none lies yet.
"""

from __future__ import annotations

from collections.abc import Iterable

from appliance.config.mqtt import Mqtt
from appliance.errors import BrokerLost
from appliance.homeassistant import discovery
from appliance.homeassistant.broker import ANSWER_S, DEAF, Broker
from appliance.homeassistant.entities import Device
from appliance.homeassistant.session import Session
from appliance.homeassistant.states import Health, states
from appliance.homeassistant.terms import PADDING, UNRETAINED, Message, swallowed
from appliance.protocol.looks import UNSURE, Mood
from appliance.protocol.snapshot import Snapshot

FENCE = "all that was said has come before this"
TRIAL = "a trial: may this be written?"


class Rehearsal:
    """A check of one broker, which `perform` makes on one connection."""

    def __init__(
        self, settings: Mqtt, box: Device, more: Iterable[str] = (), answer_s: float = ANSWER_S
    ) -> None:
        """Prepare the check. more: topics to read, too. answer_s: seconds that the broker may take."""
        self._answer_s = answer_s
        self._check = f"{box.base}/check"
        announced = discovery.announcement(box, settings.discovery, settings.discovery_prefix)
        self._announced = [Message(topic, payload) for topic, payload in announced.items()]
        blank = states(Snapshot(0.0, Mood(UNSURE, 0.0)), Health(box.version))
        self._said = dict.fromkeys([*announced, f"{box.base}/status"], TRIAL)
        self._said |= {f"{box.base}/{topic}": state.payload for topic, state in blank.items()}
        """Topic -> what may be said there for once where nothing lies yet."""
        self._read = [f"{box.base}/set/+", f"{settings.discovery_prefix}/status", *more]
        self.retained: dict[str, str] = {}
        """What the broker keeps on all these topics."""
        self._heard: dict[str, list[str]] = {}
        """What came in on each while we were there."""

    def perform(self, broker: Broker) -> None:
        """Connect and try all of it.

        Raises BrokerLost, saying what the broker refuses and what helps; ConfigError as Session does.
        """
        with Session(broker, self._receive, Message(self._check, "")) as session:
            try:
                session.subscribe([*self._read, *self._said, self._check])
                for step in (self._pass, self._try_largest, self._try_retaining, self._try_rights):
                    if not session.refused:
                        step(session)
            except BrokerLost as error:
                raise BrokerLost(session.blamed or str(error)) from error
            if session.refused:
                raise BrokerLost(session.refused)

    def _receive(self, topic: str, payload: bytes, retained: bool) -> None:
        text = payload.decode("utf-8", "replace")
        if retained:
            self.retained[topic] = text
        else:
            self._heard.setdefault(topic, []).append(text)

    def _pass(self, session: Session) -> None:
        """Wait until all that was said has had its answer."""
        fences = self._heard.setdefault(self._check, [])
        passed = fences.count(FENCE)
        session.publish(Message(self._check, FENCE, retain=False))

        def is_past() -> bool:
            return fences.count(FENCE) > passed

        session.until(lambda: is_past() or bool(session.refused), self._answer_s)
        if not is_past() and not session.refused:
            session.refuse("deaf", DEAF)

    def _try_largest(self, session: Session) -> None:
        if not session.measure(self._check, self._announced):
            return
        self._pass(session)
        if any(text.startswith(PADDING) for text in self._heard[self._check]):
            session.came_back(self._check)
        else:
            session.lost(self._check)
            for message in self._announced:
                session.takes(message)

    def _try_retaining(self, session: Session) -> None:
        session.publish(Message(self._check, TRIAL))
        session.subscribe([self._check])  # anew: now the broker hands over what it keeps
        self._pass(session)
        session.publish(Message(self._check, ""))
        if self.retained.get(self._check) != TRIAL:
            session.refuse("retain", UNRETAINED)

    def _try_rights(self, session: Session) -> None:
        """Say again what lies there; where nothing does, what nobody can mistake, and not for long."""
        self._heard = {}
        for topic, harmless in self._said.items():
            kept = self.retained.get(topic)
            session.publish(Message(topic, harmless if kept is None else kept, retain=kept is not None))
        self._pass(session)
        session.until(lambda: not session.outstanding or bool(session.refused), self._answer_s)
        for topic in self._said:
            heard = self._heard.get(topic, [])
            if not heard and not session.refused:
                session.refuse("lost", swallowed(topic))
            elif heard[:-1] and heard[-1] == self.retained.get(topic):
                # the box has said something newer in between
                session.publish(Message(topic, heard[-2]))
