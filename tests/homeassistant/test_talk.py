"""The order of a conversation, on a session that only takes down what is sent."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from mqtt_box import BASE, CONFIG, MUSIC, TIME, settings

from appliance.homeassistant.access import box_of
from appliance.homeassistant.session import Session
from appliance.homeassistant.states import Health
from appliance.homeassistant.talk import MIGRATION_S, MOST_OUTSTANDING, PLAYLISTS_S, Conversation
from appliance.homeassistant.terms import Message, Terms
from appliance.protocol.snapshot import Snapshot

HEALTH, PLAYLIST = Health("1"), f"{BASE}/playlist"
LATER = 1e12
"""Monotonic seconds after any deadline."""


class Taken:
    """A session of a broker that takes everything and acknowledges nothing."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.terms = Terms()
        self.refusals: dict[str, str] = {}

    @property
    def refused(self) -> str | None:
        return next(iter(self.refusals.values()), None)

    @property
    def outstanding(self) -> int:
        return len(self.messages)

    def publish(self, message: Message, is_echoed: bool = False) -> None:
        self.messages.append(message)

    def takes(self, message: Message) -> bool:
        return True

    def refuse(self, kind: str, problem: str) -> None:
        self.refusals.setdefault(kind, problem)

    def forgive(self, kind: str) -> None:
        self.refusals.pop(kind, None)

    def measure(self, topic: str, messages: Iterable[Message]) -> bool:
        return False

    def came_back(self, topic: str) -> None: ...

    def lost(self, topic: str) -> bool:
        return False

    def subscribe(self, topics: Iterable[str], as_published: bool = False) -> None: ...
    def unsubscribe(self, topics: Iterable[str]) -> None: ...

    def topics(self) -> list[str]:
        return [message.topic for message in self.messages]


def conversation(form: str = "device") -> tuple[Conversation, Taken]:
    mqtt, taken = settings(1883, discovery=form), Taken()
    return Conversation(cast(Session, taken), mqtt, box_of(mqtt, ("pause",))), taken


def speak(talk: Conversation, now: float, snapshot: Snapshot = MUSIC) -> float | None:
    return talk.speak(snapshot, HEALTH, [], now)


def test_nothing_but_the_mark_is_said_until_the_broker_has_shown_what_it_holds() -> None:
    talk, taken = conversation()
    assert speak(talk, 0.0)
    assert taken.topics() == [f"{BASE}/fence"]
    talk.found(f"{BASE}/fence", b"mark", False)
    speak(talk, 0.0)
    assert taken.topics()[1:4] == [CONFIG, TIME, f"{BASE}/status"]


def test_a_broker_that_never_gives_the_mark_back_is_spoken_to_all_the_same() -> None:
    talk, taken = conversation()
    speak(talk, LATER)
    assert CONFIG in taken.topics()


def test_a_broker_that_takes_all_and_gives_nothing_is_complained_of() -> None:
    deaf, its = conversation()
    speak(deaf, LATER)
    assert "gives none back" in str(its.refused)
    deaf.found(f"{BASE}/fence", b"", False)
    assert its.refused is None, "it was only slow"
    heard, taken = conversation()
    heard.found(f"{BASE}/fence", b"", False)
    speak(heard, LATER)
    assert taken.refused is None


def test_a_broker_that_gives_nothing_any_more_is_found_out_and_forgiven() -> None:
    talk, taken = conversation()
    talk.found(f"{BASE}/fence", b"mark", False)
    speak(talk, 0.0)
    talk.found(CONFIG, b"{}", False)
    talk.found(TIME, b"{}", False)
    assert taken.topics().count(f"{BASE}/fence") == 1
    speak(talk, LATER)
    assert taken.topics().count(f"{BASE}/fence") == 2
    speak(talk, LATER + 60)
    assert "gives none back" in str(taken.refused)
    talk.found(f"{BASE}/fence", b"mark", False)
    assert taken.refused is None


def test_a_change_of_form_leaves_home_assistant_time_between_the_old_and_the_new() -> None:
    talk, taken = conversation("entity")
    talk.found(CONFIG, b'{"cmps": {"emotion": {"p": "sensor"}}}', True)
    assert speak(talk, LATER) == LATER + MIGRATION_S
    assert [m.payload for m in taken.messages[1:]] == ['{"migrate_discovery": true}', ""]
    speak(talk, LATER + MIGRATION_S)
    assert "homeassistant/sensor/moodbox_kitchen/emotion/config" in taken.topics()


def test_while_too_much_is_unacknowledged_nothing_more_is_sent() -> None:
    talk, taken = conversation()
    for number in range(1000):
        speak(talk, LATER + number, replace(MUSIC, volume=number % 100, faces=number))
    assert len(taken.messages) <= MOST_OUTSTANDING + 15


def test_playlists_that_come_and_go_are_announced_anew_and_nothing_is_said_while_they_stay() -> None:
    talk, taken = conversation()
    speak(talk, LATER)
    for names in (("Dinner", "müde 🎵"), ()):
        box, said = replace(MUSIC, playlists=names), len(taken.messages)
        speak(talk, LATER + 10, box)
        told = [json.loads(m.payload) for m in taken.messages[said:] if m.topic == CONFIG]
        assert [each["cmps"]["playlist"]["ops"] for each in told] == [[*names]]
        said = len(taken.messages)
        speak(talk, LATER + 10, box)
        assert len(taken.messages) == said


def test_a_playlist_is_told_as_chosen_once_home_assistant_has_had_time_to_take_the_list() -> None:
    """Told at once, it was refused as none of the list, and the entity stayed unknown."""
    talk, taken = conversation()
    speak(talk, LATER)
    chosen, said = replace(MUSIC, playlists=("Dinner",), playlist="Dinner"), len(taken.messages)
    again_at = speak(talk, LATER + 10, chosen)
    assert taken.topics()[said] == CONFIG
    assert f"{BASE}/mood" in taken.topics()[said:]
    assert PLAYLIST not in taken.topics()[said:]
    assert again_at == LATER + 10 + PLAYLISTS_S
    speak(talk, again_at, chosen)
    assert (taken.messages[-1].topic, taken.messages[-1].payload) == (PLAYLIST, "Dinner")


def test_a_playlist_is_no_longer_chosen_before_the_list_is_without_it() -> None:
    talk, taken = conversation()
    chosen = replace(MUSIC, playlists=("Dinner", "Tea"), playlist="Dinner")
    speak(talk, LATER, chosen)
    said = len(taken.messages)
    speak(talk, LATER + 10, replace(chosen, playlists=("Dinner",)))
    assert taken.topics()[said] == CONFIG  # which has it still
    speak(talk, LATER + 20, replace(chosen, playlists=("Dinner",)))
    said = len(taken.messages)
    speak(talk, LATER + 30, replace(chosen, playlists=()))  # it plays on
    assert taken.topics()[said : said + 2] == [PLAYLIST, CONFIG]
    speak(talk, LATER + 40, replace(chosen, playlists=()))
    assert {m.payload for m in taken.messages[said:] if m.topic == PLAYLIST} == {"None"}


def test_what_is_known_of_playlists_at_first_is_announced_once() -> None:
    talk, taken = conversation()
    speak(talk, LATER, replace(MUSIC, playlists=("Dinner",)))
    assert taken.topics().count(CONFIG) == 1
    assert '"ops":["Dinner"]' in next(m.payload for m in taken.messages if m.topic == CONFIG)


def test_somebody_else_s_mark_starts_nothing_anew() -> None:
    talk, taken = conversation()
    speak(talk, LATER)
    said = len(taken.messages)
    talk.found(f"{BASE}/fence", b"mark", False)
    speak(talk, LATER)
    assert len(taken.messages) == said
