"""`moodbox mqtt check` finds what the broker would refuse the box, and leaves no trace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from mosquitto import Listener, Mosquitto, wait_for
from mqtt_box import BASE, CONFIG, MUSIC, Running, retained, settings, settled

from appliance import config
from appliance.doctor import broker as doctor
from appliance.errors import BrokerLost
from appliance.homeassistant.access import check, trial

LIMITS = ("max_packet_size 4096", "message_size_limit 4096")
PROTOCOLS = ("5", "3.1.1")


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("limit", LIMITS)
def test_a_broker_that_takes_no_message_of_our_size_is_found(
    tmp_path: Path, limit: str, protocol: str
) -> None:
    with Mosquitto(tmp_path / "mosquitto", settings=limit) as broker:
        with pytest.raises(BrokerLost, match=r'set mqtt\.discovery = "entity"'):
            check(settings(broker.port, protocol=protocol))
        check(settings(broker.port, protocol=protocol, discovery="entity"))
        assert retained(broker.port, "") == {}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_broker_that_retains_nothing_is_found(tmp_path: Path, protocol: str) -> None:
    with (
        Mosquitto(tmp_path / "mosquitto", settings="retain_available false") as broker,
        pytest.raises(BrokerLost, match="retain_available true"),
    ):
        check(settings(broker.port, protocol=protocol))


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("rights", "words"),
    [
        (["readwrite moodbox/#", "read homeassistant/#"], CONFIG),
        (["readwrite homeassistant/#", "read moodbox/#"], "right to|gives none"),
        (["readwrite #", f"deny {BASE}/song"], f"{BASE}/song"),
    ],
)
def test_a_right_that_the_box_lacks_is_found(
    tmp_path: Path, rights: list[str], words: str, protocol: str
) -> None:
    (tmp_path / "acl").write_text("".join(f"topic {line}\n" for line in rights))
    mqtt = {"protocol": protocol}
    with Mosquitto(tmp_path / "mosquitto", settings=f"acl_file {tmp_path / 'acl'}") as broker:
        with pytest.raises(BrokerLost, match=words):
            check(settings(broker.port, **mqtt), answer_s=1.0)
        box = Running(settings(broker.port, **mqtt))
        wait_for(box.states, "the box")
        with pytest.raises(BrokerLost, match=words):
            check(settings(broker.port, **mqtt), answer_s=1.0)
        box.part.close()


@pytest.mark.parametrize("form", ["device", "entity"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_it_leaves_a_running_box_and_an_empty_broker_as_they_were(
    tmp_path: Path, form: str, protocol: str
) -> None:
    mqtt = {"discovery": form, "protocol": protocol}
    with Mosquitto(tmp_path / "mosquitto") as broker:
        check(settings(broker.port, **mqtt))
        assert retained(broker.port, "") == {}
        listener = Listener(broker.port)
        box = Running(settings(broker.port, **mqtt))
        settled(listener)
        before = retained(broker.port, "")
        check(settings(broker.port, **mqtt))
        assert retained(broker.port, "") == before
        assert box.states() == [None]
        assert box.part.refused == 0
        box.part.show(replace(MUSIC, volume=7))
        listener.wait_text(f"{BASE}/volume", "7")
        listener.close()
        box.part.close()


def test_the_doctor_and_the_page_s_trial_find_it_too(tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "mosquitto", settings=LIMITS[0]) as broker:
        own = {"mqtt": {"broker": "127.0.0.1", "port": broker.port, "id": "kitchen"}}
        chosen = config.check(own, "test")
        (found,) = doctor.checks(chosen)
        assert not found.ok
        assert 'mqtt.discovery = "entity"' in str(found)
        said = trial(chosen.mqtt, {"host": "127.0.0.1", "port": broker.port})
        assert 'mqtt.discovery = "entity"' in str(said)
