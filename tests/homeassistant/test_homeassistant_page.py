"""The link that Home Assistant shows leads to this box, whatever other boxes and names there are."""

from __future__ import annotations

import ipaddress
import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from mosquitto import Mosquitto, wait_for
from mqtt_box import CONFIG, Running, retained, settings

from appliance import config
from appliance.homeassistant.entities import HERE
from appliance.homeassistant.page import host_of, page_of


def page(**own: object) -> str:
    return page_of(config.check({"page": own}, "test"))


def test_the_link_has_the_address_from_which_the_box_speaks_to_the_broker() -> None:
    assert page(address="all", port=8080) == f"http://{HERE}:8080"
    assert host_of("192.168.1.7") == "192.168.1.7"
    assert host_of("::ffff:192.168.1.7") == "192.168.1.7"
    assert host_of("fd00::7") == "[fd00::7]"


@pytest.mark.parametrize("own", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "fe80::1%eth0"])
def test_beside_the_broker_it_has_the_one_of_the_way_out(own: str) -> None:
    host = host_of(own)
    if host == f"{socket.gethostname()}.local":  # a machine without any network
        return
    address = ipaddress.ip_address(host.strip("[]"))
    assert not address.is_loopback
    with socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET) as here:
        here.bind((str(address), 0))  # it is ours


def test_an_address_from_the_settings_is_taken_as_it_is_and_one_for_nobody_else_is_no_link() -> None:
    assert page(address="192.168.1.9", port=80) == "http://192.168.1.9:80"
    assert page(address="fd00::9", port=80) == "http://[fd00::9]:80"
    assert page(address="::", port=80) == f"http://{HERE}:80"
    assert page(address="127.0.0.1") == page(address="::1") == page(enabled=False) == ""


def test_home_assistant_is_told_the_address_and_no_name(tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "mosquitto") as broker:
        box = Running(settings(broker.port), page=f"http://{HERE}:8080")
        wait_for(lambda: CONFIG in retained(broker.port, ""), "the announcement")
        link = urlsplit(json.loads(retained(broker.port, "")[CONFIG])["dev"]["cu"])
        box.part.close()
    assert (link.scheme, link.port) == ("http", 8080)
    assert f"{link.hostname}" == host_of("127.0.0.1").strip("[]")
