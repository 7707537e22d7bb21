"""The conversation on one connection: what is said to the broker, and in which order."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import starmap

from appliance.config.mqtt import Mqtt
from appliance.homeassistant import discovery
from appliance.homeassistant.broker import ANSWER_S, DEAF
from appliance.homeassistant.entities import Device, slug
from appliance.homeassistant.facts import UNKNOWN
from appliance.homeassistant.session import Session
from appliance.homeassistant.states import Health, Outbox, as_json, states
from appliance.homeassistant.terms import LARGE, PADDING, Message, swallowed
from appliance.protocol.messages import Pressed
from appliance.protocol.snapshot import Snapshot

SURVEY_S = 2.0
"""Seconds that the broker may take to hand over what it retains of us; Mosquitto needs milliseconds."""
FENCE = "all that is retained has come before this"
"""What the box says to itself on `fence`, as the end of its look at what the broker retains."""
MIGRATION_S = 3.0
"""Seconds that Home Assistant has to let go of its entities, before it is told where they are now."""
PLAYLIST, PLAYLISTS_S = "playlist", 2.0
"""A state that is one of a list which changes, and seconds that Home Assistant has to take the list: what is
not on the one that it knows it refuses, and nobody would say it again."""
PROVE_S = 600.0
"""Seconds between two times that the broker must show that it still gives us anything."""
ALIVE_S, STATES_S = 1.0, 30.0
"""Seconds between two times that a broker which retains nothing is told that we are there, and everything."""
MOST_OUTSTANDING = 100
"""Unacknowledged messages beyond which nothing more is sent; the older discovery form begins with some 50."""
MOST_FOUND = 500
LONGEST_FOUND = 64 * 1024
"""Messages and bytes of what lies on our discovery topics, whoever left it there; ours are 40, or 9 KB and
the names of a hundred playlists."""


class Conversation:
    """A conversation: first a look at what the broker retains of us, then all there is to tell, then news."""

    def __init__(self, session: Session, settings: Mqtt, box: Device, echo_s: float = ANSWER_S) -> None:
        """Begin with the look. echo_s: seconds in which an announcement must come back."""
        self._echo_s = echo_s
        self._session, self._settings, self._box = session, settings, box
        self._outbox = Outbox(settings.min_interval_s, settings.figures_interval_s)
        self._found: dict[str, str] = {}
        self._announce_at: float | None = time.monotonic() + SURVEY_S
        self._surveying = True
        self._has_new_list = False
        self._deaf_at: float | None = time.monotonic() + ANSWER_S
        """When it is certain that the broker gives us nothing; None once it has."""
        self._has_measured = False
        self._lost = ""
        """Topic of an announcement that did not come back, while it is not known why; else empty."""
        self._prove_at = time.monotonic() + PROVE_S
        self._alive_at = self._states_at = 0.0
        self._awaited: set[str] = set()
        """Topics of announcements that have not come back yet,"""
        self._await_until = math.inf
        """and when they should have, monotonic seconds."""
        self._mood: str | None = None
        self.birth_topic = f"{settings.discovery_prefix}/status"
        self._fence = f"{box.base}/fence"
        self._places = discovery.places(box, settings.discovery_prefix)
        # As published, or an order retained by mistake would be taken for any other while we are there.
        session.subscribe([f"{box.base}/set/+"], as_published=True)
        session.subscribe([self.birth_topic, *self._places, self._fence])
        self._wanted = self._announcement()
        session.publish(Message(self._fence, FENCE, retain=False))

    @property
    def is_settled(self) -> bool:
        """Return whether the broker's answer to all that was said is known."""
        return not (self._surveying or self._awaited or self._session.outstanding)

    @property
    def is_open(self) -> bool:
        """Return whether news can be told: the broker has handed over all, and takes what it is given."""
        return not self._surveying and self._session.outstanding <= MOST_OUTSTANDING

    def reborn(self, at: float) -> None:
        """Tell Home Assistant everything at this time, because it has started."""
        if not self._surveying:
            self._announce_at = at

    def found(self, topic: str, payload: bytes, retained: bool) -> None:
        """Take something that the broker holds, or our own words coming back."""
        if topic == self._fence:
            self._pass_fence(payload)
        elif topic in self._awaited:
            self._come_back({topic})
        elif self._surveying and retained and len(self._found) < MOST_FOUND:
            self._found[topic] = payload[:LONGEST_FOUND].decode("utf-8", "replace")

    def speak(self, snapshot: Snapshot, health: Health, presses: list[Pressed], now: float) -> float | None:
        """Send what is due. Returns when the next will be, monotonic seconds."""
        self._complain(now)
        self._mind_playlists(snapshot, now)
        if self._announce_at is not None and now >= self._announce_at:
            self._announce(now)
        if not self.is_open:
            return self._announce_at
        for press in presses:
            self._tell_press(press)
        self._outbox.want(states(snapshot, health))
        for topic, payload in self._outbox.due(now):
            if topic == "cover" and not self._has_room_for(payload):
                payload = ""
            self._session.publish(Message(f"{self._box.base}/{topic}", payload))
            if topic == "mood":
                self._tell_mood(payload)
        self._prove(now)
        await_until = self._await_until if self._awaited else None
        again_at = None if self._session.terms.retains else self._repeat(now)
        times = (self._announce_at, self._deaf_at, await_until, again_at, self._outbox.next_at())
        return min(filter(None, times), default=None)

    def _announcement(self) -> dict[str, str]:
        settings = self._settings
        return discovery.announcement(self._box, settings.discovery, settings.discovery_prefix)

    def _mind_playlists(self, snapshot: Snapshot, now: float) -> None:
        """Announce anew what can be chosen: Home Assistant takes no choice that it was not told of."""
        if snapshot.playlists == self._box.playlists:
            return
        self._box = replace(self._box, playlists=snapshot.playlists)
        self._wanted = self._announcement()
        if self._surveying:
            return
        self._announce_at = now if self._announce_at is None else self._announce_at
        if self._outbox.said(PLAYLIST) not in ("", UNKNOWN, *snapshot.playlists):
            self._session.publish(Message(f"{self._box.base}/{PLAYLIST}", UNKNOWN))
        self._outbox.hold(PLAYLIST, math.inf)
        self._has_new_list = True

    def _has_room_for(self, cover: str) -> bool:
        """Whether the broker takes a message of this size; a cover is not worth a complaint."""
        largest = self._session.terms.largest
        return largest is None or len(cover) + LARGE <= largest

    def _prove(self, now: float) -> None:
        """Find out, when due, whether the broker still gives us anything: it tells of no right taken away."""
        if now >= self._prove_at:
            self._prove_at, self._deaf_at = now + PROVE_S, now + ANSWER_S
            self._session.publish(Message(self._fence, FENCE, retain=False))

    def _repeat(self, now: float) -> float:
        """Say all again where the broker retains nothing, for those who come later. Returns the next time."""
        if now >= self._states_at:
            self._outbox.forget()
            self._states_at = now + STATES_S
        if now >= self._alive_at:
            self._say([Message(f"{self._box.base}/status", "online")])
            self._alive_at = now + ALIVE_S
        return self._alive_at

    def _pass_fence(self, payload: bytes) -> None:
        if payload.startswith(PADDING.encode()):
            self._session.came_back(self._fence)
            return
        is_too_large = self._session.lost(self._fence)  # the measure before it, if there was one
        if self._lost:
            self._tell_lost(is_too_large)
        self._deaf_at = None
        self._session.forgive("deaf")  # it was only slow
        if self._surveying:
            self._announce_at = 0.0

    def _announce(self, now: float) -> None:
        """Say discovery, availability, and then every state again."""
        wanted = {topic: text for topic, text in self._wanted.items() if self._takes(topic, text)}
        device = discovery.device_topic(self._box, self._settings.discovery_prefix)
        if self._wanted and (not wanted or (device in self._wanted and device not in wanted)):
            self._found.clear()  # better the old entities than none
        migration = discovery.migration(wanted, self._found)
        # Emptied topics take the entities away: not before the broker has shown that it takes the new ones.
        if migration and self._measure():
            self._announce_at = now + SURVEY_S
            return
        if migration:
            self._say(migration)
            moved = {message.topic for message in migration}
            self._found = {topic: old for topic, old in self._found.items() if topic not in moved}
            self._announce_at = now + MIGRATION_S
            return
        self._say(discovery.steps(wanted, self._found), is_echoed=self._surveying)
        self._say([Message(f"{self._box.base}/status", "online")])
        self._outbox.forget()
        if self._has_new_list:
            self._outbox.hold(PLAYLIST, now + PLAYLISTS_S)
            self._has_new_list = False
        self._found.clear()
        if self._surveying:
            self._awaited, self._await_until = {*wanted}, now + self._echo_s
            self._surveying = False
            self._come_back(set())  # where nothing is announced, nothing is waited for
        self._announce_at = None

    def _takes(self, topic: str, payload: str) -> bool:
        return self._session.takes(Message(topic, payload))

    def _measure(self) -> bool:
        """Try once whether the broker takes our largest message. Returns whether its answer is to come."""
        if self._has_measured:
            return False
        self._has_measured = True
        is_sent = self._session.measure(self._fence, starmap(Message, self._wanted.items()))
        if is_sent:
            self._session.publish(Message(self._fence, FENCE, retain=False))
        return is_sent

    def _come_back(self, topics: set[str]) -> None:
        """Wait no longer for these announcements: others can read them."""
        for topic in topics:
            self._session.came_back(topic)
        self._awaited -= topics
        if not self._awaited:
            self._session.unsubscribe(self._places)

    def _complain(self, now: float) -> None:
        """Complain, when due, of a broker that takes everything and gives nothing, or not all of it, back."""
        if self._deaf_at is not None and now >= self._deaf_at:
            self._deaf_at = None
            self._session.refuse("deaf", DEAF)
        if self._awaited and now >= self._await_until:
            topic = min(self._awaited)
            self._come_back({*self._awaited})
            if not self._session.refused:  # which would be why
                # Too large and not allowed look alike: a measure as large, on our own topic, tells which.
                self._lost, self._has_measured = topic, False
                if not self._measure():
                    self._tell_lost(is_too_large=False)

    def _tell_lost(self, is_too_large: bool) -> None:
        """Tell why an announcement did not come back: its size, or our user's rights."""
        lost, self._lost = self._lost, ""
        if is_too_large:
            for topic, payload in self._wanted.items():
                self._takes(topic, payload)
        else:
            self._session.refuse("lost", swallowed(lost))

    def _say(self, messages: Iterable[Message], is_echoed: bool = False) -> None:
        for message in messages:
            self._session.publish(message, is_echoed)

    def _tell_mood(self, mood: str) -> None:
        """Tell a change of mood as an event too, if it was seen while we were connected."""
        if self._mood not in (None, mood):
            self._tell("event/mood", as_json({"event_type": mood}))
        self._mood = mood

    def _tell_press(self, press: Pressed) -> None:
        kind, button = ("long_press" if press.long else "press"), slug(press.button)
        self._tell(f"event/button_{button}", as_json({"event_type": kind}))
        self._tell(f"trigger/button_{button}", kind)

    def _tell(self, topic: str, payload: str) -> None:
        """Say something once, to whoever listens: not retained, and never twice (QoS 0)."""
        self._session.publish(Message(f"{self._box.base}/{topic}", payload, qos=0, retain=False))
