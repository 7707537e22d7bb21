"""The connection: brokers that are down, die, hang, refuse or encrypt; the music waits for none of them."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import ssl
import threading
import time
import tracemalloc
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
from mqtt_box import BASE, MUSIC, Running, retained, running, settings, settled

from appliance import config
from appliance.errors import BrokerLost, ConfigError
from appliance.homeassistant.access import board_id, broker_of, check, trial
from appliance.homeassistant.broker import explain
from appliance.homeassistant.homeassistant import MOST_PRESSES
from appliance.homeassistant.link import Pauses
from appliance.protocol.messages import Pressed


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    with running() as begin:
        yield begin


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def reason(box: Running) -> str:
    """Why the part does not work, once it says so."""
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
        box.part.show(replace(MUSIC, volume=55))
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
        box.part.show(replace(MUSIC, pressed=Pressed("pause", False, MUSIC.at + number)))
    assert len(box.part._presses) == MOST_PRESSES
    # Held back since long ago, as after an hour without a broker.
    box.part._presses.extend([(press, time.monotonic() - 3600) for press, _ in box.part._presses])
    with broker:
        listener = Listener(broker.port)
        settled(listener)
        box.part.show(replace(MUSIC, volume=3))
        listener.wait_text(f"{BASE}/volume", "3")
        listener.close()
        assert listener.texts(f"{BASE}/trigger/button_pause") == []


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_broker_that_is_away_for_hours_leaves_no_files_open_and_no_memory_taken(
    start: Callable[..., Running],
) -> None:
    attempts = 0

    def count(reason: str | None) -> None:
        nonlocal attempts
        attempts += 1

    box = start(settings(9), pauses=Pauses(0.0001, 0.0001))
    reason(box)
    box.part.report = count  # type: ignore[method-assign]

    def taken_after(tries: int) -> int:
        wait_for(lambda: attempts > tries, f"{tries} attempts")
        box.part.show(replace(MUSIC, pressed=Pressed("pause", False, MUSIC.at + tries)))
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    gc.disable()  # each attempt cleans up after itself
    try:
        before, files = taken_after(20), _open_files()
        assert taken_after(140) - before < 100_000  # two hours, at a minute each
        assert _open_files() < files + 20  # other tests' may come and go beside it
    finally:
        gc.enable()
        tracemalloc.stop()


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
                box.part.show(replace(MUSIC, faces=number))
            box.part.close()
            done.set()

        threading.Thread(target=live_on, daemon=True).start()
        assert done.wait(20.0)
        conversation = box.part._conversation
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
            box.part.show(replace(MUSIC, faces=number))
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


@contextlib.contextmanager
def slow_line(port: int) -> Iterator[int]:
    """The port of a line to `port` that takes little at a time, and its time."""

    def carry(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while some := source.recv(256):
                over.wait(0.01)
                sink.sendall(some)
            sink.shutdown(socket.SHUT_WR)

    over, both = threading.Event(), []
    with socket.create_server(("127.0.0.1", 0)) as door, contextlib.ExitStack() as ends:

        def answer() -> None:
            with contextlib.suppress(OSError):
                near = ends.enter_context(door.accept()[0])
                far = ends.enter_context(socket.create_connection(("127.0.0.1", port)))
                both.extend(
                    [threading.Thread(target=carry, args=ways) for ways in ((near, far), (far, near))]
                )
                for way in both:
                    way.start()

        host = threading.Thread(target=answer)
        host.start()
        yield door.getsockname()[1]
        over.set()
        door.shutdown(socket.SHUT_RDWR)
        for thread in (host, *both):
            thread.join(20)


def test_a_slow_line_carries_everything_in_the_end(tmp_path: Path, start: Callable[..., Running]) -> None:
    with Mosquitto(tmp_path / "mosquitto") as broker, slow_line(broker.port) as port:
        listener = Listener(broker.port)
        box = start(settings(port))
        settled(listener)
        listener.say(f"{BASE}/set/skip", "PRESS")
        wait_for(box.commands, "the order")
        listener.close()
        box.part.close()


def test_a_broker_that_stops_answering_is_noticed_and_taken_back(
    tmp_path: Path, start: Callable[..., Running]
) -> None:
    with Mosquitto(tmp_path / "mosquitto") as broker:
        box = start(settings(broker.port), keepalive_s=1)
        wait_for(lambda: works(box), "a connection")
        broker.freeze()
        assert "the broker does not answer any more" in reason(box)
        broker.thaw()
        wait_for(lambda: works(box), "the connection back")


def test_a_fault_of_our_own_is_told_and_tried_again(tmp_path: Path, start: Callable[..., Running]) -> None:
    with Mosquitto(tmp_path / "mosquitto") as broker:
        box = start(settings(broker.port), snapshot=None)
        wait_for(lambda: works(box), "a connection")
        box.part._temperature = lambda: 1 / 0
        box.part.show(MUSIC)
        assert "a fault of its own" in reason(box)
        box.part._temperature = lambda: 48.0
        wait_for(lambda: works(box), "the connection back")


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
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "secrets"))
    (tmp_path / "secrets").mkdir()
    with Mosquitto(tmp_path / "mosquitto", password=True) as broker:
        place = f"mqtt://{USER}@127.0.0.1:{broker.port}"
        (tmp_path / "secrets" / "mqtt-password").write_text(f"{PASSWORD}\n{place}\n")
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


def test_a_new_password_in_the_file_is_taken_without_a_restart(
    tmp_path: Path, start: Callable[..., Running]
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("yesterday's")
    with Mosquitto(tmp_path / "mosquitto", password=True) as broker:
        box = start(settings(broker.port, username=USER, password_file=str(secret)))
        assert "check mqtt.username and mqtt.password_file" in reason(box)
        secret.unlink()
        wait_for(lambda: "mqtt.password_file: " in str(box.states()[-1]), "the missing file to be named")
        secret.write_text(PASSWORD)
        wait_for(lambda: works(box), "a connection")


def test_tls_with_the_broker_s_own_authority(
    tmp_path: Path, certificates: Certificates, start: Callable[..., Running]
) -> None:
    with Mosquitto(tmp_path / "mosquitto", certificates=certificates) as broker:
        box = start(settings(broker.port, tls=True, ca_file=certificates.ca_pem))
        wait_for(lambda: works(box), "a connection")
        for number in range(5):  # words in both directions, through the same encryption
            box.part.show(replace(MUSIC, volume=number))


def test_a_certificate_by_a_stranger_is_not_trusted(
    tmp_path: Path, certificates: Certificates, start: Callable[..., Running]
) -> None:
    with Mosquitto(tmp_path / "mosquitto", certificates=certificates) as broker:
        for own in ({"ca_file": certificates.stranger_pem}, {}):
            box = start(settings(broker.port, tls=True, **own))
            assert "its certificate is not trusted" in reason(box)
            assert "mqtt.ca_file" in reason(box)


@pytest.mark.parametrize(
    ("shown", "problem", "remedy"),
    [
        ("old", "has expired", "renew it at the broker"),
        ("other", "is another host's", "mqtt.broker must be a name or an address in it"),
    ],
)
def test_a_certificate_that_does_not_serve_says_why(
    tmp_path: Path,
    certificates: Certificates,
    start: Callable[..., Running],
    shown: str,
    problem: str,
    remedy: str,
) -> None:
    with Mosquitto(tmp_path / "mosquitto", certificates=replace(certificates, shown=shown)) as broker:
        said = reason(start(settings(broker.port, tls=True, ca_file=certificates.ca_pem)))
        assert f"its certificate {problem}" in said
        assert remedy in said


def test_a_certificate_of_tomorrow_makes_one_look_at_the_clock() -> None:
    error = ssl.SSLCertVerificationError()
    error.verify_code, error.verify_message = 9, "certificate is not yet valid"
    assert "this box's clock may be wrong" in explain(error, broker_of(settings(1883)))


def test_a_client_certificate_is_shown_where_the_broker_asks_for_one(
    tmp_path: Path, certificates: Certificates, start: Callable[..., Running]
) -> None:
    tls = {"tls": True, "ca_file": certificates.ca_pem}
    own = {"cert_file": certificates.client_pem, "key_file": certificates.client_key}
    with Mosquitto(tmp_path / "mosquitto", certificates=certificates, client_certificate=True) as broker:
        assert "asks for a certificate that it trusts (mqtt.cert_file)" in reason(
            start(settings(broker.port, **tls))
        )
        box = start(settings(broker.port, id="bath", **tls, **own))
        wait_for(lambda: works(box), "a connection")


def test_plain_where_tls_is_wanted_and_the_other_way_round_say_so(
    tmp_path: Path, certificates: Certificates, start: Callable[..., Running]
) -> None:
    with Mosquitto(tmp_path / "tls", certificates=certificates) as broker:
        assert "perhaps it wants TLS" in reason(start(settings(broker.port)))
    with Mosquitto(tmp_path / "plain") as broker:
        assert "perhaps it has no TLS there" in reason(start(settings(broker.port, tls=True)))


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
        ({"broker": "mqtt://localhost"}, "without mqtt:// and port"),
        ({"broker": "localhost:1883"}, "without mqtt:// and port"),
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        settings(1883, **wrong)


def test_a_broker_that_lets_us_write_and_not_read_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "acl").write_text("topic write moodbox/#\ntopic write homeassistant/#\n")
    broker = Mosquitto(tmp_path / "mosquitto", settings=f"acl_file {tmp_path / 'acl'}")
    with broker, pytest.raises(BrokerLost, match="gives none back"):
        check(settings(broker.port))


def test_a_host_is_a_name_or_an_address_of_either_kind() -> None:
    for host in ("homeassistant.local", "192.168.1.2", "fd00::2", "fe80::1%eth0"):
        assert settings(1883, broker=host).broker == host


def test_no_word_of_a_password_is_shown() -> None:
    own = {"mqtt": {"broker": "b", "username": "me", "password": "open sesame"}}
    chosen = config.check(own, "test")
    assert "sesame" not in config.show(chosen) + repr(chosen) + repr(broker_of(chosen.mqtt))
    for wrong in (
        {"broker": "mqtt://me:sesame@b"},
        {"password": ["sesame"]},
        {"username": "", "password": "sesame"},
    ):
        with pytest.raises(ConfigError) as refused:
            config.check({"mqtt": own["mqtt"] | wrong}, "test")
        assert "sesame" not in str(refused.value)


def test_a_broker_that_forbids_our_topics_is_said_to(tmp_path: Path, start: Callable[..., Running]) -> None:
    (tmp_path / "acl").write_text("topic readwrite other/#\n")
    with Mosquitto(tmp_path / "mosquitto", settings=f"acl_file {tmp_path / 'acl'}") as broker:
        assert "the broker does not let us" in reason(start(settings(broker.port)))
        with pytest.raises(BrokerLost, match="give our user the right to"):
            check(settings(broker.port))


def test_a_form_is_tried_with_our_certificates_and_never_with_our_password(
    tmp_path: Path, certificates: Certificates
) -> None:
    with Mosquitto(tmp_path / "mosquitto", password=True, certificates=certificates) as broker:
        secure = {"tls": True, "ca_file": certificates.ca_pem, "username": USER, "password": PASSWORD}
        form = {"host": "127.0.0.1", "port": broker.port, "username": USER, "tls": True}
        ours = settings(1883, **secure)
        assert trial(ours, form | {"password": PASSWORD}) is None
        assert "check mqtt.username" in str(trial(ours, form))
        assert "without mqtt:// and port" in str(trial(ours, form | {"host": "mqtt://127.0.0.1"}))


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
