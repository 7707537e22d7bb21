"""Brokers that take less than we say, announced or not: it is told, and the connection holds."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mosquitto import Listener, Mosquitto, wait_for
from mqtt_box import BASE, CONFIG, MUSIC, TIME, Running, retained, running, settings, settled

from appliance.homeassistant.access import box_of
from appliance.homeassistant.broker import KEEPALIVE_S, SHORT_KEEPALIVE_S, Broker
from appliance.homeassistant.discovery import announcement
from appliance.homeassistant.session import Session
from appliance.homeassistant.terms import Caution, Message, Wish, lesser, size

SMALL = "4096"
"""Bytes; the device's discovery message has twice as many."""
ENTITIES = {*announcement(box_of(settings(1883), ("pause",)), "entity", "homeassistant")}


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    with running() as begin:
        yield begin


def reason(box: Running, words: str) -> str:
    found = wait_for(lambda: [state for state in box.states() if state and words in state], words)
    return str(found[0])


def connections(broker: Mosquitto) -> int:
    return (broker.folder / "mosquitto.log").read_text().count("as moodbox-kitchen (")


def announced(broker: Mosquitto) -> set[str]:
    return {*retained(broker.port, "homeassistant/")}


def holds(box: Running, broker: Mosquitto) -> None:
    """The connection is up, and news is told."""
    box.part.show(MUSIC)
    wait_for(lambda: retained(broker.port, BASE).get(f"{BASE}/status") == "online", "online")
    wait_for(lambda: retained(broker.port, BASE).get(f"{BASE}/mood") == "happy", "the mood")


# --- size --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "protocol", "most"),
    [
        ("max_packet_size", "5", 1),
        ("message_size_limit", "5", 1),
        ("message_size_limit", "3.1.1", 1),
        ("max_packet_size", "3.1.1", 3),
    ],
)
def test_a_broker_that_takes_no_large_message_hears_the_rest_and_the_remedy_is_told(
    tmp_path: Path, start: Callable[..., Running], limit: str, protocol: str, most: int
) -> None:
    with Mosquitto(tmp_path / "mosquitto", settings=f"{limit} {SMALL}") as broker:
        box = start(settings(broker.port, protocol=protocol), echo_s=0.5)
        assert CONFIG in reason(box, 'set mqtt.discovery = "entity"')
        holds(box, broker)
        assert connections(broker) <= most
        assert box.states()[-1] is not None, "told for as long as it is so"


def test_entities_that_are_small_enough_are_all_announced(
    tmp_path: Path, start: Callable[..., Running]
) -> None:
    with Mosquitto(tmp_path / "mosquitto", settings=f"max_packet_size {SMALL}") as broker:
        box = start(settings(broker.port, discovery="entity"))
        wait_for(lambda: announced(broker) == ENTITIES, "every entity")
        assert box.states() == [None]


@pytest.mark.parametrize("limit", ["max_packet_size", "message_size_limit"])
def test_entities_stay_where_the_device_that_would_replace_them_is_too_large(
    tmp_path: Path, start: Callable[..., Running], limit: str
) -> None:
    with Mosquitto(tmp_path / "mosquitto", settings=f"{limit} {SMALL}") as broker:
        old = start(settings(broker.port, discovery="entity"))
        wait_for(lambda: announced(broker) == ENTITIES, "every entity")
        old.part.close()
        box = start(settings(broker.port))
        reason(box, 'set mqtt.discovery = "entity"')
        holds(box, broker)
        assert announced(broker) == ENTITIES


# --- retaining, quality of service, rights -----------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_broker_that_retains_nothing_hears_everything_and_it_is_told(
    tmp_path: Path, start: Callable[..., Running], protocol: str
) -> None:
    with Mosquitto(tmp_path / "mosquitto", settings="retain_available false") as broker:
        listener = Listener(broker.port)
        box = start(settings(broker.port, protocol=protocol))
        settled(listener)
        assert listener.texts(CONFIG)
        assert "retain_available true" in reason(box, "retains nothing")
        assert connections(broker) <= 2
        listener.forget()  # as one who comes later
        listener.wait_text(f"{BASE}/status", "online")
        listener.close()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_broker_without_quality_of_service_hears_everything(
    tmp_path: Path, start: Callable[..., Running], protocol: str
) -> None:
    with Mosquitto(tmp_path / "mosquitto", settings="max_qos 0") as broker:
        listener = Listener(broker.port)
        box = start(settings(broker.port, protocol=protocol))
        settled(listener)
        assert listener.texts(CONFIG)
        assert box.states() == [None]
        listener.close()


def test_a_right_that_is_given_later_is_noticed(tmp_path: Path, start: Callable[..., Running]) -> None:
    rights = tmp_path / "acl"
    rights.write_text(f"topic readwrite {BASE}/#\ntopic read homeassistant/#\n")
    with Mosquitto(tmp_path / "mosquitto", settings=f"acl_file {rights}") as broker:
        box = start(settings(broker.port), again_s=0.2, echo_s=0.5)
        refused = reason(box, "give our user the right to")
        assert any(topic in refused for topic in (CONFIG, TIME))
        rights.write_text("pattern readwrite #\n")
        broker.ask(signal.SIGHUP)
        wait_for(lambda: box.states()[-1] is None, "no complaint any more")
        assert CONFIG in retained(broker.port, "")


def test_an_announcement_that_is_swallowed_without_a_word_is_told(
    tmp_path: Path, start: Callable[..., Running]
) -> None:
    """As MQTT 3.1.1 has it: the broker acknowledges what the user may not write."""
    rights = tmp_path / "acl"
    rights.write_text(f"topic readwrite {BASE}/#\ntopic read homeassistant/#\n")
    with Mosquitto(tmp_path / "mosquitto", settings=f"acl_file {rights}") as broker:
        box = start(settings(broker.port, protocol="3.1.1", discovery="entity"), echo_s=0.5)
        assert "the right to write and read it" in reason(box, "swallows homeassistant/")


# --- keep-alive --------------------------------------------------------------------------------------------


def test_a_shorter_keep_alive_that_the_broker_asks_for_is_kept(tmp_path: Path) -> None:
    with (
        Mosquitto(tmp_path / "mosquitto", settings="max_keepalive 10") as broker,
        Session(Broker("127.0.0.1", broker.port, "box"), lambda *_: None) as session,
    ):
        assert session.patience_s <= 10 / 4


def test_what_looks_like_a_bad_client_id_may_be_a_keep_alive_that_is_too_long() -> None:
    """Mosquitto from 2.0.12 on, of MQTT 3.1.1 and max_keepalive."""
    wish = lesser(Wish(None), "Client identifier not valid", "3.1.1")
    assert wish == Wish(None, SHORT_KEEPALIVE_S)
    assert lesser(wish, "Client identifier not valid", "3.1.1") is None


def test_a_connection_is_made_with_the_keep_alive_that_such_a_broker_bears() -> None:
    """At the wire, because Mosquitto 2.0.11 does not refuse yet."""
    asked: list[int] = []

    def answer() -> None:
        while len(asked) < 2:
            link, _ = door.accept()
            asked.append(int.from_bytes(link.recv(1000)[10:12]))
            refusal = 0 if asked[-1] <= SHORT_KEEPALIVE_S else 2  # identifier rejected
            link.sendall(bytes((0x20, 2, 0, refusal)))
            links.append(link)

    links: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as door:
        host = threading.Thread(target=answer)
        host.start()
        with Session(Broker("127.0.0.1", door.getsockname()[1], "box", protocol="3.1.1"), lambda *_: None):
            host.join()
    for link in links:
        link.close()
    assert asked == [KEEPALIVE_S, SHORT_KEEPALIVE_S]


def test_connections_that_end_in_silence_lead_to_a_shorter_keep_alive() -> None:
    caution = Caution()
    caution.broke(None, 0)
    assert caution.keepalive_s == KEEPALIVE_S, "once is chance"
    caution.broke(None, 0)
    assert caution.keepalive_s < KEEPALIVE_S


# --- what is learnt of a broker that says nothing ----------------------------------------------------------

STATE = Message(f"{BASE}/mood", "happy")
LONG = Message(CONFIG, "x" * 9000)


def test_once_is_chance_and_what_was_acknowledged_is_innocent() -> None:
    caution = Caution()
    caution.broke(LONG, 9000)
    caution.passed(LONG)
    caution.broke(LONG, 9000)
    assert caution.terms.largest is None


def test_what_ends_two_connections_is_first_not_retained_and_then_not_said() -> None:
    caution = Caution()
    for _ in range(2):
        caution.broke(STATE, 30)
    assert not caution.terms.retains
    assert caution.objection(STATE) is None
    for _ in range(2):
        caution.broke(STATE, 30)
    assert caution.terms.retains, "that was not why"
    assert f"hangs up at {STATE.topic}" in str(caution.objection(STATE))
    caution.forget()
    assert caution.objection(STATE) is None


def test_a_broker_that_hangs_up_at_everything_is_soon_left_alone() -> None:
    caution = Caution()
    connections = 0
    topics = [f"{BASE}/{number}" for number in range(40)]
    while said := [topic for topic in topics if not caution.objection(Message(topic, "x"))]:
        caution.broke(Message(said[0], "x"), 30)
        connections += 1
    assert connections <= 10


@pytest.mark.parametrize("length", [0, 100, 10_000, 100_000, 3_000_000])
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_packet_is_as_large_as_paho_sends_it(length: int, protocol: str) -> None:
    near, far = socket.socketpair()
    taken = bytearray()

    def take() -> None:
        while some := far.recv(1 << 16):
            taken.extend(some)

    thread = threading.Thread(target=take)
    thread.start()
    message = Message("homeassistant/ä", "x" * length)
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

    version = MQTTProtocolVersion.MQTTv5 if protocol == "5" else MQTTProtocolVersion.MQTTv311
    client = Client(CallbackAPIVersion.VERSION2, protocol=version)
    client._sock = near
    client._send_publish(1, message.topic.encode(), message.payload.encode(), 1, True, False)
    client.loop_write()
    near.close()
    thread.join()
    far.close()
    assert size(message, protocol) == len(taken)
