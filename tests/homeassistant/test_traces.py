"""An id or a prefix is changed: nothing stays behind at the broker, and nobody else's is taken away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mosquitto import Listener, Mosquitto, wait_for
from mqtt_box import BASE, CONFIG, Running, retained, settings, settled

from appliance.__main__ import main
from appliance.homeassistant.session import Session
from appliance.homeassistant.terms import Message
from appliance.homeassistant.traces import GHOST_S, LATE_S, Place, Sweep, Traces

USUAL = {"id": "kitchen", "prefix": "moodbox", "discovery_prefix": "homeassistant"}


def box_at(broker: Mosquitto, state: Path, **mqtt: Any) -> Running:
    return Running(settings(broker.port, **mqtt), traces=Traces(state))


def run_once(broker: Mosquitto, state: Path, **mqtt: Any) -> dict[str, str]:
    """A box that announces itself, and ends. Returns what is retained then."""
    box = box_at(broker, state, **mqtt)
    place = Place(*(mqtt.get(name, usual) for name, usual in USUAL.items()))
    wait_for(lambda: Traces(state).places == [place], "the old place to be left")
    wait_for(lambda: f"{place.base}/box" in retained(broker.port, ""), f"all of {place.base}")
    box.part.close()
    return retained(broker.port, "")


@pytest.mark.parametrize("form", ["device", "entity"])
@pytest.mark.parametrize(
    "change",
    [
        {"discovery_prefix": "ha"},
        {"prefix": "home/moodbox"},
        {"prefix": "moodbox/kitchen"},
        {"id": "bath"},
        {"id": "bath", "prefix": "home", "discovery_prefix": "ha/two"},
    ],
)
def test_what_the_box_said_elsewhere_is_gone_after_the_next_connection(
    tmp_path: Path, change: dict[str, str], form: str
) -> None:
    state = tmp_path / "state.json.mqtt"
    with Mosquitto(tmp_path / "mosquitto") as broker:
        run_once(broker, state, discovery=form)
        after = run_once(broker, state, discovery=form, **change)
    with Mosquitto(tmp_path / "fresh") as broker:
        fresh = run_once(broker, tmp_path / "fresh.mqtt", discovery=form, **change)
    assert {*after} == {*fresh}


def test_changes_while_the_broker_was_away_are_all_made_good(tmp_path: Path) -> None:
    state = tmp_path / "state.json.mqtt"
    state.write_text(json.dumps([["one", "moodbox", "homeassistant"], ["two", "moodbox", "homeassistant"]]))
    with Mosquitto(tmp_path / "mosquitto") as broker:
        listener = Listener(broker.port)
        for name in ("one", "two", "three"):
            listener.say(f"moodbox/{name}/status", "offline", retain=True)
        listener.close()
        left = run_once(broker, state)
    assert not any(topic.startswith(("moodbox/one", "moodbox/two")) for topic in left)
    assert "moodbox/three/status" in left


def test_the_place_of_a_box_that_lives_is_left_to_it(tmp_path: Path) -> None:
    state = tmp_path / "state.json.mqtt"
    with Mosquitto(tmp_path / "mosquitto") as broker:
        listener = Listener(broker.port)
        other = box_at(broker, tmp_path / "other.mqtt")
        settled(listener)
        state.write_text(json.dumps([["kitchen", "moodbox", "homeassistant"]]))
        box = box_at(broker, state, id="bath")
        settled(listener, "moodbox/bath")
        assert retained(broker.port, BASE)[f"{BASE}/status"] == "online"
        assert CONFIG in retained(broker.port, "")
        other.part.close()  # it was our own, of which the broker did not know yet that it is gone
        wait_for(lambda: not retained(broker.port, BASE), "what is left of it to go")
        box.part.close()
        listener.close()


class Taken:
    """A session that only takes down what is sent."""

    def __init__(self) -> None:
        self.said: list[Message] = []

    def publish(self, message: Message) -> None:
        self.said.append(message)

    def subscribe(self, topics: list[str]) -> None: ...
    def unsubscribe(self, topics: list[str]) -> None: ...


def test_a_box_that_stays_online_there_is_another_one_and_is_let_be(tmp_path: Path) -> None:
    state = tmp_path / "state.json.mqtt"
    state.write_text(json.dumps([["kitchen", "moodbox", "homeassistant"]]))
    taken: Any = Taken()
    session: Session = taken
    sweep = Sweep(session, Place("bath", "moodbox", "homeassistant"), Traces(state), 0.0)
    assert sweep.takes(f"{BASE}/status", b"online")
    for now in (0.0, LATE_S, GHOST_S - 1, GHOST_S, GHOST_S + 1):
        sweep.speak(True, now)
    assert taken.said == []
    assert Traces(state).places == [Place("bath", "moodbox", "homeassistant")]


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '[["#", "a", "b"]]', '[["a", "+", "b"]]', '[["a", "b"]]', '{"a": 1}', "[" * 9999]
)
def test_a_damaged_file_costs_nothing_and_empties_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "places").write_text(text)
    assert Traces(tmp_path / "places").places == []


def test_purge_takes_prefixes_and_by_itself_all_places_of_this_box(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "moodbox.toml"
    with Mosquitto(tmp_path / "mosquitto") as broker:
        own.write_text(
            f'[mqtt]\nbroker = "127.0.0.1"\nport = {broker.port}\nid = "kitchen"\n'
            f'[state]\nfile = "{tmp_path}/state.json"\n'
        )
        run_once(broker, tmp_path / "elsewhere", prefix="home", discovery_prefix="ha")
        purge = ["--config", str(own), "mqtt", "purge"]
        assert main([*purge, "--prefix", "home", "--discovery-prefix", "ha"]) == 0
        assert "home/kitchen/song" in capsys.readouterr().out
        assert retained(broker.port, "") == {}
        run_once(broker, tmp_path / "elsewhere", id="old")
        (tmp_path / "state.json.mqtt").write_text(json.dumps([["old", "moodbox", "homeassistant"]]))
        assert main(purge) == 0
        assert retained(broker.port, "") == {}
