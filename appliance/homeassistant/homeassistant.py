"""The optional part that shows the box over MQTT, and takes orders from there.

`show` only leaves the newest snapshot and wakes the link; everything else happens in the link's thread. A
broker that is away, slow or hostile costs the music nothing, and memory stays as it is: of states only the
newest waits, of presses only the last few, and nothing is sent while too much is unacknowledged.
"""

from __future__ import annotations

import logging
import random
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from appliance.config import Config
from appliance.config.mqtt import Mqtt
from appliance.errors import CommandRejected
from appliance.homeassistant import orders
from appliance.homeassistant.access import broker_of, whole_box
from appliance.homeassistant.broker import ANSWER_S, Broker
from appliance.homeassistant.covers import Covers, Find
from appliance.homeassistant.entities import Device
from appliance.homeassistant.link import Link, Pauses
from appliance.homeassistant.page import host_of
from appliance.homeassistant.session import Session
from appliance.homeassistant.states import Health, Stir
from appliance.homeassistant.talk import Conversation
from appliance.homeassistant.terms import Message
from appliance.homeassistant.traces import Sweep, Traces, place_of, traces_file
from appliance.machine import upgrade
from appliance.machine.heat import soc_temperature
from appliance.machine.upgrade import News
from appliance.protocol.commands import Command
from appliance.protocol.messages import PartChanged, Pressed
from appliance.protocol.snapshot import Snapshot

BIRTH_S = (1.0, 5.0)
"""Seconds, from and to, of the random delay that Home Assistant asks for after its start, so that not all
devices speak at once."""
AGAIN_S, LONGEST_AGAIN_S = 600.0, 21_600.0
"""Seconds until what the broker has refused is tried once more, doubled each time; and the longest."""
MOST_PRESSES = 20
FRESH_S = 5.0
"""Seconds after which a press that could not be told is not told any more: it would act out of the blue."""

log = logging.getLogger(__name__)


Put: TypeAlias = Callable[[Command | PartChanged], None]


def open_part(config: Config, put: Put, cover: Find | None = None) -> HomeAssistant:
    """Open the part as the settings want it. cover: finds a song's cover; None where nobody can.

    Raises ConfigError when MQTT's library is missing.
    """
    traces = Traces(traces_file(Path(config.state.file)) if config.state.file else None)
    return HomeAssistant(
        config.mqtt, whole_box(config), lambda: broker_of(config.mqtt), put, traces=traces, cover=cover
    )


class HomeAssistant:
    """Shows the box over MQTT until `close`."""

    def __init__(
        self,
        settings: Mqtt,
        box: Device,
        broker: Callable[[], Broker],
        put: Put,
        *,
        temperature: Callable[[], float | None] = soc_temperature,
        birth_s: tuple[float, float] = BIRTH_S,
        again_s: float = AGAIN_S,
        echo_s: float = ANSWER_S,
        pauses: Pauses | None = None,
        traces: Traces | None = None,
        news: Callable[[], News] = upgrade.news,
        cover: Find | None = None,
    ) -> None:
        """Connect from now on. put: takes commands and the state of this part.

        Raises ConfigError when MQTT's library is missing.
        """
        self._settings, self._box, self._put = settings, box, put
        self._temperature, self._birth_s = temperature, birth_s
        self._celsius: float | None = None
        self._measure_at = 0.0
        self._read_news, self._news = news, upgrade.NOTHING
        self._snapshot: Snapshot | None = None
        self._stir = Stir(settings.min_interval_s)
        self._pressed: Pressed | None = None
        self._presses: deque[tuple[Pressed, float]] = deque(maxlen=MOST_PRESSES)
        """The last ones, each with the time at which it happened."""
        self._complaints: set[str] = set()
        self._reported: str | None = ""  # nothing yet
        self.refused = 0
        """Messages from outside that made no sense, or could not be obeyed."""
        self._why_refused: str | None = None
        self._conversation: Conversation | None = None
        self._session: Session | None = None
        self._echo_s = echo_s
        self._traces = traces or Traces(None)
        self._sweep: Sweep | None = None
        self._covers = Covers(cover, self._wake) if cover and settings.covers else None
        self._first_again_s = self._again_s = again_s
        self._again_at: float | None = None
        """When what the broker has refused is tried once more."""
        self._link = Link(broker, self, pauses)

    def show(self, snapshot: Snapshot) -> None:
        """Hand over the newest snapshot; never waits."""
        pressed = snapshot.pressed
        if pressed and pressed != self._pressed:
            self._pressed = pressed
            self._presses.append((pressed, time.monotonic() - (snapshot.at - pressed.at)))
        self._snapshot = snapshot
        if self._stir.is_worth(snapshot, time.monotonic()):
            self._link.wake()

    def _wake(self) -> None:
        self._link.wake()

    def close(self) -> None:
        """Tell the broker that we are gone, and end."""
        self._link.close()

    # --- the link's thread -------------------------------------------------------------------------------

    def begin(self, session: Session) -> None:
        """Begin a conversation on a new connection, or anew on the same one."""
        self._session = session
        box = self._box.reached_at(host_of(session.own_address))
        self._conversation = Conversation(session, self._settings, box, self._echo_s)
        self._sweep = Sweep(session, place_of(self._settings, box), self._traces, time.monotonic())

    def receive(self, topic: str, payload: bytes, retained: bool) -> None:
        """Take what came in: an order, Home Assistant's birth, or what the broker holds of us."""
        assert self._conversation
        if self._sweep and self._sweep.takes(topic, payload):
            return
        order = topic.removeprefix(f"{self._box.base}/set/")
        if order != topic:
            self._obey(order, payload, retained)
        elif topic == self._conversation.birth_topic:
            if payload == b"online" and not retained:
                self._conversation.reborn(time.monotonic() + random.uniform(*self._birth_s))
        else:
            self._conversation.found(topic, payload, retained)

    def speak(self, now: float) -> float | None:
        """Send what is due. Returns when to be asked again, monotonic seconds."""
        assert self._conversation
        if self._snapshot is None:
            return None
        self._try_again(now)
        if now >= self._measure_at:
            self._measure_at = now + self._settings.figures_interval_s
            self._celsius = self._temperature()
            self._news = self._read_news()
        song = self._snapshot.song
        cover = self._covers.of(song.uri if song else "") if self._covers else ""
        health = Health(self._box.version, self._celsius, self.refused, self._why_refused, self._news, cover)
        presses = self._fresh_presses(now) if self._conversation.is_open else []
        next_at = self._conversation.speak(self._snapshot, health, presses, now)
        swept_at = self._sweep.speak(self._conversation.is_settled, now) if self._sweep else None
        return min(filter(None, (next_at, self._again_at, swept_at)), default=None)

    def _try_again(self, now: float) -> None:
        """Try once more, when due, what the broker has refused: rights and limits change there."""
        assert self._session
        assert self._conversation
        if not self._session.refused:
            self._again_at = None
            if self._conversation.is_settled:
                self._again_s = self._first_again_s
        elif self._again_at is None:
            self._again_at = now + self._again_s
        elif now >= self._again_at:
            self._again_at, self._again_s = None, min(2 * self._again_s, LONGEST_AGAIN_S)
            self._session.forgive()
            self.begin(self._session)

    def _fresh_presses(self, now: float) -> list[Pressed]:
        told = [self._presses.popleft() for _ in range(len(self._presses))]
        return [press for press, at in told if now - at <= FRESH_S]

    def last_words(self) -> Message:
        """Return the message that says we are gone."""
        return Message(f"{self._box.base}/status", "offline")

    def report(self, reason: str | None) -> None:
        """Tell the box whether this part works. reason: why it does not; None when it does."""
        # After a fault it is not well again before all that is said anew has had the broker's answer.
        is_open = self._conversation is None or self._conversation.is_settled
        if reason == self._reported or (reason is None and self._reported and not is_open):
            return
        try:
            self._put(PartChanged("mqtt", reason))
            self._reported = reason
        except CommandRejected:
            log.debug("the inbox is full; reporting later")

    def _obey(self, name: str, payload: bytes, retained: bool) -> None:
        try:
            self._put(orders.read(name, payload, retained, self._settings.allow_power_off))
        except CommandRejected as error:
            self.refused += 1
            place = name if name in orders.NAMES else "…"  # nothing that the sender wrote gets into the log
            self._why_refused = f"{place}: {error}"
            complaint = f"{self._box.base}/set/{self._why_refused}"
            if complaint not in self._complaints:  # at most a few for each name
                self._complaints.add(complaint)
                log.warning("refused: %s (the next ones are only counted)", complaint)
