"""What is said on one connection, and in which order."""

from __future__ import annotations

import time
from collections.abc import Iterable

from appliance.config.mqtt import Mqtt
from appliance.homeassistant import discovery
from appliance.homeassistant.broker import ANSWER_S, DEAF
from appliance.homeassistant.entities import Box, slug
from appliance.homeassistant.session import Message, Session
from appliance.homeassistant.states import Health, Outbox, as_json, states
from appliance.messages import Pressed, Snapshot

SURVEY_S = 2.0
"""How long the broker may take to hand over what it retains of us; Mosquitto needs milliseconds."""
FENCE = "all that is retained has come before this"
"""What the box says to itself on `fence`, as the end of its look at what the broker retains."""
MIGRATION_S = 3.0
"""How long Home Assistant may take to let go of its entities, before it is told where they are now."""
MOST_OUTSTANDING = 100
"""Unacknowledged messages beyond which nothing more is sent; the older discovery form begins with some 50."""
MOST_FOUND = 500
LONGEST_FOUND = 32 * 1024
"""Messages and bytes of what lies on our discovery topics, whoever left it there; ours are 40, or 9 KB."""


class Conversation:
    """What is said on one connection: first a look at what the broker retains of us, then all, then news."""

    def __init__(self, session: Session, settings: Mqtt, box: Box) -> None:
        self._session, self._settings, self._box = session, settings, box
        self._outbox = Outbox(settings.min_interval_s, settings.figures_interval_s)
        self._found: dict[str, str] = {}
        self._announce_at: float | None = time.monotonic() + SURVEY_S
        self._surveying = True
        self._deaf_at: float | None = time.monotonic() + ANSWER_S
        """When it is certain that the broker gives us nothing; None once it has."""
        self._mood: str | None = None
        self.birth_topic = f"{settings.discovery_prefix}/status"
        self._fence = f"{box.base}/fence"
        self._places = discovery.places(box, settings.discovery_prefix)
        # As published, or an order retained by mistake would be taken for any other while we are there.
        session.subscribe([f"{box.base}/set/+"], as_published=True)
        session.subscribe([self.birth_topic, *self._places, self._fence])
        session.publish(Message(self._fence, FENCE, retain=False))

    @property
    def is_open(self) -> bool:
        """Whether news can be told: the broker has handed over what it has, and takes what it is given."""
        return not self._surveying and self._session.outstanding <= MOST_OUTSTANDING

    def reborn(self, at: float) -> None:
        """Home Assistant has started: tell it everything at this time."""
        if not self._surveying:
            self._announce_at = at

    def found(self, topic: str, payload: bytes, retained: bool) -> None:
        """Something that the broker holds, or our own words coming back."""
        if topic == self._fence:
            self._deaf_at = None
            if self._session.refused == DEAF:  # it was only slow
                self._session.refused = None
            if self._surveying:
                self._announce_at = 0.0
        elif self._surveying and retained and len(self._found) < MOST_FOUND:
            self._found[topic] = payload[:LONGEST_FOUND].decode("utf-8", "replace")

    def speak(self, snapshot: Snapshot, health: Health, presses: list[Pressed], now: float) -> float | None:
        """Send what is due; when the next will be."""
        if self._deaf_at is not None and now >= self._deaf_at:
            self._deaf_at, self._session.refused = None, self._session.refused or DEAF
        if self._announce_at is not None and now >= self._announce_at:
            self._announce(now)
        if not self.is_open:
            return self._announce_at
        for press in presses:
            self._tell_press(press)
        self._outbox.want(states(snapshot, health))
        for topic, payload in self._outbox.due(now):
            self._session.publish(Message(f"{self._box.base}/{topic}", payload))
            if topic == "mood":
                self._tell_mood(payload)
        return min(filter(None, (self._announce_at, self._deaf_at, self._outbox.next_at())), default=None)

    def _announce(self, now: float) -> None:
        """Discovery, availability, and then every state again."""
        settings = self._settings
        wanted = discovery.announcement(self._box, settings.discovery, settings.discovery_prefix)
        migration = discovery.migration(wanted, self._found)
        if migration:
            self._say(migration)
            moved = {message.topic for message in migration}
            self._found = {topic: old for topic, old in self._found.items() if topic not in moved}
            self._announce_at = now + MIGRATION_S
            return
        self._say(discovery.steps(wanted, self._found))
        self._say([Message(f"{self._box.base}/status", "online")])
        self._session.unsubscribe(self._places if self._surveying else [])
        self._outbox.forget()
        self._found.clear()
        self._surveying, self._announce_at = False, None

    def _say(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._session.publish(message)

    def _tell_mood(self, mood: str) -> None:
        """A change of mood, seen while we are connected, is an event too."""
        if self._mood not in (None, mood):
            self._tell("event/mood", as_json({"event_type": mood}))
        self._mood = mood

    def _tell_press(self, press: Pressed) -> None:
        kind, button = ("long_press" if press.long else "press"), slug(press.button)
        self._tell(f"event/button_{button}", as_json({"event_type": kind}))
        self._tell(f"trigger/button_{button}", kind)

    def _tell(self, topic: str, payload: str) -> None:
        """Said once, to whoever listens: not retained, and never twice (QoS 0)."""
        self._session.publish(Message(f"{self._box.base}/{topic}", payload, qos=0, retain=False))
