"""The connection: brokers that are down, die, hang, refuse or encrypt; the music waits for none of them."""

from __future__ import annotations

import gc
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mosquitto import (
    PASSWORD,
    USER,
    Certificates,
    Listener,
    Mosquitto,
    make_certificates,
    wait_for,
)
from mqtt_box import BASE, MUSIC, Running, retained, settings, settled

from appliance.errors import BrokerLost, ConfigError
from appliance.homeassistant import MOST_PRESSES
from appliance.messages import Pressed
from appliance.mqtt_access import board_id, broker_of, check
from appliance.mqtt_link import Pauses


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Starts boxes, and ends them after the test."""
    started: list[Running] = []

    def begin(mqtt: Any, **more: Any) -> Running:
        started.append(Running(mqtt, **more))
        return started[-1]

    yield begin
    for running in started:
        running.edge.close()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def reason(box: Running) -> str:
    """Why the edge does not work, once it says so."""
    found = wait_for(lambda: [state for state in box.states() if state], "a reason")
    return str(found[0])


def works(box: Running) -> bool:
    return bool(box.states()) and box.states()[-1] is None


# --- a broker that comes and goes ------------------------------------------------------------------------


def test_a_broker_that_is_down_at_boot_is_found_when_it_comes(
    tmp_path: Path, start: Callable[..., Running]
) -> None:
    """fpp #2101: a broker that was down at boot switched MQTT off for good."""
    broker = Mosquitto(tmp_path / "mosquitto")
    box = start(settings(broker.port))
    assert "no broker listens there" in reason(box)
    with broker:
        wait_for(lambda: works(box), "a connection")
        wait_for(lambda: retained(broker.port, BASE).get(f"{BASE}/status") == "online", "to be online")


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_a_broker_that_restarts_is_told_everything_again(
    tmp_path: Path, start: Callable[..., Running], by: signal.Signals
) -> None:
    with Mosquitto(tmp_path / "mosquitto") as broker:
        box = start(settings(broker.port))
        wait_for(lambda: works(box), "a connection")
        broker.stop(by)
        assert reason(box)
        box.edge.show(replace(MUSIC, volume=55))
        broker.start()  # it keeps nothing on disk: all that it holds now is new
        wait_for(lambda: works(box), "the connection back")
        wait_for(lambda: retained(broker.port, BASE).get(f"{BASE}/volume") == "55", "the newest volume")


def test_what_happened_while_the_broker_was_away_is_no_event_later(
    tmp_path: Path, start: Callable[..., Running]
) -> None:
    broker = Mosquitto(tmp_path / "mosquitto")
    box = start(settings(broker.port))
    assert reason(box)
    for number in range(10 * MOST_PRESSES):
        box.edge.show(replace(MUSIC, pressed=Pressed("pause", False, MUSIC.at + number)))
    assert len(box.edge._presses) == MOST_PRESSES
    # Held back since long ago, as after an hour without a broker.
    box.edge._presses.extend([(press, time.monotonic() - 3600) for press, _ in box.edge._presses])
    with broker:
        listener = Listener(broker.port)
        settled(listener)
        box.edge.show(replace(MUSIC, volume=3))
        listener.wait_text(f"{BASE}/volume", "3")
        listener.close()
        assert listener.texts(f"{BASE}/trigger/button_pause") == []


def test_a_broker_that_is_away_for_long_leaves_no_files_open(start: Callable[..., Running]) -> None:
    box = start(settings(9), pauses=Pauses(0.0001, 0.0001))
    reason(box)
    attempts: list[str] = []
    box.edge.report = lambda reason: attempts.append(str(reason))  # type: ignore[method-assign]
    gc.disable()  # each attempt cleans up after itself
    try:
        wait_for(lambda: len(attempts) > 300, "many attempts")
        assert len(list(Path("/proc/self/fd").iterdir())) < 100
    finally:
        gc.enable()


def test_a_broker_that_hangs_holds_up_neither_the_box_nor_its_end(
    tmp_path: Path, start: Callable[..., Running]
) -> None:
    with Mosquitto(tmp_path / "mosquitto") as broker:
        box = start(settings(broker.port, min_interval_s=0.1))
        wait_for(lambda: works(box), "a connection")
        broker.freeze()
        done = threading.Event()

        def live_on() -> None:
            for number in range(20_000):
                box.edge.show(replace(MUSIC, faces=number))
            box.edge.close()
            done.set()

        threading.Thread(target=live_on, daemon=True).start()
        assert done.wait(20.0)
        conversation = box.edge._conversation
        assert conversation
        assert conversation._session.outstanding < 150


def test_a_broker_that_was_slow_gets_the_newest_states_and_no_backlog(
    tmp_path: Path, start: Callable[..., Running]
) -> None:
    with Mosquitto(tmp_path / "mosquitto") as broker:
        box = start(settings(broker.port))
        listener = Listener(broker.port)
        settled(listener)
        broker.freeze()
        for number in range(500):
            box.edge.show(replace(MUSIC, faces=number))
        broker.thaw()
        listener.wait_text(f"{BASE}/faces", "499")
        assert len(listener.texts(f"{BASE}/faces")) < 50
        listener.close()


def test_something_that_takes_connections_and_says_nothing_is_given_up(
    start: Callable[..., Running],
) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        box = start(settings(mute.getsockname()[1]), answer_s=0.2)
        assert "does not answer as an MQTT broker" in reason(box)


def test_an_unknown_host_is_named(start: Callable[..., Running]) -> None:
    assert "no such host" in reason(start(settings(1883, broker="broker.invalid")))


def test_pauses_grow_to_a_limit_and_are_never_the_same_for_all() -> None:
    pauses = Pauses(first_s=1.0, longest_s=60.0)
    assert [pauses.after(failures, 0.5) for failures in (1, 2, 3, 7, 10_000)] == [1, 2, 4, 60, 60]
    assert pauses.after(3, 0.0) < pauses.after(3, 0.9)


# --- passwords and TLS -----------------------------------------------------------------------------------


def test_a_password_from_a_file_opens_the_broker(tmp_path: Path, start: Callable[..., Running]) -> None:
    (tmp_path / "secret").write_text(f"{PASSWORD}\n")
    with Mosquitto(tmp_path / "mosquitto", password=True) as broker:
        box = start(settings(broker.port, username=USER, password_file=str(tmp_path / "secret")))
        wait_for(lambda: works(box), "a connection")


def test_a_password_from_a_systemd_credential_opens_the_broker(
    tmp_path: Path, start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mqtt-password").write_text(f"{PASSWORD}\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with Mosquitto(tmp_path / "mosquitto", password=True) as broker:
        box = start(settings(broker.port, username=USER))
        wait_for(lambda: works(box), "a connection")


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_wrong_password_says_which_setting_to_check_and_nothing_secret(
    tmp_path: Path, start: Callable[..., Running], protocol: str
) -> None:
    with Mosquitto(tmp_path / "mosquitto", password=True) as broker:
        box = start(settings(broker.port, username=USER, password="guess", protocol=protocol))
        assert "check mqtt.username and mqtt.password_file" in reason(box)
        assert "guess" not in reason(box)


def test_a_password_that_is_put_right_at_the_broker_is_accepted_without_a_restart(
    tmp_path: Path, start: Callable[..., Running]
) -> None:
    broker = Mosquitto(tmp_path / "mosquitto", password=True)
    good = (broker.folder / "passwords").read_text()
    (broker.folder / "passwords").write_text("")
    with broker:
        box = start(settings(broker.port, username=USER, password=PASSWORD))
        assert reason(box)
        (broker.folder / "passwords").write_text(good)
        os.kill(broker.pid, signal.SIGHUP)  # it reads the file anew
        wait_for(lambda: works(box), "a connection")


def test_tls_with_the_broker_s_own_authority(
    tmp_path: Path, certificates: Certificates, start: Callable[..., Running]
) -> None:
    with Mosquitto(tmp_path / "mosquitto", certificates=certificates) as broker:
        box = start(settings(broker.port, tls=True, ca_file=certificates.ca_pem))
        wait_for(lambda: works(box), "a connection")
        for number in range(5):  # words in both directions, through the same encryption
            box.edge.show(replace(MUSIC, volume=number))


def test_a_certificate_by_a_stranger_is_not_trusted(
    tmp_path: Path, certificates: Certificates, start: Callable[..., Running]
) -> None:
    with Mosquitto(tmp_path / "mosquitto", certificates=certificates) as broker:
        for own in ({"ca_file": certificates.stranger_pem}, {}):
            box = start(settings(broker.port, tls=True, **own))
            assert "its certificate is not trusted" in reason(box)


def test_a_client_certificate_is_shown_where_the_broker_asks_for_one(
    tmp_path: Path, certificates: Certificates, start: Callable[..., Running]
) -> None:
    tls = {"tls": True, "ca_file": certificates.ca_pem}
    own = {"cert_file": certificates.client_pem, "key_file": certificates.client_key}
    with Mosquitto(tmp_path / "mosquitto", certificates=certificates, client_certificate=True) as broker:
        assert reason(start(settings(broker.port, **tls)))
        box = start(settings(broker.port, id="bath", **tls, **own))
        wait_for(lambda: works(box), "a connection")


def test_plain_where_tls_is_wanted_and_the_other_way_round_say_so(
    tmp_path: Path, certificates: Certificates, start: Callable[..., Running]
) -> None:
    with Mosquitto(tmp_path / "tls", certificates=certificates) as broker:
        assert "perhaps it wants TLS" in reason(start(settings(broker.port)))
    with Mosquitto(tmp_path / "plain") as broker:
        assert "mqtt.tls" in reason(start(settings(broker.port, tls=True)))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"tls": True, "ca_file": "/nowhere.pem"}, "mqtt.ca_file: /nowhere.pem"),
        ({"tls": True, "cert_file": "/nowhere.pem"}, "mqtt.cert_file, mqtt.key_file"),
        ({"username": "me", "password_file": "/nowhere"}, "mqtt.password_file"),
        ({"broker": ""}, "mqtt.broker: not set"),
    ],
)
def test_files_that_do_not_serve_are_named(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        broker_of(settings(1883, **wrong))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"ca_file": "/ca.pem"}, "set tls = true"),
        ({"tls": True, "key_file": "/key.pem"}, "set cert_file too"),
        ({"password": "x"}, "set username"),
        ({"id": "living room"}, "mqtt.id"),
        ({"prefix": "boxes/#"}, "is no start of a topic"),
        ({"discovery_prefix": "/homeassistant"}, "is no start of a topic"),
        ({"discovery": "both"}, "mqtt.discovery"),
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        settings(1883, **wrong)


def test_a_broker_that_forbids_our_topics_is_said_to(tmp_path: Path, start: Callable[..., Running]) -> None:
    (tmp_path / "acl").write_text("topic readwrite other/#\n")
    with Mosquitto(tmp_path / "mosquitto", settings=f"acl_file {tmp_path / 'acl'}") as broker:
        assert "the broker does not let us" in reason(start(settings(broker.port)))
        with pytest.raises(BrokerLost, match="give our user the right to"):
            check(settings(broker.port))


def test_check_passes_where_everything_is_right(tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "mosquitto") as broker:
        check(settings(broker.port))
        check(settings(broker.port, protocol="3.1.1"))


def test_a_board_keeps_its_id_and_never_shows_its_machine_id(tmp_path: Path) -> None:
    (tmp_path / "serial").write_text("10000000abcdef12\x00")
    (tmp_path / "machine-id").write_text("0123456789abcdef0123456789abcdef\n")
    assert board_id(tmp_path / "serial", tmp_path / "machine-id") == "abcdef12"
    hashed = board_id(tmp_path / "none", tmp_path / "machine-id")
    assert len(hashed) == 8
    assert hashed not in "0123456789abcdef0123456789abcdef"
    assert len(board_id(tmp_path / "none", tmp_path / "none")) == 8
