"""The box on a real Mosquitto: what is said there, what is obeyed, what is left behind."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import time as of_day
from pathlib import Path
from typing import Any

import cv2
import pytest
from mosquitto import Listener, Mosquitto, wait_for
from mqtt_box import BASE, CONFIG, MUSIC, SAD, TIME, Running, retained, settings, settled

from appliance import config
from appliance.__main__ import main
from appliance.config.mqtt import Mqtt
from appliance.demo.face.drawing import portrait
from appliance.demo.private_mpd import PrivateMpd
from appliance.errors import CommandRejected
from appliance.homeassistant.access import purge
from appliance.homeassistant.entities import components
from appliance.homeassistant.states import Health, states
from appliance.homeassistant.talk import MOST_FOUND
from appliance.protocol.commands import (
    Automatic,
    ChooseMood,
    Command,
    Like,
    Pause,
    Play,
    PowerOff,
    Previous,
    SetAlarm,
    SetVolume,
    Skip,
    Sleep,
    Stop,
    SwitchCamera,
)
from appliance.protocol.looks import AWAY, Mood
from appliance.protocol.messages import PartChanged, Pressed
from appliance.service.service import Service

EVERY_STATE = sorted(f"{BASE}/{topic}" for topic in states(MUSIC, Health("1.0")))
PAGE = Path(__file__).resolve().parents[2] / "docs" / "many-rooms.md"
BRIDGE = "\n".join(
    line
    for line in PAGE.read_text(encoding="utf-8").split("```")[3].splitlines()
    if not line.startswith(("bridge_cafile", "remote_"))
)
"""The bridge as the documentation has it, without what belongs to the other house."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "mosquitto") as running:
        yield running


@pytest.fixture
def listener(broker: Mosquitto) -> Iterator[Listener]:
    client = Listener(broker.port)
    yield client
    client.close()


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Starts boxes, and ends them after the test."""
    started: list[Running] = []

    def begin(mqtt: Mqtt, **more: Any) -> Running:
        started.append(Running(mqtt, **more))
        return started[-1]

    yield begin
    for running in started:
        running.part.close()


@pytest.fixture
def box(broker: Mosquitto, listener: Listener, start: Callable[..., Running]) -> Running:
    """A box that has said everything once."""
    running = start(settings(broker.port))
    settled(listener)
    return running


# --- out ---------------------------------------------------------------------------------------------------


def test_discovery_comes_first_then_availability_then_every_state(box: Running, listener: Listener) -> None:
    said = [heard.topic for heard in listener.heard if not heard.topic.endswith("/fence")]
    assert said[:3] == [CONFIG, TIME, f"{BASE}/status"]
    assert sorted(said[3:]) == EVERY_STATE


def test_what_is_said_is_retained_for_those_who_come_later(box: Running, broker: Mosquitto) -> None:
    told = retained(broker.port, BASE)
    assert told[f"{BASE}/status"] == "online"
    assert told[f"{BASE}/mood"] == "happy"
    assert told[f"{BASE}/presence"] == "ON"
    assert told[f"{BASE}/volume"] == "40"
    assert json.loads(told[f"{BASE}/song"])["title"] == "Summertime"
    assert json.loads(told[f"{BASE}/emotion"])["confidence"] == 0.94
    assert json.loads(told[f"{BASE}/box"])["temperature"] == 48.2
    assert json.loads(told[f"{BASE}/box"])["inference_ms"] == 5.0


def test_only_what_changes_is_said_again(box: Running, listener: Listener) -> None:
    listener.forget()
    box.part.show(MUSIC)
    box.part.show(replace(MUSIC, volume=41))
    listener.wait_text(f"{BASE}/volume", "41")
    assert [heard.topic for heard in listener.heard] == [f"{BASE}/volume"]


def test_a_storm_of_changes_is_thinned_and_ends_with_the_newest(
    broker: Mosquitto, listener: Listener, start: Callable[..., Running]
) -> None:
    box = start(settings(broker.port, min_interval_s=0.2))
    settled(listener)
    began = time.monotonic()
    for number in range(3000):
        box.part.show(replace(MUSIC, volume=number % 100, faces=number))
    box.part.show(replace(MUSIC, volume=77))
    listener.wait_text(f"{BASE}/volume", "77")
    took_s = time.monotonic() - began
    assert len(listener.texts(f"{BASE}/volume")) <= 3 + took_s / 0.2


def test_a_change_of_mood_is_an_event_and_coming_online_is_none(box: Running, listener: Listener) -> None:
    box.part.show(replace(MUSIC, mood=Mood("sad", 101.0, SAD)))
    event = listener.wait_text(f"{BASE}/event/mood", '{"event_type":"sad"}')
    assert not event.retained
    assert listener.texts(f"{BASE}/event/mood") == ['{"event_type":"sad"}']


def test_every_press_of_a_button_is_an_event_and_a_trigger(
    box: Running, broker: Mosquitto, listener: Listener
) -> None:
    box.part.show(replace(MUSIC, pressed=Pressed("pause", False, 101.0)))
    box.part.show(replace(MUSIC, pressed=Pressed("pause", True, 102.0)))
    listener.wait_text(f"{BASE}/trigger/button_pause", "long_press")
    assert listener.texts(f"{BASE}/trigger/button_pause") == ["press", "long_press"]
    types = [json.loads(text)["event_type"] for text in listener.texts(f"{BASE}/event/button_pause")]
    assert types == ["press", "long_press"]
    assert not retained(broker.port, f"{BASE}/event") | retained(broker.port, f"{BASE}/trigger")


def test_a_press_from_before_the_edge_was_opened_is_no_event(
    broker: Mosquitto, listener: Listener, start: Callable[..., Running]
) -> None:
    start(settings(broker.port), snapshot=replace(MUSIC, pressed=Pressed("pause", False, MUSIC.at - 60)))
    settled(listener)
    assert listener.texts(f"{BASE}/trigger/button_pause") == []


def test_nobody_there_is_none_and_not_an_emotion(box: Running, listener: Listener) -> None:
    listener.forget()
    box.part.show(replace(MUSIC, mood=Mood(AWAY, 101.0), faces=0, looked=None))
    listener.wait_text(f"{BASE}/presence", "OFF")
    said = json.loads(listener.wait(lambda heard: heard.topic == f"{BASE}/emotion", "an emotion").text)
    assert said["emotion"] is None
    assert set(said["probabilities"].values()) == {None}


def test_home_assistant_starting_anew_is_told_everything_again(box: Running, listener: Listener) -> None:
    listener.forget()
    listener.say("homeassistant/status", "online")
    settled(listener)
    said = [heard.topic for heard in listener.heard if heard.topic != "homeassistant/status"]
    assert said[:3] == [CONFIG, TIME, f"{BASE}/status"]
    assert sorted(said[3:]) == EVERY_STATE


def test_a_clean_end_says_offline_and_leaves_no_thread(
    broker: Mosquitto, listener: Listener, start: Callable[..., Running]
) -> None:
    box = start(settings(broker.port))
    settled(listener)
    box.part.close()
    listener.wait_text(f"{BASE}/status", "offline")
    assert retained(broker.port, BASE)[f"{BASE}/status"] == "offline"
    assert not [thread for thread in threading.enumerate() if thread.name == "mqtt"]


def cut(box: Running) -> None:
    """As a power cut does: the connection is gone without a word."""
    conversation = box.part._conversation
    assert conversation
    link = conversation._session._client.socket()
    assert isinstance(link, socket.socket)
    link.shutdown(socket.SHUT_RDWR)


def test_a_box_that_dies_is_offline_by_its_will(box: Running, listener: Listener) -> None:
    listener.forget()
    cut(box)
    assert listener.wait_text(f"{BASE}/status", "offline")


def test_no_topic_carries_a_picture_of_the_room(box: Running, broker: Mosquitto) -> None:
    message = retained(broker.port, CONFIG)[CONFIG]
    known = json.loads(message)["cmps"]
    assert [key for key, each in known.items() if each["p"] in ("camera", "image")] == ["cover"]
    assert retained(broker.port, f"{BASE}/cover") == {}  # this song has none


# --- in ----------------------------------------------------------------------------------------------------

ORDERS: list[tuple[str, str, Command]] = [
    ("play", "PRESS", Play(source="mqtt")),
    ("pause", "PRESS", Pause(source="mqtt")),
    ("skip", "PRESS", Skip(source="mqtt")),
    ("previous", "PRESS", Previous(source="mqtt")),
    ("stop", "PRESS", Stop(source="mqtt")),
    ("like", "PRESS", Like(source="mqtt")),
    ("volume", "35", SetVolume(35, source="mqtt")),
    ("mode", "sad", ChooseMood("sad", source="mqtt")),
    ("mode", "automatic", Automatic(source="mqtt")),
    ("camera", "OFF", SwitchCamera(False, source="mqtt")),
    ("camera", "ON", SwitchCamera(True, source="mqtt")),
    ("sleep", "30", Sleep(1800.0, source="mqtt")),
    ("alarm", "07:05", SetAlarm(of_day(7, 5), source="mqtt")),
    ("alarm", "OFF", SetAlarm(None, source="mqtt")),
]


def test_every_order_becomes_its_command(box: Running, listener: Listener) -> None:
    for name, text, _ in ORDERS:
        listener.say(f"{BASE}/set/{name}", text)
    wait_for(lambda: len(box.commands()) >= len(ORDERS), "all orders")
    assert box.commands() == [command for _, _, command in ORDERS]


REFUSED: list[tuple[str, bytes, bool]] = [
    ("volume", b"loud", False),
    ("volume", b"101", False),
    ("volume", b"nan", False),
    ("volume", b"", False),
    ("skip", b"\x00\xff\xfe", False),
    ("skip", b"PRESS" * 100_000, False),
    ("mode", b"melancholy", False),
    ("camera", b"maybe", False),
    ("sleep", b"-1", False),
    ("alarm", b"25:00", False),
    ("skip", b"PRESS", True),
    ("self_destruct", b"PRESS", False),
    ("power_off", b"PRESS", False),
]


def test_what_makes_no_sense_is_counted_logged_once_and_changes_nothing(
    box: Running, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        for name, payload, retain in REFUSED:
            listener.say(f"{BASE}/set/{name}", payload, retain)
    listener.say(f"{BASE}/set/skip", "PRESS")
    wait_for(box.commands, "the one good order")
    assert box.commands() == [Skip(source="mqtt")]
    # The broker itself keeps what is longer than we asked for.
    assert box.part.refused == 3 * (len(REFUSED) - 1)
    complaints = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert len(complaints) == len(set(complaints)) <= len(REFUSED)
    assert "melancholy" not in caplog.text


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_row_of_messages_too_large_for_us_does_not_stop_the_order_after_them(
    broker: Mosquitto, listener: Listener, start: Callable[..., Running], protocol: str
) -> None:
    box = start(settings(broker.port, protocol=protocol))
    settled(listener)
    for _ in range(50):
        listener.say(f"{BASE}/set/skip", b"x" * 300_000)
    listener.say(f"{BASE}/set/skip", "PRESS")
    wait_for(box.commands, "the good order")
    assert box.commands() == [Skip(source="mqtt")]


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_an_order_retained_by_mistake_is_not_carried_out_at_the_next_start(
    broker: Mosquitto, listener: Listener, start: Callable[..., Running], protocol: str
) -> None:
    listener.say(f"{BASE}/set/skip", "PRESS", retain=True)
    box = start(settings(broker.port, protocol=protocol))
    wait_for(lambda: box.part.refused, "a refusal")
    assert box.commands() == []


def test_power_off_is_only_taken_where_it_is_allowed(
    broker: Mosquitto, listener: Listener, start: Callable[..., Running]
) -> None:
    box = start(settings(broker.port, allow_power_off=True))
    settled(listener)
    listener.say(f"{BASE}/set/power_off", "PRESS")
    assert wait_for(box.commands, "an order") == [PowerOff(source="mqtt")]


def test_a_full_inbox_refuses_and_the_link_lives_on(
    broker: Mosquitto, listener: Listener, start: Callable[..., Running]
) -> None:
    box = start(settings(broker.port))
    settled(listener)

    def full(event: Command | PartChanged) -> None:
        raise CommandRejected("1000 commands are waiting already; try again later")

    box.part._put = full
    listener.say(f"{BASE}/set/skip", "PRESS")
    wait_for(lambda: box.part.refused == 1, "a refusal")
    box.part.show(replace(MUSIC, volume=12))
    why = "skip: 1000 commands are waiting already; try again later"
    listener.wait(
        lambda heard: heard.topic == f"{BASE}/box" and json.loads(heard.text)["why_refused"] == why, why
    )
    listener.wait_text(f"{BASE}/volume", "12")


# --- several boxes, changes of form, purge -----------------------------------------------------------------


def test_two_boxes_on_one_broker_do_not_hear_each_other(
    broker: Mosquitto, listener: Listener, start: Callable[..., Running]
) -> None:
    kitchen = start(settings(broker.port))
    bath = start(settings(broker.port, id="bath", name="Bath"))
    settled(listener, "moodbox/bath")
    settled(listener)
    listener.say("moodbox/bath/set/skip", "PRESS")
    wait_for(bath.commands, "the order")
    assert kitchen.commands() == []
    assert set(retained(broker.port, "homeassistant/device")) == {
        "homeassistant/device/moodbox_kitchen/config",
        "homeassistant/device/moodbox_bath/config",
    }


def test_a_bridge_takes_states_out_orders_in_and_a_dead_box_is_offline_there_too(
    tmp_path: Path, start: Callable[..., Running]
) -> None:
    with Mosquitto(tmp_path / "away") as away:
        bridge = BRIDGE.replace("broker.example.org:8883", f"127.0.0.1:{away.port}")
        with Mosquitto(tmp_path / "home", settings=bridge) as home:
            far = Listener(away.port)
            box = start(settings(home.port))
            settled(far, f"house1/{BASE}")
            far.say(f"house1/{BASE}/set/skip", "PRESS")
            wait_for(box.commands, "the order from far away")
            cut(box)
            far.wait_text(f"house1/{BASE}/status", "offline")
            assert box.commands() == [Skip(source="mqtt")]
            far.close()


def test_a_second_box_with_the_same_id_is_told_what_to_do(
    broker: Mosquitto, listener: Listener, start: Callable[..., Running]
) -> None:
    first = start(settings(broker.port))
    settled(listener)
    start(settings(broker.port))
    wait_for(
        lambda: any("give each box its own mqtt.id" in str(reason) for reason in first.states()), "the reason"
    )


def test_a_change_of_form_migrates_every_entity_and_leaves_nothing_behind(
    broker: Mosquitto, listener: Listener, start: Callable[..., Running]
) -> None:
    old = start(settings(broker.port, discovery="entity"))
    settled(listener)
    topics = set(retained(broker.port, "homeassistant/"))
    assert len(topics) == len(components(old.part._box))
    assert "homeassistant/sensor/moodbox_kitchen/emotion/config" in topics
    old.part.close()
    listener.forget()
    start(settings(broker.port, discovery="device"))
    settled(listener)
    said = [(heard.topic, heard.text) for heard in listener.heard if heard.topic.startswith("homeassistant/")]
    moved = topics - {TIME}  # a topic of its own in both forms
    migrating, emptied = said[: len(moved)], said[len(moved) : 2 * len(moved)]
    assert {topic for topic, text in migrating if "migrate_discovery" in text} == moved
    assert {topic for topic, text in emptied if text == ""} == moved
    assert [topic for topic, _ in said[2 * len(moved) :]] == [CONFIG, TIME]
    assert set(retained(broker.port, "homeassistant/")) == {CONFIG, TIME}


def test_rubbish_on_our_discovery_topics_is_cleared_away_and_holds_nothing_up(
    broker: Mosquitto, listener: Listener, start: Callable[..., Running]
) -> None:
    for number in range(MOST_FOUND + 50):
        listener.say(f"homeassistant/sensor/moodbox_kitchen/x{number}/config", b"\xff{" * 10, retain=True)
    first = start(settings(broker.port))
    settled(listener)
    first.part.close()
    start(settings(broker.port))
    wait_for(lambda: set(retained(broker.port, "homeassistant/")) == {CONFIG, TIME}, "a clean broker")


def test_discovery_switched_off_takes_the_entities_away(
    broker: Mosquitto, listener: Listener, start: Callable[..., Running]
) -> None:
    first = start(settings(broker.port))
    settled(listener)
    first.part.close()
    start(settings(broker.port, discovery="off"))
    wait_for(lambda: not retained(broker.port, "homeassistant/"), "an empty broker")
    assert retained(broker.port, BASE)


def test_purge_makes_the_broker_forget_this_box_and_no_other(
    broker: Mosquitto, listener: Listener, start: Callable[..., Running]
) -> None:
    start(settings(broker.port, id="bath"))
    settled(listener, "moodbox/bath")
    box = start(settings(broker.port, discovery="entity"))
    settled(listener)
    box.part.close()
    emptied = purge(settings(broker.port))
    assert f"{BASE}/song" in emptied
    assert "homeassistant/sensor/moodbox_kitchen/emotion/config" in emptied
    left = retained(broker.port, "")
    assert left
    assert all("bath" in topic for topic in left)


# --- the whole service, and the command line ---------------------------------------------------------------


def test_orders_over_mqtt_reach_the_music_and_the_camera_and_no_picture_comes_back(
    broker: Mosquitto, listener: Listener, mpd_server: PrivateMpd, tmp_path: Path
) -> None:
    face = tmp_path / "face.png"
    cv2.imwrite(str(face), portrait("happy"))
    own = {
        "camera": {"source": f"replay:{face}"},
        "mpd": {"address": mpd_server.address},
        "control": {"socket": str(tmp_path / "control")},
        "state": {"file": ""},
        "page": {"enabled": False},
        "mqtt": {"broker": "127.0.0.1", "port": broker.port, "id": "kitchen"},
    }
    service = Service(config.check(own, "test"))
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        listener.wait_text(f"{BASE}/presence", "ON")
        listener.say(f"{BASE}/set/mode", "sad")
        listener.wait(lambda m: m.topic == f"{BASE}/song" and '"mood":"sad"' in m.text, "a sad song")
        listener.say(f"{BASE}/set/camera", "OFF")
        listener.wait_text(f"{BASE}/faces", "None")
        face.unlink()
        listener.say(f"{BASE}/set/camera", "ON")
        listener.wait(lambda m: m.topic == f"{BASE}/degraded" and "camera" in m.text, "the camera's trouble")
    finally:
        service.stop()
        thread.join(20)
    listener.wait_text(f"{BASE}/status", "offline")
    for heard in listener.heard:  # words; the longest tells Home Assistant who we are
        assert "\N{REPLACEMENT CHARACTER}" not in heard.text
        assert len(heard.text) < (16_000 if heard.topic == CONFIG else 1_000)


def test_the_command_line_checks_and_purges(
    box: Running,
    broker: Mosquitto,
    listener: Listener,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "moodbox.toml"
    file.write_text(f'[mqtt]\nbroker = "127.0.0.1"\nport = {broker.port}\nid = "kitchen"\n')
    assert main(["--config", str(file), "mqtt", "check"]) == 0
    assert f"127.0.0.1:{broker.port}: good" in capsys.readouterr().out
    box.part.close()
    assert main(["--config", str(file), "mqtt", "purge"]) == 0
    assert CONFIG in capsys.readouterr().out
    assert retained(broker.port, "") == {}
    listener.say("moodbox/bath/status", "offline", retain=True)
    assert main(["--config", str(file), "mqtt", "purge", "--id", "bath"]) == 0
    assert retained(broker.port, "") == {}
    broker.stop()
    assert main(["--config", str(file), "mqtt", "check"]) == 1
    assert "no broker listens there" in capsys.readouterr().err
    file.write_text("")
    assert main(["--config", str(file), "mqtt", "check"]) == 2
